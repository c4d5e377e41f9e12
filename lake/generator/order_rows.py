"""The rows of `orders`, `order_items` and `payments` in one day's file: tuples for SQLite, columns for the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from lake.generator import customers, truth
from lake.generator import names_and_places as words
from lake.generator.catalogue import FIRST_ID as FIRST_PRODUCT
from lake.generator.clock import stamps
from lake.generator.defects import Defect, Row
from lake.generator.lifecycle import STATUSES
from lake.generator.order_tables import FIRST_REFUND, LINES_PER_ORDER, PAYMENT_STATES, Tables, shown_money
from lake.generator.orders import CHANNELS, METHODS
from lake.generator.promotions import Promotions
from lake.generator.randomness import Ints

Columns = dict[str, Any]
CHANNEL_NAMES, METHOD_NAMES = list(CHANNELS), list(METHODS)


@dataclass(frozen=True)
class Changed:
    """The rows of one table that one day's file shows, as values by column; equal lengths.

    `times` are UTC seconds, `cents` whole cents; the others are integers or texts.
    """

    columns: Mapping[str, Ints | list[str | None]]
    times: frozenset[str]
    cents: frozenset[str]

    def rows(self) -> list[Row]:
        """Tuples in the order of the columns; ids below zero are null, cents are REAL."""
        shown: list[list[Any]] = []
        for name, values in self.columns.items():
            if isinstance(values, list):
                shown.append(values)
            elif name in self.times:
                shown.append(list(stamps(values)))
            elif name in self.cents:
                shown.append((values / 100).tolist())
            elif name == "id_customer":
                shown.append([None if value < 0 else value for value in values.tolist()])
            else:
                shown.append(values.tolist())
        return list(zip(*shown, strict=True))

    def truth(self, without: set[int]) -> Columns:
        """Typed columns of the rows that must be accepted."""
        size = len(next(iter(self.columns.values())))
        keep = np.setdiff1d(np.arange(size), np.fromiter(without, dtype=np.int64, count=len(without)))
        found: Columns = {}
        for name, values in self.columns.items():
            if isinstance(values, list):
                found[name] = pa.array(values, pa.string()).take(pa.array(keep))
            elif name in self.times:
                found[name] = truth.moments(values[keep])
            elif name in self.cents:
                found[name] = truth.money(values[keep])
            else:
                found[name] = pa.array(values[keep], mask=values[keep] < 0)
        return found


def joined(parts: list[Changed]) -> Changed:
    """The rows of several days of orders, one after the other."""
    columns: dict[str, Ints | list[str | None]] = {}
    for name, values in parts[0].columns.items():
        pieces = [part.columns[name] for part in parts]
        if isinstance(values, list):
            columns[name] = [value for piece in pieces for value in piece]
        else:
            columns[name] = np.concatenate([np.asarray(piece) for piece in pieces])
    return Changed(columns, parts[0].times, parts[0].cents)


def names(words_: list[str], positions: Ints) -> list[str | None]:
    """Words by position; None at negative ones."""
    return [None if position < 0 else words_[position] for position in positions.tolist()]


def promotion_ids(promotions: Promotions, positions: Ints) -> list[str | None]:
    """P-0001 by position; None at negative ones."""
    return [None if position < 0 else promotions.promotion(position).id for position in positions.tolist()]


def order_rows(tables: Tables, promotions: Promotions, day: int) -> Changed:
    """Versions of order headers that the day's file shows."""
    orders, at = tables.orders, tables.header.on(day)
    row, state = tables.header.row[at], tables.header.state[at]
    sums, coupon = shown_money(tables, row, state), orders.coupon[row]
    customer = orders.customer[row]
    codes = [None if position < 0 else promotions.promotion(position).code for position in coupon.tolist()]
    columns: dict[str, Ints | list[str | None]] = {
        "id_order": orders.id[row],
        "id_customer": np.where(customer < 0, -1, customer + customers.FIRST_ID),
        "guest_email": [orders.guest_email[position] for position in row.tolist()],
        "order_date": orders.placed_at[row],
        "status": names(list(STATUSES), state),
        "channel": names(CHANNEL_NAMES, orders.channel[row]),
        "payment_method": names(METHOD_NAMES, orders.method[row]),
        "country": names(list(words.COUNTRIES), orders.country[row]),
        "currency": names(list(words.CURRENCIES), orders.currency[row]),
        "coupon_code": codes,
        "promotion_id": promotion_ids(promotions, coupon),
        "items_amount": sums.items,
        "discount_amount": sums.discount,
        "shipping_amount": orders.shipping[row],
        "tax_amount": sums.tax,
        "total_amount": sums.total,
        "updated_at": tables.header.updated_at[at],
    }
    cents = frozenset({"items_amount", "discount_amount", "shipping_amount", "tax_amount", "total_amount"})
    return Changed(columns, frozenset({"order_date", "updated_at"}), cents)


