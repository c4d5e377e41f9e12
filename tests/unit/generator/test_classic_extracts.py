"""The five classic extracts against the demo shop's own files, read by the plain reader."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

from lake.generator import truth
from lake.generator.classic_extracts import write_extracts
from lake.generator.demo_shop import generate
from lake.generator.parameters import Parameters
from tests.oracle import landing as oracle
from tests.unit.generator.test_truth import CUSTOMERS, LINES, ORDERS, PRODUCTS

FIRST, DAYS = date(2024, 1, 2), 8
PARAMETERS = Parameters(
    seed=5, orders_per_day=12, first_products=30, sessions_per_order=1, defect_rate=150, close_rate=5000,
    delete_order_rate=600, amend_rate=600, posts_per_order_percent=120,
)  # fmt: skip


def records(path: Path, casts: dict[str, oracle.Cast]) -> list[dict[str, Any]]:
    """Records with the columns that `casts` names, empty text as null."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            {name: cast(row[name] or None) for name, cast in casts.items() if name in row}
            for row in csv.DictReader(lines)
        ]


def common(row: dict[str, Any], casts: dict[str, oracle.Cast], found: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: row[name] or None if casts[name] is oracle.text else row[name] for name in found[0]}


def test_the_extracts_hold_what_the_sources_hold_at_the_end_of_the_days(tmp_path: Path) -> None:
    generate(PARAMETERS, FIRST, DAYS, tmp_path / "demo")
    write_extracts(PARAMETERS, FIRST, DAYS, tmp_path / "csv")
    for name, table, casts in (
        ("customer_profiles", "customers", CUSTOMERS), ("products", "product", PRODUCTS),
    ):  # fmt: skip
        key = next(iter(casts))
        found = records(tmp_path / f"csv/{name}.csv", casts)
        expected = oracle.table(tmp_path / "demo", table, key, casts).rows
        assert found == [common(row, casts, found) for _, row in sorted(expected.items())]
        assert len(found) > 25
    orders = oracle.table(tmp_path / "demo", "orders", "id_order", ORDERS).rows
    lines = oracle.table(tmp_path / "demo", "order_items", "id_order_item", LINES).rows
    flat = {key: {**row, **orders[row["id_order"]]} for key, row in sorted(lines.items()) if row["id_order"] in orders}
    casts = {**ORDERS, **LINES, "updated_at": ORDERS["updated_at"]}
    whole = records(tmp_path / "csv/transactions.csv", casts)
    for sold, row in zip(whole, flat.values(), strict=True):
        for name in ("id_order", "order_date", "id_customer", "status", "currency", "total_amount", "shipping_amount"):
            assert sold[name] == row[name]
        line = lines[sold["id_order_item"]]
        for name in ("id_product", "quantity", "unit_price", "discount_amount", "tax_amount", "promotion_id"):
            assert sold[name] == line[name]
    posts = oracle.json_lines(tmp_path / "demo", "social", lambda row: row["id"]).rows
    with (tmp_path / "csv/social_interactions.csv").open(encoding="utf-8", newline="") as file:
        written = {row["id"]: row for row in csv.DictReader(file)}
    assert written.keys() == posts.keys()
    assert {key: row["kind"] for key, row in written.items()} == {key: row["kind"] for key, row in posts.items()}
    scores = oracle.json_lines(tmp_path / "demo", "sentiments", lambda row: f"{row['interaction_id']}|{row['version']}")
    with (tmp_path / "csv/sentiments.csv").open(encoding="utf-8", newline="") as file:
        assert {f"{row['interaction_id']}|{row['version']}": float(row["score"]) for row in csv.DictReader(file)} == {
            key: row["score"] for key, row in scores.rows.items()
        }
    assert not truth.truth_folder(tmp_path / "csv").exists()
