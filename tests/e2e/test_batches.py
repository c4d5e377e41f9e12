"""Feeds that are cleansed together: one commit of each ledger, and a crash between them leaves nothing behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake.io import tables
from lake.names import Zone
from lake.pipelines import cleanse as cleanse_module
from lake.pipelines.balances import recorded_counts, standing_counts
from lake.pipelines.cleanse import cleanse
from lake.pipelines.cleansing import writes
from lake.pipelines.ingest import ingest
from tests.e2e.corner_shop import CornerShop

FEEDS = ("till", "marked", "settled")


def _shop(spark: SparkSession, folder: Path) -> CornerShop:
    """A shop of three feeds with a day in raw: two lines and one that is refused, three cards."""
    folder.mkdir()
    shop = CornerShop(spark, folder)
    lines = ["r1,tea,1,2.50,2024-01-01T10:00:00", "r2,gin,2,9.90,2024-01-01T11:00:00"]
    shop.land("till/2024-01-01.csv", *lines, "r3,gin,1,0,2024-01-01T12:00:00")
    shop.land("marked/2024-01-01.csv", "c1,France", "c2,", header="card,country\n")
    (folder / "landing/marked/2024-01-01.csv.ok").touch()
    settled = shop.land("settled/2024-01-01.csv", "c1,Norway", header="card,country\n")
    os.utime(settled, (time.time() - 61,) * 2)
    assert ingest(shop.run(*FEEDS)).accepted == 3
    return shop


def _cleansed(shop: CornerShop) -> dict[str, list[tuple[object, ...]]]:
    """All rows of each entity, by name."""
    found = {}
    for entity in ("order_lines", "products", "customers"):
        rows = tables.read(shop.spark, shop.run().uri(Zone.CLEANSED, entity))
        found[entity] = sorted((tuple(row) for row in rows.drop("source_record").collect()), key=repr)
    return found


def _commits(shop: CornerShop, ledger: str) -> int:
    version = tables.latest_version(shop.spark, f"{shop.run().ops}/{ledger}")
    return 0 if version is None else version + 1


def test_a_batch_of_feeds_shares_commits_and_a_crash_between_its_feeds_heals(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed, crashed = _shop(spark, tmp_path / "undisturbed"), _shop(spark, tmp_path / "crashed")
    cleanse(undisturbed.run(*FEEDS))
    ledgers = ("cleansed_deliveries", "balances", "quality")
    assert {name: _commits(undisturbed, name) for name in ledgers} == dict(zip(ledgers, (2, 1, 1), strict=True))

    passed = []

    def reached(point: str) -> None:
        passed.append(point)
        if passed.count("cleanse:dispositions_written") == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(writes, "reached", reached)
        cleanse(crashed.run(*FEEDS))
    assert recorded_counts(crashed.run()) == {}, "nothing of the batch is recorded"
    assert sorted(cleanse(crashed.run(*FEEDS)).cleansed) == sorted(FEEDS)

    assert _cleansed(crashed) == _cleansed(undisturbed)
    counts = standing_counts(undisturbed.run(), FEEDS)
    assert counts["till", "order_lines", "current"] == 2
    assert counts["till", "order_lines", "rule:unit_price > 0"] == 1
    for shop in (crashed, undisturbed):
        assert recorded_counts(shop.run()) == standing_counts(shop.run(), FEEDS) == counts
        assert cleanse(shop.run(*FEEDS)).cleansed == []


def test_large_feeds_are_batches_of_their_own(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = _shop(spark, tmp_path / "shop")
    monkeypatch.setattr(cleanse_module, "BATCH_RECORDS", 4)  # till has 3 records, marked 2, settled 1
    cleanse(shop.run(*FEEDS))
    rows = sorted(shop.run().ledger("cleansed_deliveries"), key=lambda row: row["at"])
    states = [(row["feed"], row["state"]) for row in rows]
    marks = [(feed, state) for feed, state in states if state in ("started", "finished")]
    assert [state for _, state in marks] == ["started", "started", "finished", "finished", "started", "finished"]
    assert [feed for feed, state in marks if state == "finished"] == ["marked", "settled", "till"]
