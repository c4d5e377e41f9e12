"""The demo shop as five classic extracts instead: flat files of the rows that stand at the end of the days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from lake.generator.demo_shop import run
from lake.generator.landing_files import delimited, put
from lake.generator.parameters import Parameters
from lake.generator.truth import STANDING, TruthWriter, folded, with_standing

Row = dict[str, Any]

TRANSACTION = (
    "id_order", "order_date", "id_customer", "guest_email", "status", "channel", "payment_method", "country",
    "currency", "coupon_code", "shipping_amount", "total_amount", "updated_at",
)  # fmt: skip
LINE = (
    "id_order_item", "line_number", "id_product", "quantity", "unit_price", "discount_amount", "promotion_id",
    "tax_amount",
)  # fmt: skip
CUSTOMER = (
    "id_customer", "email", "first_name", "last_name", "signup_date", "country", "city", "sex", "birth_date",
    "social_handle", "updated_at",
)  # fmt: skip
PRODUCT = (
    "id_product", "name", "id_category", "category", "brand", "unit_price", "currency", "status", "tag", "updated_at",
)  # fmt: skip
INTERACTION = (
    "id", "platform", "kind", "created_at", "edited_at", "author_handle", "author_followers", "parent_id", "text",
    "lang", "tags", "mentioned_products", "mentioned_campaign", "likes",
)  # fmt: skip
SENTIMENT = ("interaction_id", "model", "version", "scored_at", "score", "label")


def write_extracts(parameters: Parameters, first: date, days: int, folder: Path) -> None:
    """transactions, customer_profiles, products, social_interactions and sentiments of the days, one file each.

    A transaction is an order line with what its order says; lines whose order never came, or was refused, are left out.
    """
    truth = TruthWriter(folder, keep=True)
    run(parameters, first, days, None, truth)

    def standing(entity: str) -> list[Row]:
        found = with_standing(truth.kept_rows(entity), truth.kept_rows(f"{STANDING}{entity}"))
        rows: list[Row] = folded(found, entity, _removed(truth, entity)).to_pylist()
        return rows

    folder.mkdir(parents=True, exist_ok=True)
    orders = {row["id_order"]: row for row in standing("orders")}
    lines = [
        {**row, **_header(orders[row["id_order"]])} for row in standing("order_items") if row["id_order"] in orders
    ]
    names = {row["id_category"]: row["name"] for row in standing("categories")}
    products = [{**row, "category": names.get(row["id_category"])} for row in standing("products")]
    _write(folder / "transactions.csv", (*TRANSACTION, *LINE), lines)
    _write(folder / "customer_profiles.csv", CUSTOMER, standing("customers"))
    _write(folder / "products.csv", PRODUCT, products)
    _write(folder / "social_interactions.csv", INTERACTION, standing("social_interactions"))
    _write(folder / "sentiments.csv", SENTIMENT, standing("sentiments"))


def _header(order: Row) -> Row:
    return {name: order[name] for name in TRANSACTION}


def _removed(truth: TruthWriter, entity: str) -> set[str]:
    ledger = truth.kept_rows("defects")
    if not ledger.num_rows:
        return set()
    gone = ledger.filter(pc.and_(pc.equal(ledger["class"], "hard_delete"), pc.equal(ledger["feed"], entity)))
    return set(gone["key"].to_pylist())


def _write(path: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
    texts = ([_shown(row[name]) for name in header] for row in rows)
    put(path, delimited(header, texts, ",").encode())


def _shown(value: Any) -> str:
    """As the extract writes it: amounts with two decimals, moments in UTC, lists with bars, nothing for null."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:.2f}"
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case list():
            return "|".join(str(item) for item in value)
        case _:
            return str(value)
