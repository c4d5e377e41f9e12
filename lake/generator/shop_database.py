"""shop_D.sqlite: carries the database from day to day, spoils some rows, and says what is true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from lake.generator import customers, truth
from lake.generator.catalogue import FIRST_ID as FIRST_PRODUCT
from lake.generator.catalogue import categories
from lake.generator.clock import iso
from lake.generator.defects import Defect, Entry, Row, spoil
from lake.generator.order_rows import (
    LINE_DEFECTS,
    ORDER_DEFECTS,
    PAYMENT_DEFECTS,
    PRODUCT_DEFECTS,
    Changed,
    joined,
    line_rows,
    order_rows,
    payment_rows,
)
from lake.generator.order_tables import LINES_PER_ORDER, PAYMENTS_PER_ORDER, Tables, first_seen
from lake.generator.orders import FIRST_ID as FIRST_ORDER
from lake.generator.promotions import Promotions
from lake.generator.randomness import Ints
from lake.generator.source_days import SourceDays
from lake.generator.sqlite_file import CHANGED, SourceDatabase
from lake.generator.truth import STANDING, TruthWriter

Maker = Callable[[Tables, Promotions, int], Changed]
MAKERS: dict[str, tuple[Maker, tuple[Defect, ...]]] = {
    "orders": (order_rows, ORDER_DEFECTS),
    "order_items": (line_rows, LINE_DEFECTS),
    "payments": (payment_rows, PAYMENT_DEFECTS),
}
PER_ORDER = {"orders": 1, "order_items": LINES_PER_ORDER, "payments": PAYMENTS_PER_ORDER}
CUSTOMER_COLUMNS = (
    "id_customer", "email", "first_name", "last_name", "signup_date", "country", "city", "sex", "birth_date",
    "social_handle", "updated_at",
)  # fmt: skip
CATEGORY_COLUMNS = ("id_category", "name", "id_parent")
PRODUCT_COLUMNS = (
    "id_product", "name", "id_category", "brand", "unit_price", "currency", "status", "tag", "updated_at",
)  # fmt: skip


def standing(tables: Tables, table: str) -> tuple[Ints, Ints, Ints]:
    """(keys, the day each is seen first, the day from which it is gone) of the orders of one day."""
    orders, life, lines, payments = tables.orders, tables.life, tables.orders.lines, tables.payments
    if table == "orders":
        return orders.id, first_seen(tables.header, len(orders)), life.deleted_on
    if table == "order_items":
        keys = orders.id[lines.order] * LINES_PER_ORDER + lines.number
        return keys, first_seen(tables.line, len(keys)), tables.line_gone_on
    return payments.id, first_seen(payments.versions, len(payments.id)), payments.purged_on


class ShopDatabase:
    """The database at the end of a day, and how it gets to the next one."""

    def __init__(self, source: SourceDays, truth_writer: TruthWriter) -> None:
        self.source, self.truth = source, truth_writer
        self.database = SourceDatabase()
        self.spoilt_products: list[Row] = []
        self.database.put("categories", categories())

    def begin(self, day: int) -> None:
        """The small tables as they stood at the end of the day before the first one asked for."""
        book, catalogue = self.source.customers, self.source.catalogue
        people, products = book.rows(day, book.present(day)), catalogue.rows(day, catalogue.present(day))
        self.database.put("customers", people)
        self.database.put("product", products)
        self.truth.write(f"{STANDING}customers", day, typed(CUSTOMER_COLUMNS, people))
        self.truth.write(f"{STANDING}products", day, typed(PRODUCT_COLUMNS, products))
        self.truth.write(f"{STANDING}categories", day, typed(CATEGORY_COLUMNS, categories()))

    def remember_keys(self, tables: Tables, day: int) -> None:
        """The keys of the orders of an earlier day that stand at the end of the day."""
        for table in CHANGED:
            keys, seen_on, gone_on = standing(tables, table)
            self.database.add_keys(table, keys[(seen_on <= day) & (gone_on > day)])

    def advance(self, day: int) -> list[Entry]:
        """Put the day's changes on top; write its truth; return its ledger."""
        entries = [*self._customers(day), *self._products(day)]
        for table in CHANGED:
            entries += self._changed(table, day)
            entries += self._keys(table, day)
        return entries

    def write(self, landing: Path, day: int) -> None:
        """The day's file."""
        self.database.write(landing / f"shop_{iso(day)}.sqlite")

    def _customers(self, day: int) -> list[Entry]:
        book = self.source.customers
        first = day == self.source.epoch
        changed = book.rows(day, book.present(day) if first else book.changed(day))
        gone = (customers.FIRST_ID + book.closed(day)).tolist()
        self.database.put("customers", changed)
        self.database.remove("customers", "id_customer", gone)
        self.truth.write("customers", day, typed(CUSTOMER_COLUMNS, changed))
        return [self._removed("customers", day, key) for key in gone]

    def _products(self, day: int) -> list[Entry]:
        catalogue, name = self.source.catalogue, f"shop_{iso(day)}.sqlite"
        self.database.put("product", self.spoilt_products)
        changed = catalogue.rows(day, catalogue.changed(day))
        gone = (FIRST_PRODUCT + catalogue.gone(day)).tolist()
        self.database.put("product", changed)
        self.database.remove("product", "id_product", gone)
        # a spoilt row is one that changes neither today nor tomorrow: its clean state is known already
        quiet = np.setdiff1d(catalogue.present(day), np.union1d(catalogue.changed(day), catalogue.changed(day + 1)))
        rows = catalogue.rows(day, quiet[catalogue.removed[quiet] > day + 1])
        dice, rate = self.source.dice, self.source.parameters.defect_rate
        found = spoil(dice, "products", day, name, rows, PRODUCT_DEFECTS, rate, duplicates=False)
        self.spoilt_products = [rows[position] for position in sorted(found.refused)]
        self.database.put("product", [found.rows[position] for position in sorted(found.refused)])
        self.truth.write("products", day, typed(PRODUCT_COLUMNS, changed))
        shelves = categories() if day == self.source.epoch else []
        self.truth.write("categories", day, typed(CATEGORY_COLUMNS, shelves))
        without_place = [Entry(**{**vars(entry), "record_number": None}) for entry in found.entries]
        return [*without_place, *(self._removed("products", day, key) for key in gone)]

    def _changed(self, table: str, day: int) -> list[Entry]:
        maker, defects = MAKERS[table]
        source, name = self.source, f"shop_{iso(day)}.sqlite"
        found = joined([maker(tables, source.promotions, day) for tables in source.recent])
        updated_at = np.asarray(found.columns["updated_at"])
        spoilt = spoil(source.dice, table, day, name, found.rows(), defects, source.parameters.defect_rate)
        self.database.replace_changed(table, spoilt.rows)
        self.truth.write(table, day, found.truth(spoilt.refused))
        keys = np.asarray(next(iter(found.columns.values())))
        behind = np.flatnonzero(updated_at < source.clock.midnight(day)).tolist()
        late = [Entry(day, table, name, "behind_mark", "accepted", "", None, str(keys[at])) for at in behind]
        return [*spoilt.entries, *late]

    def _keys(self, table: str, day: int) -> list[Entry]:
        source, gone_keys = self.source, list[int]()
        for tables in source.recent:
            keys, seen_on, gone_on = standing(tables, table)
            self.database.add_keys(table, keys[seen_on == day])
            gone_keys += keys[(gone_on == day) & (seen_on < day)].tolist()
        self.database.remove_keys(table, np.asarray(gone_keys, dtype=np.int64))
        oldest = max(day - source.parameters.key_window_days + 1, source.epoch)
        self.database.limit_keys(table, source.first_ids.get(oldest, FIRST_ORDER) * PER_ORDER[table])
        return [self._removed(table, day, key) for key in gone_keys]

    def _removed(self, feed: str, day: int, key: int) -> Entry:
        return Entry(day, feed, f"shop_{iso(day)}.sqlite", "hard_delete", "deleted", "", None, str(key))


def typed(names: tuple[str, ...], rows: list[Row]) -> dict[str, pa.Array]:
    """Columns of a small table, by what their names say."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    found = {}
    for name, values in zip(names, columns, strict=True):
        if name.endswith("_price"):
            found[name] = truth.money(np.array([round(float(value) * 100) for value in values], dtype=np.int64))
        elif name.endswith("_date"):
            found[name] = pa.array(values, pa.string()).cast(pa.date32())
        elif name.endswith("_at"):
            found[name] = pa.array(values, pa.string()).cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
        else:
            found[name] = pa.array(values, pa.int64() if name.startswith("id_") else pa.string())
    return found
