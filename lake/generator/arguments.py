"""The command lines of jobs/generate.py and jobs/split.py."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date


def generate_parser() -> ArgumentParser:
    """The options; `--help` shows them."""
    found = ArgumentParser(prog="jobs/generate.py", description="The demo shop's files and the ledger of their truth.")
    found.add_argument("--shop", default="demo", help="a folder under conf/shops, for its landing")
    found.add_argument("--seed", type=int, default=7)
    found.add_argument(
        "--epoch", type=date.fromisoformat, default=date(2024, 1, 1), help="first day of the shop's life"
    )
    found.add_argument("--from", dest="first_date", type=date.fromisoformat, metavar="DATE", help="default: the epoch")
    found.add_argument("--days", type=int, default=180)
    found.add_argument("--orders-per-day", type=int, default=200, help="mean of an ordinary day in the beginning")
    found.add_argument("--key-window-days", type=int, default=400, help="days of orders that the key lists name")
    found.add_argument("--landing", metavar="DIR", help="default: the shop's")
    found.add_argument(
        "--as", dest="form", choices=("sources", "csv"), default="sources", help="csv: five flat extracts"
    )
    return found


def split_parser() -> ArgumentParser:
    """The options; `--help` shows them."""
    found = ArgumentParser(prog="jobs/split.py", description="One flat extract into a JSON, a database and a CSV part.")
    found.add_argument("--extract", required=True, metavar="FILE", help="CSV with a header, UTF-8")
    found.add_argument("--to", required=True, metavar="DIR", help="where json/, csv/ and the SQLite file go")
    found.add_argument("--seed", type=int, default=7)
    found.add_argument(
        "--entity", action="append", default=[], metavar="NAME=KEY:COLUMN,...", help="columns that depend on a key"
    )
    found.add_argument("--database", metavar="JDBC_URL", help="instead of the SQLite file; its tables are replaced")
    found.add_argument("--user", default="halles", help="of the database")
    found.add_argument("--password-env", default="LAKE_SPLIT_PASSWORD", help="the variable that holds the password")
    return found
