"""spark-submit job: cleansed to the star and its marts, for one shop."""

from argparse import Namespace

from lake.arguments import exit_with, job_parser
from lake.pipelines.blocking import refuse_when_blocked
from lake.pipelines.curate import curate
from lake.pipelines.run import opened


def main(arguments: Namespace) -> None:
    """Make what is dirty, unless something is held or refused."""
    with opened("curate", arguments) as run:
        refuse_when_blocked(run)
        curate(run)


if __name__ == "__main__":
    exit_with(main, job_parser("curate", "Cleansed to curated: the star and its marts."))
