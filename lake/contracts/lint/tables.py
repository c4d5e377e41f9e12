"""Checks of curated tables: columns that keys and layout name, inputs and their order."""

from __future__ import annotations

from collections.abc import Container, Iterator

from lake.contracts.lint.column_names import column_problems
from lake.contracts.lint.provisions import known_columns
from lake.contracts.lint.rules import rule_problems
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.problems import KeyPath, Problem, did_you_mean
from lake.contracts.table import Table


def table_problems(scope: Scope) -> Iterator[Problem]:
    """The problems of all tables, foreign keys and SQL aside."""
    for table in scope.tables.values():
        yield from column_problems(table, table.model.columns)
        yield from _name_problems(table, scope.tables)
        yield from _layout_problems(table)
        yield from _input_problems(scope, table)
        yield from rule_problems(table, (), table.model.expectations, set(table.model.column_names))
    yield from cycle_problems(scope)


def _name_problems(table: Sourced[Table], taken: Container[str]) -> Iterator[Problem]:
    model = table.model
    prefix = {"dimension": "dim_", "fact": "fct_", "mart": ""}[model.kind]
    if not model.table.startswith(prefix):
        yield table.problem(("table",), f"a {model.kind} is named {prefix}...; rename '{model.table}' and its file")
    if model.kind == "mart" and model.table.startswith(("dim_", "fct_")):
        yield table.problem(("table",), "a mart is named by what it answers, such as sales_by_month; rename it")
    for position, alias in enumerate(model.aliases):
        if alias in taken:
            yield table.problem(("aliases", position), f"'{alias}' is the name of a table; choose another one")
    if model.unknown_member and model.kind != "dimension":
        yield table.problem(("unknown_member",), f"is for dimensions; a {model.kind} has no unknown member: remove it")


def _column_names(model: Table) -> Iterator[tuple[KeyPath, str]]:
    """Every place where the contract names a column of its own."""
    for position, name in enumerate(model.key):
        yield ("key", position), name
    for position, name in enumerate(model.analyze):
        yield ("analyze", position), name
    told = {item.name for item in model.inputs if item.dirty == "partition"}
    for position, item in enumerate(model.inputs):
        if item.dirty in ("partition", "version", "key"):
            is_elsewhere = bool(item.through) and told.issuperset(item.through)  # what had the key before tells itself
            options = ("moment",) if item.dirty == "key" and is_elsewhere else ("key", "moment")
            yield from ((("inputs", position, o), getattr(item, o)) for o in options if getattr(item, o))
    if model.bucket_by is not None:
        for option in ("columns", "sort"):
            for position, name in enumerate(getattr(model.bucket_by, option)):
                yield ("bucket_by", option, position), name
    for option in ("partition_by", "made_by"):
        if getattr(model, option) is not None:
            yield (option,), getattr(model, option)


def _layout_problems(table: Sourced[Table]) -> Iterator[Problem]:
    model = table.model
    types = {column.name: column.type for column in model.columns}
    for key, name in _column_names(model):
        if name not in types:
            text = f"no column '{name}' in '{model.table}'; {did_you_mean(name, types)}"
            yield table.problem(key, text)
    partition = model.partition_by
    if model.made_by and partition:
        yield table.problem(("made_by",), f"is for tables without partitions; remove it beside '{partition}'")
    if model.month is not None:
        option, month = "partition_by" if partition else "made_by", model.month
        if not month.endswith("_month"):
            yield table.problem((option,), f"'{month}' is no month; name a column ..._month")
        elif types.get(month, "string") != "string":
            yield table.problem((option,), f"'{month}' is {types[month]}; it must be a string YYYY-MM")
        elif option == "made_by" and not any(c.required for c in model.columns if c.name == month):
            yield table.problem((option,), f"'{month}' may be null; add `required: true` to it")
        if model.bucket_by is not None and partition in model.bucket_by.columns:
            yield table.problem(("bucket_by", "columns"), f"'{partition}' is the partition; bucket by another column")
    if model.kind == "fact" and partition is None:
        yield table.problem(("kind",), "a fact is partitioned by its month; add `partition_by:`")


def _input_problems(scope: Scope, table: Sourced[Table]) -> Iterator[Problem]:
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


def cycle_problems(scope: Scope) -> Iterator[Problem]:
    """Tables that read each other in a circle; each circle is named once, at its first table."""
    tables = {name: found.model for name, found in scope.tables.items()}
    left = set(tables) - set(in_dependency_order(tables))
    while left:
        circle = _circle(tables, min(left), left)
        if circle:
            first, second = circle[0], [*circle, circle[0]][1]
            inputs = [item.name for item in tables[first].inputs]
            text = f"tables read each other in a circle: {' -> '.join([*circle, first])}; remove one of these inputs"
            yield scope.tables[first].problem(("inputs", inputs.index(second), "name"), text)
        left -= set(circle) or {min(left)}


def _circle(tables: dict[str, Table], start: str, left: set[str]) -> list[str]:
    """The tables on a circle reached from `start`, the first by name first; empty where there is none."""
    path = [start]
    while True:
        following = [item.name for item in tables[path[-1]].inputs if item.name in left]
        if not following:
            return []
        if following[0] in path:
            circle = path[path.index(following[0]) :]
            turn = circle.index(min(circle))
            return circle[turn:] + circle[:turn]
        path.append(following[0])


def in_dependency_order(tables: dict[str, Table]) -> dict[str, Table]:
    """The tables by name, each after those that it reads; tables on (or behind) a circle are left out."""
    ordered: dict[str, Table] = {}
    waiting = dict(sorted(tables.items()))
    while waiting:
        ready = [name for name, table in waiting.items() if not any(item.name in waiting for item in table.inputs)]
        if not ready:
            break
        ordered.update({name: waiting.pop(name) for name in ready})
    return ordered
