"""The `lake` command itself: its nouns, and how it leaves: an error is a message and an exit code."""

from __future__ import annotations

import importlib
import sys
from typing import NoReturn

import typer

from lake.errors import ExitCode, LakeError

NOUNS = {
    "contracts": "Check the YAML files; render schemas and diagrams.",
    "feeds": "List, show, check, add, enable, disable, remove the feeds of a shop; compare them with its sources.",
    "kpis": "Render the KPI dictionary and its sheet.",
    "ddl": "Render hive_ddl/ from the contracts.",
    "config": "Show the settings that hold.",
    "releases": "List, show, roll back and resume published releases.",
    "runs": "List and show runs.",
    "quarantine": "List, show and replay refused rows.",
    "deliveries": "List, accept and withdraw deliveries.",
    "audit": "Recount from raw and compare.",
}
"""Noun: its help. Each is a module here with `app = typer.Typer()`."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="halles: an e-commerce lakehouse on plain Apache Spark.",
)


@app.command()
def doctor() -> None:
    """Check what this machine needs: Java, packages, jars, rights, disk."""
    from lake.doctor import main as check

    raise typer.Exit(check())


def add_nouns() -> None:
    """Register the nouns' modules."""
    for noun, text in NOUNS.items():
        app.add_typer(importlib.import_module(f"lake.cli.{noun}").app, name=noun, help=text, no_args_is_help=True)


def main() -> None:
    """Run the command; a LakeError is its message on stderr and its exit code, never a stack trace."""
    add_nouns()
    try:
        app()
    except LakeError as error:
        _refuse(error)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(int(ExitCode.DONE))
    except Exception as error:
        from lake.io.java_errors import explained  # here, so that help needs no py4j

        known = explained(error)
        if known is None:
            raise
        _refuse(known)


def _refuse(error: LakeError) -> NoReturn:
    print(error, file=sys.stderr)
    sys.exit(int(error.exit_code))
