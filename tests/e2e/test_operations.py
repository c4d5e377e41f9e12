"""What an operator does between ingest and publish: complete files, refusals, gates, withdrawals, quarantine, audit."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner, Result

from lake.cli import audit as audit_command
from lake.cli import deliveries, quarantine
from lake.errors import QualityGateError, ReconciliationError, UsageError_
from lake.io import tables
from lake.names import Zone
from lake.pipelines import run as runs
from lake.pipelines.blocking import blocked_feeds, refuse_when_blocked
from lake.pipelines.cleanse import cleanse
from lake.pipelines.curate import curate
from lake.pipelines.ingest import ingest
from lake.pipelines.publish import publish
from lake.progress import Progress
from tests.e2e.corner_shop import SHOP, TILL, CornerShop

Invoke = Callable[..., Result]


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path) -> CornerShop:
    return CornerShop(spark, tmp_path)


@pytest.fixture
def lake(shop: CornerShop, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """A noun's command on the shop: `lake(deliveries, "list")`."""
    monkeypatch.setattr(runs, "opened", shop.opened)

    def invoke(noun: object, *arguments: str) -> Result:
        app = noun.app  # type: ignore[attr-defined]
        return CliRunner().invoke(app, [*arguments, "--shop", SHOP])

    return invoke


def test_a_small_shop_changes_settings_but_not_those_that_the_session_was_started_with(shop: CornerShop) -> None:
    spark = shop.spark
    started = spark.sparkContext.getConf().get("spark.sql.shuffle.partitions")
    for records, adaptive in ((10, "false"), (10**9, "true"), (10, "false")):
        shop.run().expect_records(records)
        assert spark.conf.get("spark.sql.adaptive.enabled") == adaptive
    assert started == spark.conf.get("spark.sql.shuffle.partitions") == "2"


def test_a_plan_follows_a_file_that_waits_to_the_tables_that_read_it(
    shop: CornerShop, capsys: pytest.CaptureFixture[str]
) -> None:
    def planned() -> dict[str, set[str]]:
        run = replace(shop.run("till", plan=True), progress=Progress("plan"))
        curate(run, cleanse(run, ingest(run).planned).cleansed)
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
        steps = ("would ingest", "would cleanse", "would curate")
        said = {step: [line for line in lines if line["step"] == step and line.get("files") != []] for step in steps}
        return {step: {str(line.get("table") or line["feed"]) for line in said[step]} for step in steps}

    shop.land("till/2024-01-01.csv", "r1,tea,1,2.50,2024-01-01T10:00:00")
    for verb in (ingest, cleanse, curate):
        verb(shop.run())
    stood = {path: path.stat().st_mtime_ns for path in (shop.folder / "root").rglob("*") if path.is_file()}
    assert planned() == {"would ingest": set(), "would cleanse": set(), "would curate": set()}
    shop.land("till/2024-01-02.csv", "r2,mug,1,2.50,2024-01-02T10:00:00")
    found = planned()
    assert (found["would ingest"], found["would cleanse"]) == ({"till"}, {"till"})
    dimensions = {"dim_country", "dim_customer", "dim_date", "dim_person", "dim_product"}
    facts = {"fct_sales", "fct_returns", "fct_daily_sales"}  # returns read the dimensions
    assert found["would curate"] == dimensions | facts
    assert {path: path.stat().st_mtime_ns for path in stood} == stood
    assert sum(path.is_file() for path in (shop.folder / "root").rglob("*")) == len(stood)


def states(lake: Invoke) -> dict[str, str]:
    """name (or the day that misses one) -> state."""
    found = json.loads(lake(deliveries, "list", "--json").stdout)
    return {line["name"] or line["file_date"]: line["state"] for line in found}


def sold(shop: CornerShop) -> dict[str, int]:
    """Receipt -> quantity in cleansed."""
    rows = tables.read(shop.spark, shop.run().uri(Zone.CLEANSED, "order_lines")).select("order_id", "quantity")
    return {row[0]: int(row[1]) for row in rows.collect()}


