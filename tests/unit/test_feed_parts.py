"""How many rows of an entity one record of a feed may become."""

from __future__ import annotations

import pytest

from lake.contracts.feed import Explode, Feed, Provision


def _item(entity: str, *, route: str | None = None, explode: bool = False) -> Provision:
    elements = Explode.model_construct(column="lines", columns=[]) if explode else None
    return Provision.model_construct(entity=entity, route=route, explode=elements, when="true", columns={})


@pytest.mark.parametrize(
    ("items", "repeats"),
    [
        ([_item("lines", route="all")], False),
        ([_item("lines", route="all"), _item("lines", route="all")], False),
        ([_item("orders", route="all"), _item("lines")], False),
        ([_item("orders", route="all"), _item("lines"), _item("lines")], True),
        ([_item("lines", route="all", explode=True)], True),
    ],
)
def test_a_record_becomes_several_rows_by_its_elements_or_by_several_derived_items(
    items: list[Provision], repeats: bool
) -> None:
    assert Feed.model_construct(provides=items).may_repeat("lines") is repeats
