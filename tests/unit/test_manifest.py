"""A file against the companion that announces it."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from lake.contracts.source import DelimitedFormat, SourceColumn, SourceSpec
from lake.io.manifest import check_manifest
from lake.io.sources.records import Reading, Refused

SPEC = SourceSpec(
    format=DelimitedFormat(kind="csv"), columns=[SourceColumn(name="price", source="Price"), SourceColumn(name="note")]
)


def reading(*prices: str | None) -> Reading:
    """One batch a row."""
    schema = pa.schema([("price", "string"), ("note", "string")])
    rows = [pa.RecordBatch.from_pydict({"price": [price], "note": ["x"]}, schema) for price in prices]
    return Reading(rows, len(prices))


def refusal(manifest: Any, *prices: str | None) -> str | None:
    """The reason, None where the file is as announced."""
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    try:
        check_manifest(text, "ab12", reading(*prices), SPEC)
    except Refused as refused:
        assert refused.code == "manifest"
        return refused.reason
    return None


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"rows": 3},
        {"rows": "3", "sha256": "AB12"},
        {"sums": {"Price": "0.30"}},
        {"sums": {"Price": 0.3}},
        {"sums": {"price": "3E-1"}},
    ],
)
def test_a_file_as_announced_is_read(manifest: Any) -> None:
    assert refusal(manifest, "0.1", "0.2", None) is None


def test_a_sum_in_json_is_no_binary_number() -> None:
    assert refusal('{"sums": {"Price": 100000000000000000.01}}', "100000000000000000.01") is None


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ({"rows": 2}, "3 records, the manifest says 2"),
        ({"rows": "many"}, "3 records, the manifest says many"),
        ({"sha256": "ff"}, "not those of the manifest"),
        ({"sha256": None}, "not those of the manifest"),
        ({"sums": {"Price": "0.31"}}, "the sum of Price is 0.3, the manifest says 0.31"),
        ({"sums": {"Price": "a lot"}}, "the manifest says a lot"),
        ({"sums": {"note": "1"}}, "the sum of note is None"),
        ({"sums": {"Cost": "1"}}, "the sum of Cost is None"),
        ({"sums": "0.3"}, "not a JSON object"),
        ("rows=3", "not a JSON object"),
        ("[3]", "not a JSON object"),
        ("", "not a JSON object"),
    ],
)
def test_a_file_that_differs_is_refused_with_both_figures(manifest: Any, reason: str) -> None:
    assert reason in (refusal(manifest, "0.1", "0.2", None) or "")
