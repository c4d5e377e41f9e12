"""The demo shop from its sources to the star, against the ledger of its truth: every row, every defect, every cent."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.generator import truth
from lake.generator.classic_extracts import write_extracts
from lake.generator.demo_shop import generate
from lake.generator.parameters import Parameters
from lake.names import Zone
from tests.e2e.demo_samples import SOURCES, sample
from tests.e2e.shop_lab import PROJECT, Row, ShopLab, differences
from tests.oracle import demo_truth

FIRST, DAYS, ORDERS_PER_DAY = date(2024, 1, 27), 8, 30
"""Eight days over the end of a month; every class of defect that is quarantined occurs."""


@pytest.fixture(scope="module")
def demo(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ShopLab, Path]]:
    """The shop after its first days and, in a second run, the others with some late files; the folder of its truth."""
    lab = ShopLab(spark, tmp_path_factory.mktemp("demo"), shop="demo")
    sent = lab.folder / "sent"
    generate(Parameters(orders_per_day=ORDERS_PER_DAY, epoch=FIRST), FIRST, DAYS, sent)
    files = sorted(path for path in sent.rglob("*") if path.is_file())
    last_days = {str(FIRST + timedelta(days=number)) for number in (DAYS - 2, DAYS - 1)}
    events, chance = ("access_", "ad_stats_", "returns_", "sentiments_", "social_"), Random(7)
    late = {path for path in files if path.name.startswith(events) and chance.random() < 0.3}
    late |= {path for path in files if any(day in path.name for day in last_days)}
    for part in ([path for path in files if path not in late], sorted(late)):
        for path in part:
            lab.put(str(path.relative_to(sent)), path.read_bytes())
        lab.step()
    yield lab, truth.truth_folder(sent)


def normal(value: Any) -> Any:
    """Values of either side in one form: moments in UTC without zone, decimals without ending zeros."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, float):
        value = Decimal(str(value))
    return value.normalize() + 0 if isinstance(value, Decimal) else value


def in_form(rows: list[Row]) -> list[Row]:
    """Rows with values in one form; whole numbers as decimals, since sources and entities differ in that only."""
    return [
        {name: normal(Decimal(value) if type(value) is int else value) for name, value in row.items()} for row in rows
    ]


@pytest.mark.parametrize("entity", ["customers", *demo_truth.EXPECTED])
def test_cleansed_holds_exactly_what_is_true(demo: tuple[ShopLab, Path], entity: str) -> None:
    lab, folder = demo
    standing = [row for row in lab.rows(Zone.CLEANSED, entity) if row["deleted_at"] is None]
    expected = demo_truth.expected_rows(folder, entity)
    if entity in ("customers", "products"):  # versions of keys that are gone stay, closed
        gone = truth.deleted(folder, entity)
        expected = [row for row in expected if row.get("customer_id", row.get("product_id")) not in gone]
    if entity == "categories":  # a list without times: each day's is a version
        standing = list({row["category_id"]: row for row in standing}.values())
    assert expected
    assert not differences(in_form(standing), in_form(expected))


def test_each_defect_is_in_quarantine_for_its_reason_and_no_clean_record_is(demo: tuple[ShopLab, Path]) -> None:
    lab, folder = demo
    expected = {(feed, file, number): rule for feed, file, number, rule in demo_truth.refused(folder)}
    found: dict[tuple[str, str, int | str], set[str]] = {}
    for feed in lab.run().catalogue.feeds:
        for row in lab.rows(Zone.QUARANTINE, feed):
            place = json.loads(row["original_text"])["id_product"] if feed == "products" else row["record_number"]
            found.setdefault((feed, row["file_name"], place), set()).update(row["failed_rules"])
    assert set(expected.values()) >= {"malformed", "cast_unit_price", "required_order_id"}
    assert found.keys() == expected.keys()
    unnamed = [place for place, rule in expected.items() if not any(name.startswith(rule) for name in found[place])]
    assert unnamed == []


def test_exact_copies_are_counted_as_duplicates_feed_by_feed(demo: tuple[ShopLab, Path]) -> None:
    lab, folder = demo
    found: Counter[str] = Counter()
    for (feed, entity, disposition), count in lab.fates().items():
        routed = {item.entity for item in lab.run().catalogue.feeds[feed].provides if item.route}
        if disposition == "duplicate" and entity in routed:
            found[feed] += count
    assert dict(found) == demo_truth.duplicates(folder)


def test_money_of_each_month_and_currency_is_the_truth_to_the_cent(demo: tuple[ShopLab, Path]) -> None:
    lab, folder = demo
    revenue, carts = demo_truth.revenue(folder), demo_truth.carts(folder)
    assert {month for month, _ in revenue} == {"2024-01", "2024-02"} and len({c for _, c in revenue}) > 2
    sheet = {(row["kpi"], row["calendar_month"], row["currency"]): row["value"] for row in _curated(lab, "kpi_sheet")}
    for kpi, expected in {"chiffre_affaire_par_mois": revenue, "avg_cart_per_month": carts}.items():
        assert {key[1:]: value for key, value in sheet.items() if key[0] == kpi} == expected, kpi
    units = {row["product_id"]: row["units"] for row in _curated(lab, "sales_by_product") if row["period"] == "all"}
    assert {product: count for product, count in units.items() if count} == demo_truth.units(folder)


