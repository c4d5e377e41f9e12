"""Orders sent again with their lines: the newest version of an order says which lines there are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.e2e.shop_lab import ShopLab, written_shop

PAGES: dict[str, list[dict[str, Any]]] = {
    "orders_1.json": [
        {"id": "A", "updated": "2024-01-02", "lines": [{"n": n, "sku": f"sku {n}"} for n in (1, 2, 3)]},
        {"id": "B", "updated": "2024-01-02", "lines": [{"n": 1, "sku": "only in B"}]},
    ],
    "orders_2.json": [
        {"id": "A", "updated": "2024-01-05", "lines": [{"n": 1, "sku": "x"}, {"n": 3, "sku": "changed"}]},
        {"id": "C", "updated": "2024-01-05", "lines": [{"n": 1, "sku": "x"}, {"n": 1, "sku": "x again"}]},
    ],
    "orders_3.json": [
        {"id": "A", "updated": "2024-01-01", "lines": [{"n": 2, "sku": "y"}, {"n": 4, "sku": "long gone"}]},
        {"id": "B", "updated": "2024-01-06", "lines": []},
        {"id": "C", "updated": "2024-01-07", "status": "wrong", "lines": [{"n": 9, "sku": "of a refused version"}]},
    ],
}
FEED: dict[str, Any] = {
    "feed": "orders",
    "path": "orders_*.json",
    "load": "upsert",
    "format": {"kind": "json", "layout": "document"},
    "columns": [
        {"name": "id"},
        {"name": "updated", "type": "timestamp"},
        {"name": "status", "required": False},
        {"name": "lines", "type": "json"},
    ],
    "version_by": "updated",
    "provides": [
        {
            "entity": "order_lines",
            "explode": {"column": "lines", "columns": [{"name": "n"}, {"name": "sku"}]},
            "columns": {
                "order_line_id": "concat(id, '-', n)", "order_id": "id", "product_id": "sku", "quantity": "1",
                "unit_price": "2", "currency": "'EUR'",
            },
        },
        {
            "entity": "orders",
            "route": "order",
            "columns": {"order_id": "id", "ordered_at": "updated", "currency": "'EUR'", "order_status": "status"},
            "expectations": [{"rule": "order_status is null"}],
        },
    ],
}  # fmt: skip


def due(names: Iterable[str]) -> tuple[set[str], Counter[str]]:
    """The lines that stand, and the fates of all, in plain Python."""
    sent = [order for name in names for order in PAGES[name]]
    accepted = [order for order in sent if "status" not in order]
    newest = {order["id"]: order for order in sorted(accepted, key=lambda order: order["updated"])}
    standing = {f"{order['id']}-{line['n']}" for order in newest.values() for line in order["lines"]}
    candidates = sum(len(order["lines"]) for order in accepted)
    return standing, Counter(current=len(standing), superseded=candidates - len(standing))


def found(lab: ShopLab) -> tuple[set[str], Counter[str]]:
    """The same of what cleanse made."""
    fates = Counter[str]()
    for (_, entity, disposition), count in lab.fates().items():
        if entity == "order_lines" and ":" not in disposition:
            fates[disposition] += count
    return {row["order_line_id"] for row in lab.cleansed()["order_lines"]}, fates


def test_a_field_that_no_element_has_is_named(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = json.loads(json.dumps(FEED))
    lines = feed["provides"][0]
    lines["explode"]["columns"] += [
        {"name": "rebate", "source": "discout", "type": "decimal"},
        {"name": "gift", "required": False},
    ]
    lines["columns"]["discount_amount"] = "rebate"
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, [feed], marts=()))
    page = {"id": "A", "updated": "2024-01-02", "lines": [{"n": 1, "sku": "x"}, {"n": 2, "sku": "y", "discount": "1"}]}
    lab.put("orders_1.json", json.dumps([page]))
    lab.ingest()
    lab.cleanse()
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    missing = [line for line in said if line["step"] == "missing field"]
    assert [(line["array"], line["field"]) for line in missing] == [("lines", "discout")]
    assert missing[0]["mend"].startswith("did you mean 'discount'?")


@pytest.mark.parametrize(
    "batches", [[["orders_2.json"], ["orders_1.json"], ["orders_3.json"]], [[*PAGES]]], ids=["one by one", "at once"]
)
def test_lines_that_a_newer_version_lacks_do_not_stand(
    spark: SparkSession, tmp_path: Path, batches: list[list[str]]
) -> None:
    lab = ShopLab(spark, tmp_path, written_shop(tmp_path, [FEED], marts=()))
    there: list[str] = []
    for batch in batches:
        for name in batch:
            lab.put(name, json.dumps(PAGES[name]))
        lab.ingest()
        lab.cleanse()
        there += batch
        assert found(lab) == due(there), there
    lab.withdraw("orders", "orders_2.json")
    lab.cleanse()
    assert found(lab) == due(["orders_1.json", "orders_3.json"])
