"""Typed records to candidates: mapped columns, all failed rules of a row, keys, local dates."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession

from lake.contracts.entity import Entity
from lake.contracts.feed import Provision
from lake.transforms.mapping import CARRIED, candidates

VISITS = Entity.model_validate(
    {
        "entity": "visits",
        "description": "Visits.",
        "grain": "one row per visit",
        "key": ["visit_id"],
        "event_at": "visited_at",
        "event_date": "visit_date",
        "event_month": "visit_month",
        "columns": [
            {"name": "visit_id", "type": "string", "required": True, "description": "."},
            {"name": "visited_at", "type": "timestamp", "required": True, "description": "."},
            {"name": "visitor", "type": "string", "description": "."},
            {"name": "pages", "type": "int", "description": "."},
            {"name": "spent", "type": "decimal(5,2)", "description": "."},
            {"name": "channel", "type": "string", "required": True, "default": "'web'", "description": "."},
        ],
        "expectations": [{"rule": "pages < 100", "name": "few_pages"}],
    }
)
PRICES = Entity.model_validate(
    {
        "entity": "prices",
        "description": "Prices.",
        "grain": "one row per product and moment",
        "key": ["market", "product"],
        "history": True,
        "columns": [
            {"name": "market", "type": "string", "required": True, "description": "."},
            {"name": "product", "type": "string", "required": True, "description": "."},
            {"name": "effective_at", "type": "timestamp", "required": True, "description": "."},
            {"name": "price", "type": "decimal(18,4)", "description": "."},
        ],
    }
)
RECORD: dict[str, Any] = {
    "id": "v1",
    "seen": datetime(2017, 2, 1, 4, 30),
    "who": "ann",
    "hits": Decimal("7"),
    "money": Decimal("12.50"),
    "kind": "page",
    "lake_casts": [],
    "lake_clock": [],
    "lake_delivery_id": "d1",
    "lake_file_name": "a.csv",
    "lake_file_date": date(2017, 3, 1),
    "lake_record_number": 1,
    "lake_element_number": 0,
    "lake_record_hash": bytearray(b"\xab\xcd"),
    "lake_version": None,
    "lake_is_deleted": False,
    "lake_is_duplicate": False,
}
SCHEMA = (
    "id string, seen timestamp, who string, hits decimal(18,4), money decimal(18,4), kind string, "
    "lake_casts array<string>, lake_clock array<string>, lake_delivery_id string, lake_file_name string, "
    "lake_file_date date, lake_record_number bigint, lake_element_number int, lake_record_hash binary, "
    "lake_version string, lake_is_deleted boolean, lake_is_duplicate boolean"
)
LINES = Entity.model_validate(
    {
        "entity": "lines",
        "description": "Lines.",
        "grain": "one row per line",
        "key": ["line"],
        "amounts": "line",
        "columns": [
            {"name": "line", "type": "string", "required": True, "description": "."},
            *(
                {"name": name, "type": "decimal(18,4)", "description": "."}
                for name in ("quantity", "unit_price", "gross_amount", "discount_amount", "net_amount")
            ),
        ],
    }
)
COLUMNS = {"visit_id": "id", "visited_at": "seen", "visitor": "upper(who)", "pages": "hits", "spent": "money"}


def _item(**options: Any) -> Provision:
    return Provision.model_validate({"entity": "visits", "route": "all", "columns": COLUMNS, **options})


def _records(spark: SparkSession, *changes: dict[str, Any]) -> DataFrame:
    rows = [tuple((RECORD | {"lake_record_number": n} | change).values()) for n, change in enumerate(changes)]
    return spark.createDataFrame(rows, SCHEMA)


def _mapped(
    spark: SparkSession, item: Provision, *changes: dict[str, Any], entity: Entity = VISITS, time_zone: str = "UTC"
) -> list[Row]:
    found = candidates(_records(spark, *changes), item, entity, time_zone)
    assert set(CARRIED) < set(found.columns)
    return found.orderBy("lake_record_number").collect()


def _key(*parts: str | None) -> str:
    text = json.dumps(list(parts), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def test_columns_are_expressions_defaults_or_null_in_the_type_of_the_entity(spark: SparkSession) -> None:
    (row,) = _mapped(spark, _item(columns={"visit_id": "id", "visited_at": "seen", "pages": "hits"}), {})
    found = {name: row[name] for name in VISITS.column_names}
    assert found == {
        "visit_id": "v1",
        "visited_at": RECORD["seen"],
        "visitor": None,
        "pages": 7,
        "spent": None,
        "channel": "web",
    }
    assert (row["lake_failed"], row["lake_warned"]) == ([], [])


def test_days_and_months_are_those_of_the_shop(spark: SparkSession) -> None:
    moments = [{"seen": datetime(2017, 2, 1, 4, 59, 59)}, {"seen": datetime(2017, 2, 1, 5)}, {"seen": None}]
    found = _mapped(spark, _item(), *moments, time_zone="America/New_York")
    assert [(row["visit_date"], row["visit_month"]) for row in found] == [
        (date(2017, 1, 31), "2017-01"),
        (date(2017, 2, 1), "2017-02"),
        (None, None),
    ]


def test_a_day_as_a_moment_is_its_midnight_in_the_shop_and_a_moment_as_a_day_the_day_there(spark: SparkSession) -> None:
    entity = VISITS.model_copy(
        update={"columns": [*VISITS.columns, VISITS.columns[0].model_copy(update={"name": "day", "type": "date"})]}
    )
    item = _item(columns={"visit_id": "id", "visited_at": "lake_file_date", "day": "seen"})
    (row,) = _mapped(spark, item, {}, entity=entity, time_zone="America/New_York")
    assert (row["visited_at"], row["visit_date"]) == (datetime(2017, 3, 1, 5), date(2017, 3, 1))
    assert row["day"] == date(2017, 1, 31)
    texts = {"visit_id": "id", "visited_at": "'2017-02-01 04:30:00'", "day": "'2017-02-01'"}
    (row,) = _mapped(spark, _item(columns=texts), {}, entity=entity, time_zone="America/New_York")
    assert (row["visited_at"], row["day"]) == (datetime(2017, 2, 1, 4, 30), date(2017, 2, 1))


def test_all_failed_rules_of_a_row_are_named_and_null_satisfies_a_rule(spark: SparkSession) -> None:
    item = _item(
        expectations=[
            {"rule": "spent > 0"},
            {"rule": "visitor <> 'BOB'", "severity": "warn"},
            {"rule": "pages is not null", "name": "has_pages", "severity": "fail"},
        ]
    )
    changes: list[dict[str, Any]] = [
        {},
        {"hits": Decimal(100), "money": Decimal(0), "who": "bob"},
        {"hits": None, "money": None, "id": None, "seen": None, "who": None},
        {"money": Decimal("1000.00")},
    ]
    found = [(set(row["lake_failed"]), row["lake_warned"]) for row in _mapped(spark, item, *changes)]
    assert found == [
        (set(), []),
        ({"few_pages", "spent > 0"}, ["visitor <> 'BOB'"]),
        ({"has_pages", "required_visit_id", "required_visited_at"}, []),
        ({"cast_spent"}, []),
    ]


def test_a_word_that_the_contract_does_not_know_is_warned_of_and_stands(spark: SparkSession) -> None:
    words = VISITS.column("channel")
    assert words is not None
    known = [c if c is not words else c.model_copy(update={"allowed": ["web", "app"]}) for c in VISITS.columns]
    entity = VISITS.model_copy(update={"columns": known})
    kinds = [{"kind": kind} for kind in ("web", "App", "shop", None)]
    found = _mapped(spark, _item(columns=COLUMNS | {"channel": "kind"}), *kinds, entity=entity)
    assert [row["lake_warned"] for row in found] == [[], ["allowed_channel"], ["allowed_channel"], []]
    assert [(row["channel"], row["lake_failed"]) for row in found][1] == ("App", [])


def test_only_casts_of_fields_that_the_item_reads_refuse_its_rows(spark: SparkSession) -> None:
    item = _item(when="kind = 'page'", columns={"visit_id": "id", "visited_at": "seen", "spent": "money + hits"})
    changes = [
        {"lake_casts": ["cast_who"], "lake_clock": ["clock_twice_other"]},
        {"lake_casts": ["cast_who", "cast_hits", "cast_kind"], "hits": None, "lake_clock": ["clock_missing_seen"]},
        {"lake_casts": ["cast_money", "cast_money"], "money": None},
    ]
    found = _mapped(spark, item, *changes)
    assert [sorted(row["lake_failed"]) for row in found] == [[], ["cast_hits", "cast_kind"], ["cast_money"]]
    assert [row["lake_warned"] for row in found] == [[], ["clock_missing_seen"], []]


def test_a_fraction_is_lost_in_a_whole_number_and_rounded_in_a_decimal(spark: SparkSession) -> None:
    hits = ["7.0000", "7.5000", "-0.0001", "0", None]
    changes = [{"hits": hits and Decimal(hits)} for hits in hits]
    found = _mapped(spark, _item(columns=COLUMNS | {"spent": "money + hits / 3 * 0"}), *changes)
    assert [row["lake_failed"] for row in found] == [[], ["cast_pages"], ["cast_pages"], [], []]
    texts = _mapped(spark, _item(columns=COLUMNS | {"pages": "who", "spent": "hits / 3"}), {"who": "7.5"}, {"who": "8"})
    assert [(row["lake_failed"], row["spent"]) for row in texts] == [
        (["cast_pages"], Decimal("2.33")),
        ([], Decimal("2.33")),
    ]


def test_a_line_whose_amounts_contradict_each_other_is_refused(spark: SparkSession) -> None:
    net = "cast(kind as decimal(9,4))"
    given = {"line": "id", "gross_amount": "money", "discount_amount": "hits", "net_amount": net}
    item = _item(entity="lines", columns=given)
    nets = [{"kind": "5.50"}, {"kind": "5.5001"}, {"kind": None}]
    found = _mapped(spark, item, *nets, entity=LINES)
    assert [row["lake_failed"] for row in found] == [[], ["amounts_agree"], []]
    assert [row["net_amount"] for row in found] == [Decimal("5.5"), Decimal("5.5001"), Decimal("5.5")]


def test_an_amount_is_rounded_and_not_the_price_that_it_is_made_of(spark: SparkSession) -> None:
    given = {"line": "id", "quantity": "hits", "unit_price": "cast(kind as decimal(18,6))"}
    screws = {"hits": Decimal(10_000), "kind": "0.00345"}
    (row,) = _mapped(spark, _item(entity="lines", columns=given), screws, entity=LINES)
    assert (row["unit_price"], row["gross_amount"], row["net_amount"]) == (
        Decimal("0.0035"), Decimal("34.5"), Decimal("34.5"),
    )  # fmt: skip


def test_a_column_that_decides_which_row_counts_refuses_all_its_rows(spark: SparkSession) -> None:
    lost = {"lake_casts": ["cast_kind", "cast_other"]}
    found = candidates(_records(spark, {}, lost), _item(), VISITS, "UTC", {"kind"}).orderBy("lake_record_number")
    assert [row["lake_failed"] for row in found.collect()] == [[], ["cast_kind"]]


def test_a_content_key_is_the_hash_of_the_record_and_the_number_of_the_element(spark: SparkSession) -> None:
    columns = {name: text for name, text in COLUMNS.items() if name != "visit_id"}
    found = _mapped(spark, _item(key="content", columns=columns), {}, {"lake_element_number": 3})
    assert [row["visit_id"] for row in found] == ["abcd", "abcd-3"]
    assert [row["lake_key"] for row in found] == [_key("abcd"), _key("abcd-3")]


def test_keys_keep_null_apart_from_its_name_and_one_part_from_the_next(spark: SparkSession) -> None:
    item = _item(entity="prices", columns={"market": "who", "product": "id", "effective_at": "seen", "price": "money"})
    pairs = [("a", None), (None, "a"), ("a", "null"), ("a,b", "c"), ("a", "b,c"), ('a","b', "c"), ("é\u2028", "\\")]
    found = _mapped(spark, item, *[{"who": who, "id": name} for who, name in pairs], entity=PRICES)
    assert [row["lake_business_key"] for row in found] == [_key(*pair) for pair in pairs]
    assert [row["lake_key"] for row in found] == [_key(*pair, "2017-02-01 04:30:00") for pair in pairs]
    assert len({row["lake_order"] for row in found}) == len(pairs)


def test_a_row_without_a_moment_holds_from_the_date_of_its_file_else_from_1900(spark: SparkSession) -> None:
    item = _item(entity="prices", columns={"market": "who", "product": "id", "effective_at": "seen"})
    changes: list[dict[str, Any]] = [{}, {"seen": None}, {"seen": None, "lake_file_date": None}]
    found = _mapped(spark, item, *changes, entity=PRICES, time_zone="America/New_York")
    assert [row["effective_at"] for row in found] == [RECORD["seen"], datetime(2017, 3, 1, 5), datetime(1900, 1, 1)]
    undeclared = _item(entity="prices", columns={"market": "who", "product": "id"})
    (row,) = _mapped(spark, undeclared, {}, entity=PRICES, time_zone="Europe/London")
    assert row["effective_at"] == datetime(2017, 3, 1)


def test_equal_mapped_columns_have_equal_order_whatever_else_the_record_says(spark: SparkSession) -> None:
    found = _mapped(spark, _item(), {}, {"kind": "other", "lake_file_name": "b.csv"}, {"money": Decimal("12.51")})
    assert found[0]["lake_order"] == found[1]["lake_order"] != found[2]["lake_order"]
