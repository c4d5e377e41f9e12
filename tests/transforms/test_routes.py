"""Records that become no candidate: malformed ones, those without one route, and those that the feed ignores."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from lake.contracts.feed import Feed
from lake.names import UNROUTED
from lake.pipelines.cleansing.decisions import judged, unrouted
from lake.transforms.fates import with_routes
from lake.transforms.mapping import CARRIED

FEED: dict[str, Any] = {
    "feed": "till",
    "description": "Receipts.",
    "load": "append",
    "format": {"kind": "csv"},
    "columns": [{"name": "receipt"}, {"name": "quantity", "type": "integer"}],
    "provides": [
        {"entity": "order_lines", "route": "line", "when": "quantity > 0", "columns": {"order_id": "receipt"}},
        {"entity": "returns", "route": "line", "when": "quantity < 0", "columns": {"order_id": "receipt"}},
    ],
}


def test_an_ignored_record_has_one_fate_and_fails_nothing(spark: SparkSession) -> None:
    records = [  # receipt, quantity, malformed, is_duplicate
        ("r1", 1, None, False),
        ("TOTAL", 7, None, False),
        ("TOTAL", 7, None, True),
        ("TOTAL", 0, None, False),
        (None, 3, None, False),
        ("r2", 0, None, False),
        ("r2", 0, None, True),
        (None, None, b"TOTAL", False),
    ]
    schema = "receipt string, quantity bigint, lake_malformed binary, lake_is_duplicate boolean"
    rows = spark.createDataFrame(records, schema)
    rows = rows.selectExpr("*", *(f"0 as {name}" for name in CARRIED if name not in rows.columns))

    def fates(**rule: str) -> list[tuple[str, list[str], int]]:
        feed = Feed.model_validate(FEED | rule)
        found = judged(unrouted(with_routes(rows, feed)), (), UNROUTED)
        counts = found.groupBy("lake_disposition", "lake_failed").count().collect()
        return sorted((row[0], list(row[1]), row[2]) for row in counts)

    refused = [("duplicate", ["no_route"], 1), ("quarantined", ["malformed"], 1), ("quarantined", ["no_route"], 1)]
    assert fates(ignore_when="receipt = 'TOTAL'") == [refused[0], ("ignored", [], 3), *refused[1:]]
    assert fates() == [*refused[:2], ("quarantined", ["no_route"], 2)]
