"""spark-submit job: the whole way, from landing to a release in Hive, for one shop."""

from argparse import Namespace

from lake.arguments import exit_with, job_parser
from lake.errors import SourceError
from lake.pipelines.pipeline import run_pipeline
from lake.pipelines.run import opened


def main(arguments: Namespace) -> None:
    """Ingest, cleanse, curate and publish what is new; print the month's key figures."""
    with opened("run_pipeline", arguments, catalog="hive") as run:
        text, refused = run_pipeline(run)
        print(text)
        if refused:
            raise SourceError("published without these files, ask the sender:\n" + "\n".join(refused))


if __name__ == "__main__":
    exit_with(main, job_parser("run_pipeline", "Landing to Hive: ingest, cleanse, curate and publish what is new."))
