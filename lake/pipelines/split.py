"""The splitter's three parts to where they belong: files, and a database, SQLite or behind a JDBC URL."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from lake.errors import EnvironmentError_
from lake.generator.splitter import Described, Table, split, write_csv, write_json, write_sqlite
from lake.io.session import open_session
from lake.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]


def split_extract(
    extract: Path, seed: int, entities: Sequence[Described], target: Path, url: str | None, user: str, password_env: str
) -> list[Table]:
    """Write `json/`, `csv/` and `<extract>.sqlite` below the target, or instead of the last the tables of a JDBC URL.

    Tables of these names in the database are replaced. A session is opened for a URL only.
    """
    tables = split(extract, seed, entities)
    target.mkdir(parents=True, exist_ok=True)
    write_json(tables, target / "json")
    write_csv(tables, target / "csv")
    if url is None:
        write_sqlite(tables, target / f"{extract.stem}.sqlite")
        return tables
    if password_env not in os.environ:
        raise EnvironmentError_(f"set {password_env} to {user}'s password for {url}")
    settings = load_settings(PROJECT)
    spark = open_session("halles split", PROJECT, settings.session)
    for table in tables:
        _write_table(spark, table, url, user, os.environ[password_env])
    spark.stop()
    return tables


def _write_table(spark: SparkSession, table: Table, url: str, user: str, password: str) -> None:
    schema = ", ".join(f"`{column}` string" for column in table.columns)
    rows = spark.createDataFrame(table.of("database"), schema)
    is_mariadb = url.startswith("jdbc:mariadb:")
    # Spark quotes names as MariaDB wants them only where the URL says MySQL
    if is_mariadb:
        url = url.replace("jdbc:mariadb:", "jdbc:mysql:", 1) + ("&" if "?" in url else "?") + "permitMysqlScheme"
    options = {"url": url, "dbtable": table.name, "user": user, "password": password}
    if is_mariadb:
        options["driver"] = "org.mariadb.jdbc.Driver"
    rows.write.format("jdbc").mode("overwrite").options(**options).save()
