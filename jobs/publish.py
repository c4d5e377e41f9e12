"""spark-submit job: curated to Hive tables, for one shop."""

from argparse import Namespace

from lake.arguments import exit_with, job_parser
from lake.pipelines.blocking import refuse_when_blocked
from lake.pipelines.publish import publish
from lake.pipelines.run import opened


def main(arguments: Namespace) -> None:
    """Publish what changed since the live release, unless something is held or refused."""
    with opened("publish", arguments, catalog="hive") as run:
        refuse_when_blocked(run)
        print(publish(run).text())


if __name__ == "__main__":
    exit_with(main, job_parser("publish", "Curated to Hive: a new release with what changed."))
