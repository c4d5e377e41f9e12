"""A database table to raw: what changed since the last extract, and all keys; both as one statement saw them.

The high-water mark is the greatest mark in raw of the current extracts: no other place could disagree with the rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from lake.contracts.feed import Feed
from lake.contracts.source import JdbcFormat
from lake.crash_points import reached
from lake.errors import ReconciliationError
from lake.io import row_files, storage, tables
from lake.io.database import asked, dialect_of, lower_bound, rows_of
from lake.names import DeliveryEvent, Zone
from lake.pipelines.delivery_book import DeliveryBook, delivery_id, extract_name
from lake.pipelines.feed_tables import extract_uri, keys_uri, rows_in_raw
from lake.pipelines.ingesting.key_lists import append_keys
from lake.pipelines.ingesting.raw_rows import LAYOUT
from lake.pipelines.run import Run
from lake.transforms.mapping import json_array

KEYS_AT_ONCE = 500
MOST_FETCHED_BY_KEY = 20_000
"""More rows behind the mark than that: the whole table is read instead."""


def extract(run: Run, feed: Feed, book: DeliveryBook) -> dict[str, Any] | None:
    """Pull one extract into raw and give the event that makes it a delivery; None where nothing has changed."""
    moment = datetime.now(UTC)
    staging = extract_uri(run, feed.feed)
    storage.delete(run.spark, staging)  # of an extract that was killed: this one would be added to it
    try:
        known = _known(run, feed, book).localCheckpoint()
        rows, keys = _read(run, feed, known, staging)
        return _stored(run, feed, book, rows, keys, moment)
    finally:
        storage.delete(run.spark, staging)


def _known(run: Run, feed: Feed, book: DeliveryBook) -> DataFrame:
    """The key, mark (`lake_mark`) and hash (`lake_hash`) of the newest row of every key in the current extracts."""
    form = _form(feed)
    deliveries = [d.delivery_id for d in book.current[feed.feed].values()]
    if not deliveries or not tables.exists(run.spark, run.uri(Zone.RAW, feed.feed)):
        names = ", ".join(f"{name} string" for name in [*form.key, "lake_mark", "lake_hash"])
        return run.spark.createDataFrame([], names)
    rows = rows_in_raw(run, feed).where(F.col("lake_delivery_id").isin(deliveries))
    newest = Window.partitionBy(*form.key).orderBy(F.col("lake_file_name").desc())
    rows = rows.withColumn("lake_row", F.row_number().over(newest)).where("lake_row = 1")
    return rows.select(*form.key, F.col(form.mark).alias("lake_mark"), _hash(feed.column_names).alias("lake_hash"))


def _read(run: Run, feed: Feed, known: DataFrame, staging: str) -> tuple[DataFrame, DataFrame]:
    """The new and changed rows, and the keys (with their marks) of the whole table."""
    form = _form(feed)
    order = F.struct(F.col("lake_mark").try_cast("decimal(38,0)"), "lake_mark")
    mark = known.agg(F.max(order).getField("lake_mark")).first()
    bound = lower_bound(mark[0], form.overlap) if mark and mark[0] else None
    table = _staged(run, f"{staging}/table", [_query(run, feed, bound, "")], feed)
    rows = table.where("lake_sent = 1")
    if bound is not None:
        behind = _behind_the_mark(table, known, form)
        keys = [tuple(row) for row in behind.limit(MOST_FETCHED_BY_KEY + 1).collect()]
        if len(keys) > MOST_FETCHED_BY_KEY:
            table = _staged(run, f"{staging}/whole", [_query(run, feed, None, "")], feed)
            rows = table
        elif keys:
            statements = [_query(run, feed, None, where) for where in _places(run, feed, keys)]
            fetched = _staged(run, f"{staging}/behind", statements, feed)
            seen = [F.col(f"here.{name}").eqNullSafe(F.col(f"there.{name}")) for name in [*form.key, "lake_mark"]]
            # a row that has changed since the first statement is left to the next extract
            rows = rows.unionByName(fetched.alias("here").join(table.alias("there"), seen, "left_semi"))
    rows = rows.withColumn("lake_hash", _hash(feed.column_names))
    same = [rows[name].eqNullSafe(known[name]) for name in [*form.key, "lake_hash"]]
    return rows.join(known, same, "left_anti").select(*feed.column_names), table.select(*form.key)


def _behind_the_mark(table: DataFrame, known: DataFrame, form: JdbcFormat) -> DataFrame:
    """Keys that were not sent for their mark, and that raw does not know with this mark."""
    same = [table[name].eqNullSafe(known[name]) for name in [*form.key, "lake_mark"]]
    return table.where("lake_sent = 0").join(known, same, "left_anti").select(*form.key)


def _query(run: Run, feed: Feed, bound: str | None, where: str) -> str:
    """All keys and marks of the table; the other columns only of rows whose mark is not below the bound."""
    form, names = _form(feed), {column.name: column.source_name for column in feed.columns}
    dialect = dialect_of(run.catalogue.shop.connections[form.connection])
    mark = dialect.name(names[form.mark])
    is_sent = "1 = 1" if bound is None else f"({mark} >= {dialect.text(bound)} or {mark} is null)"
    columns = [
        f"{dialect.as_text(source)} as c{number}" if name in (*form.key, form.mark)
        else f"case when {is_sent} then {dialect.as_text(source)} end as c{number}"
        for number, (name, source) in enumerate(names.items())
    ]  # fmt: skip
    table = dialect.name(*form.table.split("."))
    return f"select {', '.join(columns)}, case when {is_sent} then 1 else 0 end as sent from {table}{where}"


def _places(run: Run, feed: Feed, keys: Sequence[tuple[str | None, ...]]) -> Iterator[str]:
    """Conditions that find the rows of the keys, a bounded number of them in each."""
    form, names = _form(feed), {column.name: column.source_name for column in feed.columns}
    dialect = dialect_of(run.catalogue.shop.connections[form.connection])
    left = ", ".join(dialect.name(names[name]) for name in form.key)
    for start in range(0, len(keys), KEYS_AT_ONCE):
        texts = [", ".join(dialect.text(text or "") for text in key) for key in keys[start : start + KEYS_AT_ONCE]]
        yield f" where ({left}) in ({', '.join(f'({text})' for text in texts)})"


def _staged(run: Run, uri: str, statements: Sequence[str], feed: Feed) -> DataFrame:
    """The statements' rows, read once and laid down: columns of the feed, `lake_mark` and `lake_sent`."""
    form = _form(feed)
    connection = run.catalogue.shop.connections[form.connection]
    for statement in statements:
        with asked(form.connection, connection):
            row_files.append(rows_of(run.spark, form.connection, connection, statement), uri, "parquet")
    found = row_files.read(run.spark, [uri], "parquet")
    named = {f"c{number}": name for number, name in enumerate(feed.column_names)} | {"sent": "lake_sent"}
    return found.withColumnsRenamed(named).withColumn("lake_mark", F.col(form.mark))


