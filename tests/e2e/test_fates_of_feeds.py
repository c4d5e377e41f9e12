"""Snapshots, gates, arrays and equal events through ingest and cleanse: nothing lost, nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.errors import UsageError_
from lake.io import tables
from lake.names import Zone
from lake.pipelines.audit import audit
from lake.pipelines.auditing.findings import Outcome
from lake.pipelines.balances import balances_to_publish
from lake.pipelines.cleansing import feed_frames, merging
from lake.pipelines.delivery_states import known_deliveries
from lake.pipelines.purge import purge_feed
from lake.pipelines.retention import expire_deliveries
from tests.e2e.shop_lab import ShopLab, differences, in_order, write_entity, written_shop
from tests.oracle.cleansing import Candidate, Delivery, Rules, Texts, cleansed, records_of

SHELVES = {
    "entity": "shelves",
    "description": "Shelves of the shop.",
    "grain": "one row per shelf",
    "key": ["shelf_id"],
    "columns": [
        {"name": "shelf_id", "type": "string", "required": True, "description": "Shelf"},
        {"name": "label", "type": "string", "description": "What is written on it"},
    ],
}
SHELF_FEED: dict[str, Any] = {
    "feed": "shelf_list",
    "path": "shelves_{date}.csv",
    "load": "snapshot",
    "format": {"kind": "csv"},
    "columns": [{"name": "shelf"}, {"name": "label"}],
    "gates": {"min_records": 2},
    "provides": [
        {
            "entity": "shelves",
            "route": "shelf",
            "when": "label <> 'ZZ'",
            "columns": {"shelf_id": "shelf", "label": "label"},
            "expectations": [{"rule": "label <> 'XX'"}],
        },
        {"entity": "products", "columns": {"product_id": "shelf", "product_name": "label"}},
    ],
}
TILL: dict[str, Any] = {
    "feed": "till",
    "path": "till_*.csv",
    "load": "append",
    "identity": "position",
    "format": {"kind": "csv"},
    "columns": [{"name": "order"}, {"name": "units", "type": "decimal"}, {"name": "at", "type": "timestamp"}],
    "gates": {"max_quarantined_rate": 0.5, "min_records": 1},
    "provides": [
        {
            "entity": "order_lines",
            "route": "line",
            "key": "content",
            "columns": {
                "order_id": "order", "ordered_at": "at", "product_id": "order", "quantity": "units",
                "unit_price": "2.5", "currency": "'EUR'",
            },
            "expectations": [{"rule": "quantity > 0"}, {"rule": "order_id <> 'forged'", "severity": "fail"}],
        }
    ],
}  # fmt: skip
SIZES: dict[str, Any] = {
    "feed": "sizes",
    "path": "sizes_*.json",
    "load": "append",
    "format": {"kind": "json", "layout": "document", "records": "articles"},
    "columns": [
        {"name": "article"},
        {"name": "since", "type": "timestamp"},
        {"name": "sizes", "type": "json", "required": False},
    ],
    "provides": [
        {
            "entity": "customers",
            "route": "size",
            "explode": {"column": "sizes", "columns": [{"name": "size"}, {"name": "stock", "type": "integer"}]},
            "columns": {
                "customer_id": "concat(article, '-', size)",
                "effective_at": "since",
                "city": "try_cast(stock as string)",
            },
        }
    ],
}
FEEDS = (SHELF_FEED, TILL, SIZES)


def lines(header: str, *records: str) -> str:
    return "\n".join([header, *records]) + "\n"


SNAPSHOTS = {
    "shelves_2024-01-01.csv": lines("shelf,label", "A,tea", "B,mugs", "C,jars", "D,bags", "D,bags", "E,tins"),
    "shelves_2024-01-02.csv": lines("shelf,label", "A,XX", "C,jars", "D,boxes", "E,ZZ"),
    "shelves_2024-01-03.csv": lines("shelf,label", "B,mugs", "D,boxes"),
    "shelves_2024-01-04.csv": lines("shelf,label", "D,boxes"),
}
SALES = {
    "till_equal.csv": lines("order,units,at", *["e,1,2024-01-05 10:00:00"] * 3),
    "till_torn.csv": lines("order,units,at", "t1,1,2024-01-05 10:00:00", "t2,1,2024-01-05 10:00:00", "t3"),
    "till_bad.csv": lines("order,units,at", *[f"b{n},{n - 2},2024-01-05 10:00:00" for n in range(4)]),
    "till_forged.csv": lines("order,units,at", "forged,1,2024-01-05 10:00:00", "f,1,2024-01-05 10:00:00"),
    "till_empty.csv": "order,units,at\n",
}
ARTICLES = [
    {"article": "a", "since": "2024-01-01", "sizes": [{"size": "S", "stock": 1}, {"size": "M", "stock": 12345678901}]},
    {"article": "b", "since": "2024-01-01", "sizes": []},
    {"article": "c", "since": "2024-01-01", "sizes": None},
    {"article": "d", "since": "2024-01-01"},
    {"article": "e", "since": "2024-01-01", "sizes": {"size": "S"}},
    {"article": "f", "since": "2024-01-01", "sizes": "S, M"},
    {"article": "g", "since": "2024-01-01", "sizes": [None, {"size": "L", "stock": "many"}, {"size": "XL"}]},
    {"article": "a", "since": "2024-01-01", "sizes": [{"size": "S", "stock": 1}, {"size": "M", "stock": 12345678901}]},
]


def shelf_rules() -> Rules:
    def routed(texts: Texts, delivery: Delivery) -> Iterable[Candidate]:
        failed = {"XX": ["label <> 'XX'"], "ZZ": ["no_route"]}.get(texts["label"] or "", [])
        values = {"shelf_id": texts["shelf"], "label": texts["label"]}
        yield Candidate("shelves", (texts["shelf"],), values, failed)

    return Rules("shelf_list", "snapshot", routed)


def shelves(*names: str) -> list[dict[str, Any]]:
    deliveries = [Delivery(name, date.fromisoformat(name[8:18]), records_of(SNAPSHOTS[name])) for name in names]
    rows = cleansed(deliveries, shelf_rules()).rows["shelves"]
    return [{**row, "deleted_at": row["deleted_at"] and at_midnight(row["deleted_at"])} for row in rows]


def at_midnight(day: date) -> datetime:
    """Midnight in Paris, the shop's clock, is eleven in the evening in UTC."""
    return datetime(day.year, day.month, day.day - 1, 23)