def line_rows(tables: Tables, promotions: Promotions, day: int) -> Changed:
    """Order lines that the day's file shows."""
    orders, at = tables.orders, tables.line.on(day)
    lines, row = orders.lines, tables.line.row[at]
    columns: dict[str, Ints | list[str | None]] = {
        "id_order_item": orders.id[lines.order[row]] * LINES_PER_ORDER + lines.number[row],
        "id_order": orders.id[lines.order[row]],
        "line_number": lines.number[row],
        "id_product": lines.product[row] + FIRST_PRODUCT,
        "quantity": lines.quantity[row],
        "unit_price": lines.unit_price[row],
        "discount_amount": lines.discount[row],
        "promotion_id": promotion_ids(promotions, lines.promotion[row]),
        "tax_amount": lines.tax[row],
        "updated_at": tables.line.updated_at[at],
    }
    return Changed(columns, frozenset({"updated_at"}), frozenset({"unit_price", "discount_amount", "tax_amount"}))


def payment_rows(tables: Tables, promotions: Promotions, day: int) -> Changed:
    """Versions of payments that the day's file shows."""
    del promotions  # the three makers of rows are called alike
    orders, payments = tables.orders, tables.payments
    at = payments.versions.on(day)
    row = payments.versions.row[at]
    order = payments.order[row]
    columns: dict[str, Ints | list[str | None]] = {
        "id_payment": payments.id[row],
        "id_order": orders.id[order],
        "attempt": np.where(payments.attempt[row] < FIRST_REFUND, payments.attempt[row], 1),
        "payment_method": names(METHOD_NAMES, orders.method[order]),
        "status": names(list(PAYMENT_STATES), payments.versions.state[at]),
        "amount": payments.amount[row],
        "currency": names(list(words.CURRENCIES), orders.currency[order]),
        "paid_at": payments.paid_at[row],
        "updated_at": payments.versions.updated_at[at],
    }
    return Changed(columns, frozenset({"paid_at", "updated_at"}), frozenset({"amount"}))


def _decimal_comma(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _as_epoch(value: str) -> int:
    return int(np.datetime64(value.replace(" ", "T"), "s").astype(np.int64))


ORDER_DEFECTS = (
    Defect("id_as_decimal_text", 0, lambda value: f"{value}.0", "repaired"),
    Defect("null_key", 0, lambda value: None, "quarantined", "required_order_id"),
    Defect("date_as_epoch", 3, _as_epoch, "quarantined", "cast_order_date"),
    Defect("text_amount", 15, lambda value: "abc", "quarantined", "cast_total_amount"),
)
LINE_DEFECTS = (
    Defect("id_as_decimal_text", 1, lambda value: f"{value}.0", "repaired"),
    Defect("null_key", 0, lambda value: None, "quarantined", "required_order_line_id"),
    Defect("quantity_as_real", 4, float, "repaired"),
    Defect("quantity_in_words", 4, lambda value: "two", "quarantined", "cast_quantity"),
    Defect("decimal_comma", 5, _decimal_comma, "quarantined", "cast_unit_price"),
    Defect("text_amount", 5, lambda value: "abc", "quarantined", "cast_unit_price"),
)
PAYMENT_DEFECTS = (
    Defect("null_key", 0, lambda value: None, "quarantined", "required_payment_id"),
    Defect("text_amount", 5, lambda value: "n/a", "quarantined", "cast_amount"),
    Defect("date_as_epoch", 7, _as_epoch, "quarantined", "cast_paid_at"),
)
PRODUCT_DEFECTS = (
    Defect("text_amount", 4, lambda value: "abc", "quarantined", "cast_unit_price"),
    Defect("decimal_comma", 4, lambda value: _decimal_comma(float(value)), "quarantined", "cast_unit_price"),
)
