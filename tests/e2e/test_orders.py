"""A shop whose lines lean on their orders: late orders, corrected headers, revised rates, orders that do not add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from lake.contracts.table import Table
from lake.errors import ReconciliationError
from lake.io import tables
from lake.names import Zone
from lake.pipelines import curate
from lake.pipelines.curating import restatements, selection, work
from lake.pipelines.run import Run
from tests.e2e.shop_lab import Row, ShopLab, differences, written_shop

TIMES = ("ordered_at", "paid_at", "returned_at", "updated_at")
FILES = {
    "orders": "order_id,customer,guest,ordered_at,status,currency,items,shipping,tax,total,updated_at",
    "lines": "line_id,order_id,product,quantity,gross,tax,ordered_at,updated_at",
    "payments": "payment_id,order_id,paid_at,status,amount,currency,updated_at",
    "returns": "return_id,order_id,line_id,returned_at,product,quantity,refund,currency,updated_at",
    "rates": "day,base,quote,rate,updated_at",
    "people": "customer,email,updated_at",
    "goods": "product,category,updated_at",
}
MAPPED: dict[str, list[tuple[str, dict[str, str]]]] = {
    "orders": [
        (
            "orders",
            {
                "order_id": "order_id", "ordered_at": "ordered_at", "currency": "currency", "order_status": "status",
                "customer_namespace": "if(customer is null, 'email', 'shop')",
                "customer_id": "coalesce(customer, guest)",
                "items_amount": "items", "discount_amount": "0", "shipping_amount": "shipping", "tax_amount": "tax",
                "total_amount": "total",
            },
        ),
        ("order_statuses", {"order_id": "order_id", "effective_at": "updated_at", "order_status": "status"}),
    ],
    "lines": [
        (
            "order_lines",
            {
                "order_line_id": "line_id", "order_id": "order_id", "product_id": "product", "quantity": "quantity",
                "gross_amount": "gross", "tax_amount": "tax", "ordered_at": "ordered_at",
            },
        ),
    ],
    "payments": [
        (
            "payments",
            {
                "payment_id": "payment_id", "order_id": "order_id", "paid_at": "paid_at", "payment_status": "status",
                "amount": "amount", "currency": "currency",
            },
        ),
    ],
    "returns": [
        (
            "returns",
            {
                "return_line_id": "return_id", "order_id": "order_id", "order_line_id": "line_id",
                "returned_at": "returned_at", "product_id": "product", "quantity": "-quantity",
                "gross_amount": "-refund", "currency": "currency",
            },
        ),
    ],
    "rates": [
        ("fx_rates", {"rate_date": "day", "base_currency": "base", "quote_currency": "quote", "rate": "rate"}),
    ],
    "people": [
        ("customers", {"customer_id": "customer", "effective_at": "updated_at", "email": "email"}),
    ],
    "goods": [
        ("products", {"product_id": "product", "effective_at": "timestamp '2024-01-01'", "category": "category"}),
    ],
}  # fmt: skip


def feed(name: str) -> dict[str, Any]:
    """Rows replace those of their key, by `updated_at`."""
    numbers = {"items", "shipping", "tax", "total", "quantity", "gross", "amount", "refund"}
    kinds = {**dict.fromkeys(TIMES, "timestamp"), **dict.fromkeys(numbers, "decimal"), "day": "date"}
    kinds["rate"] = "decimal(18,8)"
    columns = [{"name": n, **({"type": kinds[n]} if n in kinds else {})} for n in FILES[name].split(",")]
    provides = [{"entity": entity, "columns": mapped} for entity, mapped in MAPPED[name]]
    provides[0]["route"] = name
    return {
        "feed": name, "owner": "tests", "path": f"{name}_*.csv", "load": "upsert", "version_by": "updated_at",
        "format": {"kind": "csv"}, "columns": columns, "provides": provides, "gates": {"max_quarantined_rate": 1.0},
    }  # fmt: skip


def deliver(lab: ShopLab, day: int, **rows: str) -> None:
    """Files of one day; rows are separated by blanks, and all of them were changed on that day of April."""
    for name, text in rows.items():
        lines = [f"{row.replace('_', ' ')},2024-04-{day:02} 00:00:00" for row in text.split()]
        lab.put(f"{name}_{day}.csv", "\n".join([FILES[name], *lines]) + "\n")


FIRST = {
    "orders": "o1,7,,2024-01-10_12:00:00,paid,USD,20,1,2,23 o2,,guest.example,2024-02-10_12:00:00,paid,EUR,10,0,1,11 "
    "o4,,guest.example,2024-01-20_12:00:00,paid,EUR,7,0,0,7",
    "lines": "l1,o1,A,1,10,1, l2,o1,B,1,10,1, l3,o2,A,1,10,1, l4,o3,B,1,5,0,2024-03-10_12:00:00 l5,o4,A,1,7,0,",
    "payments": "p1,o1,2024-01-10_12:01:00,captured,23,USD p2,o2,2024-02-10_12:01:00,captured,11,EUR "
    "p3,o4,2024-01-20_12:01:00,captured,7,EUR",
    "returns": "r1,o3,l4,2024-03-20_12:00:00,B,1,5,EUR r2,o9,l9,2024-03-21_12:00:00,,1,5,EUR",
    "rates": "2024-01-08,EUR,USD,1.25 2024-02-01,EUR,USD,1.5",
    "people": "7,seven.example",
    "goods": "A,Lamps B,Chairs",
}
SECOND = {
    "orders": "o3,,guest.example,2024-03-10_12:00:00,placed,EUR,5,0,0,5",
    "rates": "2024-01-10,EUR,USD,2 2024-04-01,EUR,USD,1.6",
    "people": "8,guest.example",
}
THIRD = {"orders": "o2,,guest.example,2024-01-31_23:30:00,paid,EUR,10,0,1,11"}


@pytest.fixture(scope="module")
def lab(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopLab]:
    folder = tmp_path_factory.mktemp("orders")
    found = ShopLab(spark, folder, written_shop(folder, [feed(name) for name in FILES], marts={"sales_by_hour"}))
    deliver(found, 1, **FIRST)
    found.step()
    yield found
    for name in [*found.cleansed(), *found.curated()]:
        spark.catalog.dropTempView(name)


def by_id(rows: list[Row], key: str) -> dict[str, Row]:
    """Rows by their key."""
    return {row[key]: row for row in rows}


def last_months(lab: ShopLab, table: str) -> list[str] | None:
    """The months that the last curate found dirty."""
    states = [row for row in lab.run().ledger("table_states") if row["table_name"] == table]
    return max(states, key=lambda row: row["at"])["months"]  # type: ignore[no-any-return]


def asked_keys(monkeypatch: pytest.MonkeyPatch, name: str) -> list[set[str]]:
    """The order_id of which the table's rows are made from now on, a set each time."""
    asked: list[set[str]] = []

    def noted(run: Run, table: Table, only: Mapping[str, DataFrame] | None = None) -> DataFrame:
        if table.table == name:
            asked.append({row["order_id"] for keys in (only or {}).values() for row in keys.collect()})
        return selection.selected(run, table, only)

    monkeypatch.setattr(curate, "selected", noted)
    return asked