class Told:
    """What stood after each of three runs, and what they said was blocked."""

    def __init__(self, lab: ShopLab) -> None:
        names = list(SNAPSHOTS)
        for name in (names[2], names[0], names[3]):
            lab.put(name, SNAPSHOTS[name])
        for name, content in SALES.items():
            lab.put(name, content)
        lab.put("sizes_1.json", json.dumps({"articles": ARTICLES}))
        lab.ingest()
        self.blocked = lab.cleanse().blocked
        self.first, self.fates = lab.cleansed(), lab.fates()
        lab.put(names[1], SNAPSHOTS[names[1]])
        lab.ingest()
        lab.cleanse()
        self.second = lab.cleansed()
        for feed, name in (("shelf_list", names[3]), ("till", "till_bad.csv"), ("till", "till_empty.csv")):
            lab.accept(feed, lab.delivery(name))
        self.blocked_after = lab.cleanse().blocked
        self.third, self.fates_after = lab.cleansed(), lab.fates()
        for name in names:
            lab.withdraw("shelf_list", name)
        lab.cleanse()
        self.last = lab.cleansed()
        self.quarantined = lab.quarantined("sizes")
        self.raw = len(lab.rows(Zone.RAW, "sizes"))


@pytest.fixture(scope="module")
def told(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("feeds")
    conf = written_shop(folder, FEEDS)
    write_entity(conf, SHELVES)
    return Told(ShopLab(spark, folder, conf))


def test_a_key_is_deleted_by_the_next_accepted_snapshot_without_it(told: Told) -> None:
    names = list(SNAPSHOTS)
    assert differences(told.first["shelves"], shelves(names[0], names[2])) == ""
    assert differences(told.second["shelves"], shelves(*names[:3])) == "", "A and E were refused before they went"
    assert differences(told.third["shelves"], shelves(*names)) == "", "B went with the fourth, once it was accepted"
    assert {row["shelf_id"] for row in told.third["shelves"] if row["deleted_at"]} == {"A", "B", "C", "E"}


def test_a_derived_key_is_not_missing_where_its_record_was_refused(told: Told) -> None:
    gone = {(r["product_id"], r["deleted_at"]) for r in told.second["products"] if r["deleted_at"]}
    assert {(shelf, at) for shelf, at in gone if shelf in "AE"} == {(s, datetime(2024, 1, 2, 23)) for s in "AE"}


def test_a_feed_whose_snapshots_are_all_withdrawn_has_no_rows(told: Told) -> None:
    assert told.last["shelves"] == [] and told.last["products"] == []
    assert len(told.last["order_lines"]) == len(told.third["order_lines"])


def test_gates_hold_what_is_too_bad_forged_or_empty_and_nothing_else(told: Told) -> None:
    held = {line.partition(":")[0].partition("/")[2] for line in told.blocked}
    assert held == {"shelves_2024-01-04.csv", "till_bad.csv", "till_forged.csv", "till_empty.csv"}
    assert told.fates["till", "order_lines", "held"] == 2, "b3 and f; the refused rows are quarantined"
    assert told.fates["till", "unrouted", "quarantined"] == 1
    assert [line.partition(":")[0] for line in told.blocked_after] == ["till/till_forged.csv"]
    assert told.fates_after["till", "order_lines", "held"] == 1


def test_equal_events_without_identity_are_all_kept(told: Told) -> None:
    orders = sorted(row["order_id"] for row in told.first["order_lines"])
    assert orders == ["e", "e", "e", "t1", "t2"]
    assert sorted(row["order_id"] for row in told.third["order_lines"]) == ["b3", "e", "e", "e", "t1", "t2"]


def test_every_element_of_an_array_is_a_candidate_and_what_is_no_array_is_refused(told: Told) -> None:
    rows = {row["customer_id"]: row["city"] for row in told.first["customers"]}
    assert rows == {"a-S": "1", "a-M": "12345678901", "g-XL": None}
    assert told.raw == len(ARTICLES)
    counts = {key[1:]: n for key, n in told.fates.items() if key[0] == "sizes" and not key[2].startswith("rule:")}
    assert counts == {
        ("customers", "current"): 3,
        ("customers", "duplicate"): 2,
        ("customers", "quarantined"): 2,
        ("unrouted", "quarantined"): 2,
    }
    assert told.fates["sizes", "unrouted", "rule:no_array_sizes"] == 2
    assert any("many" in str(row) for row in told.quarantined)


MEMBERS: dict[str, Any] = {
    "feed": "members",
    "path": "members_{date}.csv",
    "load": "upsert",
    "format": {"kind": "csv"},
    "columns": [{"name": "member"}, {"name": "town"}],
    "provides": [
        {
            "entity": "customers",
            "route": "member",
            "columns": {"customer_id": "member", "city": "town", "effective_at": "file_date"},
        }
    ],
}


def test_another_provider_a_new_column_and_a_range_of_days_lose_nothing(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, [MEMBERS]))

    def cities() -> dict[str, str]:
        return {row["customer_id"]: f"{row['city']} {row['country']}" for row in lab.rows(Zone.CLEANSED, "customers")}

    lab.put("members_2024-01-01.csv", lines("member,town", "m1,Lille", "m2,Lyon"))
    lab.put("members_2024-01-02.csv", lines("member,town", "m3,Nice"))
    lab.ingest()
    lab.cleanse()
    lab.put("members_2024-01-02.csv", lines("member,town", "m3,Metz", "m4,Brest"))
    lab.ingest()
    lab.cleanse(last_date=date(2024, 1, 1))
    assert cities() == {"m1": "Lille None", "m2": "Lyon None", "m3": "Nice None"}, "the second day was not asked for"
    lab.cleanse()
    assert cities() == {"m1": "Lille None", "m2": "Lyon None", "m3": "Metz None", "m4": "Brest None"}
    wider = {**MEMBERS, "columns": [*MEMBERS["columns"], {"name": "land", "required": False}]}
    item = MEMBERS["provides"][0]
    wider["provides"] = [{**item, "columns": {**item["columns"], "country": "land"}}]
    other = {**MEMBERS, "feed": "guests", "path": "guests_{date}.csv"}
    written_shop(tmp_path, [wider, other], precedence={"customers": ["members", "guests"]})
    lab.put("guests_2024-01-03.csv", lines("member,town", "g1,Arles", "m1,Sète"))
    lab.put("members_2024-01-04.csv", lines("member,town,land", "m5,Gand,Belgium"))
    lab.ingest()
    table, before = lab.run().uri(Zone.CLEANSED, "customers"), cities()
    first = tables.latest_version(spark, table)
    with monkeypatch.context() as broken:
        broken.setattr(merging, "merged", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            lab.cleanse()
    assert (cities(), tables.latest_version(spark, table)) == (before, first), "nobody sees half of the providers"
    assert lab.cleanse().cleansed == [] and tables.latest_version(spark, table) == first + 1, "written once"
    rows = lab.rows(Zone.CLEANSED, "customers")
    assert len(rows) == 7 and {row["customer_id"] for row in rows} == {"m1", "m2", "m3", "m4", "m5", "g1"}
    assert {"m5": "Gand Belgium", "m2": "Lyon None"}.items() <= cities().items()
    lab.put("guests_2024-01-03.csv", lines("member,town", "g2,Uzès", "m1,Sète"))
    lab.ingest()
    lab.cleanse()
    cleansed_again = cities()
    assert len(cleansed_again) == 6 and cleansed_again["g2"] == "Uzès None" and "g1" not in cleansed_again

    never = {**other, "feed": "visitors", "path": "visitors_{date}.csv"}
    written_shop(tmp_path, [{**wider, "enabled": False}, {**other, "enabled": False}, never])
    lab.ingest()
    assert lab.cleanse().cleansed == [] and cities() == {}, "what disabled feeds gave is gone"
    parts = [lab.rows(Zone.CLEANSED, f"customers__{feed}") for feed in ("members", "guests")]
    assert parts == [[], []]


GUESTS: dict[str, Any] = {
    **MEMBERS,
    "feed": "guests",
    "path": "guests_{date}.csv",
    "provides": [
        {**MEMBERS["provides"][0], "expectations": [{"rule": "city <> 'XX'"}]},
        {"entity": "products", "columns": {"product_id": "member", "effective_at": "file_date"}},
    ],
}


def test_what_is_purged_or_expired_is_as_if_it_had_never_come(spark: SparkSession, tmp_path: Path) -> None:
    kept = {**MEMBERS, "retention_days": 30}
    folders = [tmp_path / name for name in ("never", "had")]
    never, had = (ShopLab(spark, folder, written_shop(folder, [kept])) for folder in folders)
    first = lines("member,town", "m1,Lille", "m2,Lyon")

    def write_guests() -> None:
        written_shop(had.folder, [GUESTS], precedence={"customers": ["members", "guests"]})

    def rows_of(lab: ShopLab) -> dict[str, list[tuple[str, ...]]]:
        return {name: in_order(rows) for name, rows in lab.cleansed().items()}

    write_guests()
    had.put("members_2024-01-01.csv", first)
    had.put("guests_2024-01-01.csv", lines("member,town", "g1,Arles", "m1,Brest", "g2,XX"))
    for lab in (never, had):
        lab.put("members_2024-01-02.csv", lines("member,town", "m2,Nice"))
    had.ingest()
    had.cleanse()
    whole = rows_of(had)
    assert [len(whole[name]) for name in ("customers", "products")] == [4, 2]
    with pytest.raises(UsageError_, match="guests is a feed of lab; remove it first"):
        purge_feed(had.run(), "guests")

    written_shop(had.folder, [])
    (had.conf / "shops/lab/feeds/guests.yaml").unlink()
    told = purge_feed(had.run(), "guests")
    left = [path for path in (had.folder / "root").rglob("*guests*") if path.is_dir()]
    assert (told[0], len(told), left) == ("1 deliveries with 3 records", 5, []), "raw, quarantine, fates, its part"
    assert had.rows(Zone.CLEANSED, "products") == []

    later = datetime.now(UTC) + timedelta(days=30, minutes=20)
    for lab in (never, had):
        lab.put("members_2024-01-01.csv", lines("member,town", "m1,Metz"))
        lab.ingest()
    assert expire_deliveries(had.run(), later) == [], "its rows stand in cleansed"
    for lab in (never, had):
        lab.cleanse()
    assert rows_of(had) == rows_of(never)
    assert expire_deliveries(had.run(), later - timedelta(minutes=20)) == []
    told = ["expire 1 deliveries of members: 2 raw records, replaced more than 30 days ago"]
    for plan, towns in ((True, {"Lille", "Lyon", "Metz", "Nice"}), (False, {"Metz", "Nice"})):
        assert expire_deliveries(had.run(plan=plan), later) == told
        assert {row["town"] for row in had.rows(Zone.RAW, "members")} == towns
    assert (expire_deliveries(had.run(), later), purge_feed(had.run(), "guests")) == ([], []), "nothing is left"
    published = [sorted(balances_to_publish(lab.run())["record_balances"].collect()) for lab in (had, never)]
    assert published[0] == published[1]
    assert [f for f in audit(had.run()) if f.outcome is Outcome.DIFFERS] == []
    states = sorted((line.name[-6:-4], line.state.value) for line in known_deliveries(had.run()))
    assert states == [("01", "current"), ("01", "expired"), ("02", "current")]
    with pytest.raises(UsageError_, match="never had a file of it"):
        purge_feed(had.run(), "guest")

    write_guests()
    had.put("members_2024-01-01.csv", first)
    assert had.ingest().accepted == 2, "both are read again"
    had.cleanse()
    assert rows_of(had) == whole


MOMENTS: dict[str, Any] = {
    "feed": "moments",
    "path": "moments.csv",
    "load": "append",
    "format": {"kind": "csv"},
    "columns": [{"name": "order"}, *({"name": name, "type": "timestamp"} for name in ("placed", "paid"))],
    "provides": [
        {"entity": "shelves", "route": "order", "columns": {"shelf_id": "order"}},
        *(
            {
                "entity": "order_statuses",
                "when": f"{status} is not null",
                "columns": {"order_id": "order", "effective_at": status, "order_status": f"'{status}'"},
            }
            for status in ("placed", "paid")
        ),
    ],
}


def test_two_items_take_the_same_record_and_follow_its_correction(spark: SparkSession, tmp_path: Path) -> None:
    conf = written_shop(tmp_path, [MOMENTS], marts=())
    write_entity(conf, SHELVES)
    lab = ShopLab(spark, tmp_path, conf)
    for paid in ("02", "03"):
        sent = [("A", "2024-01-01 10:00:00", f"2024-01-{paid} 09:00:00"), ("B", "2024-01-01 11:00:00", "")]
        lab.put("moments.csv", lines("order,placed,paid", *map(",".join, sent)))
        lab.ingest()
        lab.cleanse()
        moments = [(order, status, moment) for order, *both in sent
                   for status, moment in zip(("placed", "paid"), both, strict=True) if moment]  # fmt: skip
        found = {
            (row["order_id"], row["order_status"], str(row["effective_at"] + timedelta(hours=1)))
            for row in lab.rows(Zone.CLEANSED, "order_statuses")
        }
        assert found == set(moments)
        assert lab.fates()["moments", "order_statuses", "current"] == len(moments)
    assert [f for f in audit(lab.run()) if f.outcome is Outcome.DIFFERS] == []


def test_lines_that_are_known_by_their_place_are_added_corrected_and_come_back(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, [TILL]))
    header, told, sought = "order,units,at", dict[str, list[str]](), list[bool]()
    real = feed_frames.FeedFrames.has_new_keys_only

    def watched(frames: feed_frames.FeedFrames, entity: str, records: feed_frames.Records) -> bool:
        sought.append(not real(frames, entity, records))
        return not sought[-1]

    monkeypatch.setattr(feed_frames.FeedFrames, "has_new_keys_only", watched)

    def step(looks_up: bool, **orders: list[str] | None) -> None:
        for name, file in orders.items():
            if file is None:
                told.pop(name)
                lab.withdraw("till", f"till_{name}.csv")
            else:
                told[name] = file
                lab.put(f"till_{name}.csv", lines(header, *(f"{order},1,2024-01-05 10:00:00" for order in file)))
        lab.ingest()
        sought.clear()
        lab.cleanse()
        assert set(sought) == {looks_up}
        found = sorted(row["order_id"] for row in lab.rows(Zone.CLEANSED, "order_lines"))
        assert found == sorted(order for file in told.values() for order in file)
        assert lab.fates()["till", "order_lines", "current"] == len(found)

    step(False, a=["x", "x", "y"], b=["x"])
    step(False, c=["x", "z"])
    step(True, a=["x", "y"], d=["x"])  # a correction: what it no longer says leaves
    step(True, b=None)
    step(True, b=["x"])  # the same bytes, current again
    step(False, e=["x", "x"])
