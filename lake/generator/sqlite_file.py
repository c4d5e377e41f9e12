"""The source's database: held in memory while the days go by, written as one file a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from lake.generator.defects import Row
from lake.generator.landing_files import put
from lake.generator.randomness import Ints

# Columns without a type keep what they are given: this is how such sources come to hold '17.0' beside 17.
SCHEMA = """
create table customers (
  id_customer integer primary key, email text, first_name text, last_name text, signup_date date, country text,
  city text, sex text, birth_date date, social_handle text, updated_at datetime);
create table product (
  id_product integer primary key, name text, id_category integer, brand text, unit_price, currency text, status text,
  tag text, updated_at datetime);
create table categories (id_category integer primary key, name text, id_parent integer);
create table orders (
  id_order, id_customer, guest_email text, order_date datetime, status text, channel text, payment_method text,
  country text, currency text, coupon_code text, promotion_id text, items_amount numeric, discount_amount numeric,
  shipping_amount numeric, tax_amount numeric, total_amount numeric, updated_at datetime);
create table order_items (
  id_order_item, id_order, line_number, id_product, quantity, unit_price numeric, discount_amount numeric,
  promotion_id text, tax_amount numeric, updated_at datetime);
create table payments (
  id_payment, id_order, attempt integer, payment_method text, status text, amount numeric, currency text,
  paid_at datetime, updated_at datetime);
create table orders_keys (id_order integer primary key);
create table order_items_keys (id_order_item integer primary key);
create table payments_keys (id_payment integer primary key);
create table key_scope (table_name text primary key, first_key integer) without rowid;
"""
CHANGED = {"orders": 17, "order_items": 10, "payments": 9}
"""Tables that hold the rows that changed on the day, with their number of columns."""
KEY_COLUMNS = {"orders": "id_order", "order_items": "id_order_item", "payments": "id_payment"}
WIDTHS = {"customers": 11, "product": 9, "categories": 3, **CHANGED}


class SourceDatabase:
    """State at the end of a day; the changes of the next day are put on top."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.executescript(SCHEMA)
        self.connection.execute("begin")

    def put(self, table: str, rows: Sequence[Row]) -> None:
        """Insert or replace rows by their key (tables with a primary key), else add them."""
        marks = ", ".join("?" * WIDTHS[table])
        self.connection.executemany(f"insert or replace into {table} values ({marks})", rows)

    def remove(self, table: str, column: str, keys: Iterable[int]) -> None:
        """Take rows away for good."""
        self.connection.executemany(f"delete from {table} where {column} = ?", [(key,) for key in keys])

    def replace_changed(self, table: str, rows: Sequence[Row]) -> None:
        """The rows that the day changed."""
        self.connection.execute(f"delete from {table}")
        self.put(table, rows)

    def add_keys(self, table: str, keys: Ints) -> None:
        """Keys that stand in the source from now on."""
        column = [(key,) for key in keys.tolist()]
        self.connection.executemany(f"insert or ignore into {table}_keys values (?)", column)

    def remove_keys(self, table: str, keys: Ints) -> None:
        """Keys that no longer stand in the source."""
        self.remove(f"{table}_keys", KEY_COLUMNS[table], keys.tolist())

    def limit_keys(self, table: str, first_key: int) -> None:
        """Keys below are not listed and must not be judged."""
        self.connection.execute("insert or replace into key_scope values (?, ?)", (table, first_key))
        self.connection.execute(f"delete from {table}_keys where {KEY_COLUMNS[table]} < ?", (first_key,))

    def write(self, path: Path) -> None:
        """One file with all of it, in one move."""
        self.connection.execute("commit")
        put(path, self.connection.serialize())
        self.connection.execute("begin")
