"""spark-submit job: one flat sales extract becomes a JSON part, a database part and a CSV part."""

from argparse import Namespace
from pathlib import Path

from lake.arguments import exit_with
from lake.errors import NoInputError
from lake.generator.arguments import split_parser
from lake.generator.splitter import PARTS, Described
from lake.pipelines.split import split_extract


def main(arguments: Namespace) -> None:
    """Split, and say how many records went where."""
    extract = Path(arguments.extract)
    if not extract.is_file():
        raise NoInputError(f"no file {extract}; give the path of a CSV file with a header")
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


if __name__ == "__main__":
    exit_with(main, split_parser())
