"""Rows of a table that changed inputs concern, as they stand, and the keys of all rows to be made anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.table import Input, Table
from lake.io import table_changes
from lake.names import UNKNOWN_KEY
from lake.pipelines.curating.selection import input_uri, standing_rows
from lake.pipelines.run import Run


def keys_of_changes(
    run: Run, table: Table, changed: Iterable[Input], before: Mapping[str, int], now: Mapping[str, int]
) -> list[DataFrame] | None:
    """The row keys (`made_by`) that the changed inputs concern, a frame each; None where one of them cannot tell.

    `before`, `now`: input -> its Delta version.
    """
    found = []
    for one in changed:
        since, until = before.get(one.name), now.get(one.name)
        rows = None if since is None or until is None or since > until else _concerned(run, table, one, since, until)
        if rows is None:
            return None
        found.append(rows.select(str(table.row_key)))
    return found


def _concerned(run: Run, table: Table, one: Input, since: int, until: int) -> DataFrame | None:
    """Changed rows of the input that have the row key, or the standing rows of the table that a change concerns."""
    if one.dirty == "version":
        return rows_of_changed_versions(run, table, one, since, until)
    if one.key == table.row_key:
        return table_changes.changed_rows(run.spark, input_uri(run, one.name), since, until, one.columns)
    if one.same_day is None:
        return None
    rows = table_changes.changed_rows(run.spark, input_uri(run, one.name), since, until)
    if rows is None:
        return None
    days = {row[0] for row in rows.select(one.same_day.theirs).distinct().collect()}
    months = sorted({f"{day:%Y-%m}" for day in days if day is not None})
    near = standing_rows(run, table).where(F.col(str(table.month)).isin(months))
    return near.where(F.col(one.same_day.own).isin(sorted(day for day in days if day is not None)))


def rows_of_changed_versions(run: Run, table: Table, one: Input, since: int, until: int) -> DataFrame | None:
    """The fact's rows that would find another version than before: from the first changed start on; None: not known."""
    if one.key is None or one.moment is None:
        return None
    starts = dict.fromkeys([*run.catalogue.tables[one.name].key, one.key, "valid_from_at"])
    changed = table_changes.changed_rows(run.spark, input_uri(run, one.name), since, until, [*starts])
    if changed is None:
        return None
    moved = changed.where(F.col(one.key) != UNKNOWN_KEY)
    moved = moved.groupBy(one.key).agg(F.min("valid_from_at").alias("lake_from")).localCheckpoint()
    first = moved.agg(F.date_format(F.date_sub(F.min("lake_from"), 1), "yyyy-MM")).first()
    facts = standing_rows(run, table)
    if first is None or first[0] is None:
        return facts.limit(0)
    facts = facts.where(F.col(str(table.month)) >= first[0])
    return facts.join(F.broadcast(moved), one.key).where(F.col(one.moment) >= F.col("lake_from"))
