"""Checks of foreign keys: the column, the dimension and the column that it points at."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.problems import Problem, did_you_mean
from lake.contracts.table import Table


def foreign_key_problems(scope: Scope) -> Iterator[Problem]:
    """The problems of all foreign keys."""
    dimensions = {name: found.model for name, found in scope.tables.items() if found.model.kind == "dimension"}
    for table in scope.tables.values():
        for position in range(len(table.model.foreign_keys)):
            yield from _one(scope, table, position, dimensions)


def referenced_column(column: str, dimension: Table) -> str | None:
    """The column of the dimension that a foreign key means: of the same name, or its end (`billing_country_key`)."""
    for candidate in dimension.columns:
        if candidate.name.endswith("_key") and (column == candidate.name or column.endswith(f"_{candidate.name}")):
            return candidate.name
    return None


def _one(scope: Scope, table: Sourced[Table], position: int, dimensions: dict[str, Table]) -> Iterator[Problem]:
    model = table.model
    foreign_key = model.foreign_keys[position]
    key = ("foreign_keys", position)
    if foreign_key.column not in model.column_names:
        near = did_you_mean(foreign_key.column, model.column_names)
        yield table.problem((*key, "column"), f"no column '{foreign_key.column}' in '{model.table}'; {near}")
        return
    if foreign_key.references in scope.broken:
        return
    if foreign_key.references not in dimensions:
        text = f"no dimension '{foreign_key.references}'; {did_you_mean(foreign_key.references, dimensions)}"
        yield table.problem((*key, "references"), text)
        return
    dimension = dimensions[foreign_key.references]
    target = referenced_column(foreign_key.column, dimension)
    if target is None:
        keys = ", ".join(column.name for column in dimension.columns if column.name.endswith("_key"))
        text = f"'{dimension.table}' has no key that '{foreign_key.column}' could mean; its keys are {keys}"
        yield table.problem((*key, "column"), text)
        return
    types = {column.name: column.type for column in model.columns}
    targets = {column.name: column.type for column in dimension.columns}
    if types[foreign_key.column] != targets[target]:
        mine, other = types[foreign_key.column], f"{dimension.table}.{target} is {targets[target]}"
        text = f"is {mine}, but {other}; give both one type"
        yield table.problem((*key, "column"), text)
    if foreign_key.cardinality == "0,1:n" and not dimension.unknown_member:
        text = f"0,1:n needs the unknown member in '{dimension.table}'; write 1:n or give it `unknown_member: true`"
        yield table.problem((*key, "cardinality"), text)
