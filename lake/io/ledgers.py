"""The ops tables: append-only Delta ledgers of runs, deliveries, balances, table states and releases.

A verb adds a few rows at a time, so Arrow writes them and Delta commits the file, without a query of Spark's. The first
rows of a ledger make the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_schema

from lake.io import tables
from lake.io.delta_files import add_files
from lake.io.delta_snapshots import has_columns
from lake.io.parquet_parts import ParquetParts
from lake.io.session import scratch

SCHEMAS: Mapping[str, str] = {
    # one row per start and one per end of a run; state: started, done, failed, lost
    "runs": "run_id string, state string, job string, arguments string, versions string, pid bigint, host string, "
    "exit_code int, message string, seconds double, at timestamp",
    # one row per thing that happened to a file; event: accepted, current_again, seen, refused, withdrawn, waiting,
    # missing, gate_accepted, expired (raw holds it no more), purged (raw holds nothing of the feed any more). The
    # greatest event_number of a name decides what is current.
    "deliveries": "event_number bigint, feed string, name string, delivery_id string, event string, file_date date, "
    "sha256 string, size_bytes bigint, modified_ms bigint, spec string, record_count bigint, reason string, "
    "record_number bigint, at timestamp, run_id string",
    # one row per delivery and cleanse: what has been made of it; state: current, replaced, expired, deferred (to a
    # later portion). Without a delivery: where a feed stands; state: started, parted (others wait), finished, left (no
    # longer enabled), purged
    "cleansed_deliveries": "feed string, delivery_id string, state string, gate_accepted boolean, fingerprint string, "
    "held string, run_id string, at timestamp",
    # one row per merge of an entity that several feeds provide; providers: their names by precedence
    "merges": "entity string, providers string, run_id string, at timestamp",
    # changes of the standing counts; their sum equals them (measure: a disposition or `rule:<name>`)
    "balances": "feed string, entity string, measure string, change bigint, run_id string, at timestamp",
    # the outcome of a rule or gate for one delivery
    "quality": "feed string, entity string, delivery_id string, rule string, severity string, row_count bigint, "
    "failed_count bigint, outcome string, run_id string, at timestamp",
    # what a curated table was last made from: logic fingerprint, input name -> Delta version, own version after it
    "table_states": "table_name string, fingerprint string, inputs map<string,bigint>, version bigint, reason string, "
    "months array<string>, run_id string, at timestamp",
    # one row per published month, currency, key figure and file whose rows change it; the changes sum to new - old
    "restatements": "table_name string, period string, currency string, kpi string, old_value decimal(18,4), "
    "new_value decimal(18,4), cause string, cause_rows bigint, change decimal(18,4), run_id string, at timestamp",
    # one row per change of state of a release; tables: JSON, see lake/pipelines/publishing/release_contents.py
    "releases": "release_number bigint, state string, tables string, reason string, run_id string, at timestamp",
}


def schema(name: str) -> T.StructType:
    """The Spark schema of an ops table."""
    return _parsed(SCHEMAS[name])


@cache
def _parsed(columns: str) -> T.StructType:
    """Asked for a row at a time, and it is the JVM that parses."""
    fields = T.StructType.fromDDL(columns)
    assert isinstance(fields, T.StructType)
    return fields


def append(spark: SparkSession, ops: str, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows (missing columns are null; `at` defaults to now) in one commit; no rows: nothing is written."""
    fields, uri, now = schema(name), f"{ops}/{name}", datetime.now(UTC)
    values = [{f: row.get(f, now if f == "at" else None) for f in fields.fieldNames()} for row in rows]
    if not values:
        return
    if not has_columns(spark, uri, fields):
        tables.append(spark.createDataFrame(values, fields).coalesce(1), uri)
        return
    batch = pa.RecordBatch.from_pylist(values, to_arrow_schema(fields, timezone="UTC"))
    with scratch(spark) as folder, ParquetParts(folder, batch.schema, statistics=()) as parts:
        parts.add(batch)
        add_files(spark, uri, parts.finished())


def completed(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with all columns of its ledger, as `collect` gives it."""
    return {field: row.get(field) for field in schema(name).fieldNames()}


def collect(spark: SparkSession, ops: str, name: str) -> list[dict[str, Any]]:
    """The ledger's rows on the driver, for the small ledgers; [] when nothing was ever written."""
    if not tables.exists(spark, f"{ops}/{name}"):
        return []
    rows = [row.asDict() for row in tables.read(spark, f"{ops}/{name}").collect()]
    return [{**row, "at": row["at"].astimezone(UTC)} for row in rows]
