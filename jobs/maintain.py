"""spark-submit job: expired releases, orphan folders, compaction and VACUUM of one shop; `--plan` first."""

from argparse import Namespace

from lake.arguments import exit_with, job_parser
from lake.pipelines.maintain import maintain
from lake.pipelines.run import opened


def main(arguments: Namespace) -> None:
    """Do the housekeeping, or say what it would be."""
    with opened("maintain", arguments, catalog="hive") as run:
        print(maintain(run).text())


if __name__ == "__main__":
    exit_with(main, job_parser("maintain", "Expired releases, orphan folders, compaction and VACUUM."))