def test_what_is_half_copied_waits(shop: CornerShop, lake: Invoke) -> None:
    cards = "card,country\n"
    for feed in ("marked", "listed", "settled"):
        shop.land(f"{feed}/2024-01-01.csv", "c1,UK", "c2,France", header=cards)
    report = ingest(shop.run("marked", "listed", "settled"))
    assert (report.accepted, report.waiting) == (0, 3)
    reasons = {n["name"]: n["reason"] for n in json.loads(lake(deliveries, "list", "--json").stdout)}
    assert reasons["marked/2024-01-01.csv"] == "its marker file is not there yet"
    assert reasons["settled/2024-01-01.csv"].endswith("settled after 60 s")

    landing = shop.folder / "landing"
    (landing / "marked/2024-01-01.csv.ok").touch()
    then = time.time() - 61
    os.utime(landing / "settled/2024-01-01.csv", (then, then))
    manifest = landing / "listed/2024-01-01.csv.manifest"
    manifest.write_text(json.dumps({"rows": 3}))
    report = ingest(shop.run("marked", "listed", "settled"))
    assert (report.accepted, report.waiting, len(report.refused)) == (2, 0, 1)
    assert "2 records, the manifest says 3" in report.refused[0]

    sha256 = hashlib.sha256((landing / "listed/2024-01-01.csv").read_bytes()).hexdigest()
    manifest.write_text(json.dumps({"rows": 2, "sha256": sha256}))
    assert ingest(shop.run("marked", "listed", "settled")).accepted == 1, "only the manifest is new"
    assert set(states(lake).values()) == {"current"}


def test_a_corrected_file_waits_until_its_marker_is_written_again(shop: CornerShop, lake: Invoke) -> None:
    shop.land("marked/2024-01-01.csv", "c1,UK", header="card,country\n")
    marker, now = shop.folder / "landing/marked/2024-01-01.csv.ok", time.time()
    marker.touch()
    assert ingest(shop.run("marked")).accepted == 1
    shop.land("marked/2024-01-01.csv", "c1,UK", "c2,Fra", header="card,country\n")
    os.utime(marker, (now - 9, now - 9))
    report = ingest(shop.run("marked"))
    assert (report.accepted, report.waiting) == (0, 1)
    reasons = [n["reason"] for n in json.loads(lake(deliveries, "list", "--json").stdout) if n["state"] == "waiting"]
    assert reasons == ["its marker is older than the file"]
    shop.land("marked/2024-01-01.csv", "c1,UK", "c2,France", header="card,country\n")
    os.utime(marker, (now + 9, now + 9))
    assert ingest(shop.run("marked")).accepted == 1


