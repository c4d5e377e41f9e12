"""The SQL of a table as text: its own SELECT and the shared views that this reads. What it means is Spark's."""

from __future__ import annotations

import re
from importlib.resources.abc import Traversable

from lake.contracts.table import KIND_FOLDERS, Table

VIEWS = "views"
"""The folder of SELECTs that several tables read; each is bound as a temporary view under its file's name."""


def model_name(table: Table) -> str:
    """The file of the table's SELECT below `lake/sql`."""
    return f"{KIND_FOLDERS[table.kind]}/{table.table}.sql"


def views_read(folder: Traversable, text: str) -> dict[str, str]:
    """Name -> SELECT of the shared views that a SELECT reads, each after those that it reads itself."""
    views = folder.joinpath(VIEWS)
    if not views.is_dir():
        return {}
    names = sorted(file.name.removesuffix(".sql") for file in views.iterdir() if file.name.endswith(".sql"))
    found: dict[str, str] = {}
    for name in names:
        if times_read(name, text):
            below = views.joinpath(f"{name}.sql").read_text(encoding="utf-8")
            found |= views_read(folder, below) | {name: below}
    return found


def times_read(name: str, text: str) -> int:
    """How often a SELECT names the table or view after `from` or `join`."""
    return len(re.findall(rf"\b(?:from|join)\s+{name}\b", text))
