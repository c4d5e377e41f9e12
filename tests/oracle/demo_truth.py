"""The demo shop's truth ledger in the words of cleansed: for each entity the rows that must stand, column by column."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from lake.generator import truth

PARIS = ZoneInfo("Europe/Paris")

Row = dict[str, Any]
Value = Callable[[Row], Any]


@dataclass(frozen=True)
class Expected:
    """A truth entity (`of`), and how each cleansed column reads from its rows; `history`: all versions stand."""

    of: str
    columns: Mapping[str, Value]
    history: bool = False


def _col(name: str) -> Value:
    return lambda row: row[name]


def _text(name: str) -> Value:
    return lambda row: None if row[name] is None else str(row[name])


def canonical(address: str | None) -> str | None:
    """An address as the mailbox knows it: Google passes over dots, it and some others over what follows a plus."""
    if address is None:
        return None
    name, _, domain = address.lower().partition("@")
    if domain in ("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "icloud.com"):
        name = name.partition("+")[0]
    return f"{name.replace('.', '') if domain == 'gmail.com' else name}@{domain}"


def _name(row: Row) -> str:
    return " ".join(part for part in (row["first_name"], row["last_name"]) if part)


def _same(*names: str) -> dict[str, Value]:
    return {name: _col(name) for name in names}


def _texts(**names: str) -> dict[str, Value]:
    return {column: _text(name) for column, name in names.items()}


def _cols(**names: str) -> dict[str, Value]:
    return {column: _col(name) for column, name in names.items()}


EXPECTED: dict[str, Expected] = {
    "orders": Expected(
        "orders",
        {
            **_texts(order_id="id_order"),
            **_cols(ordered_at="order_date", order_status="status"),
            **_same("channel", "payment_method", "country", "currency", "promotion_id", "coupon_code"),
            **_same("items_amount", "discount_amount", "shipping_amount", "tax_amount", "total_amount"),
            "customer_namespace": lambda r: "email" if r["id_customer"] is None and r["guest_email"] else "shop",
            "customer_id": lambda r: canonical(r["guest_email"]) if r["id_customer"] is None else str(r["id_customer"]),
        },
    ),
    "order_lines": Expected(
        "order_items",
        {
            **_texts(order_line_id="id_order_item", order_id="id_order", product_id="id_product"),
            **_same("line_number", "quantity", "unit_price", "discount_amount", "promotion_id", "tax_amount"),
            "gross_amount": lambda r: r["quantity"] * r["unit_price"],
            "net_amount": lambda r: r["quantity"] * r["unit_price"] - r["discount_amount"],
        },
    ),
    "payments": Expected(
        "payments",
        {
            **_texts(payment_id="id_payment", order_id="id_order"),
            **_cols(attempt_number="attempt", payment_status="status"),
            **_same("payment_method", "amount", "currency", "paid_at"),
        },
    ),
    "products": Expected(
        "products",
        {
            **_texts(product_id="id_product", category_id="id_category"),
            **_cols(effective_at="updated_at", product_name="name", list_price="unit_price", list_currency="currency"),
            **_cols(product_status="status", hashtag="tag", brand="brand"),
        },
        history=True,
    ),
    "categories": Expected(
        "categories", {**_texts(category_id="id_category", parent_id="id_parent"), **_cols(category_name="name")}
    ),
    "returns": Expected(
        "returns",
        {
            **_texts(order_id="id_order", order_line_id="id_order_item", product_id="id_product"),
            **_cols(return_line_id="return_id", return_reason="reason"),
            **_same("returned_at", "currency"),
            "quantity": lambda r: -r["quantity"],
            "net_amount": lambda r: r["refund_tax"] - r["refund_amount"],
            "tax_amount": lambda r: -r["refund_tax"],
        },
    ),
    "promotions": Expected(
        "promotions",
        {
            **_cols(promotion_id="id", promotion_name="name", promotion_kind="type", promotion_value="value"),
            **_cols(coupon_code="code"),
            **_same("starts_at", "ends_at", "budget_amount"),
        },
    ),
    "campaigns": Expected(
        "campaigns",
        {
            **_cols(campaign_id="id"),
            **_same("platform", "starts_on", "ends_on", "hashtag", "promotion_id", "budget_amount", "budget_currency"),
        },
    ),
    "social_interactions": Expected(
        "social_interactions",
        {
            **_cols(interaction_id="id", interacted_at="created_at", interaction_kind="kind", language="lang"),
            **_cols(interaction_text="text", campaign_id="mentioned_campaign"),
            **_same("platform", "author_handle", "parent_id", "edited_at"),
        },
    ),
    "sentiments": Expected(
        "sentiments",
        {
            **_cols(model_name="model", score_version="version", sentiment="label"),
            **_same("interaction_id", "scored_at"),
            "score": lambda r: round(r["score"], 4),
        },
    ),
    "ad_stats": Expected(
        "ad_stats",
        {
            **_cols(ad_date="stat_date", impression_count="impressions", click_count="clicks"),
            **_cols(conversions="conversions", spend_amount="spend"),
            **_same("campaign_id", "platform", "currency"),
        },
    ),
    "fx_rates": Expected("fx_rates", _same("rate_date", "base_currency", "quote_currency", "rate")),
    "blacklist": Expected(
        "blacklist",
        {
            "email": lambda r: canonical(r["email"]),
            **_cols(listing_reason="reason"),
            **_same("listed_from", "listed_until"),
        },
    ),
    "page_views": Expected(
        "web_hits",
        {
            **_cols(viewed_at="requested_at", ip_address="client_address", http_status="status"),
            "visitor_id": lambda r: None if r["visitor"] == "-" else r["visitor"],
            "page_path": lambda r: r["path"].partition("?")[0],
        },
    ),
}


def _customer(row: Row) -> Row:
    facts = {name: row[name] for name in ("country", "city", "sex", "birth_date", "signup_date")}
    facts |= {"email": canonical(row["email"]), "sex": row["sex"] or None}
    identity = {"customer_namespace": "shop", "customer_id": str(row["id_customer"])}
    return identity | facts | {"effective_at": row["updated_at"], "full_name": _name(row)}


def customers(folder: Path) -> list[Row]:
    """Versions of the shop's customers and of the loyalty members, who are known by their address."""
    found = [_customer(row) for row in truth.versions(folder, "customers").to_pylist()]
    nothing = dict.fromkeys(("city", "sex", "birth_date", "signup_date"))
    for row in truth.current(folder, "loyalty").to_pylist():
        address = canonical(row["email"])
        identity = {"customer_namespace": "email", "customer_id": address, "email": address}
        facts = {"country": row["country"], "effective_at": row["signup_at"], "full_name": _name(row)}
        found.append(identity | facts | nothing)
    return found


