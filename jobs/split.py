"""spark-submit job: one flat sales extract becomes a JSON part, a database part and a CSV part."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from lake.arguments import exit_with
from lake.errors import NoInputError
from lake.generator.splitter import PARTS, Described
from lake.pipelines.split import split_extract


def main(arguments: Namespace) -> None:
    """Split, and say how many records went where."""
    extract = Path(arguments.extract)
    if not extract.is_file():
        raise NoInputError(f"no file {extract}")
    entities = [Described.parsed(text) for text in arguments.entity]
    tables = split_extract(
        extract,
        arguments.seed,
        entities,
        Path(arguments.to),
        arguments.database,
        arguments.user,
        arguments.password_env,
    )
    for table in tables:
        print(f"{table.name}: " + ", ".join(f"{len(table.of(part))} {part}" for part in PARTS))


def parser() -> ArgumentParser:
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


if __name__ == "__main__":
    exit_with(main, parser())
