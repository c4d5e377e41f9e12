"""Two different rows of one delivery under one key: the run says so, unless something tells which is newer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.names import Zone
from tests.e2e.shop_lab import ShopLab, written_shop

SENT = [
    ("r1", "1", "pen", "2024-01-01 10:00:00"),
    ("r1", "2", "ink", "2024-01-01 10:00:00"),
    ("r2", "1", "pen", "2024-01-01 11:00:00"),
    ("r2", "1", "pen", "2024-01-01 11:00:00"),
    ("r3", "1", "pen", "2024-01-01 12:00:00"),
    ("r3", "1", "cap", "2024-01-01 13:00:00"),
    ("r4", "1", "", "2024-01-01 14:00:00"),
    ("r4", "1", "pen", "2024-01-01 14:00:00"),
]
"""Two lines of a receipt; a copy; a line that is changed an hour later; a refused row beside a good one."""


def feed_of(key: str, **more: str) -> dict[str, Any]:
    columns = {"order_line_id": key, "order_id": "receipt", "product_id": "sku", "ordered_at": "at"}
    return {
        "feed": "till",
        "path": "till_{date}.csv",
        "load": "upsert",
        "format": {"kind": "csv"},
        "columns": [{"name": "receipt"}, {"name": "line"}, {"name": "sku"}, {"name": "at", "type": "timestamp"}],
        "provides": [
            {
                "entity": "order_lines",
                "route": "line",
                "columns": {**columns, "quantity": "1", "unit_price": "2.5", "currency": "'EUR'"},
            },
            {"entity": "products", "columns": {"product_id": "receipt", "product_name": "sku", "effective_at": "at"}},
        ],
        **more,
    }


def due(key: list[int], version: int | None) -> list[tuple[int, int]]:
    """(record that gives way, record that counts) in the file, in plain Python; which of two is which is left open."""
    accepted = {row: number for number, row in reversed(list(enumerate(SENT, 1))) if row[2]}
    by_key: dict[tuple[str, ...], list[int]] = {}
    for row, number in accepted.items():
        moment = "" if version is None else row[version]
        by_key.setdefault((*(row[place] for place in key), moment), []).append(number)
    return [(min(numbers), max(numbers)) for numbers in by_key.values() if len(numbers) > 1]


@pytest.mark.parametrize(
    ("key", "places", "more"),
    [
        ("receipt", [0], {}),
        ("receipt", [0], {"version_by": "at"}),
        ("concat_ws('-', receipt, line)", [0, 1], {"version_by": "at"}),
    ],
    ids=["half a key", "half a key by version", "whole key by version"],
)
def test_rows_that_give_way_by_content_alone_are_said(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str, places: list[int], more: Any
) -> None:
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, [feed_of(key, **more)], marts=()))
    lab.put("till_2024-01-01.csv", "receipt,line,sku,at\n" + "".join(",".join(row) + "\n" for row in SENT))
    lab.ingest()
    lab.cleanse()
    pairs = due(places, 3 if more else None)
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    warned = [line for line in said if line["step"] == "one key, two rows"]
    accepted = len({row for row in SENT if row[2]})
    assert [(line["entity"], line["rows"], line["of"]) for line in warned] == (
        [("order_lines", len(pairs), accepted)] if pairs else []
    )
    if pairs:
        numbers = tuple(sorted(int(word) for word in warned[0]["such_as"].split() if word.isdigit()))
        assert numbers in pairs and warned[0]["such_as"].startswith("till_2024-01-01.csv: record ")
    quality = [row for row in lab.rows(Zone.OPS, "quality") if row["rule"] == "one_row_per_key"]
    assert [row["failed_count"] for row in quality] == ([len(pairs)] if pairs else [])
    standing = {tuple(row[place] for place in places) for row in SENT if row[2]}
    assert len(lab.cleansed()["order_lines"]) == len(standing)

    capsys.readouterr()
    lab.put("till_2024-01-02.csv", "receipt,line,sku,at\nr1,1,pad,2024-01-02 10:00:00\n")
    lab.ingest()
    lab.cleanse()
    assert "one key, two rows" not in capsys.readouterr().err, "the next day's file is a newer version"
