"""What tests/bench/measure.py counts, against a process that stops once it has taken half a CPU-second."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bench.measure import PROJECT

BURN = "import time\nwhile time.process_time() < 0.5: pass"
MEASURE = """
import sys
from pathlib import Path
from tests.bench.measure import cost_of
print(cost_of(sys.argv[1:], Path(".")).cpu)
"""


@pytest.mark.parametrize("tail", ["", " > /dev/null 2>&1 &"])
def test_what_outlives_its_parent_is_counted(tail: str) -> None:
    shell = f"\"{sys.executable}\" -c '{BURN}'{tail}"
    command = [sys.executable, "-c", MEASURE, "sh", "-c", shell]
    measured = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert float(measured.stdout) >= 0.5
