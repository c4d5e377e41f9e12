"""A shop's landing and databases compared with its feeds: sources that no feed reads, feeds whose source is gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from lake.contracts.catalogue import Catalogue
from lake.contracts.feed import Feed
from lake.contracts.file_patterns import can_match_one_file
from lake.contracts.onboarding.scaffold import column_name, landing_path
from lake.contracts.onboarding.scaffold_tables import feeds_of
from lake.contracts.paths import DATE, LandingPattern
from lake.contracts.patterns import JDBC_TABLE
from lake.contracts.source import JdbcFormat, SqliteFormat
from lake.contracts.unclaimed import unclaimed

TEXTS = re.compile(r"(?i)\.(csv|tsv|txt|json|jsonl|ndjson)(\.gz|\.bz2)?$")
DATABASES = re.compile(r"(?i)\.(sqlite3?|db)$")
PACKED = re.compile(r"(?i)\.(gz|bz2)$")
ENDINGS = re.compile(r"(?i)(\.[a-z0-9]{1,8})+$")

Tables = Callable[[str], Sequence[str] | None]
"""The tables of a SQLite file by its name below landing; None for a file that is none."""


@dataclass(frozen=True)
class Missing:
    """A file (the newest of its kind), or a table of one or of a connection, that no feed reads; the name proposed."""

    feed: str
    source: str
    table: str = ""
    connection: str = ""

    def text(self) -> str:
        """For people, on one line."""
        place = f"table {self.table} of {self.connection or self.source}" if self.table else self.source
        return f"{place}: no feed reads it; proposed: {self.feed}"


@dataclass
class Comparison:
    """What differs. `gone`: feed -> why, where a table is not there; `absent`: the same, where no file is there now."""

    missing: list[Missing] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    """Files of which no feed can be proposed, and why."""


def compare_landing(names: Sequence[str], catalogue: Catalogue, tables: Tables) -> Comparison:
    """Compare the names of all files below landing, and the tables of the newest database files, with the feeds."""
    found = Comparison()
    taken = set(catalogue.all_feeds)
    feeds = [feed for feed in catalogue.feeds.values() if not feed.is_pulled]
    for feed in feeds:
        if newest(names, feed.path) is None:
            found.absent[feed.feed] = f"no file in landing matches {feed.path}"
    known = catalogue.all_feeds.values()
    for path in dict.fromkeys(feed.path for feed in known if isinstance(feed.format, SqliteFormat)):
        name = None if PACKED.search(path) else newest(names, path)
        present = tables(name) if name else None
        if name and present is None:
            found.strays.append(f"{name}: cannot be read as SQLite; run ingest to see why")
        elif name and present is not None:
            _compare_tables(name, path, present, catalogue, taken, found)
    for path, name in _kinds(unclaimed(names, catalogue)).items():
        _propose(path, name, feeds, catalogue, tables, taken, found)
    return found


def compare_connection(
    connection: str, present: Iterable[str], catalogue: Catalogue, proposed: Iterable[str] = ()
) -> Comparison:
    """Compare the tables of one of the shop's databases, each `schema.table` or `table`, with the feeds.

    `proposed`: names that were given to other new feeds.
    """
    found, tables = Comparison(), sorted(present)
    taken = {*catalogue.all_feeds, *proposed}
    forms = {f.feed: f.format for f in catalogue.all_feeds.values() if isinstance(f.format, JdbcFormat)}
    named = {_short(form.table) for form in forms.values() if form.connection == connection}
    for table in tables:
        if _short(table) in named or _is_ignored(f"{connection}#{table}", catalogue):
            continue
        if not re.fullmatch(JDBC_TABLE, table):
            found.strays.append(f"{connection}#{table}: a feed cannot spell its name; pull a view of it")
        else:
            name = _free(column_name(table.rpartition(".")[2]), taken)
            found.missing.append(Missing(name, connection, table, connection))
    known = {_short(table) for table in tables}
    for feed, form in forms.items():
        if form.connection == connection and _short(form.table) not in known and feed in catalogue.feeds:
            found.gone[feed] = f"{connection} has no table {form.table}"
    return found


def newest(names: Iterable[str], path: str) -> str | None:
    """The name that matches the pattern and has the latest date, then the greatest name; None where none matches."""
    pattern = LandingPattern(path)
    matching = [(str(pattern.date_of(name) or ""), name) for name in names if pattern.matches(name)]
    return max(matching)[1] if matching else None


def _compare_tables(
    name: str, path: str, present: Sequence[str], catalogue: Catalogue, taken: set[str], found: Comparison
) -> None:
    used = set[str]()
    for feed in catalogue.all_feeds.values():
        if isinstance(feed.format, SqliteFormat) and feed.path == path:
            used |= {feed.format.table, *_key_tables(feed)}
            if feed.format.table not in present and feed.feed in catalogue.feeds:
                found.gone[feed.feed] = f"{name} has no table {feed.format.table}"
    for table in feeds_of(present):
        if table not in used and not _is_ignored(f"{name}#{table}", catalogue):
            found.missing.append(Missing(_free(column_name(table), taken), name, table))


def _propose(
    path: str, name: str, feeds: Sequence[Feed], catalogue: Catalogue, tables: Tables, taken: set[str],
    found: Comparison,
) -> None:  # fmt: skip
    """Feeds for files like this one, or why there are none."""
    if set(name) & set("*?{}\\"):
        found.strays.append(f"{name}: a `path` cannot spell its name; rename it, or list it in `ignored:`")
    elif not LandingPattern(path).matches(name):
        found.strays.append(f"{name}: there is no such date; mend its name")
    elif near := [feed for feed in feeds if can_match_one_file(path, feed.path)]:
        found.strays.append(f"{name}: nearly a file of feed {near[0].feed} ({near[0].path}); mend its name")
    elif DATABASES.search(name):
        present = tables(name)
        if present is None:
            found.strays.append(f"{name}: is called like a database, but is no SQLite file")
        for table in feeds_of(present or ()):
            if not _is_ignored(f"{name}#{table}", catalogue):
                found.missing.append(Missing(_free(column_name(table), taken), name, table))
    elif TEXTS.search(name):
        found.missing.append(Missing(_free(_feed_name(path), taken), name))
    else:
        found.strays.append(f"{name}: its kind is not known by its name; add a feed by hand or list it in `ignored:`")


def _kinds(names: Iterable[str]) -> dict[str, str]:
    """Proposed `path` -> the greatest name of that kind."""
    return {landing_path(name): name for name in sorted(names)}


def _feed_name(path: str) -> str:
    """What is left of a pattern without its date and endings; else its folder's name."""
    *folders, last = path.split("/")
    words = [ENDINGS.sub("", DATE.sub("", last)), *reversed(folders)]
    return next((column_name(word) for word in words if re.search("[A-Za-z0-9]", word)), "files")


def _free(name: str, taken: set[str]) -> str:
    free = next(one for one in chain([name], (f"{name}_{n}" for n in count(2))) if one not in taken)
    taken.add(free)
    return free


def _key_tables(feed: Feed) -> list[str]:
    scope = feed.keys.scope if feed.keys else None
    return [*([feed.keys.table] if feed.keys else []), *([scope.table] if scope else [])]


def _is_ignored(name: str, catalogue: Catalogue) -> bool:
    return any(LandingPattern(pattern).matches(name) for pattern in catalogue.shop.ignored)


def _short(table: str) -> str:
    """The table as it is compared: without the schema that a feed need not name, and without regard to case."""
    return table.lower().removeprefix("public.")