def expected_rows(folder: Path, entity: str) -> list[Row]:
    """What cleansed must hold of the entity, in the columns that the truth knows."""
    if entity == "customers":
        return customers(folder)
    one = EXPECTED[entity]
    return _mapped(one, truth.versions(folder, one.of) if one.history else truth.current(folder, one.of))


def _mapped(one: Expected, rows: pa.Table) -> list[Row]:
    return [{name: value(row) for name, value in one.columns.items()} for row in rows.to_pylist()]


def standing_rows(folder: Path, entity: str) -> list[Row]:
    """The newest version of each key of the shop's own database that is not gone, as `expected_rows` says it."""
    if entity == "customers":
        return [_customer(row) for row in truth.current(folder, "customers").to_pylist()]
    one = EXPECTED[entity]
    return _mapped(one, truth.current(folder, one.of))


def refused(folder: Path) -> Iterator[tuple[str, str, int | str, str]]:
    """(feed, file, record number, rule) of each record that must be in quarantine.

    The table of products is written whole each day, so that a record's place says nothing: its key stands for it.
    `n/a` is no text that cannot be read but a placeholder: some required column has no value then.
    """
    for row in truth.ledger(folder).to_pylist():
        if row["fate"] == "quarantined":
            rule = "required_" if json.loads(row["detail"]).get("sent") == "n/a" else row["rule"]
            yield row["feed"], row["file"], row["record_number"] or row["key"], rule


