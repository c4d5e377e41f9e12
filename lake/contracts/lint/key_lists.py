"""Checks of a feed's key list: that deletions can be found with it, and only the right ones."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.feed import Feed
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.paths import LandingPattern
from lake.contracts.problems import Problem, did_you_mean
from lake.contracts.source import SqliteFormat
from lake.contracts.sql_expressions import ExpressionSyntaxError, columns_of
from lake.names import LoadKind


def key_list_problems(scope: Scope, feed: Sourced[Feed]) -> Iterator[Problem]:
    """The problems of the feed's `keys`."""
    model = feed.model
    if model.listed_columns:
        yield from _mapping_problems(scope, feed, set(model.listed_columns))
    if model.keys is None or model.is_pulled:
        return
    if model.load is not LoadKind.UPSERT:
        text = f"`load: {model.load}` has no use for a key list; declare `load: upsert`, or remove it"
        yield feed.problem(("keys",), text)
    if not isinstance(model.format, SqliteFormat):
        yield feed.problem(("keys",), "a file of this format carries no second table; remove it")
    if not LandingPattern(model.path).has_date:
        yield feed.problem(("path",), "a key list judges rows of earlier dates; put {date} into the path")
    for position, name in enumerate(model.keys.columns):
        if name not in model.column_names:
            text = f"no column '{name}'; {did_you_mean(name, model.column_names)}"
            yield feed.problem(("keys", "columns", position), text)


def _mapping_problems(scope: Scope, feed: Sourced[Feed], listed: set[str]) -> Iterator[Problem]:
    """A business key must be made of the listed columns alone: a key list has no others."""
    for number, item in enumerate(feed.model.provides):
        entity = scope.entities.get(item.entity)
        if entity is None or item.route is None:
            continue
        if item.explode is not None or item.key == "content":
            text = "with `keys`, an item needs one candidate a record and a key of columns"
            yield feed.problem(("provides", number), text)
        for name in entity.model.key:
            try:
                read = columns_of(item.columns.get(name, "null"))
            except ExpressionSyntaxError:
                continue
            if read - listed:
                text = f"reads {', '.join(sorted(read - listed))}, which the key list lacks; add it there"
                yield feed.problem(("provides", number, "columns", name), text)
        plain = {item.columns.get(name, "").strip() for name in entity.model.key}
        if feed.model.keys is not None and feed.model.keys.scope is not None and not plain & listed:
            text = "with `keys.scope`, map a key column as it is: it is compared with the first key"
            yield feed.problem(("provides", number, "columns"), text)
