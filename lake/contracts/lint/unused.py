"""Warnings about what nobody uses; they stop nothing."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.feed import Feed, Provision
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.problems import Problem
from lake.contracts.source import JdbcFormat
from lake.contracts.sql_expressions import columns_of


def unused_warnings(scope: Scope) -> Iterator[Problem]:
    """Entities that no feed of the shop provides and no table reads, and declared columns that nothing uses."""
    provided = {item.entity for feed in scope.feeds.values() for item in feed.model.provides}
    read = {item.name for table in scope.tables.values() for item in table.model.inputs}
    for name, entity in scope.entities.items():
        if name not in provided and name not in read:
            yield entity.problem(("entity",), "no feed of this shop provides it and no table reads it")
    for feed in scope.feeds.values():
        yield from _unused_columns(feed)


def _unused_columns(feed: Sourced[Feed]) -> Iterator[Problem]:
    model = feed.model
    used: set[str] = {model.version_by or "", *model.listed_columns}
    used |= _columns(model.deleted_when) | _columns(model.ignore_when)
    used |= {model.format.mark} if isinstance(model.format, JdbcFormat) else set()
    for item in model.provides:
        used |= _used_by(item)
    for position, column in enumerate(model.columns):
        if column.name not in used:
            text = f"column '{column.name}' is read and kept in raw, but nothing uses it"
            yield feed.problem(("columns", position, "name"), text)


def _used_by(item: Provision) -> set[str]:
    used = {item.explode.column} if item.explode is not None else set()
    return used.union(_columns(item.when), *map(_columns, item.columns.values()))


def _columns(expression: str | None) -> set[str]:
    try:
        return columns_of(expression) if expression is not None else set()
    except ValueError:
        return set()
