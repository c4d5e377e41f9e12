"""Checks of what curated tables read: names, and the ways to find what a changed input makes dirty."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.lint.provisions import known_columns
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.problems import KeyPath, Problem, did_you_mean
from lake.contracts.table import Table


def input_problems(scope: Scope, table: Sourced[Table]) -> Iterator[Problem]:
    """The problems of what a table reads, and of how that makes its rows dirty."""
    known = {*scope.entities, *scope.tables}
    seen: set[str] = set()
    for position, name in enumerate(table.model.requires):
        if name not in scope.entities and name not in scope.broken:
            yield table.problem(("requires", position), f"no entity '{name}'; {did_you_mean(name, scope.entities)}")
    for position, item in enumerate(table.model.inputs):
        key = ("inputs", position)
        if item.name in seen:
            yield table.problem((*key, "name"), f"input '{item.name}' stands twice; remove one")
        seen.add(item.name)
        if item.name not in known and item.name not in scope.broken:
            yield table.problem((*key, "name"), f"no entity or table '{item.name}'; {did_you_mean(item.name, known)}")
        if item.dirty == "version" and (item.key is None or item.moment is None):
            text = "`version` needs `key:` and `moment:`, columns of this table that find the rows of a changed version"
            yield table.problem((*key, "dirty"), text)
        if item.dirty == "key" or (item.dirty == "partition" and item.key):
            yield from _key_problems(scope, table, position)
        if item.columns:
            yield from _read_column_problems(scope, table, position)
        yield from _requirement_problems(scope, table, position)
        yield from _month_problems(table, position)
        if item.dirty == "since" and "valid_from_at" not in (_columns_of(scope, item.name) or {"valid_from_at"}):
            text = f"'{item.name}' has no `valid_from_at`, from which on its rows count; use `key` or `all`"
            yield table.problem((*key, "dirty"), text)
        yield from _neighbour_problems(scope, table, position)
        yield from _same_day_problems(scope, table, position)
        if item.dirty == "partition" and not _is_by_month(scope, item.name):
            text = f"'{item.name}' has no months of its own; use `version` or `all`"
            yield table.problem((*key, "dirty"), text)


def _neighbour_problems(scope: Scope, table: Sourced[Table], position: int) -> Iterator[Problem]:
    """`neighbours` name a date of an input that is told by its months."""
    item = table.model.inputs[position]
    place: KeyPath = ("inputs", position, "neighbours")
    if item.neighbours is None:
        return
    name, known = item.neighbours.date, _columns_of(scope, item.name)
    if item.dirty != "partition":
        yield table.problem(place, "is for `dirty: partition`; remove it")
    elif known and name not in known:
        yield table.problem((*place, "date"), f"no column '{name}' in '{item.name}'; {did_you_mean(name, known)}")


def _same_day_problems(scope: Scope, table: Sourced[Table], position: int) -> Iterator[Problem]:
    """`same_day` names a date of a table that is made by keys, and one of an input that is told by its months."""
    model, item = table.model, table.model.inputs[position]
    place: KeyPath = ("inputs", position, "same_day")
    if item.same_day is None:
        return
    if item.dirty != "partition" or item.key is not None or model.row_key is None:
        yield table.problem(place, "is for `dirty: partition` without a key, in a table with `made_by:`; remove it")
        return
    for option, name, known in (
        ("own", item.same_day.own, set(model.column_names)),
        ("theirs", item.same_day.theirs, _columns_of(scope, item.name)),
    ):
        if known and name not in known:
            owner = model.table if option == "own" else item.name
            yield table.problem((*place, option), f"no column '{name}' in '{owner}'; {did_you_mean(name, known)}")


def _month_problems(table: Sourced[Table], position: int) -> Iterator[Problem]:
    """Without months a table is made as a whole, or by one key that all its inputs have."""
    model, item = table.model, table.model.inputs[position]
    if model.month is not None or model.kind == "fact" or item.dirty == "all":
        return
    if item.dirty != "key":
        text = f"'{model.table}' has no months; remove it, or add `made_by:`"
        yield table.problem(("inputs", position, "dirty"), text)
    elif any(other.dirty != "key" or other.key != item.key for other in model.inputs):
        text = f"'{model.table}' has no months; give all its inputs `dirty: key` and this key, or remove it"
        yield table.problem(("inputs", position, "dirty"), text)


def _key_problems(scope: Scope, table: Sourced[Table], position: int) -> Iterator[Problem]:
    """`key` names a column of this table, of the input and of the input that it goes through."""
    item = table.model.inputs[position]
    place: KeyPath = ("inputs", position)
    if item.key is None:
        text = "`key` needs `key:`, the column of the input and of this table that finds the rows of a changed row"
        yield table.problem((*place, "dirty"), text)
        return
    inputs = {other.name for other in table.model.inputs}
    for index, name in enumerate(item.through):
        if name not in inputs:
            text = f"'{name}' is no input of '{table.model.table}'; add it there"
            yield table.problem((*place, "through", index), text)
    for name in dict.fromkeys((item.name, *item.through)):
        columns = _columns_of(scope, name)
        if columns and item.key not in columns:
            text = f"no column '{item.key}' in '{name}'; {did_you_mean(item.key, columns)}"
            yield table.problem((*place, "key"), text)


def _read_column_problems(scope: Scope, table: Sourced[Table], position: int) -> Iterator[Problem]:
    """`columns` are the input's own, its key among them; an entity with history is read whole."""
    item = table.model.inputs[position]
    place: KeyPath = ("inputs", position, "columns")
    entity = scope.entities.get(item.name)
    if item.dirty not in ("key", "partition") or item.key is None or (entity and entity.model.history):
        yield table.problem(place, "is for inputs with a `key:` and without a history; remove it")
        return
    known = set(entity.model.cleansed_columns) if entity else _columns_of(scope, item.name)
    for index, name in enumerate(item.columns):
        if known and name not in known:
            yield table.problem((*place, index), f"no column '{name}' in '{item.name}'; {did_you_mean(name, known)}")
    if item.key not in item.columns:
        yield table.problem(place, f"lacks the key; add '{item.key}'")


def _requirement_problems(scope: Scope, table: Sourced[Table], position: int) -> Iterator[Problem]:
    """What only some shops have can be read only by tables that only these shops have."""
    item = table.model.inputs[position]
    read = scope.tables.get(item.name)
    missing = sorted(set(read.model.requires) - set(table.model.requires)) if read else []
    if read and item.optional and not missing:
        text = f"every shop that has '{table.model.table}' has '{item.name}'; remove `optional:`"
        yield table.problem(("inputs", position, "optional"), text)
    if read and missing and not item.optional:
        text = f"'{read.model.table}' is only in shops with {', '.join(missing)}; add that to `requires:`"
        yield table.problem(("inputs", position, "name"), text)


def _columns_of(scope: Scope, name: str) -> set[str]:
    """The columns of an entity or table; none where it is unknown, which is reported elsewhere."""
    if name in scope.entities:
        return known_columns(scope.entities[name].model)
    return set(scope.tables[name].model.column_names) if name in scope.tables else set()


def _is_by_month(scope: Scope, name: str) -> bool:
    """Whether the input is partitioned by month; unknown inputs are reported elsewhere."""
    if name in scope.entities:
        return scope.entities[name].model.event_month is not None
    return name not in scope.tables or scope.tables[name].model.partition_by is not None
