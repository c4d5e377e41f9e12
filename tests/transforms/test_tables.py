"""A table is read as it stands, whether its files were listed before or not; a plain list of rows is the oracle."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.io import delta_snapshots, table_updates, tables
from lake.io.delta_snapshots import newest
from tests.transforms.spark_jobs import jobs

Rows = list[tuple[str, str | None, int]]
LAYOUT = tables.Layout(["key"], "month", ["key"])


def frame(spark: SparkSession, rows: Rows) -> DataFrame:
    return spark.createDataFrame(rows, "key string, month string, amount int")


def held(spark: SparkSession, uri: str, *names: str) -> list[tuple[object, ...]]:
    found = tables.read(spark, uri).select(*(names or ("key", "month", "amount"))).collect()
    return sorted((tuple(row) for row in found), key=repr)


def due(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted(rows, key=repr)


@pytest.fixture
def checksums(request: pytest.FixtureRequest, spark: SparkSession) -> Iterator[bool]:
    """Whether Delta writes the files of a table beside its commits."""
    spark.conf.set("spark.databricks.delta.writeChecksumFile.enabled", request.param)
    yield request.param
    spark.conf.unset("spark.databricks.delta.writeChecksumFile.enabled")


@pytest.mark.parametrize(
    ("few", "checksums"),
    [(256, True), (256, False), (0, True)],
    ids=["listed in checksums", "listed once", "listed by each query"],
    indirect=["checksums"],
)
def test_what_is_read_is_what_stands(
    spark: SparkSession, tmp_path: Path, few: int, checksums: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta_snapshots, "FEW_FILES", few)
    uri, first = f"{tmp_path}/a shop's 50 % ü", [("a", "2024-01", 1), ("b", None, 2), ("c", "m=1/2 ü", 3)]
    tables.append(frame(spark, first), uri, LAYOUT)
    old = tables.read(spark, uri)
    assert held(spark, uri) == due(first)
    for month in ("2024-01", None, "m=1/2 ü", "2024-02"):
        where = f"month <=> {'null' if month is None else repr(month)}"
        assert tables.read(spark, uri).where(where).count() == sum(m == month for _, m, _ in first)

    tables.append(frame(spark, [("d", "2024-02", 4)]), uri)
    for version, rows in ((0, first), (1, [*first, ("d", "2024-02", 4)])):
        assert due(tuple(row) for row in tables.read(spark, uri, version).collect()) == due(rows)
    tables.delete_rows(spark, uri, F.col("key") == "a")
    assert held(spark, uri) == due([*first[1:], ("d", "2024-02", 4)])
    if few:
        assert due(tuple(row) for row in old.collect()) == due(first), "a frame keeps the rows that it was made over"

    wider = spark.createDataFrame([("e", "2024-02", 5, "new")], "key string, month string, amount int, more string")
    tables.append(wider, uri)
    assert held(spark, uri, "key", "more") == [("b", None), ("c", None), ("d", None), ("e", "new")]
    changes = table_updates.apply_changes(spark, uri, wider, None, LAYOUT)
    assert (changes, held(spark, uri)) == (table_updates.Changes(deleted=3), [("e", "2024-02", 5)])
    both = tables.read(spark, uri).alias("l").join(tables.read(spark, uri).alias("r"), "key")
    assert both.select("l.amount", "r.more").collect() == [(5, "new")]

    shutil.rmtree(uri)
    for rows in ([("x", "2024-03", n) for n in range(5)], [("y", "2024-03", 1)]):
        tables.replace(frame(spark, rows), uri, partition_by="month", statistics=[])
        assert held(spark, uri) == due(rows)


@pytest.mark.parametrize("partition_by", ["month", "day", None])
def test_a_table_is_made_anew_without_a_column_that_had_statistics(
    spark: SparkSession, tmp_path: Path, partition_by: str | None
) -> None:
    uri = f"{tmp_path}/a shop's `50 %` ü"
    tables.append(frame(spark, [("a", "2024-01", 1)]), uri, tables.Layout(["key"], "month", ["key"], True))
    before = newest(spark, uri)
    columns = f"id string, amount int{f', {partition_by} string' if partition_by else ''}"
    rows = spark.createDataFrame([("b", 2, "2024-02")[: 3 if partition_by else 2]], columns)
    tables.replace(rows, uri, partition_by=partition_by, statistics=["id"])
    assert tables.read(spark, uri).collect() == rows.collect()
    after = newest(spark, uri)
    assert (before.version(), after.version()) == (0, 1), "one commit"
    assert [*after.metadata().partitionColumns().mkString(",").split(",")] == [partition_by or ""]
    properties = after.metadata().configuration()
    assert properties.get("delta.dataSkippingStatsColumns").get() == "id"
    assert properties.get("delta.enableChangeDataFeed").get() == "true"


@pytest.mark.parametrize("checksums", [True, False], indirect=True)
def test_a_small_table_that_stands_is_listed_once(spark: SparkSession, tmp_path: Path, checksums: bool) -> None:
    uri = f"{tmp_path}/table"
    tables.append(frame(spark, [("a", "2024-01", 1), ("b", "2024-02", 2)]), uri, LAYOUT)
    if not checksums:
        held(spark, uri)
    before = jobs(spark)
    for _ in range(3):
        assert len(tables.read(spark, uri).where("month = '2024-01'").collect()) == 1
        assert len(tables.read(spark, uri, 0).collect()) == 2
    assert jobs(spark) - before == 6, "a query of one table is one job"


def test_few_files_are_overwritten_without_reading_the_log(spark: SparkSession, tmp_path: Path) -> None:
    uri = f"{tmp_path}/a shop's `50 %` ü"
    first: Rows = [("a", "2024-01", 1), ("b", "2024-02", 2)]
    for row in first:
        tables.append(frame(spark, [row]), uri, LAYOUT)
    rows, before = frame(spark, [("c", "2024-02", 3)]).coalesce(1), jobs(spark)
    tables.replace(rows, uri, only={"2024-02"}, partition_by="month", statistics=["key"])
    assert jobs(spark) - before == 1, "the one that writes"
    assert held(spark, uri) == due([first[0], ("c", "2024-02", 3)])
