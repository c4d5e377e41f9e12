"""Checks of one feed without its mappings: path, format, number style, completeness, ordering column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lake.contracts.feed import Feed
from lake.contracts.file_patterns import PathPatternError, tokens
from lake.contracts.lint.databases import database_problems
from lake.contracts.lint.expressions import predicate_findings
from lake.contracts.lint.key_lists import key_list_problems
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.lint.shops import zone_problem
from lake.contracts.lint.source_columns import JSON_PATH, source_column_problems
from lake.contracts.paths import LandingPattern
from lake.contracts.problems import Problem, did_you_mean
from lake.contracts.source import JsonFormat, TextFormat
from lake.names import LoadKind


def feed_problems(scope: Scope) -> Iterator[Problem]:
    """The problems of all feeds, mappings aside."""
    for feed in scope.feeds.values():
        yield from _care_problems(feed)
        yield from _path_problems(feed)
        yield from _format_problems(feed)
        yield from source_column_problems(feed)
        yield from _row_problems(feed)
        yield from key_list_problems(scope, feed)
        yield from database_problems(scope, feed)


def _care_problems(feed: Sourced[Feed]) -> Iterator[Problem]:
    """Who answers for the feed, and how long raw keeps what is current no more."""
    model = feed.model
    if "owner" in model.model_fields_set and not model.owner.strip():
        yield feed.problem(("owner",), "is empty; name the team or role that answers for the feed, or remove it")
    if model.retention_days is not None and model.is_pulled:
        text = "has no effect: every extract of a database stays current; remove it"
        yield feed.problem(("retention_days",), text)


def _path_problems(feed: Sourced[Feed]) -> Iterator[Problem]:
    model = feed.model
    if model.is_pulled:
        return
    if "path" not in model.model_fields_set:
        yield feed.problem(("path",), "is missing; add it")
        return
    try:
        tokens(model.path)
    except PathPatternError as error:
        yield feed.problem(("path",), f"'{model.path}': {error}")
        return
    pattern = LandingPattern(model.path)
    has_date = pattern.has_date
    if model.load is LoadKind.SNAPSHOT and not has_date and pattern.has_wildcard:
        yield feed.problem(("path",), "a snapshot needs its date to know which is newer; put {date} into the path")
    if model.completeness.expected != "none" and not has_date:
        yield feed.problem(("completeness", "expected"), "days are expected, but the path has no {date}; add it")
    elif model.completeness.expected != "none" and not pattern.has_day:
        yield feed.problem(("completeness", "expected"), "days are expected, but the path names none; remove it")
    if model.completeness.rule == "settled" and model.completeness.suffix:
        yield feed.problem(("completeness", "suffix"), "is for `rule: marker` and `manifest`; remove it or the rule")


def _format_problems(feed: Sourced[Feed]) -> Iterator[Problem]:
    match feed.model.format:
        case JsonFormat() as json:
            if json.layout == "lines" and json.records:
                text = "is for `layout: document`; with lines each line is one record: remove it"
                yield feed.problem(("format", "records"), text)
            elif json.records and not JSON_PATH.fullmatch(json.records):
                yield feed.problem(("format", "records"), f"'{json.records}' is no JSON path; join names by dots")
        case TextFormat(pattern=pattern):
            if not re.compile(pattern).groupindex:
                text = "has no named group; write (?P<name>...) for each column"
                yield feed.problem(("format", "pattern"), text)
    numbers = feed.model.numbers
    if numbers.decimal == numbers.thousands:
        yield feed.problem(("numbers", "thousands"), "is the decimal mark too; one of them is wrong")


def _row_problems(feed: Sourced[Feed]) -> Iterator[Problem]:
    model = feed.model
    if model.time_zone is not None and (wrong := zone_problem(model.time_zone)):
        yield feed.problem(("time_zone",), wrong)
    if model.version_by is not None and model.version_by not in model.column_names:
        text = f"no column '{model.version_by}'; {did_you_mean(model.version_by, model.column_names)}"
        yield feed.problem(("version_by",), text)
    for key, expression in (("deleted_when", model.deleted_when), ("ignore_when", model.ignore_when)):
        if expression is not None:
            yield from predicate_findings(feed, (key,), expression, model)
