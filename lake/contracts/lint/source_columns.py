"""Checks of a feed's declared columns: names, options that fit the type, date patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lake.contracts.feed import Feed, FeedColumn
from lake.contracts.lint.expressions import FILE_COLUMNS
from lake.contracts.lint.scope import Sourced
from lake.contracts.lint.shops import zone_problem
from lake.contracts.problems import KeyPath, Problem, did_you_mean
from lake.contracts.source import DelimitedFormat, JsonFormat, SqliteFormat, TextFormat

PARSABLE = set("GyMLdDahKkHmsSVzOXxZ")
"""Letters of Spark's date patterns that can be read (others can only be written)."""

OWN_PREFIX = "lake_"
QUOTED = re.compile(r"'[^']*'")
JSON_PATH = re.compile(r"[^.\s][^.]*(\.[^.\s][^.]*)*")


def source_column_problems(feed: Sourced[Feed]) -> Iterator[Problem]:
    """The problems of the feed's columns and of the columns of each `explode`."""
    columns = feed.model.columns
    yield from _repeated(feed, ("columns",), columns)
    for position, column in enumerate(columns):
        yield from _column_problems(feed, ("columns", position), column)
        yield from _source_problems(feed, ("columns", position), column)
    for item_number, item in enumerate(feed.model.provides):
        if item.explode is None:
            continue
        place = ("provides", item_number, "explode")
        yield from _explode_problems(feed, place, item.explode.column)
        yield from _repeated(feed, (*place, "columns"), item.explode.columns, {c.name for c in columns})
        for position, column in enumerate(item.explode.columns):
            yield from _column_problems(feed, (*place, "columns", position), column)


def _explode_problems(feed: Sourced[Feed], place: KeyPath, name: str) -> Iterator[Problem]:
    found = next((column for column in feed.model.columns if column.name == name), None)
    if found is None:
        text = f"no column '{name}' in feed '{feed.model.feed}'; {did_you_mean(name, feed.model.column_names)}"
        yield feed.problem((*place, "column"), text)
    elif found.type != "json":
        yield feed.problem((*place, "column"), f"column '{name}' is {found.type}; declare it with `type: json`")


def _repeated(
    feed: Sourced[Feed], place: KeyPath, columns: Iterable[FeedColumn], taken: Iterable[str] = ()
) -> Iterator[Problem]:
    names, sources = set(taken), set[str]()
    for position, column in enumerate(columns):
        if column.name in FILE_COLUMNS or column.name.startswith(OWN_PREFIX):
            text = f"'{column.name}' is a name that cleanse uses itself; rename the column (`source` keeps the field)"
            yield feed.problem((*place, position, "name"), text)
        if column.name in names:
            yield feed.problem((*place, position, "name"), f"column '{column.name}' stands twice; rename one")
        if column.source_name in sources:
            text = f"field '{column.source_name}' is read twice; remove one column"
            yield feed.problem((*place, position, "source"), text)
        names.add(column.name)
        sources.add(column.source_name)


def _column_problems(feed: Sourced[Feed], place: KeyPath, column: FeedColumn) -> Iterator[Problem]:
    is_time = column.type in ("date", "timestamp")
    if column.formats and not is_time:
        text = f"patterns are for dates and timestamps; '{column.name}' is {column.type}: remove them"
        yield feed.problem((*place, "formats"), text)
    for position, pattern in enumerate(column.formats if is_time else []):
        if wrong := pattern_problem(pattern, column.type):
            yield feed.problem((*place, "formats", position), wrong)
    if column.time_zone is not None:
        if column.type != "timestamp":
            yield feed.problem((*place, "time_zone"), f"is for timestamps; '{column.name}' is {column.type}: remove it")
        elif wrong := zone_problem(column.time_zone):
            yield feed.problem((*place, "time_zone"), wrong)
    for option, default in (("case", "keep"), ("normal_form", "none")):
        if getattr(column, option) != default and column.type not in ("string", "id"):
            yield feed.problem((*place, option), f"is for text; '{column.name}' is {column.type}: remove it")


def pattern_problem(pattern: str, kind: str) -> str | None:
    """What is wrong with a date or time pattern (Spark's datetime patterns), or None."""
    letters = set(re.sub(r"[^A-Za-z]", "", QUOTED.sub("", pattern)))
    if "%" in pattern:
        return f"'{pattern}' is written for another language; write Spark's letters, such as yyyy-MM-dd HH:mm:ss"
    if letters & {"Y", "e", "c", "u", "w", "W", "E", "F", "q", "Q"}:
        found = sorted(letters & set("YecuwWEFqQ"))[0]
        return f"'{pattern}' has '{found}', which cannot be read; use y for years, M for months, d for days"
    if letters - PARSABLE:
        return f"'{pattern}' has the unknown letter '{sorted(letters - PARSABLE)[0]}'; see Spark's datetime patterns"
    if "y" not in letters or not (({"M", "L"} & letters and "d" in letters) or "D" in letters):
        hint = "; MM are months, mm minutes" if "m" in letters and "M" not in letters else ""
        hint = "; dd are days of the month, DD days of the year" if "D" in letters else hint
        return f"'{pattern}' does not name year, month and day{hint or '; add what is missing'}"
    if "D" in letters and "M" in letters:
        return f"'{pattern}' has DD, the day of the year; write dd for the day of the month"
    if kind == "date" and letters & set("HhKkmsSa"):
        return f"'{pattern}' has a time of day, but the column is a date; declare `type: timestamp`"
    if letters & {"h", "K"} and "a" not in letters:
        return f"'{pattern}' has hours of a half day without 'a' (AM/PM); write HH"
    return None


def _source_problems(feed: Sourced[Feed], place: KeyPath, column: FeedColumn) -> Iterator[Problem]:
    """Whether the format can give the field."""
    if "storage" in column.model_fields_set and not isinstance(feed.model.format, SqliteFormat):
        yield feed.problem((*place, "storage"), "is for `kind: sqlite`; other formats have no such classes: remove it")
    match feed.model.format:
        case JsonFormat() if not JSON_PATH.fullmatch(column.source_name):
            text = f"'{column.source_name}' is no JSON path; write names joined by dots, such as customer.address.city"
            yield feed.problem((*place, "source"), text)
        case TextFormat(pattern=pattern):
            groups = re.compile(pattern).groupindex
            if column.source_name not in groups:
                text = f"the pattern has no group '{column.source_name}'; {did_you_mean(column.source_name, groups)}"
                yield feed.problem((*place, "source" if column.source else "name"), text)
        case DelimitedFormat(header=False) if column.source:
            text = "a file without header has no names; remove `source`, the columns are read in their order"
            yield feed.problem((*place, "source"), text)
