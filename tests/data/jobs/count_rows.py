"""A trivial job for the launcher's tests: counts rows, asks an executor for its Python path, prints one JSON line."""

import json
import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession


def executor_finds(_: int) -> str:
    """Where an executor finds the package lake, and its configuration beside it."""
    import lake

    home = Path(lake.__file__).parent.parent
    return f"{home} {(home / 'conf' / 'jars.sha256').is_file()}"


def main() -> int:
    """Returns the exit code named by --exit, else 0."""
    session = SparkSession.builder.getOrCreate()
    context = session.sparkContext
    runtime = context._jvm.java.lang.management.ManagementFactory.getRuntimeMXBean()
    answer = {
        "rows": session.range(1000).count(),
        "python": sys.executable,
        "cwd": str(Path.cwd()),
        "arguments": sys.argv[1:],
        "master": context.master,
        "conf": dict(context.getConf().getAll()),
        "jvm": list(runtime.getInputArguments()),
        "executors": sorted(set(context.parallelize(range(2), 2).map(executor_finds).collect())),
        "load": os.environ["LAKE_LOAD"],
    }
    session.stop()
    print(json.dumps(answer))
    return int(sys.argv[sys.argv.index("--exit") + 1]) if "--exit" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
