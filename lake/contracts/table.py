"""The contract of a curated table: columns, grain, keys, layout and what makes its months dirty."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lake.contracts.columns import Column, Expectation, ForeignKey
from lake.contracts.strict import Name, Strict

KIND_FOLDERS = {"dimension": "dimensions", "fact": "facts", "mart": "marts"}
"""The folder of each kind of table in conf/tables and lake/sql."""


class Buckets(Strict):
    """Hash buckets of the published table: `repartition(count, columns)` gives one sorted file a bucket and month."""

    columns: list[Name] = Field(min_length=1)
    count: int = Field(ge=1)
    sort: list[Name] = Field(default=[])


class Neighbours(Strict):
    """Days of the input that months beside their own read as well, by a date column of the input."""

    date: Name
    first_days: int = Field(ge=0, le=28, description="so many of a month are read by the month before")
    last_days: int = Field(ge=0, le=28, description="so many of a month are read by the month after")


class SameDay(Strict):
    """Dates of this table and of an input: a row lies in the month of its date and reads only rows of that day."""

    own: Name
    theirs: Name


class Input(Strict):
    """A cleansed entity or curated table that the SQL reads, and which months of this table its changes make dirty.

    `partition`: the months of the input's own partitions; rows without a month are looked up as `key` says.
    `version`: the months of this table's rows whose `key` has a changed version (rows of a dimension with another
    validity) from the version's start on, judged by `moment`.
    `key`: the months of this table's rows whose `key` is that of a changed row of the input, as they stand and as they
    would be made out of the rows of the inputs `through` (left out: the input itself) with such a key. In a table
    without months all inputs have the same one, and only the rows with such a key are made anew.
    `since`: the months from the earliest `valid_from_at` of the input's changed rows on, where any row may read them.
    `all`: any change rebuilds the table. `optional`: shops that lack this table read it as empty.
    `neighbours`: with `partition`, the months beside a changed one that read its first or last days.
    `same_day`: with `partition`, which rows of a table that is made by keys (`made_by`) a changed row concerns.
    `columns`: with `key`, those that the SQL reads, and nothing else can: a row that differs in others has not changed.
    """

    name: Name
    dirty: Literal["partition", "version", "key", "since", "all"] = "all"
    key: Name | None = None
    moment: Name | None = None
    through: list[Name] = Field(default=[])
    columns: list[Name] = Field(default=[])
    neighbours: Neighbours | None = None
    same_day: SameDay | None = None
    optional: bool = False


class Table(Strict):
    """One table of the star or a mart."""

    table: Name
    kind: Literal["dimension", "fact", "mart"]
    mart: Literal["users", "sales", "marketing", "web"] | None = Field(
        default=None, description="the data mart that a table of kind `mart` belongs to"
    )
    description: str
    grain: str
    key: list[Name] = Field(min_length=1)
    inputs: list[Input] = Field(default=[])
    requires: list[Name] = Field(
        default=[], description="entities; a shop that provides none of one of them does not have this table"
    )
    columns: list[Column] = Field(min_length=1)
    foreign_keys: list[ForeignKey] = Field(default=[])
    expectations: list[Expectation] = Field(default=[])
    partition_by: Name | None = Field(default=None, description="a `_month` string column")
    made_by: Name | None = Field(
        default=None,
        description="a column; each row is made out of rows with its own value of it only. Without partitions a "
        "`_month` string column; with partitions a key, such as order_id: where few changed, their rows are made anew",
    )
    bucket_by: Buckets | None = None
    analyze: list[Name] = Field(default=[], description="join and filter columns that ANALYZE collects statistics of")
    published: bool = True
    format: Literal["orc", "parquet"] = "orc"
    aliases: list[Name] = Field(default=[], description="other names under which the shop's database shows the table")
    unknown_member: bool = Field(default=False, description="the row with key -1 exists")

    @property
    def month(self) -> str | None:
        """The column whose months are made anew one by one; None: the table is made as a whole, or by keys."""
        return self.partition_by or self.made_by

    @property
    def row_key(self) -> str | None:
        """The column by whose changed values rows of a table with partitions are made anew; None: by months."""
        return self.made_by if self.partition_by else None

    @property
    def column_names(self) -> list[str]:
        """The columns in order, partition column last as Hive wants it."""
        names = [c.name for c in self.columns if c.name != self.partition_by]
        return [*names, self.partition_by] if self.partition_by else names
