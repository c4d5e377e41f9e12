"""A second shop by YAML alone: the grocery chain's star against plain-Python figures out of its CSV files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.contracts.loading import load_catalogue
from lake.names import Zone
from lake.pipelines.balances import balances_to_publish
from lake.pipelines.blocking import refuse_when_blocked
from lake.pipelines.cleanse import cleanse
from lake.pipelines.curate import curate
from lake.pipelines.ingest import ingest
from lake.pipelines.run import Run
from lake.progress import Progress
from lake.settings import load_settings
from tests.oracle import complete_journey as oracle
from tests.oracle.star import star

PROJECT = Path(__file__).resolve().parents[2]
Row = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """What the pipelines made, what plain Python expects, and the households that play a role."""

    run: Run
    landing: Path
    roles: dict[str, str]
    lines: list[Row]
    expected: dict[str, list[Row]]
    read: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, table: str) -> list[Row]:
        """A curated table, read once; moments are naive UTC."""
        if table not in self.read:
            self.read[table] = self._rows(table)
        return self.read[table]

    def _rows(self, table: str) -> list[Row]:
        frame = self.run.spark.read.format("delta").load(self.run.uri(Zone.CURATED, table))
        names = self.run.catalogue.tables[table].column_names
        columns = [_naive(column.to_pylist()) for column in frame.select(names).toArrow().columns]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _naive(values: list[Any]) -> list[Any]:
    if any(isinstance(value, datetime) for value in values):
        return [value and value.replace(tzinfo=None) for value in values]
    return values


@pytest.fixture(scope="module")
def shop(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("grocery")
    landing = folder / "landing"
    roles = oracle.make_landing(landing)
    catalogue = load_catalogue(PROJECT / "conf", "complete_journey")
    catalogue = replace(catalogue, shop=catalogue.shop.model_copy(update={"landing": str(landing)}))
    settings = load_settings(PROJECT, environment={}, root=str(folder / "root"))
    run = Run(spark, settings, catalogue, "run1", Progress(quiet=True))
    ingest(run)
    cleanse(run)
    refuse_when_blocked(run)
    curate(run)
    lines = oracle.order_lines(oracle.accepted_records(landing))
    expected = star(lines, [], oracle.products(landing), oracle.customers(landing, lines), "USD")
    yield Shop(run, landing, roles, lines, expected)
    for name in [*catalogue.entities, *catalogue.tables]:
        spark.catalog.dropTempView(name)


def _sums(rows: list[Row], key: Callable[[Row], Any], *names: str) -> dict[Any, tuple[Decimal, ...]]:
    found: dict[Any, tuple[Decimal, ...]] = defaultdict(lambda: (Decimal(0),) * len(names))
    for row in rows:
        found[key(row)] = tuple(a + row[name] for a, name in zip(found[key(row)], names, strict=True))
    return dict(found)


@pytest.mark.parametrize("table", sorted(load_catalogue(PROJECT / "conf", "complete_journey").tables))
def test_every_table_of_the_star_equals_plain_python_row_for_row(shop: Shop, table: str) -> None:
    names = shop.run.catalogue.tables[table].column_names
    found, expected = (
        Counter(tuple(row[name] for name in names) for row in rows) for rows in (shop.rows(table), shop.expected[table])
    )
    assert found.total() == expected.total()
    assert (sorted(map(repr, found - expected))[:5], sorted(map(repr, expected - found))[:5]) == ([], [])


def test_every_record_has_one_fate_and_every_failed_rule_is_counted(shop: Shop) -> None:
    balances, rules = (
        {(r[0], r[1], r[2]): r[3] for r in frame.collect()} for frame in balances_to_publish(shop.run).values()
    )
    known = [line for line in shop.lines if line["customer_id"] is not None]
    moments = len({(line["customer_id"], line["ordered_at"]) for line in known})
    records = 75_000 + len(oracle.ACCEPTED) + len(oracle.REFUSED) + 2
    described = sum(len(oracle.read(file)) for file in shop.landing.glob("demographics*"))
    listed = len(oracle.read(shop.landing / "products_2017-01-01.csv.bz2"))
    assert len(shop.lines) == 75_000 + len(oracle.ACCEPTED)
    assert balances == {
        ("transactions", "order_lines", "current"): len(shop.lines),
        ("transactions", "order_lines", "quarantined"): len(oracle.REFUSED),
        ("transactions", "order_lines", "duplicate"): 2,
        ("transactions", "customers", "current"): moments,
        ("transactions", "customers", "superseded"): len(known) - moments,
        ("transactions", "customers", "not_applicable"): records - len(known),
        ("demographics", "customers", "current"): described,
        ("products", "products", "current"): listed,
    }
    failures = Counter(rule for failed in oracle.REFUSED.values() for rule in failed)
    assert rules == {("transactions", "order_lines", rule): count for rule, count in failures.items()}


def test_money_stands_in_the_month_of_new_york(shop: Shop) -> None:
    sales = shop.rows("fct_sales")
    amounts = ("net_amount", "gross_amount", "discount_amount", "quantity")
    assert _sums(sales, lambda r: r["sale_month"], *amounts) == _sums(shop.lines, lambda r: r["order_month"], *amounts)
    assert sum(line["net_amount"] for line in sales) == Decimal("233943.7400")
    moved = sum(row["ordered_at"].strftime("%Y-%m") != row["sale_month"] for row in sales)
    assert moved == 396 + 1
    assert {row["sale_month"] for row in sales if row["ordered_at"] >= datetime(2018, 1, 1)} == {"2017-12", "2018-01"}


def test_lines_without_units_have_no_price_and_fuel_counts_in_thousands(shop: Shop) -> None:
    sales = shop.rows("fct_sales")
    assert sum(row["quantity"] == 0 for row in sales) == 416
    assert {row["unit_price"] is None for row in sales if row["quantity"] == 0} == {True}
    assert all(row["unit_price"] is not None for row in sales if row["quantity"] != 0)
    assert max(row["quantity"] for row in sales) == 32_623


def test_a_basket_that_the_source_writes_with_an_exponent_is_an_order_of_its_own(shop: Shop) -> None:
    orders = {row["order_id"] for row in shop.rows("fct_sales")}
    assert "40128000000" in orders
    assert len(orders) == len({line["order_id"] for line in shop.lines}) == 47_243 + len(oracle.ACCEPTED)


def test_households_carry_their_demographics_for_as_long_as_they_hold(shop: Shop) -> None:
    by_household = defaultdict(list)
    for row in sorted(shop.rows("dim_customer"), key=lambda row: row["valid_from_at"]):
        by_household[row["customer_id"]].append(row)
    first = {r["household_id"]: r for r in oracle.read(shop.landing / "demographics_2017-01-01.csv")}
    steady = set(first) - set(shop.roles.values())
    assert {h: [(v["age_band"], v["income_band"]) for v in by_household[h]] for h in steady} == {
        h: [(first[h]["age"], first[h]["income"])] for h in steady
    }
    without = {h for h in by_household if h not in first and h not in (*shop.roles.values(), "unknown")}
    assert {(v["age_band"], v["country"], len(by_household[h])) for h in without for v in by_household[h]} == {
        (None, "United States", 1)
    }
    assert len(without) == 2_377 + 1 - len(first) - 1

    def life(role: str) -> list[tuple[Any, ...]]:
        names = ("age_band", "valid_to_at", "is_current", "is_deleted")
        return [tuple(version[name] for name in names) for version in by_household[shop.roles[role]]]

    at = oracle.SECOND_SNAPSHOT
    age = {role: first[household]["age"] for role, household in shop.roles.items() if household in first}
    assert life("gone") == [(age["gone"], at, True, True)]
    assert life("returning")[0] == (age["returning"], at, False, True)
    assert life("returning")[1:] == [(None, None, True, False)]
    assert life("older") == [(age["older"], at, False, False), ("65+", None, True, False)]
    assert [version[0] for version in life("described_late")] == [None, next(iter(first.values()))["age"]]


def test_products_that_no_catalogue_lists_are_inferred(shop: Shop) -> None:
    listed = {row["product_id"] for row in oracle.read(shop.landing / "products_2017-01-01.csv.bz2")}
    sold = {line["product_id"] for line in shop.lines}
    inferred = {row["product_id"]: row["category"] for row in shop.rows("dim_product") if row["is_inferred"]}
    assert inferred == dict.fromkeys(sold - listed)
    assert len(inferred) == 5 + 1


def test_marts_add_up_by_category_day_and_product(shop: Shop) -> None:
    catalogue = oracle.read(shop.landing / "products_2017-01-01.csv.bz2")
    category = {row["product_id"]: row["department"] for row in catalogue}
    by_category = _sums(
        shop.lines, lambda r: (r["order_month"], category.get(r["product_id"], "unknown")), "net_amount", "quantity"
    )
    months = [row for row in shop.rows("sales_by_month") if row["period_type"] == "month"]
    found = _sums(months, lambda r: (r["period"], r["category"]), "revenue_amount", "units")
    assert found == by_category
    years = [row for row in shop.rows("sales_by_month") if row["period_type"] == "year"]
    assert _sums(years, lambda r: r["period"], "revenue_amount") == _sums(
        shop.lines, lambda r: r["order_month"][:4], "net_amount"
    )
    days = _sums(shop.rows("sales_by_day"), lambda r: r["calendar_date"], "revenue_amount")
    assert days == _sums(shop.lines, lambda r: r["order_date"], "net_amount")
    of_2017 = [line for line in shop.lines if line["order_month"] < "2018"]
    ranking = sorted(_sums(of_2017, lambda r: r["product_id"], "net_amount").items(), key=lambda i: -i[1][0])
    top = [r for r in shop.rows("top_products") if (r["period"], r["revenue_rank"]) <= ("2017", 10)]
    top = sorted((r for r in top if r["period"] == "2017"), key=lambda r: r["revenue_rank"])
    assert [(r["product_id"], r["revenue_amount"]) for r in top] == [(name, sums[0]) for name, sums in ranking[:10]]
