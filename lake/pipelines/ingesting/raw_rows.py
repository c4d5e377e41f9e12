"""Raw rows of new files in one commit: by the reader's own Parquet files where the disk is shared, else by Spark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from lake.contracts.source import SourceSpec
from lake.crash_points import reached
from lake.io import tables
from lake.io.delta_files import add_files, make_table
from lake.io.delta_snapshots import has_columns
from lake.io.raw import LandedFile, Refusal, raw_arrow_schema, raw_rows, refusals
from lake.io.raw_parts import write_parts
from lake.io.session import scratch, shares_disk
from lake.pipelines.run import Run

POSITION = ("lake_delivery_id", "lake_record_number")
LAYOUT = tables.Layout(POSITION, "ingest_date", POSITION)

Counts = dict[str, tuple[int, int]]
"""delivery_id -> (rows in raw, records counted from the bytes)."""


def store_rows(
    run: Run, uri: str, spec: SourceSpec, files: Sequence[LandedFile]
) -> tuple[Counts, dict[str, Refusal]]:  # fmt: skip
    """Write the rows of the files that raw has not yet; what it then has of all of them, and why of others nothing."""
    found = _counts(run, uri, files)
    refused: dict[str, Refusal] = {}
    unread = [one for one in files if one.delivery_id not in found]
    if unread:
        if shares_disk(run.spark):
            counted, refused = _store_parts(run, uri, spec, unread)
            found |= counted
        else:
            _store_by_spark(run, uri, spec, unread)
            found |= _counts(run, uri, unread)
        reached("ingest:raw_written")
    absent = [one for one in files if one.delivery_id not in found and one.delivery_id not in refused]
    if absent:
        refused |= {one.delivery_id: one for one in refusals(run.spark, absent, spec)}
    return found, refused


def _store_by_spark(run: Run, uri: str, spec: SourceSpec, files: Sequence[LandedFile]) -> None:
    tables.append(_stamped(run, raw_rows(run.spark, files, spec), datetime.now(UTC)), uri, LAYOUT)


def _stamped(run: Run, rows: DataFrame, now: datetime) -> DataFrame:
    """With the columns that say when and by which run rows came; the last one is the partition."""
    rows = rows.withColumn("lake_arrived_at", F.lit(now)).withColumn("lake_run_id", F.lit(run.run_id))
    return rows.withColumn("ingest_date", F.lit(now.date()))


def _store_parts(
    run: Run, uri: str, spec: SourceSpec, files: Sequence[LandedFile]
) -> tuple[Counts, dict[str, Refusal]]:  # fmt: skip
    """Rows are counted in the closed files, records by the reader from the bytes."""
    now = datetime.now(UTC)
    _make_room(run, uri, spec, now)
    with scratch(run.spark) as folder:
        stamps = {"lake_arrived_at": now, "lake_run_id": run.run_id}
        written = write_parts(run.spark, files, spec, stamps, folder)
        add_files(run.spark, uri, written.parts, ("ingest_date", str(now.date())))
    counted = {one: (written.rows[one], records) for one, records in written.records.items()}
    return counted, {one.delivery_id: one for one in written.refusals}


def _make_room(run: Run, uri: str, spec: SourceSpec, now: datetime) -> None:
    """Make the table where there is none, or its new columns by appending no rows."""
    none = _stamped(run, run.spark.createDataFrame([], from_arrow_schema(raw_arrow_schema(spec))), now)
    if not tables.exists(run.spark, uri):
        make_table(run.spark, uri, none.schema, LAYOUT)
    elif not has_columns(run.spark, uri, none.schema):
        tables.append(none, uri, LAYOUT)


def _counts(run: Run, uri: str, files: Sequence[LandedFile]) -> Counts:
    """Of those of the files that lie in raw, by a query on it."""
    if not tables.exists(run.spark, uri):
        return {}
    rows = tables.read(run.spark, uri).where(F.col("lake_delivery_id").isin([f.delivery_id for f in files]))
    expected = F.max("lake_delivery_records").alias("records")
    counted = rows.groupBy("lake_delivery_id").agg(F.count("*").alias("rows"), expected)
    return {row["lake_delivery_id"]: (row["rows"], row["records"]) for row in counted.collect()}
