"""The hostile corpus in one run: each file meets the fate that its case names, and both balances hold."""

from __future__ import annotations

import importlib.util
from collections import Counter
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lake.errors import ExitCode, QualityGateError
from lake.io import tables
from lake.names import Zone
from lake.pipelines.blocking import refuse_when_blocked
from lake.pipelines.delivery_book import DeliveryBook
from tests.e2e.shop_lab import PROJECT, ShopLab, write_entity, written_shop

HOSTILE = PROJECT / "tests/data/hostile"
CORPUS = yaml.safe_load((HOSTILE / "cases.yaml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = CORPUS["cases"]
TYPES = {"quantity": "decimal", "unit_price": "decimal", "ordered_at": "timestamp"}
COLUMNS = ("order_id", "line_no", "sku", "quantity", "unit_price", "ordered_at", "note")
Fates = dict[str, Any]


def feed_of(name: str, rules: dict[str, Any]) -> dict[str, Any]:
    """The feed of one folder of the corpus; each provides an entity of its own."""
    columns = [{"name": c, "type": TYPES.get(c, "string"), "required": c != "note"} for c in COLUMNS]
    item = {
        "entity": f"{name}_lines",
        "route": "line",
        "columns": {c: c for c in COLUMNS},
        "expectations": [{"rule": "quantity > 0"}, {"rule": "unit_price > 0"}],
    }
    return {"feed": name, "path": f"{name}/*", "load": "append", "columns": columns, "provides": [item], **rules}


def entity_of(name: str) -> dict[str, Any]:
    types = {"quantity": "decimal(18,4)", "unit_price": "decimal(18,4)", "ordered_at": "timestamp"}
    keys = ("order_id", "line_no")
    columns = [
        {"name": c, "type": types.get(c, "string"), "required": c in keys, "description": "As sent."} for c in COLUMNS
    ]
    about = {"description": "Lines of a folder.", "grain": "one row per line", "key": list(keys)}
    return {"entity": f"{name}_lines", **about, "columns": columns}


class Outcome:
    """What one run made of all files."""

    def __init__(self, lab: ShopLab) -> None:
        self.lab = lab
        run = lab.run()
        events = run.ledger("deliveries")
        self.refused = {f"{e['name']}": (e["reason"], e["record_number"]) for e in events if e["event"] == "refused"}
        accepted = [d for named in DeliveryBook.of(events).accepted.values() for d in named.values()]
        self.records = {d.name: d.record_count for d in accepted}
        self.feeds = {d.delivery_id: d.name for d in accepted}
        self.fates: dict[str, Counter[str]] = {name: Counter() for name in self.records}
        self.rules: dict[str, list[list[str]]] = {name: [] for name in self.records}
        for feed in CORPUS["feeds"]:
            for row in lab.dispositions(feed, "record_hash"):
                name = self.feeds[row["delivery_id"]]
                self.fates[name][row["disposition"]] += 1
                if row["disposition"] == "quarantined":
                    self.rules[name].append(sorted(row["failed_rules"]))


@pytest.fixture(scope="module")
def outcome(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("hostile run")
    conf = written_shop(folder, [feed_of(name, rules) for name, rules in CORPUS["feeds"].items()])
    for name in CORPUS["feeds"]:
        write_entity(conf, entity_of(name))
    found = importlib.util.spec_from_file_location("hostile_make", HOSTILE / "make.py")
    assert found is not None and found.loader is not None
    make = importlib.util.module_from_spec(found)
    found.loader.exec_module(make)
    make.make(folder / "landing")
    lab = ShopLab(spark, folder, conf)
    lab.ingest()
    lab.cleanse()
    return Outcome(lab)


def test_every_file_meets_its_fate_in_one_run(outcome: Outcome) -> None:
    wrong = []
    for case in CASES:
        name = case["file"]
        if "refused" in case:
            reason, record = outcome.refused.get(name, ("accepted", None))
            if (reason.partition(":")[0], record) != (case["refused"], case.get("at")):
                wrong.append((name, case["refused"], case.get("at"), reason, record))
            continue
        counts = {fate: case.get(fate, 0) for fate in ("current", "duplicate", "superseded")}
        expected = Counter({**counts, "quarantined": len(case.get("quarantined", []))})
        found = (outcome.fates.get(name), sorted(outcome.rules.get(name, [])))
        if found != (+expected, sorted(case.get("quarantined", []))):
            wrong.append((name, +expected, case.get("quarantined"), *found))
    assert wrong == []


def test_both_balances_hold(outcome: Outcome) -> None:
    """Records counted from the bytes are rows of raw, and every one of them has exactly one fate."""
    run = outcome.lab.run()
    in_raw: Counter[str] = Counter()
    for feed in CORPUS["feeds"]:
        raw = tables.read(run.spark, run.uri(Zone.RAW, feed))
        counted = raw.groupBy("lake_file_name").agg(F.count("*"), F.count_distinct("lake_record_number")).collect()
        assert all(rows == numbers for _, rows, numbers in counted)
        in_raw.update({name: rows for name, rows, _ in counted})
    expected = {c["file"]: c["accepted"] + len(c.get("malformed", {})) for c in CASES if "refused" not in c}
    assert outcome.records == expected
    assert in_raw == +Counter(expected)
    assert {name: fates.total() for name, fates in outcome.fates.items()} == expected


def test_the_refused_files_stop_curate_with_exit_code_4_and_their_names(outcome: Outcome) -> None:
    with pytest.raises(QualityGateError) as stopped:
        refuse_when_blocked(outcome.lab.run())
    assert stopped.value.exit_code is ExitCode.QUALITY_GATE
    assert all(name in str(stopped.value) for name in outcome.refused)
    assert set(outcome.refused) == {case["file"] for case in CASES if "refused" in case}


def test_quarantine_keeps_the_bytes_or_the_text_of_every_refused_record(outcome: Outcome) -> None:
    kept = outcome.lab.rows(Zone.QUARANTINE, "comma")
    assert kept and all((row["original_text"] is None) != (row["original_bytes"] is None) for row in kept)
    assert {row["malformed_reason"] is None for row in kept if row["failed_rules"] == ["malformed"]} == {False}


def test_the_10_mb_field_arrives_whole(outcome: Outcome) -> None:
    uri = outcome.lab.run().uri(Zone.CLEANSED, "comma_lines")
    longest = tables.read(outcome.lab.spark, uri).agg(F.max(F.length("note"))).collect()[0][0]
    assert longest >= 10_000_000
