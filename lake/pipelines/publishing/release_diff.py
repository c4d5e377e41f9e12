"""What a new release has to write: curated as it is now, against what the live release recorded. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.balances_tables import BALANCES_TABLES
from lake.contracts.table import Table
from lake.errors import ContractError, NoInputError
from lake.io import table_changes, tables
from lake.names import Zone
from lake.pipelines.publishing.fingerprints import contents
from lake.pipelines.publishing.release_contents import (
    Content,
    PublishedPartition,
    PublishedTable,
    Shape,
    Tables,
    plain_type,
)
from lake.pipelines.run import Run


@dataclass(frozen=True)
class Source:
    """A table to publish: its contract, the rows as of one version, and where a log tells what changed since."""

    contract: Table
    shape: Shape
    version: int | None
    read: Callable[[], DataFrame] = field(repr=False)
    log: str | None = None

    def rows(self) -> DataFrame:
        """The rows of that version; ContractError when their types are not the contract's (ORC is read by position)."""
        rows = self.read()
        found = {name: plain_type(kind) for name, kind in rows.dtypes}
        for name, kind in self.shape.columns:
            if found.get(name) != kind:
                raise ContractError(
                    f"{self.contract.table}.{name} is {found.get(name) or 'missing'} in curated, the contract says "
                    f"{kind}: run jobs/curate.py with this contract"
                )
        return rows


@dataclass(frozen=True)
class TableChange:
    """What becomes of one table: partitions that keep their folder, that are written, and that are left out."""

    source: Source
    kept: Mapping[str, PublishedPartition]
    written: Mapping[str, Content]
    removed: tuple[str, ...] = ()
    why: str = ""
    breaking: str | None = None

    @property
    def name(self) -> str:
        """The table."""
        return self.source.contract.table

    @property
    def is_changed(self) -> bool:
        """Whether readers would see a difference."""
        return bool(self.written or self.removed or self.why)

    def rows_to_write(self) -> DataFrame:
        """The rows of the partitions that need a new folder."""
        return _only(self.source, set(self.written))

    def published(self, folders: Mapping[str, str]) -> PublishedTable:
        """The table as the release records it; `folders` are those of the written partitions."""
        new = {value: PublishedPartition(folders[value], content) for value, content in self.written.items()}
        return PublishedTable(self.source.version, self.source.shape, {**self.kept, **new})

    def summary(self) -> str:
        """One line for people."""
        parts = [f"writes {_shown(list(self.written))}"] if self.written else []
        parts += [f"leaves out {_shown(list(self.removed))}"] if self.removed else []
        parts += [f"keeps {len(self.kept)}"] if self.kept else []
        return f"{self.name}: {', '.join(parts) or 'empty'}{f' ({self.why})' if self.why else ''}"


@dataclass(frozen=True)
class Difference:
    """All tables of the next release, and those of the live one that it will lack."""

    changes: tuple[TableChange, ...]
    lacking: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the next release would equal the live one."""
        return not self.lacking and not any(change.is_changed for change in self.changes)

    @property
    def breaking(self) -> list[str]:
        """What readers of the live release would stumble over, one line a table."""
        return [f"{change.name}: {change.breaking}" for change in self.changes if change.breaking]

    def summary(self) -> list[str]:
        """One line for each table that changes."""
        lines = [change.summary() for change in self.changes if change.is_changed]
        return [*lines, *(f"{name}: no longer published" for name in self.lacking)]


def sources(run: Run, balances: Callable[[], Mapping[str, DataFrame]]) -> list[Source]:
    """Every table to publish, pinned to its present version. NoInputError when one was never curated.

    `balances` gives record_balances and rule_failures; it is called only where the ledger behind them has moved.
    """
    wanted = [table for table in run.catalogue.tables.values() if table.published]
    uris = {table.table: run.uri(Zone.CURATED, table.table) for table in wanted}
    versions = {name: tables.latest_version(run.spark, uri) for name, uri in uris.items()}
    missing = sorted(name for name, version in versions.items() if version is None)
    if missing:
        raise NoInputError(f"nothing is curated yet for {', '.join(missing)} of {run.shop}: run jobs/curate.py first")
    found = [_curated(run, table, uris[table.table], versions[table.table]) for table in wanted]
    ledger = tables.latest_version(run.spark, f"{run.ops}/balances")
    return [*found, *(_balance(run, table, ledger, balances) for table in BALANCES_TABLES.values())]


def compare(run: Run, now: list[Source], base: Tables) -> Difference:
    """The difference between the sources and the base, the live release's tables ({} before the first release)."""
    changes = tuple(_compared(run, source, base.get(source.contract.table)) for source in now)
    names = {change.name for change in changes}
    return Difference(changes, tuple(sorted(set(base) - names)))


def _curated(run: Run, table: Table, uri: str, version: int | None) -> Source:
    return Source(table, _shape(run, table), version, lambda: tables.read(run.spark, uri, version, whole=True), uri)


def _balance(run: Run, table: Table, version: int | None, balances: Callable[[], Mapping[str, DataFrame]]) -> Source:
    return Source(table, _shape(run, table), version, lambda: balances()[table.table])


def _shape(run: Run, table: Table) -> Shape:
    wanted = run.settings.configuration.publication_format
    return Shape.of(table, table.format if wanted == "contract" else wanted)


def _compared(run: Run, source: Source, base: PublishedTable | None) -> TableChange:
    if base is None:
        return TableChange(source, {}, contents(source.rows(), source.shape), why="new table")
    if source.shape != base.shape:
        why = source.shape.difference_from(base.shape)
        breaking = None if source.shape.only_adds_to(base.shape) else why
        return TableChange(source, {}, contents(source.rows(), source.shape), (), why, breaking)
    if source.version is not None and source.version == base.version:
        return TableChange(source, base.partitions, {})
    return _restated(source, base, _touched(run, source, base))


def _restated(source: Source, base: PublishedTable, touched: set[str] | None) -> TableChange:
    """The change where only the touched partitions (None: any) can differ; equal content keeps its folder."""
    looked_at = set(base.partitions) if touched is None else touched & set(base.partitions)
    now = contents(_only(source, touched), source.shape) if touched is None or touched else {}
    written = {v: c for v, c in now.items() if v not in base.partitions or base.partitions[v].content != c}
    removed = tuple(sorted(looked_at - set(now)))
    kept = {v: p for v, p in base.partitions.items() if v not in written and v not in removed}
    return TableChange(source, kept, written, removed)


def _touched(run: Run, source: Source, base: PublishedTable) -> set[str] | None:
    """Partitions whose files changed since the base; None when the log cannot say: everything is compared."""
    if source.log is None or source.version is None or base.version is None or base.version > source.version:
        return None
    changed = table_changes.changed_partitions(run.spark, source.log, base.version, source.version)
    if changed is None or (None in changed and source.shape.partition_by):
        return None
    return {value or "" for value in changed}


def _only(source: Source, touched: set[str] | None) -> DataFrame:
    rows = source.rows()
    if touched is None or source.shape.partition_by is None:
        return rows
    return rows.where(F.col(source.shape.partition_by).isin(sorted(touched)))


def _shown(values: list[str]) -> str:
    if values == [""]:
        return "all"
    values = sorted(values)
    return ", ".join(values) if len(values) <= 6 else f"{values[0]} to {values[-1]} ({len(values)} partitions)"
