"""Checks of curated tables: columns that keys and layout name, foreign keys, inputs and their order."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.lint.scope import Scope
from lake.contracts.problems import Problem
from lake.contracts.table import Table


def table_problems(scope: Scope) -> Iterator[Problem]:
    """The problems of all tables."""
    yield from cycle_problems(scope)


def cycle_problems(scope: Scope) -> Iterator[Problem]:
    """Tables that read each other in a circle; the first table of the circle is named."""
    tables = {name: found.model for name, found in scope.tables.items()}
    left = set(tables) - set(in_dependency_order(tables))
    while left:
        circle = _circle(tables, min(left), left)
        first = scope.tables[circle[0]]
        inputs = [item.name for item in first.model.inputs]
        text = f"tables read each other in a circle: {' -> '.join([*circle, circle[0]])}; remove one of these inputs"
        yield first.problem(("inputs", inputs.index([*circle, circle[0]][1]), "name"), text)
        left -= set(circle)
        left = {name for name in left if _circle(tables, name, left)}


def _circle(tables: dict[str, Table], start: str, left: set[str]) -> list[str]:
    """The tables on a circle reached from `start`, or nothing."""
    path = [start]
    while True:
        following = [item.name for item in tables[path[-1]].inputs if item.name in left]
        if not following:
            return []
        if following[0] in path:
            return path[path.index(following[0]) :]
        path.append(following[0])


def in_dependency_order(tables: dict[str, Table]) -> dict[str, Table]:
    """The tables by name, each after those that it reads; tables on a circle are left out."""
    ordered: dict[str, Table] = {}
    waiting = dict(sorted(tables.items()))
    while waiting:
        ready = [
            name for name, table in waiting.items() if not any(item.name in waiting for item in table.inputs)
        ]
        if not ready:
            break
        ordered.update({name: waiting.pop(name) for name in ready})
    return ordered
