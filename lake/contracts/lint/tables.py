"""Checks of curated tables: columns that keys and layout name, and the order of tables that read each other."""

from __future__ import annotations

from collections.abc import Container, Iterator

from lake.contracts.lint.column_names import column_problems
from lake.contracts.lint.rules import rule_problems
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.lint.table_inputs import input_problems
from lake.contracts.problems import KeyPath, Problem, did_you_mean
from lake.contracts.table import Table


def table_problems(scope: Scope) -> Iterator[Problem]:
    """The problems of all tables, foreign keys and SQL aside."""
    for table in scope.tables.values():
        yield from column_problems(table, table.model.columns)
        yield from _name_problems(table, scope.tables)
        yield from _layout_problems(table)
        yield from input_problems(scope, table)
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
    if model.row_key is not None:
        yield from _row_key_problems(table, model.row_key)
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


def _row_key_problems(table: Sourced[Table], name: str) -> Iterator[Problem]:
    """Rows of a table with partitions are made by a key that each has, and that one of the inputs tells."""
    model = table.model
    if name == model.partition_by:
        yield table.problem(("made_by",), f"'{name}' is the partition; remove it, or name a key such as order_id")
    elif not any(column.required for column in model.columns if column.name == name):
        yield table.problem(("made_by",), f"'{name}' may be null; add `required: true` to it")
    elif all(item.key != name for item in model.inputs):
        yield table.problem(("made_by",), f"no input has `key: {name}`; add it to those that rows are made of")


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
