"""The music shop: several feeds read one SQLite file, with nothing but YAML; its tables come out row for row."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pyspark.sql import SparkSession

from lake.names import Zone
from tests.e2e.shop_lab import PROJECT, ShopLab

FILE = PROJECT / "tests/data/landing/chinook/Chinook_Sqlite.sqlite"


def test_customers_and_tracks_of_one_file_become_customers_and_products(spark: SparkSession, tmp_path: Path) -> None:
    lab = ShopLab(spark, tmp_path, shop="chinook")
    lab.put(FILE.name, FILE.read_bytes())
    lab.ingest(feeds=("customers", "tracks"))
    lab.cleanse(feeds=("customers", "tracks"))
    source = sqlite3.connect(FILE)
    customers = {(row["customer_id"], row["country"], row["city"]) for row in lab.rows(Zone.CLEANSED, "customers")}
    assert customers == set(source.execute("select cast(CustomerId as text), trim(Country), trim(City) from Customer"))
    products = {(r["product_id"], r["product_name"], r["category"]) for r in lab.rows(Zone.CLEANSED, "products")}
    wanted = "select cast(TrackId as text), trim(Name), cast(GenreId as text) from Track"
    assert products == set(source.execute(wanted))
    kept = {row["unit_price"] for row in lab.rows(Zone.RAW, "tracks")}
    assert kept == {"0.99", "1.99"}, "reals come in their shortest form"
