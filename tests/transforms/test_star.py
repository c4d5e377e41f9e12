"""The whole star from drawn entity rows: every curated table equals the plain-Python oracle, row for row."""

from __future__ import annotations

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
from lake.transforms.history import entity_versions
from lake.transforms.keys import register_functions
from tests.oracle.star import star

PROJECT = Path(__file__).resolve().parents[2]
ORDER = [
    "dim_date",
    "dim_country",
    "dim_product",
    "dim_customer",
    "fct_sales",
    "fct_returns",
    "sales_by_day",
    "sales_by_month",
    "top_products",
    "customers_by_country",
    "kpi_sheet",
]

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
) -> Row:
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
    }


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
    ),
    min_size=10,
    max_size=40,
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
        }
    ),
    max_size=20,
    unique_by=lambda row: (row["customer_id"], row["effective_at"]),
)


def _events(lines: list[Row], prefix: str, at: str, day: str, month: str) -> list[Row]:
    """Lines as cleansed holds them; the local time is an hour ahead."""
    rows = []
    for number, line in enumerate(lines):
        local = (line["at"] + timedelta(hours=1)).date()
        rows.append(
            {**line, f"{prefix}_line_id": f"{prefix}{number}", at: line["at"], day: local, month: local.isoformat()[:7]}
        )
    return rows


def _frame(spark: SparkSession, entity: Entity, rows: list[Row]) -> DataFrame:
    columns = {column.name: column.type for column in entity.columns} | {"deleted_at": "timestamp"}
    local = {entity.event_date: "date", entity.event_month: "string"}
    columns |= {name: kind for name, kind in local.items() if name is not None}
    schema = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return spark.createDataFrame([tuple(row.get(name) for name in columns) for row in rows], schema)


_NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # an example costs seconds


@settings(max_examples=2, deadline=None, phases=_NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(sold=_lines, back=_lines, products=_product_rows, customers=_customer_rows)
def test_the_star_of_any_rows_equals_the_oracle(
    spark: SparkSession, sold: list[Row], back: list[Row], products: list[Row], customers: list[Row]
) -> None:
    entities = {
        "order_lines": _events(sold, "order", "ordered_at", "order_date", "order_month"),
        "returns": _events(back, "return", "returned_at", "return_date", "return_month"),
        "products": products,
        "customers": customers,
    }
    register_functions(spark)
    for name, rows in entities.items():
        frame = _frame(spark, _entity(name), rows)
        frame.createOrReplaceTempView(name)
        if _entity(name).history:
            entity_versions(frame, _entity(name)).createOrReplaceTempView(f"{name}_versions")
    expected = star(**entities)

    for table in ORDER:
        model = next((PROJECT / "lake/sql").glob(f"*/{table}.sql")).read_text()
        contract = _table(table)
        seen = [tuple(row) for row in spark.sql(model).select(*contract.column_names).collect()]
        wanted = [tuple(row[name] for name in contract.column_names) for row in expected[table]]
        assert sorted(map(repr, seen)) == sorted(map(repr, wanted)), table
        spark.createDataFrame(seen, _schema(contract)).createOrReplaceTempView(table)


def _schema(contract: Table) -> str:
    kinds = {column.name: column.type for column in contract.columns}
    return ", ".join(f"{name} {kinds[name]}" for name in contract.column_names)
