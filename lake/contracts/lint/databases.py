"""Checks of feeds that are pulled from a database: connection, key, mark, and what only files have."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.feed import Feed
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.problems import KeyPath, Problem, did_you_mean
from lake.contracts.source import JdbcFormat
from lake.names import LoadKind


def database_problems(scope: Scope, feed: Sourced[Feed]) -> Iterator[Problem]:
    """The problems of a feed's `kind: jdbc`."""
    model, form = feed.model, feed.model.format
    if not isinstance(form, JdbcFormat):
        return
    known = scope.shop.model.connections if scope.shop is not None else {}
    if scope.shop is not None and form.connection not in known:
        text = f"no connection '{form.connection}' in shop.yaml; {did_you_mean(form.connection, known)}"
        yield feed.problem(("format", "connection"), text)
    named: list[tuple[KeyPath, str]] = [(("format", "key", i), name) for i, name in enumerate(form.key)]
    for key, name in [*named, (("format", "mark"), form.mark)]:
        if name not in model.column_names:
            yield feed.problem(key, f"no column '{name}'; {did_you_mean(name, model.column_names)}")
    if model.load is not LoadKind.UPSERT:
        text = "an extract holds what changed; declare `load: upsert`"
        yield feed.problem(("load",), text)
    for name in ("path", "completeness", "keys", "unknown_columns"):
        if name in model.model_fields_set:
            yield feed.problem((name,), "is for files; an extract of a database has none: remove it")
