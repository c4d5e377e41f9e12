"""spark-submit job: landing to raw, for one shop."""

from argparse import Namespace

from lake.arguments import exit_with, job_parser
from lake.errors import SourceError
from lake.pipelines.ingest import ingest
from lake.pipelines.run import opened


def main(arguments: Namespace) -> None:
    """Read what is new in landing."""
    with opened("ingest", arguments) as run:
        report = ingest(run)
        if report.refused:
            raise SourceError("refused, ask the sender for:\n" + "\n".join(report.refused))


if __name__ == "__main__":
    exit_with(main, job_parser("ingest", "Landing to raw: new files become deliveries."))
