"""Warnings about rows that outlive the record they came from."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.lint.scope import Scope
from lake.contracts.problems import Problem
from lake.contracts.record_parts import conditional_items, conditional_parts
from lake.contracts.sql_expressions import ExpressionSyntaxError


def part_warnings(scope: Scope) -> Iterator[Problem]:
    """Items with `when:` of `upsert` feeds in which the versions of a record cannot be known."""
    entities = {name: entity.model for name, entity in scope.entities.items()}
    for feed in scope.feeds.values():
        try:
            parts = conditional_parts(feed.model, entities)
        except ExpressionSyntaxError:  # said of the expression
            continue
        for item in conditional_items(feed.model, entities):
            if any(item is part for part in parts):
                continue
            text = (
                f"upsert with when: on {item.entity}: a newer version that the item no longer takes leaves the older "
                "row standing; make its key and that of an item with a `route:` out of columns that name the record, "
                "or take such records too and name them in `deleted_when:`"
            )
            yield feed.problem(("provides", feed.model.provides.index(item), "when"), text)
