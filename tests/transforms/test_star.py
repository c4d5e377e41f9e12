"""The whole star from drawn entity rows: every curated table equals the plain-Python oracle, row for row."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from lake.contracts.entity import Entity
from lake.contracts.table import Table
from lake.contracts.table_models import views_read
from lake.pipelines.curating.sql_functions import register_functions
from lake.transforms.history import entity_versions
from tests.oracle.star import star

PROJECT = Path(__file__).resolve().parents[2]
ORDER = [
    "dim_date",
    "dim_country",
    "dim_product",
    "dim_customer",
    "fct_fx_rates",
    "fct_sales",
    "fct_returns",
    "fct_daily_sales",
    "sales_by_day",
    "sales_by_month",
    "top_products",
    "sales_by_product",
    "dim_person",
    "customers_by_country",
    "kpi_sheet",
]
SHOP = {"currency": "GBP", "time_zone": "Europe/London"}
Row = dict[str, Any]
_moments = st.integers(0, 200).map(lambda n: datetime(2010, 11, 20) + timedelta(hours=9 * n))
_deletions = st.one_of(st.none(), st.none(), st.none(), _moments)
_products = st.sampled_from(["A", "B", "C", "D", "É"])
_customers = st.sampled_from([None, "1", "2", "3", "4"])
_countries = st.sampled_from([None, "France", "Norway"])
_amounts = st.integers(0, 30_000).map(lambda n: Decimal(n).scaleb(-4))


def _entity(name: str) -> Entity:
    return Entity.model_validate(yaml.safe_load((PROJECT / f"conf/entities/{name}.yaml").read_text()))


def _table(name: str) -> Table:
    path = next((PROJECT / "conf/tables").glob(f"*/{name}.yaml"))
    return Table.model_validate(yaml.safe_load(path.read_text()))


def _line(
    at: datetime,
    customer: str | None,
    product: str,
    country: str | None,
    channel: str | None,
    currency: str,
    gross: Decimal,
    discount: Decimal,
    deleted: datetime | None,
    order: int,
    shipping: Decimal | None,
    is_bare: bool,
) -> Row:
    """A line; a bare one leaves time, customer, channel and currency to its order."""
    return {
        "order_id": f"o{order}",
        "at": at,
        "customer_namespace": "shop",
        "customer_id": customer,
        "product_id": product,
        "country": country,
        "channel": channel,
        "quantity": Decimal("1.5000"),
        "unit_price": None,
        "gross_amount": gross,
        "discount_amount": discount,
        "net_amount": gross - discount,
        "currency": currency,
        "deleted_at": deleted,
        "promotion_id": "P" if gross > 2 else None,
        "tax_amount": discount,
        "shipping_amount": shipping,
    } | (dict.fromkeys(("at", "customer_id", "channel", "currency")) if is_bare else {})


_lines = st.lists(
    st.builds(
        _line,
        _moments,
        _customers,
        _products,
        _countries,
        st.sampled_from([None, "web"]),
        st.sampled_from(["GBP", "GBP", "EUR"]),
        _amounts,
        _amounts,
        _deletions,
        st.integers(1, 9),
        st.one_of(st.none(), st.none(), _amounts),
        st.booleans(),
    ),
    min_size=10,
    max_size=40,
)
_orders = st.lists(
    st.fixed_dictionaries(
        {
            "order_id": st.integers(1, 9).map(lambda n: f"o{n}"),
            "at": _moments,
            "customer_namespace": st.sampled_from(["shop", "email"]),
            "customer_id": _customers,
            "country": _countries,
            "channel": st.sampled_from([None, "app"]),
            "currency": st.sampled_from(["GBP", "EUR"]),
            "shipping_amount": st.one_of(st.none(), _amounts),
            "deleted_at": _deletions,
        }
    ),
    min_size=5,
    unique_by=lambda row: row["order_id"],
)
_rates = st.lists(
    st.fixed_dictionaries(
        {
            "rate_date": _moments.map(datetime.date),
            "base_currency": st.just("GBP"),
            "quote_currency": st.just("EUR"),
            "rate": st.integers(50_000_000, 200_000_000).map(lambda n: Decimal(n).scaleb(-8)),
        }
    ),
    max_size=8,
    unique_by=lambda row: row["rate_date"],
)
_product_rows = st.lists(
    st.fixed_dictionaries(
        {
            "product_id": st.sampled_from("ABC"),
            "effective_at": _moments,
            "deleted_at": _deletions,
            "product_name": st.sampled_from([None, "x", "y"]),
            "category": st.sampled_from([None, "home"]),
        }
    ),
    max_size=20,
    unique_by=lambda row: (row["product_id"], row["effective_at"]),
)
_customer_rows = st.lists(
    st.fixed_dictionaries(
        {
            "customer_namespace": st.just("shop"),
            "customer_id": st.sampled_from("1235"),
            "effective_at": _moments,
            "deleted_at": _deletions,
            "country": _countries,
            "signup_date": st.sampled_from([None, datetime(2010, 10, 3).date()]),
            "email": st.sampled_from([None, None, "1", "3", "x", "y"]),
        }
    ),
    max_size=20,
    unique_by=lambda row: (row["customer_id"], row["effective_at"]),
)


def _events(lines: list[Row], prefix: str, at: str, day: str, month: str) -> list[Row]:
    """Lines as cleansed holds them; the local time is an hour ahead."""
    return [_local({**line, f"{prefix}_line_id": f"{prefix}{n}"}, at, day, month) for n, line in enumerate(lines)]


def _local(line: Row, at: str, day: str, month: str) -> Row:
    local = None if line["at"] is None else (line["at"] + timedelta(hours=1)).date()
    return {**line, at: line["at"], day: local, month: None if local is None else local.isoformat()[:7]}


def _returns(lines: list[Row]) -> list[Row]:
    """Returns have a time and a currency of their own; every other one names a line."""
    dated = [{"at": datetime(2010, 12, 1), **{n: v for n, v in line.items() if v is not None}} for line in lines]
    dated = [{**dict.fromkeys(lines[0]), "currency": "EUR", **line} for line in dated]
    rows = _events(dated, "return", "returned_at", "return_date", "return_month")
    return [{**row, "order_line_id": f"order{n}" if n % 2 else None} for n, row in enumerate(rows)]


def _frame(spark: SparkSession, entity: Entity, rows: list[Row]) -> DataFrame:
    columns = entity.cleansed_columns
    schema = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return spark.createDataFrame([tuple(row.get(name) for name in columns) for row in rows], schema)


_NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # an example costs seconds


@settings(max_examples=2, deadline=None, phases=_NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(
    sold=_lines, back=_lines, products=_product_rows, customers=_customer_rows, orders=_orders, rates=_rates
)
def test_the_star_of_any_rows_equals_the_oracle(
    spark: SparkSession,
    sold: list[Row],
    back: list[Row],
    products: list[Row],
    customers: list[Row],
    orders: list[Row],
    rates: list[Row],
) -> None:
    entities = {
        "order_lines": _events(sold, "order", "ordered_at", "order_date", "order_month"),
        "returns": _returns(back),
        "products": products,
        "customers": customers,
        "orders": [_local(order, "ordered_at", "order_date", "order_month") for order in orders],
        "fx_rates": rates,
    }
    register_functions(spark)
    inputs = {one.name for table in ORDER for one in _table(table).inputs} - {*ORDER}
    lacking = {name for name in inputs - {*entities} if (PROJECT / f"conf/entities/{name}.yaml").exists()}
    for name, rows in {**entities, **{name: [] for name in lacking}}.items():
        frame = _frame(spark, _entity(name), rows)
        frame.createOrReplaceTempView(name)
        if _entity(name).history:
            entity_versions(frame, _entity(name)).createOrReplaceTempView(f"{name}_versions")
    for name in inputs - {*entities} - lacking:
        spark.createDataFrame([], _schema(_table(name))).createOrReplaceTempView(name)
    rates = entities.pop("fx_rates")
    expected = star(**entities, rates=rates, currency="GBP")

    for table in ORDER:
        model = next((PROJECT / "lake/sql").glob(f"*/{table}.sql")).read_text()
        contract = _table(table)
        for name, view in views_read(PROJECT / "lake/sql", model).items():
            spark.sql(view).createOrReplaceTempView(name)
        seen = [tuple(row) for row in spark.sql(model, args=SHOP).select(*contract.column_names).collect()]
        wanted = [tuple(row[name] for name in contract.column_names) for row in expected[table]]
        shown, due = Counter(map(repr, seen)), Counter(map(repr, wanted))
        assert (sorted(shown - due)[:3], sorted(due - shown)[:3]) == ([], []), table
        spark.createDataFrame(seen, _schema(contract)).createOrReplaceTempView(table)


def _schema(contract: Table) -> str:
    kinds = {column.name: column.type for column in contract.columns}
    return ", ".join(f"{name} {kinds[name]}" for name in contract.column_names)
