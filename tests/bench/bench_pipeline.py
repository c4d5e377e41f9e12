"""The whole main job: cold, again with nothing new, and with one added day, as ratios in one run.

    .venv/bin/python tests/bench/bench_pipeline.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measure import Cost, cost_of, project_copy

JOB = ["scripts/spark_submit.sh", "jobs/run_pipeline.py", "--shop", "online_retail", "--quiet"]
LAST_DAY = "2010-12-23.csv"


def main() -> None:
    """Measure and print one line a run."""
    with tempfile.TemporaryDirectory() as folder:
        copy = project_copy(Path(folder))
        landing = copy / "tests/data/landing/online_retail"
        kept = (landing / LAST_DAY).read_bytes()
        (landing / LAST_DAY).unlink()
        command = [*JOB, "--root", f"{folder}/lake"]
        costs: dict[str, Cost] = {"cold, 19 days": cost_of(command, copy), "nothing new": cost_of(command, copy)}
        (landing / LAST_DAY).write_bytes(kept)
        costs["one added day"] = cost_of(command, copy)
        first = costs["cold, 19 days"]
        for name, cost in costs.items():
            ratio = cost.cpu / first.cpu
            print(f"{name:<16} cpu {cost.cpu:6.1f} s  wall {cost.wall:6.1f} s  {ratio:5.2f} of the first")


if __name__ == "__main__":
    main()
