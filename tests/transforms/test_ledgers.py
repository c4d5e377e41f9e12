"""What is added to a ledger is what it holds: every column of every ledger, nulls, and columns that a version adds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.io import ledgers
from tests.transforms.spark_jobs import jobs

VALUES: dict[str, Callable[[int], Any]] = {
    "string": lambda n: ["", "ü\n'", "null"][n],
    "bigint": lambda n: [-1, 0, 2**62][n],
    "int": lambda n: [-1, 0, 2**30][n],
    "double": lambda n: [-0.5, 0.0, 1e300][n],
    "boolean": lambda n: n == 1,
    "date": lambda n: date(1900 + 100 * n, 2, 28),
    "timestamp": lambda n: datetime(1900 + 100 * n, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC),
    "decimal(18,4)": lambda n: [Decimal("-0.0001"), Decimal("0.0000"), Decimal("99999999999999.9999")][n],
    "map<string,bigint>": lambda n: [{}, {"ü": -1}, {"a": 1, "b": 2}][n],
    "array<string>": lambda n: [[], [""], ["a", "ü"]][n],
}
"""Three values of each type, the ends of its range among them."""


def rows_of(name: str) -> list[dict[str, Any]]:
    """Three rows with values and one of nulls; every row has its moment."""
    kinds = {field.name: field.dataType.simpleString() for field in ledgers.schema(name)}
    full = [{column: VALUES[kind](number) for column, kind in kinds.items()} for number in range(3)]
    return [*full, {column: full[1]["at"] if column == "at" else None for column in kinds}]


def held(spark: SparkSession, ops: Path, name: str) -> list[dict[str, Any]]:
    """What the ledger holds, in the order of the texts of its rows."""
    return sorted(ledgers.collect(spark, str(ops), name), key=repr)


def test_every_column_comes_back_as_it_was_added(spark: SparkSession, tmp_path: Path) -> None:
    kinds = {field.dataType.simpleString() for name in ledgers.SCHEMAS for field in ledgers.schema(name)}
    assert kinds == set(VALUES)
    for name in ledgers.SCHEMAS:
        rows = rows_of(name)
        ledgers.append(spark, str(tmp_path), name, rows[:1])
        before = jobs(spark)
        ledgers.append(spark, str(tmp_path), name, rows[1:])
        ledgers.append(spark, str(tmp_path), name, [])
        assert jobs(spark) == before, "rows are added without a job"
        assert held(spark, tmp_path, name) == sorted(rows, key=repr), name


def test_a_ledger_of_an_older_version_takes_the_columns_of_this_one(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"run_id": "a", "at": datetime(2024, 1, 1, tzinfo=UTC)}
    with monkeypatch.context() as older:
        older.setitem(ledgers.SCHEMAS, "merges", "run_id string, at timestamp")  # type: ignore[arg-type]
        ledgers.append(spark, str(tmp_path), "merges", [old])
    new = {"entity": "orders", "providers": "x", "run_id": "b", "at": datetime(2024, 1, 2, tzinfo=UTC)}
    ledgers.append(spark, str(tmp_path), "merges", [new])
    ledgers.append(spark, str(tmp_path), "merges", [{**new, "run_id": "c"}])
    found = [{**old, "entity": None, "providers": None}, new, {**new, "run_id": "c"}]
    assert sorted(held(spark, tmp_path, "merges"), key=lambda row: str(row["at"])) == found
