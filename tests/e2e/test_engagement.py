"""Visits over the end of a month, names that come later, handles that are declared: which months they make dirty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lake.names import Zone
from tests.e2e.shop_lab import ShopLab, written_shop

COLUMNS = {
    "page_views": {"page_view_id": "id", "viewed_at": "at", "visitor_id": "visitor", "user_agent": "'Mozilla'"},
    "social_interactions": {
        "interaction_id": "id", "interacted_at": "at", "platform": "'x'", "interaction_kind": "'post'",
        "author_handle": "visitor", "interaction_text": "said",
    },
    "customers": {"customer_id": "id", "effective_at": "at", "social_handle": "visitor"},
    "products": {"product_id": "id", "effective_at": "at", "product_name": "said"},
}  # fmt: skip
FIRST = {
    "page_views": "v1,2024-01-31 22:50:00,a, v2,2024-02-28 12:00:00,a, v3,2024-04-10 12:00:00,a,",
    "social_interactions": "p1,2024-01-10 12:00:00,@a,Oslo! p2,2024-03-10 12:00:00,@a,Oslo! "
    "p3,2024-04-10 12:00:00,@b,Oslo!",
    "products": "A,2023-01-01 00:00:00,,Lamp",
}
SECOND = {
    "page_views": "v4,2024-01-31 23:15:00,a,",
    "products": "B,2024-03-05 00:00:00,,Oslo",
    "customers": "7,2024-04-02 00:00:00,@b,",
}


def feed(entity: str) -> dict[str, Any]:
    """Rows replace those of their key."""
    columns = [
        {"name": "id"},
        {"name": "at", "type": "timestamp", "time_zone": "UTC"},
        {"name": "visitor"},
        {"name": "said"},
    ]
    return {
        "feed": entity, "owner": "tests", "path": f"{entity}_*.csv", "load": "upsert", "version_by": "at",
        "format": {"kind": "csv"}, "columns": columns,
        "provides": [{"entity": entity, "route": "one", "columns": COLUMNS[entity]}],
    }  # fmt: skip


def deliver(lab: ShopLab, day: int, files: dict[str, str]) -> None:
    """One file an entity; rows are pairs of words, the day and the rest."""
    for entity, text in files.items():
        rows = [f"{row[0]},{row[1]} {row[2]}" for row in _rows(text)]
        lab.put(f"{entity}_{day}.csv", "\n".join(["id,at,visitor,said", *rows]) + "\n")


def _rows(text: str) -> Iterator[tuple[str, str, str]]:
    words = iter(text.split())
    for first, second in zip(words, words, strict=True):
        key, _, on = first.partition(",")
        yield key, on, second


def test_late_rows_restate_the_months_that_read_them_and_no_other(spark: SparkSession, tmp_path: Path) -> None:
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, [feed(name) for name in COLUMNS], marts=()))
    deliver(lab, 1, FIRST)
    lab.step()
    deliver(lab, 2, SECOND)
    lab.step()

    newest = {row["table_name"]: row for row in sorted(lab.run().ledger("table_states"), key=lambda row: row["at"])}
    assert newest["fct_web_sessions"]["months"] == ["2024-01", "2024-02"], "the first of February"
    assert newest["fct_social_interactions"]["months"] == ["2024-03", "2024-04"]
    sessions = {row["session_id"]: row["request_count"] for row in lab.rows(Zone.CURATED, "fct_web_sessions")}
    assert sessions == {"v1": 2, "v2": 1, "v3": 1}, "v4 came on 1 February in Paris, and goes on with v1's session"
    named = {row["interaction_id"]: row["product_way"] for row in lab.rows(Zone.CURATED, "fct_social_interactions")}
    assert named == {"p1": None, "p2": "worded", "p3": "worded"}, "nobody sold an Oslo in January"
