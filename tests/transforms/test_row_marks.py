"""Rows that are marked as gone, over many changes of the same files; a plain dict of rows is the oracle."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.io import file_rewrites, row_marks, table_files, table_updates, tables
from lake.io.delta_snapshots import newest
from lake.io.table_changes import changed_rows

Row = tuple[int, str | None, int | None]
COLUMNS = "key int, month string, amount int"
MONTHS = ("2024-01", "ü 1/2", None)


def layout(partition_by: str | None, *, keeps_changes: bool) -> tables.Layout:
    return tables.Layout(["key"], partition_by, ["key"], keeps_changes, marks_rows=True)


def operations(spark: SparkSession, uri: str) -> list[str]:
    """What each version did, the newest last."""
    return [row[0] for row in DeltaTable.forPath(spark, uri).history().orderBy("version").select("operation").collect()]


@pytest.fixture(autouse=True)
def every_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_rewrites, "SMALL_BYTES", -1)


@pytest.mark.parametrize(
    ("seed", "partition_by", "keeps_changes"),
    [(1, "month", True), (2, None, True), (3, "month", False), (4, None, False)],
)
def test_however_often_rows_change_the_table_holds_what_a_dict_holds(
    spark: SparkSession, tmp_path: Path, seed: int, partition_by: str | None, keeps_changes: bool
) -> None:
    uri, lies = f"{tmp_path}/a shop's `50 %` ü", layout(partition_by, keeps_changes=keeps_changes)
    chance = random.Random(seed)
    truth: dict[int, Row] = {key: (key, chance.choice(MONTHS), key) for key in range(300)}
    tables.append(spark.createDataFrame([*truth.values()], COLUMNS).coalesce(2), uri, lies)
    marked = 0
    for _ in range(6):
        before = dict(truth)
        touched = chance.sample(range(330), 40)
        rows: list[Row] = []
        for key in touched:
            truth.pop(key, None)
            if chance.random() < 0.7:  # the others are deleted, or never were
                amount = chance.choice([None, key, key + 1000])
                truth[key] = (key, chance.choice(MONTHS), amount)
                rows.append(truth[key])
        keys = spark.createDataFrame([(key,) for key in [*touched, *touched]], "key int")
        new = spark.createDataFrame(rows, COLUMNS).select("amount", "key", "month")  # by name, not by place
        found = table_updates.apply_changes(spark, uri, new, keys, lies)
        updated = {key for key in truth.keys() & before.keys() if truth[key] != before[key]}
        deleted, inserted = before.keys() - truth.keys(), truth.keys() - before.keys()
        assert found == table_updates.Changes(len(inserted), len(updated), len(deleted))
        assert {tuple(row) for row in tables.read(spark, uri).collect()} == {*truth.values()}
        assert tables.read(spark, uri).count() == len(truth)
        version = tables.latest_version(spark, uri)
        assert version is not None
        told = changed_rows(spark, uri, version - 1, version)
        assert (told is not None) == keeps_changes
        if told is not None:
            assert {tuple(row) for row in told.collect()} == {*before.values()} ^ {*truth.values()}
        marked += len(updated | deleted)
    assert operations(spark, uri)[1:] == ["WRITE"] * 6, "no MERGE"
    assert 0 < table_files.marked_rows(spark, uri) <= marked
    table_files.purge(spark, uri)
    assert {tuple(row) for row in tables.read(spark, uri).collect()} == {*truth.values()}


def test_a_file_of_which_every_row_goes_goes_itself(spark: SparkSession, tmp_path: Path) -> None:
    uri, lies = f"{tmp_path}/table", layout("month", keeps_changes=True)
    rows: list[Row] = [(1, "2024-01", 1), (2, "2024-01", 2), (3, "2024-02", 3), (4, "2024-02", 4)]
    tables.append(spark.createDataFrame(rows, COLUMNS).coalesce(1), uri, lies)
    gone = [file for file in tables.read(spark, uri).inputFiles() if "month=2024-01" in file]
    keys = spark.createDataFrame([(1,), (2,), (3,)], "key int")
    for asked in (keys.where("key = 1"), keys):  # first a part of it
        table_updates.apply_changes(spark, uri, spark.createDataFrame([], COLUMNS), asked, lies)
    assert len(gone) == 1 and not {*gone} & {*tables.read(spark, uri).inputFiles()}
    assert (tables.read(spark, uri).collect(), table_files.marked_rows(spark, uri)) == ([(4, "2024-02", 4)], 1)


def placed(spark: SparkSession, uri: str) -> DataFrame:
    """Key 1 is to go, with the place where it lies."""
    found = row_marks.with_place(newest(spark, uri), tables.read(spark, uri)).where("key = 1")
    marks = {file_rewrites.ACTION: F.lit("delete"), file_rewrites.PARTITION: F.lit(None).cast("string")}
    return found.withColumns(marks).localCheckpoint()


def test_what_is_not_known_to_be_right_is_not_marked(spark: SparkSession, tmp_path: Path) -> None:
    """And nothing is committed, so that a MERGE can do it."""
    rows: list[Row] = [(n, "2024-01", n) for n in range(3)]
    uris = {name: f"{tmp_path}/{name}" for name in ("marks", "marks no rows")}
    for name, uri in uris.items():
        lies = tables.Layout(["key"], None, ["key"], keeps_changes=True, marks_rows=name == "marks")
        tables.append(spark.createDataFrame(rows, COLUMNS).coalesce(1), uri, lies)
    uri, plain = uris["marks"], uris["marks no rows"]
    differing = placed(spark, uri)
    refused = {
        "a place that two rows have": (uri, differing.unionByName(differing), 0, 2),
        "no place": (uri, differing.drop(row_marks.PLACE), 0, 1),
        "another version": (uri, differing, 1, 1),
        "a table that marks no rows": (plain, placed(spark, plain), 0, 1),
    }
    for why, (where, frame, version, gone_count) in refused.items():
        assert not row_marks.mark(spark, where, frame, version, None, gone_count=gone_count), why
        assert tables.latest_version(spark, where) == 0, why
    assert row_marks.mark(spark, uri, differing, 0, None, gone_count=1)
    assert {row["key"] for row in tables.read(spark, uri).collect()} == {0, 2}


def test_rows_that_moved_after_they_were_read_are_merged(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else writes, in spite of the lock: the file of the rows that were read is no longer there."""
    uri, lies = f"{tmp_path}/table", layout(None, keeps_changes=True)
    rows: list[Row] = [(n, "2024-01", n) for n in range(4)]
    tables.append(spark.createDataFrame(rows, COLUMNS).coalesce(1), uri, lies)
    read = tables.read

    def read_before_another_writes(spark: SparkSession, uri: str) -> DataFrame:
        found = read(spark, uri)
        DeltaTable.forPath(spark, uri).delete("key = 3")
        return found

    monkeypatch.setattr(tables, "read", read_before_another_writes)
    new = spark.createDataFrame([(1, "2024-01", 10)], COLUMNS)
    table_updates.apply_changes(spark, uri, new, spark.createDataFrame([(1,), (2,)], "key int"), lies)
    assert operations(spark, uri) == ["WRITE", "DELETE", "MERGE"]
    assert {tuple(row) for row in read(spark, uri).collect()} == {(0, "2024-01", 0), (1, "2024-01", 10)}