def test_totals_of_orders_do_not_fan_out_over_their_lines(demo: tuple[ShopLab, Path]) -> None:
    lab, folder = demo
    orders = [row for row in _curated(lab, "dim_order") if row["total_amount"] is not None]
    truth_orders = demo_truth.expected_rows(folder, "orders")
    assert {row["order_id"]: row["total_amount"] for row in orders} == {
        row["order_id"]: row["total_amount"] for row in truth_orders
    }
    lines = Counter(row["order_id"] for row in _curated(lab, "fct_sales"))
    assert max(lines.values()) > 1 and set(lines) <= {row["order_id"] for row in truth_orders}
    assert sum(lines.values()) == demo_truth.sold_line_count(folder)


def test_people_are_known_by_their_address_and_nobody_is_mistaken_for_another(demo: tuple[ShopLab, Path]) -> None:
    lab, folder = demo
    people: dict[str, dict[int, set[str]]] = {"shop": {}, "email": {}}
    for row in _curated(lab, "dim_customer"):
        if row["is_current"] and row["customer_key"] != -1:
            people[row["customer_namespace"]].setdefault(row["person_key"], set()).add(row["customer_id"])
    found = {
        (address, number)
        for person, addresses in people["email"].items()
        for address in addresses
        for number in people["shop"].get(person, ())
    }
    expected = demo_truth.linked_addresses(folder)
    assert len(expected) > 5
    assert len(found & expected) >= 0.99 * len(found), "precision"
    assert len(found & expected) >= 0.95 * len(expected), "recall"


def test_authors_are_customers_where_they_declared_their_handle(demo: tuple[ShopLab, Path]) -> None:
    lab, folder = demo
    numbers = {row["customer_key"]: row["customer_id"] for row in _curated(lab, "dim_customer")}
    found = {
        row["interaction_id"]: numbers[row["customer_key"]]
        for row in _curated(lab, "fct_social_interactions")
        if row["customer_key"] != -1
    }
    expected = demo_truth.declared_authors(folder)
    assert expected and found == expected


def test_programs_are_told_from_people(demo: tuple[ShopLab, Path]) -> None:
    lab, folder = demo
    sessions = _curated(lab, "fct_web_sessions")
    people, programs = demo_truth.hits(folder)
    counted = sum(row["request_count"] for row in sessions if not row["is_bot"])
    assert people <= counted <= people + programs // 20, "no person is taken for a program, few programs for people"
    assert counted + sum(row["request_count"] for row in sessions if row["is_bot"]) == people + programs


def _curated(lab: ShopLab, table: str) -> list[Row]:
    rows = lab.rows(Zone.CURATED, table)
    assert rows, table
    return rows


@pytest.mark.parametrize("feed", SOURCES)
def test_the_samples_of_each_kind_of_source_are_what_a_run_makes(demo: tuple[ShopLab, Path], feed: str) -> None:
    path, found = PROJECT / "docs/samples" / f"{feed}.md", sample(demo[0], feed)
    if os.environ.get("LAKE_WRITE_SAMPLES"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found, "look whether it is right; LAKE_WRITE_SAMPLES=1 writes it"


CARRIED: dict[str, set[str]] = {
    "orders": {"items_amount", "discount_amount", "tax_amount", "promotion_id"},
    "order_lines": set(),
    "customers": set(),
    "products": set(),
    "social_interactions": set(),
    "sentiments": set(),
}
"""Entities of the five extracts, with the columns that these do not carry."""


def test_five_classic_extracts_give_the_same_entities(
    demo: tuple[ShopLab, Path], spark: SparkSession, tmp_path: Path
) -> None:
    _, folder = demo
    lab = ShopLab(spark, tmp_path, shop="demo_csv")
    write_extracts(Parameters(orders_per_day=ORDERS_PER_DAY, epoch=FIRST), FIRST, DAYS, lab.landing)
    lab.ingest()
    lab.cleanse()
    orders = {row["order_id"] for row in demo_truth.expected_rows(folder, "orders")}
    sold = {row["order_id"] for row in demo_truth.expected_rows(folder, "order_lines")}
    for entity, absent in CARRIED.items():
        expected = [
            {name: value for name, value in row.items() if name not in absent}
            for row in demo_truth.standing_rows(folder, entity)
            if row.get("order_id", "") in {*(orders & sold), ""}
        ]
        assert not differences(in_form(lab.rows(Zone.CLEANSED, entity)), in_form(expected)), entity
