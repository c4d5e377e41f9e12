"""A copy of the project with a small gift shop in its landing, whose jobs run as a user starts them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from lake.io.locks import owner_of, process_start

PROJECT = Path(__file__).resolve().parents[2]
DECEMBER = PROJECT / "tests/data/landing/online_retail"
DAYS = sorted(path.name for path in DECEMBER.glob("*.csv"))
SHOP = "online_retail"


def some_lines(name: str, first: int, count: int) -> str:
    """The header of a day and some of its lines (none of them breaks a line in quotes)."""
    header, *lines = (DECEMBER / name).read_text(encoding="utf-8").splitlines()
    return "\n".join([header, *lines[first : first + count]]) + "\n"


class ClonedShop:
    """The project in a folder of its own; `root` is where its tables go. `landing` belongs to the gift shop."""

    def __init__(self, folder: Path, shop: str = SHOP, *, marts: bool = True) -> None:
        self.project, self.landing, self.shop = folder / "project", folder / "landing", shop
        for name in ("lake", "jobs", "scripts", "conf"):
            ignored = shutil.ignore_patterns("__pycache__", *([] if marts else ["marts"]))
            shutil.copytree(PROJECT / name, self.project / name, ignore=ignored)
        for name in ("requirements.lock", "requirements.in", "pyproject.toml"):
            shutil.copy(PROJECT / name, self.project / name)
        contract = self.project / f"conf/shops/{SHOP}/shop.yaml"
        text = contract.read_text(encoding="utf-8")
        contract.write_text(text.replace("tests/data/landing/online_retail", str(self.landing)), encoding="utf-8")
        self.landing.mkdir()

    def put(self, name: str, content: str) -> None:
        """Deliver a file."""
        (self.landing / name).write_text(content, encoding="utf-8")

    def start(self, script: str, *arguments: str, root: Path, **environment: str) -> subprocess.Popen[str]:
        """One of the scripts, with the virtual environment and the jars of this test run."""
        passed = {k: v for k, v in os.environ.items() if k not in ("PYSPARK_SUBMIT_ARGS", "PYTHONPATH", "LAKE_ROOT")}
        passed |= {
            "LAKE_VENV": os.environ.get("LAKE_VENV", sys.prefix),
            "LAKE_JARS": os.environ.get("LAKE_JARS", str(PROJECT / "jars")),
            "LAKE_NO_CLASS_ARCHIVE": "1",
            "LAKE_ROOT": str(root),
        }
        return subprocess.Popen(
            [str(self.project / "scripts" / script), *arguments],
            env=passed | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start_pipeline(self, root: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """The whole pipeline, not waited for."""
        command = ("jobs/run_pipeline.py", "--shop", self.shop, "--quiet", *arguments)
        return self.start("spark_submit.sh", *command, root=root, **environment)

    def run_pipeline(self, root: Path, *arguments: str, **environment: str) -> tuple[int, str]:
        """Exit code and all that was said."""
        process = self.start_pipeline(root, *arguments, **environment)
        out, errors = process.communicate(timeout=1800)
        return process.returncode, out + errors


def locks_of(root: Path) -> list[Path]:
    """The lock files below a root."""
    return sorted(path for path in root.rglob("*.lock") if path.is_file())


def wait_for_owner(root: Path, patience: float = 300) -> dict[str, object]:
    """Who holds the writer lock, as soon as somebody does."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        owner = owner_of(root / SHOP / "writer.lock")
        if owner and owner.get("pid"):
            return owner
        time.sleep(0.2)
    raise AssertionError("nobody took the writer lock")


def is_gone(pid: int, patience: float = 90) -> bool:
    """Whether a process ends within the time."""
    until = time.monotonic() + patience
    while process_start(pid) is not None:
        if time.monotonic() > until:
            return False
        time.sleep(0.5)
    return True
