"""Lines and returns by the status of their record: what the newest version no longer gives does not stand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.e2e.shop_lab import ShopLab, written_shop

FILES = {
    "items_1.csv": [
        ("1", "A", "Processing", "10.00", "2024-01-02"),
        ("2", "A", "Complete", "20.00", "2024-01-02"),
        ("3", "B", "Returned", "40.00", "2024-01-02"),
        ("5", "B", "Complete", "50.00", "2024-01-02"),
    ],
    "items_2.csv": [
        ("1", "A", "Cancelled", "10.00", "2024-01-05"),
        ("3", "B", "Complete", "40.00", "2024-01-05"),
        ("4", "C", "Cancelled", "60.00", "2024-01-05"),
    ],
    "items_3.csv": [
        ("4", "C", "Processing", "60.00", "2024-01-03"),
        ("5", "", "Cancelled", "50.00", "2024-01-06"),  # refused: it names no order
        ("2", "A", "Cancelled", "20.00", "2024-01-03"),
        ("2", "A", "Complete", "21.00", "2024-01-04"),
    ],
}
HEADER = ("item_id", "order_id", "status", "price", "updated")
KINDS = {"price": "decimal", "updated": "timestamp"}
LINE = {"order_id": "order_id", "product_id": "'p'", "unit_price": "price", "currency": "'EUR'"}


def feed(route: str | None) -> dict[str, Any]:
    """The feed whose lines and returns are derived, or routed."""
    routed = {} if route is None else {"route": route}
    line = {"order_line_id": "item_id", "ordered_at": "updated", "quantity": "1", **LINE}
    back = {"return_line_id": "concat('R', item_id)", "returned_at": "updated", "quantity": "-1", **LINE}
    items = [
        {"entity": "order_lines", **routed, "when": "status <> 'Cancelled'", "columns": line},
        {"entity": "returns", "when": "status = 'Returned'", "columns": back},
    ]
    if route:  # what every route needs: an item for the rest
        rest = {"campaign_id": "item_id"}
        items.append({"entity": "campaigns", **routed, "when": "status = 'Cancelled'", "columns": rest})
    return {
        "feed": "items",
        "path": "items_*.csv",
        "load": "upsert",
        "format": {"kind": "csv"},
        "version_by": "updated",
        "columns": [{"name": name, "type": KINDS.get(name, "string")} for name in HEADER],
        "provides": [
            {
                "entity": "order_statuses",
                "route": "all",
                "columns": {"order_id": "order_id", "effective_at": "updated", "order_status": "lower(status)"},
            },
            *items,
        ],
    }


def text(name: str) -> str:
    """The file as it is delivered."""
    return "".join(",".join(row) + "\n" for row in [HEADER, *FILES[name]])


def due(names: Iterable[str]) -> dict[str, set[str]]:
    """The keys that stand, in plain Python."""
    accepted = [record for name in names for record in FILES[name] if record[1]]
    newest = {record[0]: record for record in sorted(accepted, key=lambda record: record[4])}
    return {
        "order_lines": {item for item, (_, _, status, *_) in newest.items() if status != "Cancelled"},
        "returns": {f"R{item}" for item, (_, _, status, *_) in newest.items() if status == "Returned"},
    }


def found(lab: ShopLab) -> dict[str, set[str]]:
    """The same of what cleanse made; the balances are checked by `lab.cleanse`."""
    cleansed = lab.cleansed()
    return {
        "order_lines": {row["order_line_id"] for row in cleansed["order_lines"]},
        "returns": {row["return_line_id"] for row in cleansed["returns"]},
    }


@pytest.mark.parametrize(
    ("route", "batches"),
    [(None, [["items_2.csv"], ["items_1.csv"], ["items_3.csv"]]), ("line", [[*FILES]])],
    ids=["derived, one by one", "routed, at once"],
)
def test_what_the_newest_version_does_not_give_does_not_stand(
    spark: SparkSession, tmp_path: Path, route: str | None, batches: list[list[str]]
) -> None:
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, [feed(route)], marts=()))
    there: list[str] = []
    for batch in batches:
        for name in batch:
            lab.put(name, text(name))
        lab.ingest()
        lab.cleanse()
        there += batch
        assert found(lab) == due(there), there
    lab.withdraw("items", "items_2.csv")
    lab.cleanse()
    assert found(lab) == due(["items_1.csv", "items_3.csv"])


CART: dict[str, Any] = {
    "feed": "cart",
    "path": "cart_*.csv",
    "load": "upsert",
    "format": {"kind": "csv"},
    "version_by": "updated",
    "deleted_when": "state = 'gone'",
    "columns": [
        {"name": "order"}, {"name": "sku"}, {"name": "total", "type": "decimal"}, {"name": "state"},
        {"name": "updated", "type": "timestamp"},
    ],
    "provides": [
        {
            "entity": "order_lines", "route": "line",
            "columns": {
                "order_line_id": "concat(order, '-', sku)", "order_id": "order", "product_id": "sku", "quantity": "1",
                "unit_price": "10", "currency": "'EUR'", "ordered_at": "timestamp '2024-01-02 12:00:00'",
            },
        },
        {
            "entity": "orders", "when": "total is not null",
            "columns": {
                "order_id": "order", "ordered_at": "updated", "total_amount": "total", "currency": "'EUR'",
                "customer_id": "order",
            },
        },
        {"entity": "customers", "columns": {"customer_id": "order", "effective_at": "updated"}},
    ],
}  # fmt: skip


def test_lines_of_one_article_and_deleted_lines_leave_their_order_alone(spark: SparkSession, tmp_path: Path) -> None:
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, [CART], marts=()))
    orders = [f"o{n}" for n in range(12)]  # by the hashes of their records, half of them would be lost
    twice = [f"{order},A,{total},,2024-01-02" for order in orders for total in ("20", "")]
    head = ",".join(column["name"] for column in CART["columns"])
    lab.put("cart_1.csv", "\n".join([head, *twice, "o0,B,,,2024-01-02"]) + "\n")
    lab.put("cart_2.csv", f"{head}\no0,B,,gone,2024-01-03\n")
    lab.ingest()
    lab.cleanse()
    rows = lab.cleansed()
    assert sorted(row["order_id"] for row in rows["orders"] if row["deleted_at"] is None) == sorted(orders)
    assert {row["order_line_id"] for row in rows["order_lines"] if row["deleted_at"]} == {"o0-B"}
    assert not [row for row in rows["customers"] if row["deleted_at"]]
