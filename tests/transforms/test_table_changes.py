"""Rows that changed between two versions of a table; plain sets of rows, one a version, are the oracle."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pytest
from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lake.io import file_rewrites, table_files, table_updates, tables
from lake.io.table_changes import changed_partitions, changed_rows
from tests.transforms.marked_table import COLUMNS, FIRST, GONE, NEW, Rows, mark_rows, rows_of


def layout(*, keeps_changes: bool) -> tables.Layout:
    return tables.Layout(["key"], "month", ["key"], keeps_changes)


def written(spark: SparkSession, uri: str, *, keeps_changes: bool) -> list[Rows]:
    """A table that is written in several ways; what stood at each of its versions."""
    lies, versions = layout(keeps_changes=keeps_changes), list[Rows]()

    def change(rows: Rows, *touched: int) -> None:
        keys = spark.createDataFrame([(key,) for key in touched], "key int")
        table_updates.apply_changes(spark, uri, spark.createDataFrame([*rows], COLUMNS), keys, lies)

    steps = [
        lambda: tables.append(spark.createDataFrame([(n, "ü 1/2", n) for n in range(9)], COLUMNS), uri, lies),
        lambda: change({(1, "ü 1/2", 10), (2, "2024-02", 2), (20, None, 20)}, 1, 2, 3, 20),  # it moves, it goes
        lambda: change({(30, "2024-02", 30), (31, None, 31)}, 30, 31),
        lambda: change({(2, "2024-02", 22), (1, "ü 1/2", 1)}, 1, 2),
        lambda: tables.delete_rows(spark, uri, F.col("key") == 4),
        lambda: tables.replace(
            spark.createDataFrame([(2, "2024-02", 23)], COLUMNS), uri, only={"2024-02"}, partition_by="month"
        ),
    ]
    for number, step in enumerate(steps):
        step()
        assert tables.latest_version(spark, uri) == number
        versions.append({tuple(row) for row in tables.read(spark, uri).select("key", "month", "amount").collect()})
    assert len({frozenset(rows) for rows in versions}) == len(steps)
    return versions


@dataclass(frozen=True)
class Written:
    """A table and the rows of its versions."""

    uri: str
    keeps_changes: bool
    versions: list[Rows]


@pytest.fixture(scope="module", params=[False, True], ids=["small", "large"])
def is_large(request: pytest.FixtureRequest) -> bool:
    """Whether the table counts as large, so that MERGE changes it."""
    return bool(request.param)


@pytest.fixture(scope="module", params=[False, True], ids=["by its files", "by its changes"])
def table(
    request: pytest.FixtureRequest, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, is_large: bool
) -> Written:
    uri = f"{tmp_path_factory.mktemp('changes')}/a shop's 50 % ü"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_rewrites, "SMALL_BYTES", -1 if is_large else 1 << 30)
        return Written(uri, request.param, written(spark, uri, keeps_changes=request.param))


def test_a_small_table_is_changed_without_a_merge(spark: SparkSession, table: Written, is_large: bool) -> None:
    history = DeltaTable.forPath(spark, table.uri).history().where("version in (1, 3)").select("operation").collect()
    assert {row["operation"] for row in history} == {"MERGE" if is_large else "WRITE"}
    changed = spark.read.option("readChangeFeed", "true").option("startingVersion", 1).option("endingVersion", 1)
    if table.keeps_changes:
        told = {tuple(row) for row in changed.format("delta").load(table.uri).drop("_commit_timestamp").collect()}
        assert told == {
            (1, "ü 1/2", 1, "update_preimage", 1), (1, "ü 1/2", 10, "update_postimage", 1),
            (2, "ü 1/2", 2, "update_preimage", 1), (2, "2024-02", 2, "update_postimage", 1),
            (3, "ü 1/2", 3, "delete", 1), (20, None, 20, "insert", 1),
        }  # fmt: skip


def test_the_rows_that_differ_are_found_between_any_two_versions(spark: SparkSession, table: Written) -> None:
    uri, versions = table.uri, table.versions
    for since, until in combinations(range(len(versions)), 2):
        rows = changed_rows(spark, uri, since, until)
        assert rows is not None and rows.columns == ["key", "month", "amount"]
        differing = versions[since] ^ versions[until]
        assert sorted(map(repr, differing)) == sorted(repr(tuple(row)) for row in rows.collect()), (since, until)
        months = changed_partitions(spark, uri, since, until)
        assert months is not None and {month for _, month, _ in differing} <= months


def test_of_some_columns_only_rows_that_differ_in_them_are_found(spark: SparkSession, table: Written) -> None:
    for since, until in combinations(range(len(table.versions)), 2):
        rows = changed_rows(spark, table.uri, since, until, ["key", "month"])
        assert rows is not None and rows.columns == ["key", "month"]
        old, new = ({(key, month) for key, month, _ in table.versions[version]} for version in (since, until))
        assert {tuple(row) for row in rows.collect()} == old ^ new, (since, until)


def test_of_a_table_that_keeps_its_changes_no_file_of_its_rows_is_read(spark: SparkSession, table: Written) -> None:
    rows = changed_rows(spark, table.uri, 0, 1)
    assert rows is not None
    assert all("/_change_data/" in file for file in rows.inputFiles()) == table.keeps_changes


def test_without_the_files_or_the_log_of_the_changes_nothing_is_known(
    spark: SparkSession, table: Written, tmp_path: Path
) -> None:
    uri = str(shutil.copytree(table.uri, tmp_path / "copy"))
    pattern = "cdc-*.parquet" if table.keeps_changes else "part-*.parquet"
    for file in Path(uri).rglob(pattern):
        file.unlink()
    assert changed_rows(spark, uri, 0, 4) is None
    Path(tables.commit_file(uri, 3)).unlink()
    assert changed_rows(spark, uri, 2, 4) is None and changed_partitions(spark, uri, 2, 4) is None


@pytest.fixture
def marked(spark: SparkSession, tmp_path: Path) -> str:
    uri = f"{tmp_path}/a shop's `50 %` ü"
    mark_rows(spark, uri)
    return uri


def test_rows_are_marked_as_gone_in_a_file_that_stays(spark: SparkSession, marked: str) -> None:
    uri = marked
    [file] = tables.read(spark, uri, 0).inputFiles()
    assert file in tables.read(spark, uri).inputFiles(), "the other rows lie where they lay"
    assert (rows_of(spark, uri), table_files.marked_rows(spark, uri)) == (FIRST - GONE | NEW, 2)
    assert rows_of(spark, uri, 0) == FIRST
    found = changed_rows(spark, uri, 0, 1)
    assert found is not None and {tuple(row) for row in found.collect()} == GONE | NEW

    back: Rows = {(8, "2024-01", 8)}
    tables.replace(spark.createDataFrame([*back], COLUMNS), uri, statistics=["key"])
    assert changed_rows(spark, uri, 1, 2) is None, "8 is back, though the file that went had it as well"


def test_marked_rows_leave_the_files(spark: SparkSession, marked: str) -> None:
    uri = marked
    before, here = rows_of(spark, uri), table_files.marked_rows(spark, uri)
    table_files.purge(spark, uri)
    assert (rows_of(spark, uri), here, table_files.marked_rows(spark, uri)) == (before, 2, 0)
    lying = {tuple(row) for row in spark.read.parquet(*tables.read(spark, uri).inputFiles()).collect()}
    assert lying == before, "in the files themselves"
    found = changed_rows(spark, uri, 0, 2)
    assert found is not None and {tuple(row) for row in found.collect()} == GONE | NEW