def duplicates(folder: Path) -> dict[str, int]:
    """Feed -> exact copies within one file."""
    found: dict[str, int] = {}
    for row in truth.ledger(folder, kind="duplicate").to_pylist():
        found[row["feed"]] = found.get(row["feed"], 0) + 1
    return found


def details(folder: Path, kind: str) -> list[Row]:
    """The ledger's rows of one class with their `detail` read."""
    return [row | {"detail": json.loads(row["detail"])} for row in truth.ledger(folder, kind=kind).to_pylist()]


def _sold(folder: Path) -> Iterator[tuple[Row, Row]]:
    """(order, line) of the lines whose order stands."""
    orders = {row["id_order"]: row for row in truth.current(folder, "orders").to_pylist()}
    for line in truth.current(folder, "order_items").to_pylist():
        if line["id_order"] in orders:
            yield orders[line["id_order"]], line


def _place(order: Row) -> tuple[str, str]:
    """(month in Paris, currency) of an order."""
    return order["order_date"].astimezone(PARIS).strftime("%Y-%m"), order["currency"]


def revenue(folder: Path) -> dict[tuple[str, str], Decimal]:
    """(month, currency) -> net amount of the lines sold."""
    found: dict[tuple[str, str], Decimal] = {}
    for order, line in _sold(folder):
        net = line["quantity"] * line["unit_price"] - line["discount_amount"]
        found[_place(order)] = found.get(_place(order), Decimal()) + net
    return found


def carts(folder: Path) -> dict[tuple[str, str], Decimal]:
    """(month, currency) -> mean total of the orders."""
    totals: dict[tuple[str, str], list[Decimal]] = {}
    for order in truth.current(folder, "orders").to_pylist():
        totals.setdefault(_place(order), []).append(order["total_amount"])
    cent = Decimal("0.0001")
    return {place: (sum(t, Decimal()) / len(t)).quantize(cent, ROUND_HALF_UP) for place, t in totals.items()}


def units(folder: Path) -> dict[str, int]:
    """Product -> units sold."""
    found: dict[str, int] = {}
    for _, line in _sold(folder):
        product = str(line["id_product"])
        found[product] = found.get(product, 0) + line["quantity"]
    return found


def sold_line_count(folder: Path) -> int:
    """Lines whose order stands."""
    return sum(1 for _ in _sold(folder))


def linked_addresses(folder: Path) -> set[tuple[str | None, str]]:
    """(address in one form, customer) of sign-ups by customers, and of guests who registered."""
    found: set[tuple[str | None, str]] = set()
    for row in details(folder, "identity_link"):
        if row["detail"].get("id_customer") is not None:
            found.add((canonical(row["detail"]["canonical_email"]), str(row["detail"]["id_customer"])))
        if row["detail"].get("source") == "registration":
            found.add((canonical(row["detail"]["email"]), row["key"]))
    return found


def declared_authors(folder: Path) -> dict[str, str]:
    """Interaction -> the customer who made it, of customers that had declared their handle in their profile."""
    declared = {row["key"] for row in details(folder, "identity_link") if "handle" in row["detail"]}
    rows = truth.current(folder, "social_interactions").to_pylist()
    return {row["id"]: str(row["id_customer"]) for row in rows if str(row["id_customer"]) in declared}


def hits(folder: Path) -> tuple[int, int]:
    """Requests of people and of programs."""
    rows = truth.current(folder, "web_hits").to_pylist()
    programs = sum(row["is_bot"] for row in rows)
    return len(rows) - programs, programs
