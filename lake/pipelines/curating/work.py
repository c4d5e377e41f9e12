"""What curate has to make anew: whole tables or single months, each with the reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.table import Input, Neighbours, Table
from lake.io import storage, table_changes, tables
from lake.names import Zone
from lake.pipelines.curating.changed_keys import keys_of_changes, rows_of_changed_versions
from lake.pipelines.curating.months import beside, months_that_read
from lake.pipelines.curating.selection import input_uri, selected, sql_of, standing_rows
from lake.pipelines.run import Run
from lake.transforms.joins import MANY_ROWS

Inputs = Mapping[str, int]
"""Name of an input -> its Delta version; an input that does not exist is left out."""

COST = ("all", "partition", "since", "version", "key")
"""Ways to find the months that a changed input makes dirty, the cheapest first."""


Asked = dict[tuple[str, tuple[str, ...]], list[DataFrame]]
"""Key column and the inputs that are read by it -> frames of changed keys."""

MANY_KEYS = 100_000
"""Of more keys the months are made anew, not the single rows."""

LOGIC_VERSION = 1
"""Raise it when code outside the SQL changes what tables hold: all are made anew then."""


@dataclass(frozen=True)
class Work:
    """What is to be done to a table: nothing (`reason` empty), some months or keys, or everything (both None).

    `keys`: a column of the table, each value once; the rows with these are made anew. With both they lie in the months.
    """

    reason: str
    months: frozenset[str] | None = None
    keys: DataFrame | None = None

    @property
    def words(self) -> str:
        """What is made anew of a table that is not made by months."""
        return "all" if self.keys is None else f"changed {self.keys.columns[0]}"

    @property
    def is_whole(self) -> bool:
        """Whether the table is made as a whole."""
        return self.months is None and self.keys is None

    @property
    def is_empty(self) -> bool:
        """Whether the table stands as it should."""
        return not self.reason or self.months == frozenset()


def fingerprint(run: Run, table: Table) -> str:
    """SHA-256 over all that decides what the table holds besides its inputs: SQL, contract, the entities it reads."""
    shown = {"description", "analyze", "bucket_by", "published", "format", "aliases", "mart"}
    contract = table.model_dump(mode="json", exclude=shown) | {"logic_version": LOGIC_VERSION}
    absent = [i.name for i in table.inputs if i.name in run.catalogue.absent]
    entities = [run.catalogue.entities[i.name] for i in table.inputs if i.name in run.catalogue.entities]
    read = [entity.model_dump(mode="json") for entity in entities]
    shop = [run.catalogue.shop.currency, run.catalogue.shop.time_zone]
    text = json.dumps([sql_of(run, table), contract, read, shop, absent], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def latest_states(run: Run) -> dict[str, dict[str, Any]]:
    """Table -> what it was last made from: its newest row of `ops.table_states`."""
    return {row["table_name"]: row for row in sorted(run.ledger("table_states"), key=lambda row: row["at"])}


def input_versions(run: Run, table: Table) -> Inputs:
    """The newest version of each input that exists."""
    present = [i.name for i in table.inputs if i.name not in run.catalogue.absent]
    found = {name: tables.latest_version(run.spark, input_uri(run, name)) for name in present}
    return {name: version for name, version in found.items() if version is not None}


def work_for(run: Run, table: Table, inputs: Inputs, state: Mapping[str, Any] | None) -> Work:
    """Compare the inputs and the logic with those that the table was last made from."""
    if state is None or not tables.exists(run.spark, run.uri(Zone.CURATED, table.table)):
        return Work("never made")
    if state["fingerprint"] != fingerprint(run, table):
        return Work("its SQL, contract or inputs' contracts changed")
    before: Inputs = state["inputs"] or {}
    changed = [i for i in table.inputs if inputs.get(i.name) != before.get(i.name)]
    if not changed:
        return Work("")
    reason = f"{', '.join(i.name for i in changed)} changed"
    if table.row_key is not None:
        frames = keys_of_changes(run, table, changed, before, inputs)
        by_keys = None if frames is None else _work_by_keys(reason, frames, MANY_KEYS)
        if by_keys is not None:
            return by_keys
    months: set[str] = set()
    asked: Asked = {}
    for one in sorted(changed, key=lambda one: COST.index(one.dirty)):
        found = _dirty_months(run, table, one, before.get(one.name), inputs.get(one.name), asked)
        if found is None:
            return Work(reason)
        months |= found
        if months and months >= _standing_months(run, table):  # nothing is left to find out
            return Work(reason)
    if table.month is None:
        return _work_by_keys(reason, chain.from_iterable(asked.values()), MANY_ROWS) or Work(reason)
    for (key, through), keys in asked.items():
        found = _months_of_keys(run, table, key, through, _distinct(keys))
        if found is None:
            return Work(reason)
        months |= found
    return Work(reason, frozenset(months))


def _work_by_keys(reason: str, frames: Iterable[DataFrame], most: int) -> Work | None:
    """The rows with these keys, each frame of one column; None where there are more keys than `most`."""
    keys = _distinct(frames)
    if (count := keys.count()) > most:
        return None
    return Work(reason, keys=keys) if count else Work(reason, frozenset())


def _distinct(keys: Iterable[DataFrame]) -> DataFrame:
    return reduce(DataFrame.unionByName, keys).distinct().localCheckpoint()


def _standing_months(run: Run, table: Table) -> set[str]:
    """Months that the table has or once had."""
    if table.partition_by is None:
        return {row[0] for row in standing_rows(run, table).select(str(table.month)).distinct().collect()}
    prefix = f"{table.partition_by}="
    folders = storage.list_folders(run.spark, run.uri(Zone.CURATED, table.table))
    return {folder.removeprefix(prefix) for folder in folders if folder.startswith(prefix)}


def _dirty_months(
    run: Run, table: Table, one: Input, since: int | None, until: int | None, asked: Asked
) -> set[str] | None:
    """Months of the table that a changed input makes dirty; None: all of them.

    Those of changed keys are not among them: the keys are added to `asked`, so that all are looked up at once.
    """
    if since is None or until is None or since > until:
        return None
    uri = input_uri(run, one.name)
    match one.dirty:
        case "partition":
            changed = table_changes.changed_partitions(run.spark, uri, since, until)
            months = {str(value) for value in changed or () if value is not None}
            if one.neighbours is not None and months:
                near = _months_beside(run, uri, since, until, one.neighbours)
                months |= beside(months) if near is None else near
            if changed is not None and None not in changed:
                return months
            is_told = changed is not None and _ask_keys(run, one, since, until, asked)
            return months if is_told else None
        case "version":
            return _months_of_changed_versions(run, table, one, since, until)
        case "key":
            return set() if _ask_keys(run, one, since, until, asked) else None
        case "since":
            return _months_since_changed_rows(run, table, one, since, until)
        case "all":
            return None


def _months_beside(run: Run, uri: str, since: int, until: int, neighbours: Neighbours) -> set[str] | None:
    """Months that read changed rows of the months beside them; None where the rows are not known."""
    changed = table_changes.changed_rows(run.spark, uri, since, until)
    if changed is None:
        return None
    days = [row[0] for row in changed.select(neighbours.date).distinct().collect() if row[0] is not None]
    return months_that_read(days, neighbours)


def _months_since_changed_rows(run: Run, table: Table, one: Input, since: int, until: int) -> set[str] | None:
    """Months of the table's rows from the earliest start of a changed row of the input on."""
    changed = table_changes.changed_rows(run.spark, input_uri(run, one.name), since, until)
    if changed is None:
        return None
    # a day earlier: starts are UTC, months are local
    first = changed.agg(F.date_format(F.date_sub(F.min("valid_from_at"), 1), "yyyy-MM")).first()
    if first is None or first[0] is None:
        return set()
    month = F.col(str(table.month))
    standing = standing_rows(run, table).where(month >= first[0])
    return {row[0] for row in standing.select(month).distinct().collect()}