def test_late_orders_corrected_headers_and_revised_rates_restate_their_months(lab: ShopLab, tmp_path: Path) -> None:
    sales = by_id(lab.rows(Zone.CURATED, "fct_sales"), "order_line_id")
    assert set(sales) == {"l1", "l2", "l3", "l5"}, "the order of l4, which says its currency, has not come"
    assert sales["l1"]["fx_rate"] == Decimal("0.80000000") and sales["l1"]["sale_month"] == "2024-01"
    assert {sales[line]["shipping_amount"] for line in ("l1", "l2")} == {Decimal("0.5000")}
    back = by_id(lab.rows(Zone.CURATED, "fct_returns"), "return_line_id")
    assert back["r1"]["sale_date"] is None and back["r2"]["product_key"] == -1, "nobody knows what was sold as l9"
    waiting = {(row["order_id"], row["reason"]) for row in lab.rows(Zone.OPS, "incomplete_orders")}
    assert waiting == {("o3", "no header")}
    assert {row["is_inferred"] for row in lab.rows(Zone.CURATED, "dim_order") if row["order_id"] == "o3"} == {True}

    deliver(lab, 2, **SECOND)
    lab.step()
    assert last_months(lab, "fct_sales") == ["2024-01", "2024-03"], "a rate, an order"
    sales = by_id(lab.rows(Zone.CURATED, "fct_sales"), "order_line_id")
    assert sales["l1"]["fx_rate"] == Decimal("0.50000000") and sales["l3"]["fx_rate"] == 1
    assert by_id(lab.rows(Zone.CURATED, "fct_returns"), "return_line_id")["r1"]["sale_date"] == date(2024, 3, 10)
    people = {row["person_key"] for row in lab.rows(Zone.CURATED, "dim_customer") if "guest" in row["customer_id"]}
    assert people == {row["person_key"] for row in lab.rows(Zone.CURATED, "dim_customer") if row["customer_id"] == "8"}
    assert lab.rows(Zone.OPS, "incomplete_orders") == []

    deliver(lab, 3, **THIRD)
    lab.step()
    assert last_months(lab, "fct_sales") == ["2024-01", "2024-02"], "the order left February for January"

    again = ShopLab(lab.spark, tmp_path, lab.conf)
    for day, files in enumerate((FIRST, SECOND, THIRD), 1):
        deliver(again, day, **files)
    again.step()
    found, wanted = lab.curated(), again.curated()
    assert {name: differences(rows, wanted[name]) for name, rows in found.items()} == dict.fromkeys(wanted, "")