def _stored(
    run: Run, feed: Feed, book: DeliveryBook, rows: DataFrame, keys: DataFrame, moment: datetime
) -> dict[str, Any] | None:  # fmt: skip
    """Write rows, then keys, to raw; the delivery is recorded after both."""
    form = _form(feed)
    rows, keys = rows.localCheckpoint(), keys.localCheckpoint()
    new, listed = _digest(rows), _digest(keys)
    if not new[0] and book.current[feed.feed] and listed == _last_list(run, feed, book):
        return None
    sha256 = hashlib.sha256(json.dumps([new, listed]).encode()).hexdigest()
    name = extract_name(form.table, moment)
    day = moment.astimezone(ZoneInfo(run.catalogue.shop.time_zone)).date()
    identity = delivery_id(feed.feed, name, sha256)
    numbered = rows.withColumn("lake_record_number", F.row_number().over(Window.orderBy(*form.key)).cast("bigint"))
    unfit = {
        "lake_rescued": F.lit(None).cast("map<string,string>"), "lake_malformed": F.lit(None).cast("binary"),
        "lake_malformed_reason": F.lit(None).cast("string"),
    }  # fmt: skip
    origin = {
        "lake_delivery_id": F.lit(identity), "lake_delivery_records": F.lit(new[0]).cast("bigint"),
        "lake_file_name": F.lit(name), "lake_arrived_at": F.lit(moment), "lake_run_id": F.lit(run.run_id),
        "ingest_date": F.lit(moment.date()),
    }  # fmt: skip
    tables.append(numbered.withColumns(unfit | origin), run.uri(Zone.RAW, feed.feed), LAYOUT)
    reached("ingest:raw_written")
    append_keys(run, feed, _list_rows(run, keys, identity, listed[0]).withColumn("lake_file_date", F.lit(day)))
    written = tables.read(run.spark, run.uri(Zone.RAW, feed.feed)).where(F.col("lake_delivery_id") == identity).count()
    if written != new[0]:
        raise ReconciliationError(
            f"shop {run.shop}, feed {feed.feed}, extract {name}: {new[0]} records, {written} rows in raw; "
            "nothing was recorded: run again and report it"
        )
    return {
        "feed": feed.feed, "name": name, "event": DeliveryEvent.ACCEPTED.value, "delivery_id": identity,
        "sha256": sha256, "file_date": day, "record_count": new[0], "size_bytes": 0,
        "modified_ms": int(moment.timestamp() * 1000),
    }  # fmt: skip


def _list_rows(run: Run, keys: DataFrame, identity: str, count: int) -> DataFrame:
    """The key list as raw keeps it: a row a key and one for the list."""
    rows = keys.withColumns({"lake_kind": F.lit("key"), "lake_key_count": F.lit(None).cast("bigint")})
    head = run.spark.createDataFrame([("list", count)], "lake_kind string, lake_key_count bigint")
    both = rows.unionByName(head, allowMissingColumns=True)
    return both.withColumns({"lake_delivery_id": F.lit(identity), "lake_first_key": F.lit(None).cast("bigint")})


def _last_list(run: Run, feed: Feed, book: DeliveryBook) -> list[int]:
    """The digest of the key list of the newest current extract."""
    newest = max(book.current[feed.feed].values(), key=lambda d: d.name)
    rows = tables.read(run.spark, keys_uri(run, feed.feed)).where(F.col("lake_delivery_id") == newest.delivery_id)
    return _digest(rows.where("lake_kind = 'key'").select(*_form(feed).key))


def _digest(rows: DataFrame) -> list[int]:
    """Their number, and sums over parts of each row's SHA-256: the same for the same rows in any order."""
    hashed = rows.select(_hash(rows.columns).alias("hash"))
    parts = [F.conv(F.substring("hash", start, 15), 16, 10).cast("decimal(38,0)") for start in (1, 16, 31, 46)]
    found = hashed.agg(F.count("*"), *[F.sum(part) for part in parts]).collect()[0]
    return [int(value or 0) for value in found]


def _hash(names: Sequence[str]) -> Column:
    return F.sha2(json_array([F.col(name) for name in names]), 256)


def _form(feed: Feed) -> JdbcFormat:
    assert isinstance(feed.format, JdbcFormat)
    return feed.format
