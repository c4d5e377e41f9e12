"""Orders from a database file a day, each with its list of keys: any road ends with what a plain-Python replay says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from random import Random

import pytest
from pyspark.sql import SparkSession

from lake.names import Zone
from lake.pipelines import ingest as ingesting
from tests.e2e.shop_lab import ShopLab, differences
from tests.e2e.ticket_office import KEY_LISTS, Day, drawn_days, expected, office


@pytest.fixture
def lab(spark: SparkSession, tmp_path: Path) -> ShopLab:
    return office(spark, tmp_path, KEY_LISTS)


def deliver(lab: ShopLab, days: Mapping[date, Day], chosen: Iterable[date]) -> None:
    for day in chosen:
        lab.put(f"shop_{day}.sqlite", days[day].content(lab.folder))


LOOSE = ((900, b"\xff", "x"), (901, 1, 20240329))
"""Rows that no list may lose: one that is no text, one whose time is stored as a number."""


SEEDS = [4, *(pytest.param(seed, marks=pytest.mark.long) for seed in (5, 6, 8))]
"""Of histories in which keys leave; the seventh has none."""


@pytest.mark.parametrize("seed", SEEDS)
def test_any_road_ends_with_what_the_lists_say(lab: ShopLab, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    days = drawn_days(Random(seed))
    first, second, late, fourth, last = sorted(days)
    loose = {901, 900}
    sent = {day: Day(one.rows + (LOOSE if day == first else ()), one.keys | loose, one.first)
            for day, one in days.items()}  # fmt: skip
    deliver(lab, sent, [first, second, fourth])
    with monkeypatch.context() as patched:  # the run dies when rows are in raw and their lists are not
        patched.setattr(ingesting, "store_key_lists", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            lab.ingest()
    step(lab, {day: days[day] for day in (first, second, fourth)}, "three days")
    kinds = [row["lake_kind"] for row in lab.rows(Zone.RAW, "tickets__keys")]
    assert kinds.count("key") == sum(len(sent[day].keys) for day in (first, second, fourth))
    assert kinds.count("list") == 3
    reasons = {(entity, rules) for entity, _, record, rules, _ in lab.quarantined("tickets")}
    assert ("unrouted", "['malformed']") in reasons
    assert ("tickets", "['cast_updated_at', 'storage_updated_at']") in reasons, "who knows how new it is?"
    assert "901" not in {row["ticket_id"] for row in lab.rows(Zone.CLEANSED, "tickets")}

    deliver(lab, sent, [late, last])
    step(lab, days, "a late list and a new one")
    dead = [row for row in lab.rows(Zone.CLEANSED, "tickets") if row["deleted_at"]]
    assert 0 < len(dead) < len(lab.rows(Zone.CLEANSED, "tickets"))

    corrected = Day(days[fourth].rows, days[fourth].keys - {max(days[fourth].keys)})
    deliver(lab, {fourth: Day(corrected.rows, corrected.keys | loose)}, [fourth])
    lab.withdraw("tickets", f"shop_{last}.sqlite")
    kept = {day: one for day, one in days.items() if day not in (fourth, last)}
    step(lab, kept | {fourth: corrected}, "a corrected list and a withdrawn one")


def test_a_later_list_deletes_its_first_key_and_leaves_those_before_it(lab: ShopLab) -> None:
    days = {
        date(2024, 3, 29): Day(tuple((key, key, "2024-03-29 09:00:00") for key in range(1, 7)), frozenset(range(1, 7))),
        date(2024, 3, 30): Day(((7, 7, "2024-03-30 09:00:00"),), frozenset({4, 6, 7}), 3),
    }
    known = {}
    for day, one in days.items():
        known[day] = one
        deliver(lab, days, [day])
        step(lab, known, str(day))
    assert {row["ticket_id"] for row in lab.rows(Zone.CLEANSED, "tickets") if row["deleted_at"]} == {"3", "5"}


def step(lab: ShopLab, days: Mapping[date, Day], what: str) -> None:
    lab.ingest()
    lab.cleanse()
    for entity, rows in zip(("tickets", "ticket_states"), expected(days), strict=True):
        found = [row for row in lab.rows(Zone.CLEANSED, entity) if row["ticket_id"] not in ("900", "901")]
        assert differences(found, rows) == "", f"{entity} after {what}"