def test_a_published_month_that_changes_is_told_with_its_causes(lab: ShopLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restatements, "published_months", lambda run, table: {"2024-01", "2024-02"})
    asked = asked_keys(monkeypatch, "fct_sales")
    header = "o2,,guest.example,2024-01-31_23:30:00,paid,EUR,8,0,1,9"
    deliver(lab, 4, orders=header, lines="l3,o2,A,2,8,1, l4,o3,B,1,5,0,2024-03-10_12:00:00")
    lab.step()
    told = [(r["kpi"], r["period"], r["currency"], r["old_value"], r["new_value"], r["cause"], r["change"])
            for r in lab.rows(Zone.OPS, "restatements")]  # fmt: skip
    month = ("2024-01", "EUR")
    assert sorted(told) == [
        ("revenue", *month, 17, 15, "lines_4.csv", -2),
        ("units", *month, 2, 3, "lines_4.csv", 1),
    ]
    assert asked == [{"o2"}], "o3 came again as it was, and o4 of the same month stays"
    assert {row["order_line_id"] for row in lab.rows(Zone.CURATED, "fct_sales")} == {"l1", "l2", "l3", "l4", "l5"}


def test_an_order_that_is_off_by_a_cent_stops_curate_until_it_is_mended(lab: ShopLab) -> None:
    before = lab.versions()
    deliver(lab, 5, orders="o1,7,,2024-01-10_12:00:00,paid,USD,20,1,2,23.01")
    lab.ingest()
    lab.cleanse()
    for _ in range(2):
        with pytest.raises(ReconciliationError, match=r"order o1: total is not .*off by -0\.0100 USD"):
            lab.curate()
    assert lab.versions() == before, "nothing was made"
    deliver(lab, 6, lines="l2,o1,B,two,10,1,")
    lab.ingest()
    lab.cleanse()
    lab.curate()
    reasons = {row["order_id"]: row["reason"] for row in lab.rows(Zone.OPS, "incomplete_orders")}
    assert reasons == {
        "o1": "refused rows of order_lines",  # its newest line was refused: it is not complete
        "o2": "a payment is under way",  # its header lost two euros four days ago, which are to be refunded
    }


def test_only_what_changed_in_what_a_table_reads_is_made_anew(lab: ShopLab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_keys(monkeypatch, "dim_order")
    made = by_id(lab.rows(Zone.OPS, "table_states"), "table_name")["sales_by_hour"]
    deliver(lab, 7, orders="o2,,guest.example,2024-01-31_23:30:00,shipped,EUR,8,0,1,9")
    lab.step()
    assert last_months(lab, "fct_sales") == [], "no line tells what became of its order"
    assert last_months(lab, "fct_order_status") == ["2024-01"]
    assert asked == [{"o2"}], "of the orders one changed"
    statuses = {row["order_id"]: row["order_status"] for row in lab.rows(Zone.CURATED, "dim_order")}
    assert statuses["o1"] == "paid" and statuses["o2"] == "shipped" and len(statuses) == 6
    assert by_id(lab.rows(Zone.OPS, "table_states"), "table_name")["sales_by_hour"] == made

    deliver(lab, 8, goods="B,Stools")
    lab.step()
    hours = {(row["calendar_month"], row["category"]) for row in lab.rows(Zone.CURATED, "sales_by_hour")}
    assert hours == {("2024-01", "Lamps"), ("2024-01", "Stools"), ("2024-03", "Stools"), ("2024-03", "unknown")}
    assert last_months(lab, "sales_by_hour") == ["2024-01", "2024-03"], "those with a B sold or back"


def test_a_table_that_is_to_lie_by_other_partitions_is_written_anew(lab: ShopLab) -> None:
    before, uri = lab.rows(Zone.CURATED, "sales_by_hour"), lab.run().uri(Zone.CURATED, "sales_by_hour")
    contract = lab.conf / "tables/marts/sales_by_hour.yaml"
    text = contract.read_text()
    for option, lies_by in (("made_by", None), ("partition_by", "calendar_month")):
        contract.write_text(text.replace("partition_by: calendar_month", f"{option}: calendar_month"))
        lab.curate()
        assert tables.partition_of(lab.spark, uri) == lies_by
        assert differences(lab.rows(Zone.CURATED, "sales_by_hour"), before) == ""


def test_where_too_many_keys_changed_to_ask_for_their_months_all_are_made(
    lab: ShopLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lab.rows(Zone.CURATED, "fct_sales")
    monkeypatch.setattr(work, "MANY_ROWS", 0)
    monkeypatch.setattr(work, "MANY_KEYS", 0)
    deliver(lab, 9, orders="o3,,guest.example,2024-03-10_12:30:00,placed,EUR,5,0,0,5")
    lab.step()
    assert last_months(lab, "fct_sales") is None
    assert differences(lab.rows(Zone.CURATED, "fct_sales"), before) == ""
