"""returns_D.csv: lines that came back on the day, as the warehouse's program writes them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lake.generator import names_and_places as words
from lake.generator import truth
from lake.generator.catalogue import FIRST_ID as FIRST_PRODUCT
from lake.generator.clock import Clock, iso
from lake.generator.defects import Defect, Entry, spoil
from lake.generator.landing_files import amount, delimited
from lake.generator.order_rows import Changed, joined
from lake.generator.order_tables import LINES_PER_ORDER, Tables, first_seen
from lake.generator.randomness import Dice, Ints

HEADER = (
    "return_id", "id_order", "id_order_item", "returned_at", "id_product", "quantity", "refund_amount", "refund_tax",
    "currency", "reason", "comment",
)  # fmt: skip
REASONS = ("taille", "défaut", "retard", "doublon", "ne plaît pas", "falsch geliefert", "devolución")
COMMENTS = (
    "", "", "", "Très déçue ; la couleur n'est pas la même", "Paquet abîmé\r\nà l'arrivée",
    "Größe passt nicht; zu klein", "Llegó roto, ¡qué pena!", "Said \"fragile\" on the box;\r\nwas not",
    "reçu trop tard — 10 € de port",
)  # fmt: skip
UNKNOWN_ORDER = 90_000_000
Columns = dict[str, Ints | list[str | None]]
DEFECTS = (
    Defect("impossible_date", 3, lambda value: "31/02/2024 10:00", "quarantined", "cast_returned_at"),
    Defect("text_amount", 6, lambda value: "n/a", "quarantined", "cast_refund_amount"),
)


def file(
    dice: Dice, clock: Clock, window: list[Tables], day: int, rate: int
) -> tuple[bytes, dict[str, object], list[Entry]]:
    """(the file, the clean rows, the ledger)."""
    name = f"returns_{iso(day)}.csv"
    found = joined([_of(tables, clock, day) for tables in window])
    columns = dict(found.columns)
    at = np.argsort(np.asarray(columns["returned_at"]), kind="stable")
    columns = {
        key: [values[position] for position in at.tolist()] if isinstance(values, list) else values[at]
        for key, values in columns.items()
    }
    strange = np.flatnonzero(dice.chance("return.unknown_order", day, len(at), 150))
    columns = _with_unknown_orders(columns, strange)
    size, unknown = len(at) + len(strange), np.arange(len(at), len(at) + len(strange))
    early, odd = np.asarray(columns.pop("early")), np.asarray(columns.pop("odd"))
    columns["returned_at"] = as_read(np.asarray(columns["returned_at"]), clock)
    columns["reason"] = [REASONS[k] for k in dice.below("return.reason", day, size, len(REASONS)).tolist()]
    columns["comment"] = [COMMENTS[k] for k in dice.below("return.comment", day, size, len(COMMENTS)).tolist()]
    clean = Changed(columns, found.times, found.cents)
    spoilt = spoil(dice, "returns", day, name, _texts(clean, clock), DEFECTS, rate)
    entries = spoilt.entries
    numbers = columns["return_id"]
    marks = (("unknown_order", "warned", unknown), ("return_before_order", "accepted", np.flatnonzero(early > 0)),
             ("odd_refund", "accepted", np.flatnonzero(odd > 0)))  # fmt: skip
    for kind, fate, positions in marks:
        entries += [
            Entry(day, "returns", name, kind, fate, "", position + 1, numbers[position])
            for position in positions.tolist()
        ]
    content = delimited(HEADER, spoilt.rows, ";", "\r\n").encode("cp1252")
    rows = clean.truth(spoilt.refused)
    rows["quantity"] = pa.array(rows["quantity"], pa.int64())
    return content, rows, entries


def _with_unknown_orders(columns: Columns, strange: Ints) -> Columns:
    """Some more returns, like those at the positions, but of orders that nobody has."""
    found: Columns = {}
    for name, values in columns.items():
        if isinstance(values, list):
            found[name] = values + [values[position] for position in strange.tolist()]
            continue
        lift = {"id_order": UNKNOWN_ORDER, "id_order_item": UNKNOWN_ORDER * LINES_PER_ORDER}.get(name, 0)
        kept = values[strange] * (0 if name in ("early", "odd") else 1)
        found[name] = np.concatenate([values, kept + lift])
    found["return_id"] = [f"R{item}" for item in np.asarray(found["id_order_item"]).tolist()]
    return found


def _of(tables: Tables, clock: Clock, day: int) -> Changed:
    orders, back = tables.orders, tables.life.returns
    start = clock.midnight(day)
    at = np.flatnonzero((back.returned_at >= start) & (back.returned_at < start + clock.length(day)))
    line = back.line[at]
    order = orders.lines.order[line]
    items = orders.id[order] * LINES_PER_ORDER + orders.lines.number[line]
    seen_on = first_seen(tables.header, len(orders))[order] if len(at) else order
    currency: list[str | None] = [words.CURRENCIES[k] for k in orders.currency[order].tolist()]
    columns: Columns = {
        "return_id": [f"R{item}" for item in items.tolist()],
        "id_order": orders.id[order],
        "id_order_item": items,
        "returned_at": back.returned_at[at],
        "id_product": orders.lines.product[line] + FIRST_PRODUCT,
        "quantity": back.quantity[at],
        "refund_amount": back.refund[at],
        "refund_tax": back.refund_tax[at],
        "currency": currency,
        "early": (seen_on > day).astype(np.int64),
        "odd": back.is_odd[at].astype(np.int64),
    }
    return Changed(columns, frozenset({"returned_at"}), frozenset({"refund_amount", "refund_tax"}))


def as_read(times: Ints, clock: Clock) -> Ints:
    """The moments that local minutes without an offset stand for: of an hour that comes twice, the first."""
    minutes = times - times % 60
    again = clock.offsets(minutes - 3600) - clock.offsets(minutes)
    return np.where(again > 0, minutes - again, minutes)


def _texts(clean: Changed, clock: Clock) -> list[tuple[str, ...]]:
    """Records as written: decimal comma, local time."""
    times = np.asarray(clean.columns["returned_at"])
    local: list[str] = np.datetime_as_string((times + clock.offsets(times)).astype("datetime64[s]")).tolist()
    shown: list[list[str]] = []
    for name in HEADER:
        values = clean.columns[name]
        if name == "returned_at":
            shown.append([f"{t[8:10]}/{t[5:7]}/{t[:4]} {t[11:16]}" for t in local])
        elif name in clean.cents:
            shown.append([amount(cents, ",") for cents in np.asarray(values).tolist()])
        else:
            shown.append([str(value) for value in values])
    return list(zip(*shown, strict=True))


assert truth.KEYS["returns"] == HEADER[0]
