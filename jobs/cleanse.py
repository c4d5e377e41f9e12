"""spark-submit job: raw to cleansed and quarantine, for one shop."""

from argparse import Namespace

from lake.arguments import exit_with, job_parser
from lake.errors import QualityGateError
from lake.pipelines.cleanse import cleanse
from lake.pipelines.run import opened


def main(arguments: Namespace) -> None:
    """Cleanse what changed."""
    with opened("cleanse", arguments) as run:
        report = cleanse(run)
        if report.blocked:
            raise QualityGateError("\n".join(report.blocked))


if __name__ == "__main__":
    exit_with(main, job_parser("cleanse", "Raw to cleansed: typed entities, quarantine and balances."))
