"""Runs the scripts with a Spark, a Python or a Java that only says how it was called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# by a shell, since the first line of a script cannot name a Python in a folder with a space
SPARK_SUBMIT = f"""#!/bin/bash
exec "{sys.executable}" -c 'import json, os, sys
print(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ), "cwd": os.getcwd()}}))' "$@"
"""

# makes a virtual environment out of one script that writes down what pip was asked for
PYTHON = f"""#!/bin/bash
case "$*" in
  "-m venv "*)
    echo venv >> "$CALLS"
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip install"*)
    echo "pip begins" >> "$CALLS"
    [ -z "$KILL_PIP" ] || kill -9 $PPID
    sleep "${{PIP_SECONDS:-0}}"
    echo "pip ends" >> "$CALLS" ;;
  *) exec "{sys.executable}" "$@" ;;
esac
"""


@dataclass(frozen=True)
class Called:
    """How spark-submit was called, and what the launcher said."""

    code: int
    errors: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    cwd: str = ""

    def conf(self, key: str) -> list[str]:
        """The values of a Spark property on the command line; the last one counts."""
        pairs = zip(self.arguments, self.arguments[1:], strict=False)
        return [v.partition("=")[2] for o, v in pairs if o == "--conf" and v.startswith(f"{key}=")]

    def option(self, name: str) -> list[str]:
        """The values of an option."""
        return [v for o, v in zip(self.arguments, self.arguments[1:], strict=False) if o == name]


def write_program(path: Path, text: str) -> Path:
    """A program with that text, to be found or called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without what a caller of the launcher may have set."""
    ours = ("LAKE_", "SPARK_", "PYSPARK_", "HADOOP_", "HIVE_", "JAVA_HOME", "MASTER", "PYTHONPATH", "LC_", "LANG")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    shared = {key: os.environ[key] for key in ("LAKE_VENV", "LAKE_JARS", "JAVA_HOME") if key in os.environ}
    return {**kept, "LANG": "C.UTF-8", "LAKE_NO_CLASS_ARCHIVE": "1", **shared, **extra}


def run_script(name: str, *arguments: str, cwd: Path = PROJECT, **environment: str) -> subprocess.CompletedProcess[str]:
    """One of the scripts, in an environment of its own."""
    command = [str(PROJECT / "scripts" / name), *arguments]
    return subprocess.run(command, cwd=cwd, env=clean_environment(**environment), capture_output=True, text=True)


def submit(spark: Path, *arguments: str, cwd: Path = PROJECT, **environment: str) -> Called:
    """The launcher with a Spark in that folder that only prints how it was called."""
    write_program(spark / "bin" / "spark-submit", SPARK_SUBMIT)
    ended = run_script("spark_submit.sh", *arguments, cwd=cwd, **{"SPARK_HOME": str(spark), **environment})
    told = json.loads(ended.stdout) if ended.stdout.startswith("{") else {}
    return Called(ended.returncode, ended.stderr, **told)


def source(script: str, run_as: Sequence[str] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    """Shell lines run after scripts/setup.sh was sourced, so that one of its functions may be replaced."""
    command = [*run_as, "bash", "-c", f'. "{PROJECT}/scripts/setup.sh"\n{script}']
    return subprocess.run(command, env=clean_environment(**environment), capture_output=True, text=True)