def test_days_are_selected_and_missing_ones_are_said_once(
    shop: CornerShop, lake: Invoke, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in (1, 2, 4, 6):
        shop.land(f"till/2024-01-0{day}.csv", f"r{day},tea,1,2.50,2024-01-0{day}T10:00:00")
    shop.land("till/2024-02-30.csv", "never,tea,1,2.50,2024-02-28T10:00:00")
    assert ingest(shop.run("till", first=date(2024, 1, 2), last=date(2024, 1, 4))).accepted == 2
    unknown = [line for line in capsys.readouterr().err.splitlines() if "unknown files" in line]
    assert len(unknown) == 1 and '"names": "till/2024-02-30.csv"' in unknown[0]
    assert states(lake) == {"till/2024-01-02.csv": "current", "2024-01-03": "missing", "till/2024-01-04.csv": "current"}
    assert ingest(shop.run("till", first=date(2024, 1, 6))).accepted == 1
    shop.land("till/2024-01-03.csv", "r3,tea,1,2.50,2024-01-03T10:00:00")
    assert ingest(shop.run("till", plan=True)).accepted == 0
    assert ingest(shop.run("till")).accepted == 2
    missing = [e for e in shop.run().ledger("deliveries") if e["event"] == "missing"]
    assert sorted(str(e["file_date"]) for e in missing) == ["2024-01-03", "2024-01-05"]
    assert [name for name, state in states(lake).items() if state == "missing"] == ["2024-01-05"]

    cleanse(shop.run("till", last=date(2024, 1, 3)))
    assert sold(shop) == {"r1": 1, "r2": 1, "r3": 1}


def test_a_refused_file_stops_curate_until_it_is_withdrawn_or_sent_again(shop: CornerShop, lake: Invoke) -> None:
    shop.land("till/2024-01-01.csv", "r1,tea,1,2.50,2024-01-01T10:00:00")
    shop.land("till/2024-01-02.csv", "r2,tea", header="receipt,product\n")
    assert len(ingest(shop.run("till")).refused) == 1
    assert states(lake) == {"till/2024-01-01.csv": "current", "till/2024-01-02.csv": "refused"}
    with pytest.raises(QualityGateError, match=r"till/2024-01-02\.csv was refused .*withdraw it"):
        refuse_when_blocked(shop.run())
    withdrawn = lake(deliveries, "withdraw", "till/2024-01-02.csv", "--feed", "till")
    assert withdrawn.exit_code == 0 and "a refused file" in withdrawn.stdout
    assert blocked_feeds(shop.run()) == []
    assert ingest(shop.run("till")).refused == [] and states(lake)["till/2024-01-02.csv"] == "withdrawn"

    again = lake(deliveries, "withdraw", "till/2024-01-02.csv", "--feed", "till")
    assert isinstance(again.exception, UsageError_) and "no current delivery" in str(again.exception)
    shop.land("till/2024-01-02.csv", "r2,tea,1,2.50,2024-01-02T10:00:00")
    assert ingest(shop.run("till")).accepted == 1
    shop.land("till/2024-01-02.csv", "r2,tea", header="receipt,product\n")
    assert len(ingest(shop.run("till")).refused) == 1
    assert blocked_feeds(shop.run()) == [], "a good one of that name stays"


def test_held_accepted_and_withdrawn_deliveries_and_a_replay(shop: CornerShop, lake: Invoke) -> None:
    shop.land("till/2024-01-01.csv", "r1,tea,1,2.50,2024-01-01T10:00:00", "r9,tea,1,0,2024-01-01T11:00:00")
    bad = ["b2,tea,1,0,2024-01-02T10:00:00", "b3,tea,1,200,2024-01-02T10:00:00", "b4,gin,1,-1,2024-01-02T10:00:00"]
    shop.land("till/2024-01-02.csv", "r2,tea,2,2.50,2024-01-02T10:00:00", *bad, "b5,tea,0,1,2024-01-02T10:00:00")
    ingest(shop.run("till"))
    held = cleanse(shop.run("till")).blocked
    assert len(held) == 1 and "order_lines held by a gate" in held[0]
    assert sold(shop) == {"r1": 1}
    found = {n["name"]: n for n in json.loads(lake(deliveries, "list", "--json").stdout)}
    one, two = (found[f"till/2024-01-0{day}.csv"] for day in (1, 2))
    assert (one["state"], two["state"], two["reason"]) == ("current", "held", "a gate holds order_lines")

    listed = lake(quarantine, "list", "--delivery", "till/2024-01-02.csv").stdout.splitlines()
    counts = {tuple(line.split("\t")[1:3]): line.split("\t")[-1] for line in listed[1:]}
    assert counts == {
        ("order_lines", "unit_price > 0"): "2", ("order_lines", "price_is_small"): "1", ("unrouted", "no_route"): "1"
    }  # fmt: skip
    shown = json.loads(lake(quarantine, "show", "--rule", "price_is_small", "--json").stdout)
    place = [(row["name"], row["record"], row["failed_rules"]) for row in shown]
    assert place == [("till/2024-01-02.csv", 3, "price_is_small")]
    assert json.loads(shown[0]["original"])["price"] == "200"
    assert "nothing would change" in lake(quarantine, "replay").stdout

    refused = lake(deliveries, "accept", one["delivery_id"])
    assert isinstance(refused.exception, UsageError_) and "is current, not held" in str(refused.exception)
    assert lake(deliveries, "accept", two["delivery_id"]).exit_code == 0
    assert "till: 5 rows in quarantine before, 5 now" in lake(quarantine, "replay").stdout
    assert sold(shop) == {"r1": 1, "r2": 2} and blocked_feeds(shop.run()) == []

    shop.feed("till", TILL.replace("unit_price < 100", "unit_price < 1000"))
    replayed = lake(quarantine, "replay")
    assert "till: 5 rows in quarantine before, 4 now" in replayed.stdout
    assert sold(shop) == {"r1": 1, "r2": 2, "b3": 1}

    assert lake(deliveries, "withdraw", "till/2024-01-01.csv", "--feed", "till").exit_code == 0
    cleanse(shop.run("till"))
    assert sold(shop) == {"r2": 2, "b3": 1}
    assert states(lake) == {"till/2024-01-01.csv": "withdrawn", "till/2024-01-02.csv": "current"}
    audited = lake(audit_command)
    assert audited.exit_code == 0, audited.stdout


def test_an_audit_adds_up_and_finds_whatever_was_tampered_with(shop: CornerShop, lake: Invoke) -> None:
    lines = ["r1,tea,1,2.50,2024-01-01T10:00:00", "r2,gin,1,20,2024-01-01T11:00:00"]
    back, bad = "r2,tea,-1,2.50,2024-01-01T12:00:00", "r3,rum,1,0,2024-01-01T13:00:00"
    shop.land("till/2024-01-01.csv", *lines, back, lines[0], bad, "r4,rum,0,1,2024-01-01T13:00:00")
    shop.land("till/2024-01-02.csv", lines[1], "r5,tea,2,2.50,2024-02-02T10:00:00")
    ingest(shop.run("till"))
    cleanse(shop.run("till"))
    shop.land("till/2024-01-02.csv", lines[1], "r5,tea,3,2.50,2024-02-02T10:00:00")
    ingest(shop.run("till"))
    cleanse(shop.run("till"))
    curate(shop.run())
    publish(shop.run())
    sound = lake(audit_command)
    assert sound.exit_code == 0, sound.stdout
    said = [line.split("\t") for line in sound.stdout.splitlines()]
    assert ["ok", "candidates", "till/order_lines", "candidates: 8"] in said, "r1 r1 r2 r3, r2 r5 twice"
    assert ["ok", "candidates", "till/order_lines", "exact duplicates: 2"] in said
    assert ["ok", "routes", "till/receipt", "records: 10"] in said
    assert ["ok", "money", "fct_sales published", "net of 2 months: 30.0000 GBP"] in said

    for zone, table, where in (
        (Zone.RAW, "till", "receipt = 'r3'"),
        (Zone.CLEANSED, "order_lines", "order_id = 'r5'"),
        (Zone.CURATED, "fct_sales", "sale_month = '2024-02'"),
    ):
        shop.spark.sql(f"delete from delta.`{shop.run().uri(zone, table)}` where {where}")
    shop.run().record("balances", [{"feed": "till", "entity": "returns", "measure": "current", "change": 1}])
    for folder in (shop.folder / "root" / SHOP / "published" / "fct_returns").glob("*/return_month=2024-01"):
        folder.rename(folder.with_name("taken_away"))
    found = lake(audit_command)
    assert isinstance(found.exception, ReconciliationError)
    differing = [line for line in found.stdout.splitlines() if line.startswith("differs")]
    for begin in (
        "raw\ttill/till/2024-01-01.csv",
        "candidates\ttill/order_lines\tcandidates: 7 recounted from raw, 8",
        "routes\ttill/receipt\trecords: 9 recounted from raw, 10",
        "changes\ttill/returns\tcurrent: 1 standing, 2 recorded",
        "cleansed\torder_lines\trows, keys: (3, 3)",
        "money\tfct_sales curated 2024-02",
        "money\tfct_returns published\tthe folder is gone",
    ):
        assert any(line.startswith(f"differs\t{begin}") for line in differing), (begin, differing)
    assert not any("returns curated" in line or "published 2024" in line for line in differing), differing
