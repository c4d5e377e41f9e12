"""The command line that all jobs share, and how a job leaves: a LakeError is a message and an exit code."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date

from lake.errors import ExitCode, LakeError


def job_parser(job: str, description: str) -> ArgumentParser:
    """A parser with the options of every job; `--help` shows them."""
    parser = ArgumentParser(prog=f"jobs/{job}.py", description=description)
    parser.add_argument("--shop", required=True, help="a folder under conf/shops")
    parser.add_argument("--root", help="root URI of all zones (file:, hdfs:); beats LAKE_ROOT and conf/lake.yaml")
    parser.add_argument("--profile", help="conf/profiles/<name>.yaml")
    parser.add_argument("--load", choices=("short", "heavy"), help="JVM flags and settings: day's work or bulk load")
    parser.add_argument("--from", dest="first_date", type=date.fromisoformat, metavar="DATE", help="included")
    parser.add_argument("--to", dest="last_date", type=date.fromisoformat, metavar="DATE", help="included")
    parser.add_argument("--feed", action="append", help="only this feed; may be repeated")
    parser.add_argument("--plan", action="store_true", help="print what would run and why; write nothing")
    parser.add_argument("--endpoint", metavar="hive2://HOST:PORT", help="publish through this HiveServer2")
    parser.add_argument("--allow-breaking", action="store_true", help="publish changed columns or types")
    parser.add_argument("--quiet", action="store_true", help="say only problems")
    return parser


def exit_with(
    main: Callable[[Namespace], int | None], parser: ArgumentParser, argv: Sequence[str] | None = None
) -> None:
    """Run a job's main and leave with its exit code; a LakeError is one message on stderr, never a stack trace.

    So is an error by which Java or the system says what is wrong with the machine. Any other: its trace, and 1.
    """
    _reopen_stderr()
    arguments = parser.parse_args(argv)
    try:
        code = main(arguments)
    except Exception as error:
        known = error if isinstance(error, LakeError) else _explained(error)
        if known is None:
            raise
        print(f"{type(known).__name__.rstrip('_')}: {known}", file=sys.stderr)
        sys.exit(int(known.exit_code))
    sys.exit(int(code or ExitCode.DONE))


def _reopen_stderr() -> None:
    """Under spark-submit stderr is merged into stdout: take the one that scripts/spark_submit.sh names."""
    with suppress(OSError, KeyError):
        descriptor = os.open(os.environ["LAKE_STDERR"], os.O_WRONLY | os.O_APPEND)
        os.dup2(descriptor, 2)
        os.close(descriptor)


def _explained(error: Exception) -> LakeError | None:
    from lake.io.java_errors import explained  # here, so that --help needs no py4j

    return explained(error)
