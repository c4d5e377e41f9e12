"""Many days at once are cleansed in portions, which leave what all days together would; a crash between heals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.names import Zone
from lake.pipelines import cleanse as cleanse_module
from lake.pipelines.blocking import blocked_feeds
from lake.pipelines.cleansing import feed_frames, portions, writes
from lake.transforms import joins
from tests.e2e.shop_lab import ShopLab, differences, written_shop
from tests.e2e.ticket_office import KEY_LISTS, SNAPSHOTS, Day, as_snapshots, drawn_days, expected, office

ENTITIES = ("tickets", "ticket_states")
NO_GATES = {**SNAPSHOTS, "gates": {}}
RULE = {"rule": "units % 5 > 0"}


@pytest.fixture
def by_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions of one day, in which equal records are looked for; no row is sent whole to a join."""
    monkeypatch.setattr(portions, "PORTION_RECORDS", 0)
    monkeypatch.setattr(feed_frames, "MANY_RECORDS", 0)
    monkeypatch.setattr(joins, "MANY_ROWS", 0)


def office_of(spark: SparkSession, folder: Path, feed: Mapping[str, Any], days: Mapping[date, Day]) -> ShopLab:
    """Three days are in raw."""
    lab = office(spark, folder, feed)
    for day, sent in days.items():
        is_snapshot = feed["load"] == "snapshot"
        content: str | bytes = sent.text() if is_snapshot else sent.content(folder)
        lab.put(f"shop_{day}.{'csv' if is_snapshot else 'sqlite'}", content)
    lab.ingest()
    return lab


def marks(lab: ShopLab) -> list[str]:
    """Where the feed stood, one word after the other, since its ledger began."""
    rows = sorted(lab.run().ledger("cleansed_deliveries"), key=lambda row: row["at"])
    return [row["state"] for row in rows if not row["delivery_id"]]


@pytest.mark.usefixtures("by_the_day")
@pytest.mark.parametrize("feed", [NO_GATES, KEY_LISTS], ids=["snapshots", "key lists"])
def test_portions_leave_what_the_oracle_says_also_after_a_crash_between_them(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, feed: Mapping[str, Any]
) -> None:
    days = drawn_days(Random(3), count=3)
    days = as_snapshots(days) if feed is NO_GATES else days
    lab, recorded = office_of(spark, tmp_path, feed, days), []

    def killed_at_the_second(point: str) -> None:
        recorded.append(point)
        if len(recorded) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(cleanse_module, "reached", killed_at_the_second)
        lab.cleanse()
    assert marks(lab) == ["started", "parted"] * 2
    assert "cleansing it was interrupted" in "".join(blocked_feeds(lab.run())), "curate and publish wait"
    report = lab.cleanse()
    assert (report.blocked, report.cleansed) == ([], ["tickets"])
    assert marks(lab)[4:] == ["started", "finished"]
    for entity, rows in zip(ENTITIES, expected(days), strict=True):
        assert differences(lab.rows(Zone.CLEANSED, entity), rows) == "", entity


def test_another_rule_is_applied_in_portions_as_to_all_at_once(
    spark: SparkSession, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    days = as_snapshots(drawn_days(Random(3), count=3))
    rule = {**NO_GATES, "provides": [{**item, "expectations": [RULE]} for item in NO_GATES["provides"]]}
    lab, whole = (office_of(spark, tmp_path / f, feed, days) for f, feed in (("lab", NO_GATES), ("whole", rule)))
    for shop in (lab, whole):
        shop.cleanse()
    assert marks(whole) == ["started", "finished"]

    written_shop(lab.folder, [rule])
    request.getfixturevalue("by_the_day")
    lab.cleanse()
    assert marks(lab)[2:] == ["started", "parted", "started", "parted", "started", "finished"]
    assert lab.fates() == whole.fates()
    assert lab.quarantined("tickets") == whole.quarantined("tickets") != []
    assert [differences(lab.cleansed()[name], whole.cleansed()[name]) for name in ENTITIES] == ["", ""]


def test_what_a_killed_run_wrote_leaves_with_its_only_file(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = office_of(spark, tmp_path, KEY_LISTS, drawn_days(Random(3), count=1))

    def killed(point: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(writes, "reached", killed)
        lab.cleanse()
    assert sum(len(lab.rows(Zone.CLEANSED, name)) for name in ENTITIES) > 0
    [file] = lab.landing.iterdir()
    lab.withdraw("tickets", file.name)
    assert lab.cleanse().blocked == []
    assert [lab.rows(Zone.CLEANSED, name) for name in ENTITIES] == [[], []]
    assert lab.fates() == {}
