"""Records that are nobody's business, from landing to the balances: counted, and neither rows nor refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lake.names import Zone
from lake.pipelines.audit import audit
from lake.pipelines.auditing.findings import Outcome
from lake.pipelines.balances import balances_to_publish
from tests.e2e.shop_lab import ShopLab, written_shop

FEED: dict[str, Any] = {
    "feed": "cards",
    "path": "cards_{date}.csv",
    "load": "append",
    "format": {"kind": "csv"},
    "columns": [{"name": "card"}, {"name": "town"}],
    "gates": {"max_quarantined_rate": 0.4},
    "provides": [
        {
            "entity": "customers",
            "route": "card",
            "columns": {"customer_id": "card", "city": "town", "effective_at": "file_date"},
        },
        {"entity": "products", "columns": {"product_id": "town", "effective_at": "file_date"}},
    ],
}
FIRST = ["c1,Lille", "TOTAL,1", "c2,Lyon", "TOTAL,2", "TOTAL,2", "torn", "BAD,Nice", "TOTAL,9"]
SECOND = ["c3,Metz", "TOTAL,2", "c1,Lille"]
CORRECTED = [*FIRST[:2], "c4,Brest"]


def expected(deliveries: list[list[str]], *ignored: str) -> Counter[tuple[str, str]]:
    """(entity, disposition) -> rows, by hand: `torn` has one field."""
    records = [line.split(",") for lines in deliveries for line in lines]
    fates: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, ...]] = set()
    for record in records:
        if len(record) == 1:
            fates["unrouted", "quarantined"] += 1
        elif record[0] in ignored:
            fates["unrouted", "ignored"] += 1
        else:
            fates["customers", "duplicate" if tuple(record) in seen else "current"] += 1
            fates["products", "current"] += tuple(record) not in seen
        seen.add(tuple(record))
    return fates


def fates_of(lab: ShopLab) -> Counter[tuple[str, str]]:
    return Counter({key[1:]: n for key, n in lab.fates().items() if not key[2].startswith("rule:")})


def test_ignored_records_are_counted_and_become_nothing(spark: SparkSession, tmp_path: Path) -> None:
    feed = {**FEED, "ignore_when": "card = 'TOTAL'"}
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, [feed], marts=()))
    sent = {"cards_2024-01-01.csv": FIRST, "cards_2024-01-02.csv": SECOND}
    for name, lines in sent.items():
        lab.put(name, "\n".join(["card,town", *lines]) + "\n")
        lab.ingest()
        assert lab.cleanse().blocked == [], "an eighth is refused; with the totals it would be more than half"
    assert fates_of(lab) == expected([FIRST, SECOND], "TOTAL")
    assert [(row[0], row[3]) for row in lab.quarantined("cards")] == [("unrouted", "['malformed']")]
    assert {row["customer_id"] for row in lab.rows(Zone.CLEANSED, "customers")} == {"c1", "c2", "c3", "BAD"}
    refused = {(row["entity"], row["failed_count"]) for row in lab.rows(Zone.OPS, "quality") if row["failed_count"]}
    assert refused == {("unrouted", 1)}

    lab.put("cards_2024-01-01.csv", "\n".join(["card,town", *CORRECTED]) + "\n")
    lab.ingest()
    lab.cleanse()
    assert fates_of(lab) == expected([CORRECTED, SECOND], "TOTAL")

    written_shop(tmp_path, [{**FEED, "ignore_when": "card in ('TOTAL', 'c4')"}], marts=())
    assert lab.cleanse().cleansed == ["cards"], "another expression is another fingerprint"
    assert fates_of(lab) == expected([CORRECTED, SECOND], "TOTAL", "c4")
    balances = {tuple(row)[1:3]: row[3] for row in balances_to_publish(lab.run())["record_balances"].collect()}
    assert balances["unrouted", "ignored"] == 3 and ("unrouted", "quarantined") not in balances
    assert sum(n for (entity, _), n in balances.items() if entity == "customers") == len(FIRST + CORRECTED + SECOND)
    findings = audit(lab.run())
    assert [f for f in findings if f.outcome is Outcome.DIFFERS] == []
    assert [f.detail for f in findings if "ignored" in f.detail]