def _months_of_changed_versions(run: Run, table: Table, one: Input, since: int, until: int) -> set[str] | None:
    """Months of the fact's rows that would find another version than before."""
    hit = rows_of_changed_versions(run, table, one, since, until)
    return None if hit is None else {row[0] for row in hit.select(str(table.month)).distinct().collect()}


def _ask_keys(run: Run, one: Input, since: int, until: int, asked: Asked) -> bool:
    """Add the keys of the input's changed rows; False where they are not known."""
    changed = table_changes.changed_rows(run.spark, input_uri(run, one.name), since, until, one.columns)
    if changed is None or one.key is None:
        return False
    asked.setdefault((one.key, tuple(one.through) or (one.name,)), []).append(changed.select(one.key))
    return True


def _months_of_keys(run: Run, table: Table, key: str, through: Iterable[str], keys: DataFrame) -> set[str] | None:
    """Months of the rows with one of the keys: as they stand, and as they would be made; None: of too many.

    What stands is not asked where the table lacks the key: the inputs `through` tell then what had it.
    """
    if not (count := keys.count()):
        return set()
    if count > MANY_ROWS:  # to ask for so many costs as much as to make all
        return None
    month = str(table.month)
    found = selected(run, table, dict.fromkeys(through, keys)).select(month)
    if key in table.column_names:
        found = found.union(standing_rows(run, table).join(F.broadcast(keys), key, "left_semi").select(month))
    return {row[0] for row in found.distinct().collect()}
