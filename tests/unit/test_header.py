"""What a header is told when a declared column is missing from it."""

from __future__ import annotations

import pytest

from lake.contracts.source import SourceSpec
from lake.io.sources.header import places_by_name
from lake.io.sources.records import AGAIN, Refused

COLUMNS = [{"name": "category", "source": "Sub Category"}, {"name": "city", "source": "City"}]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (["City", "Sub-Category"], f"it has 'Sub-Category' (write `source: Sub-Category`), or {AGAIN}"),
        (["City", "Region"], AGAIN),
    ],
    ids=["another spelling", "no such column"],
)
def test_a_missing_column_is_named_with_the_one_that_looks_like_it(header: list[str], reason: str) -> None:
    spec = SourceSpec.model_validate({"columns": COLUMNS, "format": {"kind": "csv"}})
    with pytest.raises(Refused, match="lacks Sub Category") as caught:
        places_by_name(header, spec)
    assert str(caught.value).endswith(f"the header lacks Sub Category: {reason}")
