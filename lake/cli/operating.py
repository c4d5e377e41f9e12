"""What the operator's nouns share: the options that open a run on a shop, and rows on stdout."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from datetime import date

import typer

SHOP = typer.Option(..., "--shop", help="A folder under conf/shops")
ROOT = typer.Option(None, "--root", help="Root URI of all zones")
PROFILE = typer.Option(None, "--profile", help="conf/profiles/<name>.yaml")
FEED = typer.Option(None, "--feed", help="Only this feed; may be repeated")
JSON = typer.Option(False, "--json", help="A JSON array, one object a row")


def job_arguments(
    shop: str, root: str | None, profile: str | None, feed: Sequence[str] | None = None, endpoint: str | None = None
) -> Namespace:
    """What a job would have been given."""
    return Namespace(
        shop=shop, root=root, profile=profile, endpoint=endpoint, load=None, first_date=None, last_date=None,
        feed=list(feed or ()), plan=False, allow_breaking=False, quiet=True,
    )  # fmt: skip


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]], *, as_json: bool) -> None:
    """A table on a terminal; otherwise a heading and one line a row, tab separated; or JSON with real types."""
    rows = list(rows)
    if as_json:
        found = [dict(zip(columns, row, strict=True)) for row in rows]
        typer.echo(json.dumps(found, default=str, ensure_ascii=False, indent=1))
    elif sys.stdout.isatty():
        _print_table(columns, rows)
    else:
        typer.echo("\t".join(columns))
        for row in rows:
            typer.echo("\t".join(_escaped(_text(value)) for value in row))


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*[_text(value) for value in row])
    Console(markup=False, highlight=False).print(table)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date) and hasattr(value, "hour"):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)


def _escaped(text: str) -> str:
    """A value keeps to its column and line."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")
