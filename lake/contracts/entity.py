"""The contract of a canonical entity: one cleansed table, the same for every shop."""

from __future__ import annotations

from collections.abc import Set
from typing import Literal

from pydantic import Field

from lake.contracts.columns import Column, Expectation
from lake.contracts.strict import Name, Strict


class EntityColumn(Column):
    """A column of an entity; `required_unless`: what it lacks may come from there, where a shop has that entity.

    `allowed`: the words that the star knows. Another one stands, and is counted under the rule `allowed_<name>`.
    """

    required_unless: Name | None = Field(
        default=None, description="required in the shops in which no feed provides this entity"
    )
    allowed: list[str] = Field(default=[], description="its words; others are counted and warned of: `allowed_<name>`")


ADDED_BY_CLEANSE = {
    "deleted_at": "timestamp", "source_feed": "string", "source_file": "string", "source_record": "bigint",
}  # fmt: skip
"""Columns of every cleansed entity that its contract does not declare, and their types."""


class Entity(Strict):
    """One row per business key, or per (business key, `effective_at`) where `history` is true.

    Cleanse adds to every entity: where `event_at` is given, its local date and month (the partition) under the names
    that `event_date` and `event_month` give; `deleted_at` (timestamp), `source_feed`, `source_file`, `source_record`
    (bigint); and the hashes `lake_business_key` (of `key`) and `lake_key` (of `key`, and `effective_at` of a history).
    """

    entity: Name
    description: str
    grain: str
    key: list[Name] = Field(min_length=1)
    history: bool = False
    history_of: Literal["state", "events"] = Field(
        default="state", description="`events`: of several feeds, only those with a row at a moment speak of it"
    )
    event_at: Name | None = Field(default=None, description="the timestamp whose local month partitions the table")
    event_date: Name | None = Field(default=None, description="the local date of `event_at`, added by cleanse")
    event_month: Name | None = Field(default=None, description="the local month of `event_at`, the partition column")
    amounts: Literal["none", "line"] = Field(default="none", description="`line`: gross, discount, net are completed")
    columns: list[EntityColumn] = Field(min_length=1)
    expectations: list[Expectation] = Field(default=[])

    def as_provided(self, entities: Set[str]) -> Entity:
        """The entity in a shop whose feeds provide these entities: `required_unless` is settled."""
        columns = [
            column.model_copy(update={"required": column.required or column.required_unless not in entities})
            if column.required_unless
            else column
            for column in self.columns
        ]
        return self.model_copy(update={"columns": columns})

    def column(self, name: str) -> EntityColumn | None:
        """The declared column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def cleansed_columns(self) -> dict[str, str]:
        """The columns of the cleansed table that people read, in order, with their types."""
        of_event = {self.event_date: "date", self.event_month: "string"}
        added = {name: kind for name, kind in of_event.items() if name} | ADDED_BY_CLEANSE
        return {column.name: column.type for column in self.columns} | added

    @property
    def column_names(self) -> list[str]:
        """The declared columns in order."""
        return [column.name for column in self.columns]
