"""How names and texts stand in HiveQL: quoting that Spark and Hive read alike."""

from __future__ import annotations

import re

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f;]|\$\{")
"""Control characters, and what clients and engines look for inside of quotes too (`;`, variables)."""

RESERVED = frozenset(
    """all alter and any array as authorization between bigint binary boolean both by case cast char check column
    constraint create cross cube current current_date current_time current_timestamp current_user cursor database
    date day decimal default delete describe distinct double drop else end exists external extract false fetch
    filter float following for foreign from full function grant group grouping having hour if import in inner
    insert int integer intersect interval into is join lateral leading left like local localtime map minute minus
    month more natural not null of on only or order outer overlaps partition percent position preceding primary
    procedure range rank reads references revoke right rollup row rows second select session_user set smallint
    some start table tablesample then time timestamp to trailing trigger true truncate unbounded union unique
    unknown update user using values varchar view when where window with within year""".split()  # noqa: SIM905
)
"""Words that Spark (ANSI) or Hive reserves: quoted where they name a column."""


def identifier(name: str) -> str:
    """A name as it stands in HiveQL, in backticks where it is a reserved word; ValueError where it is no name."""
    if not IDENTIFIER.fullmatch(name):
        raise ValueError(f"'{name}' is no name; use letters, digits and underscores")
    return f"`{name}`" if name.lower() in RESERVED else name


def escaped(text: str) -> str:
    """A text as it stands between single quotes; ValueError for control characters, `;` and `${`."""
    if found := FORBIDDEN.search(text):
        raise ValueError(f"'{text}' holds {found.group()!r}, which a statement cannot carry; choose another name")
    return text.replace("\\", "\\\\").replace("'", "\\'")


def comment(text: str) -> str:
    """A description as a quoted literal: one line, without what no statement can carry."""
    line = " ".join(text.split()).replace(";", ",").replace("${", "$ {")
    return f"'{escaped(line)}'"
