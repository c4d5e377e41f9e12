"""Key lists to raw, before their deliveries are recorded: `<feed>__keys`, a row a delivery and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.feed import Feed
from lake.contracts.source import SourceSpec
from lake.errors import ReconciliationError
from lake.io import tables
from lake.io.raw import CHANGED, LandedFile, Refusal, key_rows
from lake.pipelines.feed_tables import keys_uri
from lake.pipelines.run import Run

LAYOUT = tables.Layout(("lake_delivery_id",), "lake_kind", ("lake_file_date", "lake_delivery_id"))
"""By kind, so that the lists are found without their keys; by date, because lists of old dates are seldom read."""


def store_key_lists(
    run: Run, feed: Feed, spec: SourceSpec, files: Mapping[LandedFile, date | None]
) -> dict[str, Refusal]:
    """Write the key lists of files that were not refused in one commit, those that lie there already aside.

    Gives the files whose list could not be read any more: they were written to meanwhile.
    Raises ReconciliationError where a list has not as many keys in raw as in its file.
    """
    uri, names = keys_uri(run, feed.feed), {f.delivery_id: f.file.name for f in files}
    present = _counts(run, uri, names)
    unread = [f for f in files if f.delivery_id not in present]
    if unread:
        pairs = [(f.delivery_id, files[f]) for f in unread]
        dates = run.spark.createDataFrame(pairs, "lake_delivery_id string, lake_file_date date")
        rows = key_rows(run.spark, unread, spec).join(F.broadcast(dates), "lake_delivery_id")
        append_keys(run, feed, rows)
        present = _counts(run, uri, names)
    for identity, (stored, counted) in present.items():
        if stored != counted:
            raise ReconciliationError(
                f"shop {run.shop}, feed {feed.feed}, file {names[identity]}: {counted} keys in its list, {stored} in "
                "raw; nothing was recorded: keep the file and report it"
            )
    return {i: Refusal(i, "changed", CHANGED, None) for i in names if i not in present}


def append_keys(run: Run, feed: Feed, rows: DataFrame) -> None:
    """Add lists with their keys, as `key_rows` describes them, with `lake_file_date`, in one commit."""
    rows = rows.withColumns({"lake_arrived_at": F.lit(datetime.now(UTC)), "lake_run_id": F.lit(run.run_id)})
    tables.append(rows, keys_uri(run, feed.feed), LAYOUT)


def _counts(run: Run, uri: str, deliveries: Iterable[str]) -> dict[str, tuple[int, int]]:
    """delivery_id -> (keys in raw, keys as counted in the file), for those of the deliveries that have a list."""
    if not tables.exists(run.spark, uri):
        return {}
    rows = tables.read(run.spark, uri).where(F.col("lake_delivery_id").isin(list(deliveries)))
    counted = rows.groupBy("lake_delivery_id").agg(
        F.count_if(F.col("lake_kind") == "key").alias("keys"),
        F.max("lake_key_count").alias("counted"),
    )
    return {row["lake_delivery_id"]: (row["keys"], row["counted"]) for row in counted.collect()}
