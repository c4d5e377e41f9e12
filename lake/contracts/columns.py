"""Columns of entities and tables, expectations and foreign keys: what several contracts share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from lake.contracts.patterns import COLUMN_TYPE
from lake.contracts.strict import Name, Strict
from lake.names import Severity

ColumnType = Annotated[str, StringConstraints(pattern=COLUMN_TYPE)]
"""A Spark SQL type out of those that Delta, ORC, Parquet and Hive read alike."""

Sensitivity = Literal["public", "internal", "personal", "secret"]


class Column(Strict):
    """One column of an entity or table."""

    name: Name
    type: ColumnType
    description: str
    required: bool = Field(default=False, description="null is refused (entities) or an error (tables)")
    sensitivity: Sensitivity = "internal"
    default: str | None = Field(default=None, description="SQL literal used when no mapping gives the column")


class Expectation(Strict):
    """A SQL predicate that every row should satisfy; null counts as satisfied unless the rule says otherwise."""

    rule: str
    name: str = Field(default="", description="the rule's text when left out")
    severity: Severity = Severity.QUARANTINE
    description: str = ""

    @property
    def rule_name(self) -> str:
        """The name under which failures are recorded."""
        return self.name or self.rule


class ForeignKey(Strict):
    """A column that points at another table's key; cardinality is parent : child as in the diagrams."""

    column: Name
    references: Name
    cardinality: Literal["0,1:n", "1:n"]
