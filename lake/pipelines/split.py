"""The splitter's three parts to where they belong: files, and a database, SQLite or behind a JDBC URL."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from lake.errors import EnvironmentError_, UsageError_
from lake.generator.splitter import Described, Table, split, write_csv, write_json, write_sqlite
from lake.io.session import open_session
from lake.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]
DRIVERS = {"jdbc:postgresql:": "org.postgresql.Driver", "jdbc:mariadb:": "org.mariadb.jdbc.Driver"}


def split_extract(
    extract: Path, seed: int, entities: Sequence[Described], target: Path, url: str | None, user: str, password_env: str
) -> list[Table]:
    """Write `json/`, `csv/` and `<extract>.sqlite` below the target, or instead of the last the tables of a JDBC URL.

    Tables of these names in the database are replaced. A session is opened for a URL only. Raises UsageError_ for
    another kind of database, EnvironmentError_ where it cannot be written to; neither names the password.
    """
    options = _jdbc_options(url, user, password_env) if url else {}
    tables = split(extract, seed, entities)
    target.mkdir(parents=True, exist_ok=True)
    write_json(tables, target / "json")
    write_csv(tables, target / "csv")
    if not options:
        write_sqlite(tables, target / f"{extract.stem}.sqlite")
        return tables
    spark = open_session("halles split", PROJECT, load_settings(PROJECT).session)
    try:
        for table in tables:
            _write_table(spark, table, options)
    except Py4JJavaError as error:
        reason = str(error.java_exception.toString()).split("\n")[0][:300]
        raise EnvironmentError_(f"{url}: {reason}: look at the server, the user and the driver in jars/") from None
    finally:
        spark.stop()
    return tables


def _jdbc_options(url: str, user: str, password_env: str) -> dict[str, str]:
    driver = next((name for start, name in DRIVERS.items() if url.startswith(start)), None)
    if driver is None:
        raise UsageError_(f"--database {url}: write {' or '.join(f'{start}//HOST:PORT/NAME' for start in DRIVERS)}")
    if password_env not in os.environ:
        raise EnvironmentError_(f"set {password_env} to {user}'s password for {url}")
    if url.startswith("jdbc:mariadb:"):
        # Spark quotes names as MariaDB wants them only where the URL says MySQL
        url = url.replace("jdbc:mariadb:", "jdbc:mysql:", 1) + ("&" if "?" in url else "?") + "permitMysqlScheme"
    return {"url": url, "user": user, "password": os.environ[password_env], "driver": driver}


def _write_table(spark: SparkSession, table: Table, options: dict[str, str]) -> None:
    schema = ", ".join(f"`{column}` string" for column in table.columns)
    rows = spark.createDataFrame(table.of("database"), schema)
    rows.write.format("jdbc").mode("overwrite").options(**options, dbtable=table.name).save()
