"""Every curated table against its golden cases: `<table>/<case>/given/<input>.csv` in, `expected.csv` out.

A given or expected file may leave columns out: they are null, or not compared. An empty cell is null. `#a/b`
stands for the durable key of the business key (a, b), `#a/b@2024-01-01 00:00:00` for the key of its version, `#=/a/b`
for the durable key of the one value `/a/b`, `\\#a` for the text `#a`, `\\` alone for the empty text.
An input without a file is an empty table. `only.txt` holds a predicate over the result.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.contracts.table import KIND_FOLDERS, Table
from lake.contracts.table_models import views_read
from lake.pipelines.curating.sql_functions import register_functions
from lake.transforms.history import entity_versions
from tests.oracle.star import durable_key, version_key

GOLDEN = Path(__file__).parent
PROJECT = GOLDEN.parents[1]
ENTITIES = {path.stem: path for path in (PROJECT / "conf/entities").glob("*.yaml")}
TABLES = {path.stem: path for path in (PROJECT / "conf/tables").glob("*/*.yaml")}
NULL = "<null>"
CASES = sorted(path.parent for path in GOLDEN.glob("*/*/expected.csv"))


def _contract(table: str) -> Table:
    return Table.model_validate(yaml.safe_load(TABLES[table].read_text()))


def _cell(text: str) -> str | None:
    if text.startswith("\\#") or text == "\\":
        return text[1:]
    if text.startswith("#="):
        return str(durable_key(text[2:]))
    if text.startswith("#"):
        member, _, moment = text[1:].partition("@")
        parts = [part or None for part in member.split("/")]
        return str(version_key(parts, datetime.fromisoformat(moment)) if moment else durable_key(*parts))
    return text or None


def _read(path: Path) -> tuple[list[str], list[list[str | None]]]:
    with path.open(newline="", encoding="utf-8") as lines:
        header, *rows = csv.reader(lines)
    return header, [[_cell(text) for text in row] for row in rows]


def _frame(spark: SparkSession, path: Path, columns: list[tuple[str, str]]) -> DataFrame:
    """The rows of a CSV file, cast to the contract's types; columns that the file lacks are null."""
    header, rows = _read(path) if path.exists() else ([], [])
    assert set(header) <= {name for name, _ in columns}, f"{path} has a column that its contract lacks"
    positions = {name: index for index, name in enumerate(header)}
    texts = [[row[positions[name]] if name in positions else None for name, _ in columns] for row in rows]
    frame = spark.createDataFrame(texts, ", ".join(f"{name} string" for name, _ in columns))
    return frame.select(*(F.col(name).cast(kind).alias(name) for name, kind in columns))


def _bind_input(spark: SparkSession, name: str, given: Path) -> Iterator[str]:
    """Binds the input as a view (`<entity>_versions` beside one with history); yields the views' names."""
    path = given / f"{name}.csv"
    if name in TABLES:
        columns = [(column.name, column.type) for column in _contract(name).columns]
        _frame(spark, path, columns).createOrReplaceTempView(name)
        yield name
        return
    entity = Entity.model_validate(yaml.safe_load(ENTITIES[name].read_text()))
    rows = _frame(spark, path, [*entity.cleansed_columns.items()])
    rows.createOrReplaceTempView(name)
    yield name
    if entity.history:
        entity_versions(rows, entity).createOrReplaceTempView(f"{name}_versions")
        yield f"{name}_versions"


def _in_order(rows: Iterable[Iterable[str | None]]) -> list[list[str]]:
    """The rows as they are compared; null is another value than the empty text."""
    return sorted([NULL if cell is None else cell for cell in row] for row in rows)


def _sql(table: str) -> str:
    return next((PROJECT / "lake/sql").glob(f"*/{table}.sql")).read_text()


def _bind_shared_views(spark: SparkSession, text: str) -> Iterator[str]:
    for name, view in views_read(PROJECT / "lake/sql", text).items():
        spark.sql(view).createOrReplaceTempView(name)
        yield name


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_given_rows_become_the_expected_ones(spark: SparkSession, case: Path) -> None:
    table = _contract(case.parent.name)
    register_functions(spark)
    given = {path.stem for path in (case / "given").glob("*.csv")}
    assert given <= {item.name for item in table.inputs}, "a given file is no input of the table"
    views = [view for item in table.inputs for view in _bind_input(spark, item.name, case / "given")]
    views += _bind_shared_views(spark, _sql(table.table))

    rows = spark.sql(_sql(table.table), args={"currency": "GBP", "time_zone": "Europe/London"})

    assert rows.columns == table.column_names
    assert {f.name: f.dataType.simpleString() for f in rows.schema} == {
        column.name: column.type.replace(" ", "") for column in table.columns
    }
    only = case / "only.txt"
    if only.exists():
        rows = rows.where(only.read_text())
    header, expected = _read(case / "expected.csv")
    seen = rows.select(*(F.col(name).cast("string") for name in header)).collect()
    assert _in_order(seen) == _in_order(expected)
    for view in views:
        spark.catalog.dropTempView(view)


def test_every_curated_table_has_a_model_and_a_golden_case() -> None:
    models = {path.stem for path in (PROJECT / "lake/sql").glob("*/*.sql") if path.parent.name in KIND_FOLDERS.values()}
    assert models == set(TABLES) == {case.parent.name for case in CASES}
