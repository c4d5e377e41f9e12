"""Cohorts and churn of drawn people, against plain Python that looks at one person and one day after the other."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from lake.contracts.table import Table
from lake.contracts.table_models import views_read

PROJECT = Path(__file__).resolve().parents[2]
FIRST, LAST = date(2011, 11, 5), date(2012, 9, 30)
Row = dict[str, Any]


def _shop(seed: int) -> tuple[list[Row], list[Row]]:
    """Identities of people, some linked, many without orders, and their sales from FIRST to LAST; leap day included."""
    drawn = random.Random(seed)
    identities = [{"customer_key": -1, "person_key": -1, "signup_date": None}]
    for key in range(1, 61):
        person = drawn.randrange(1, key) if key > 40 else key
        person = next((i["person_key"] for i in identities if i["customer_key"] == person), key)
        joined = FIRST + timedelta(drawn.randrange(-60, 300)) if drawn.random() < 0.6 else None
        identities.append({"customer_key": key, "person_key": person, "signup_date": joined})
    days = [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)]
    buyers = [i["customer_key"] for i in identities if drawn.random() < 0.7]
    sales = [{"customer_key": drawn.choice(buyers), "order_date": drawn.choice(days)} for _ in range(150)]
    sales += [{"customer_key": -1, "order_date": day} for day in (FIRST, LAST)]
    return identities, sales


def _months(first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """Label, first and last day of the months from the one of `first` to the one of `last`."""
    start = first.replace(day=1)
    while start <= last:
        following = (start + timedelta(32)).replace(day=1)
        yield start.isoformat()[:7], start, following - timedelta(1)
        start = following


def _people(identities: list[Row], sales: list[Row]) -> dict[int, tuple[str | None, set[date]]]:
    """person_key -> month of joining and days with an order."""
    people = {}
    for person in {i["person_key"] for i in identities} - {-1}:
        mine = [i for i in identities if i["person_key"] == person]
        days = {s["order_date"] for s in sales if s["customer_key"] in {i["customer_key"] for i in mine}}
        signups = [i["signup_date"] for i in mine if i["signup_date"]]
        joined = min(signups) if signups else min(days, default=None)
        people[person] = (joined.isoformat()[:7] if joined else None, days)
    return people


def _mart(spark: SparkSession, name: str, identities: list[Row], sales: list[Row]) -> list[Row]:
    contents = {
        "dim_customer": [row | {"is_current": True, "is_deleted": False, "is_inferred": False} for row in identities],
        "fct_sales": [
            row | {"order_id": f"o{n}", "sale_month": row["order_date"].isoformat()[:7]} for n, row in enumerate(sales)
        ],
        "fct_returns": [],
    }
    for table, rows in contents.items():
        path = next((PROJECT / "conf/tables").glob(f"*/{table}.yaml"))
        columns = Table.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).columns
        schema = ", ".join(f"{column.name} {column.type}" for column in columns)
        frame = spark.createDataFrame([tuple(row.get(column.name) for column in columns) for row in rows], schema)
        frame.createOrReplaceTempView(table)
    person = (PROJECT / "lake/sql/dimensions/dim_person.sql").read_text(encoding="utf-8")
    spark.sql(person, args={"currency": "EUR"}).createOrReplaceTempView("dim_person")
    text = (PROJECT / f"lake/sql/marts/{name}.sql").read_text(encoding="utf-8")
    for view, select in views_read(PROJECT / "lake/sql", text).items():
        spark.sql(select).createOrReplaceTempView(view)
    return [row.asDict() for row in spark.sql(text).collect()]


@pytest.fixture(scope="module", params=[11])
def shop(request: pytest.FixtureRequest) -> tuple[list[Row], list[Row]]:
    return _shop(request.param)


def test_cohorts_equal_a_count_person_by_person(spark: SparkSession, shop: tuple[list[Row], list[Row]]) -> None:
    people = _people(*shop)
    assert any(joined and not days for joined, days in people.values()), "somebody joined and never bought"
    wanted = {}
    for cohort in {joined for joined, _ in people.values() if joined}:
        members = [days for joined, days in people.values() if joined == cohort]
        for label, first, last in _months(FIRST, LAST):
            if label >= cohort:
                retained = sum(any(first <= day <= last for day in days) for days in members)
                since = (first.year - int(cohort[:4])) * 12 + first.month - int(cohort[5:])
                wanted[cohort, label] = (since, len(members), retained)
    found = {
        (r["cohort_month"], r["calendar_month"]): (r["months_since_joining"], r["cohort_size"], r["retained_count"])
        for r in _mart(spark, "retention_cohorts", *shop)
    }
    assert found == wanted


def test_churn_of_a_month_is_that_of_a_shop_whose_later_orders_are_not_known(
    spark: SparkSession, shop: tuple[list[Row], list[Row]]
) -> None:
    people = _people(*shop)
    wanted = {}
    for label, first, last in _months(FIRST, LAST):
        known = [{day for day in days if day <= last} for _, days in people.values()]
        active = [days for days in known if any(first - timedelta(90) <= day < first for day in days)]
        month = [first + timedelta(n) for n in range((last - first).days + 1)]
        churned = [
            days
            for days in active
            if any(max((d for d in days if d <= day), default=None) == day - timedelta(90) for day in month)
        ]
        wanted[label] = (len(active), len(churned))
    found = {
        r["calendar_month"]: (r["active_customer_count"], r["churned_customer_count"])
        for r in _mart(spark, "churn_by_month", *shop)
    }
    assert found == wanted
    assert sum(churned for _, churned in found.values()) > 10
