"""What a release holds, table by table: the `tables` column of ops.releases as typed values and back. No Spark here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from lake.contracts.columns import Column
from lake.contracts.table import Buckets, Table

WHOLE = ""
"""The partition value under which an unpartitioned table's one folder is recorded."""


@dataclass(frozen=True)
class Content:
    """The rows of one partition: how many, and a hash of all their values that does not depend on their order."""

    row_count: int
    fingerprint: str


@dataclass(frozen=True)
class PublishedPartition:
    """One folder that is never written again, and what is in it."""

    folder: str
    content: Content


@dataclass(frozen=True)
class Shape:
    """What the files of a table look like: a table with another shape shares no folder with it."""

    columns: tuple[tuple[str, str], ...]
    format: str
    partition_by: str | None = None
    bucket_by: Buckets | None = None

    @classmethod
    def of(cls, table: Table, file_format: str) -> Self:
        """The shape that the contract asks for."""
        types = {column.name: plain_type(column.type) for column in table.columns}
        columns = tuple((name, types[name]) for name in table.column_names)
        return cls(columns, file_format, table.partition_by, table.bucket_by)

    @property
    def stored(self) -> tuple[tuple[str, str], ...]:
        """The columns that lie in the files, by position."""
        return tuple(column for column in self.columns if column[0] != self.partition_by)

    def only_adds_to(self, older: Shape) -> bool:
        """Whether every column of the older shape stays where it was, with its type."""
        same_partition = self.partition_by == older.partition_by
        return same_partition and self.stored[: len(older.stored)] == older.stored

    def difference_from(self, older: Shape) -> str:
        """What an analyst would notice, in words."""
        new, old = dict(self.columns), dict(older.columns)
        words = [f"column {name} is gone" for name in old if name not in new]
        words += [f"column {name} is new" for name in new if name not in old]
        words += [f"column {n} was {old[n]}, is {new[n]}" for n in new if n in old and old[n] != new[n]]
        if self.partition_by != older.partition_by:
            words.append(f"partitioned by {self.partition_by or 'nothing'}, was {older.partition_by or 'nothing'}")
        if not words and self.columns != older.columns:
            words.append("the order of columns changed")
        if not words:
            words.append("format or buckets changed")
        return ", ".join(words)


@dataclass(frozen=True)
class PublishedTable:
    """One table of a release: the Delta version it was made from, its shape and its partitions."""

    version: int | None
    shape: Shape
    partitions: Mapping[str, PublishedPartition] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Rows of all partitions."""
        return sum(partition.content.row_count for partition in self.partitions.values())

    @property
    def places(self) -> list[str]:
        """Its folders as paths below the published zone: `<table>/<folder of a release>`, and that of a partition."""
        depth = 3 if self.shape.partition_by else 2
        return ["/".join(partition.folder.split("/")[-depth:]) for partition in self.partitions.values()]


Tables = Mapping[str, PublishedTable]


def plain_type(column_type: str) -> str:
    """A type as Spark prints it: `decimal(18, 4)` is `decimal(18,4)`."""
    return column_type.replace(" ", "").lower()


def to_json(tables: Tables) -> str:
    """The text of the ledger's `tables` column."""
    return json.dumps({name: _table_to_json(table) for name, table in sorted(tables.items())}, ensure_ascii=False)


def from_json(text: str) -> dict[str, PublishedTable]:
    """The tables that `to_json` wrote."""
    return {name: _table_from_json(entry) for name, entry in json.loads(text).items()}


def contract_as_published(name: str, published: PublishedTable, contract: Table | None) -> Table:
    """A contract that describes the folders of a release, also where today's contract has moved on or is gone."""
    shape = published.shape
    known = {column.name: column for column in contract.columns} if contract else {}
    columns = [
        (known[n].model_copy(update={"type": t}) if n in known else Column(name=n, type=t, description=""))
        for n, t in shape.columns
    ]
    layout: dict[str, Any] = {
        "columns": columns,
        "partition_by": shape.partition_by,
        "bucket_by": shape.bucket_by,
        "format": shape.format,
    }
    if contract:
        names = {n for n, _ in shape.columns}
        return contract.model_copy(update={**layout, "analyze": [n for n in contract.analyze if n in names]})
    first = shape.columns[0][0]
    text = "No contract describes it now"
    return Table(table=name, kind="mart", description=text, grain="unknown", key=[first], **layout)


def _table_to_json(table: PublishedTable) -> dict[str, Any]:
    buckets = table.shape.bucket_by
    return {
        "delta_version": table.version,
        "columns": [list(column) for column in table.shape.columns],
        "format": table.shape.format,
        "partition_by": table.shape.partition_by,
        "bucket_by": buckets.model_dump() if buckets else None,
        "partitions": {
            value: {"folder": p.folder, "rows": p.content.row_count, "fingerprint": p.content.fingerprint}
            for value, p in sorted(table.partitions.items())
        },
    }


def _table_from_json(entry: dict[str, Any]) -> PublishedTable:
    buckets = Buckets.model_validate(entry["bucket_by"]) if entry["bucket_by"] else None
    columns = tuple((str(name), str(kind)) for name, kind in entry["columns"])
    partitions = {
        value: PublishedPartition(p["folder"], Content(p["rows"], p["fingerprint"]))
        for value, p in entry["partitions"].items()
    }
    shape = Shape(columns, entry["format"], entry["partition_by"], buckets)
    return PublishedTable(entry["delta_version"], shape, partitions)
