"""Warnings about texts in mappings that are no words of their column."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.lint.scope import Scope
from lake.contracts.problems import Problem, did_you_mean
from lake.contracts.sql_expressions import ExpressionSyntaxError, literal_results


def word_warnings(scope: Scope) -> Iterator[Problem]:
    """Literals that a mapping gives to a column with `allowed:` words, and that are none of them."""
    for feed in scope.feeds.values():
        for position, item in enumerate(feed.model.provides):
            entity = scope.entities.get(item.entity)
            for column in entity.model.columns if entity is not None else ():
                if not column.allowed or column.name not in item.columns:
                    continue
                for word in _literals(item.columns[column.name]):
                    if word not in column.allowed:
                        near = next((known for known in column.allowed if known == word.lower()), "")
                        mend = f"did you mean '{near}'?" if near else did_you_mean(word, column.allowed)
                        text = f"'{word}' is no word of {item.entity}.{column.name}; {mend}"
                        yield feed.problem(("provides", position, "columns", column.name), text)


def _literals(expression: str) -> list[str]:
    try:
        return literal_results(expression)
    except ExpressionSyntaxError:  # said of the expression
        return []
