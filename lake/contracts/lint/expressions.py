"""Which columns an expression of a feed may use, and the problems of one expression at its place."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.feed import Feed, FeedColumn, Provision
from lake.contracts.lint.scope import Sourced
from lake.contracts.paths import LandingPattern
from lake.contracts.problems import KeyPath, Problem
from lake.contracts.sql_expressions import expression_problems, no_truth

FILE_COLUMNS = ("file_date", "file_name")
"""What every expression of a feed may use beside the columns: the date in the file's name, and the name."""


def expression_findings(
    feed: Sourced[Feed], key: KeyPath, expression: str, model: Feed, item: Provision | None = None
) -> Iterator[Problem]:
    """The problems of an expression over the feed's record, or over the element of `item.explode`."""
    columns = usable_columns(model, item)
    integers = {column.name for column in columns if column.type == "integer"}
    names = {column.name for column in columns} | {"file_name"}
    if LandingPattern(model.path).has_date:
        names.add("file_date")
    for text in expression_problems(expression, names, integers):
        wrong = text
        if text.startswith("no column 'file_date'"):
            wrong = "`file_date` is the {date} of the path, and this path has none; add it to the path"
        yield feed.problem(key, wrong)


def predicate_findings(
    feed: Sourced[Feed], key: KeyPath, expression: str, model: Feed, item: Provision | None = None
) -> Iterator[Problem]:
    """The problems of an expression that says yes or no of a record."""
    found = list(expression_findings(feed, key, expression, model, item))
    yield from found
    booleans = {column.name for column in usable_columns(model, item) if column.type == "boolean"}
    if not found and (wrong := no_truth(expression, booleans)):
        yield feed.problem(key, wrong)


def usable_columns(model: Feed, item: Provision | None) -> list[FeedColumn]:
    """The record's columns, and those of the exploded element."""
    return [*model.columns, *(item.explode.columns if item is not None and item.explode is not None else [])]
