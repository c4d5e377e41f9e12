"""A clone as a newcomer has it: a folder with a blank in its name, a C locale, no network, no rights above it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
JOB = "tests/data/jobs/count_rows.py"
INCUBATOR = "WARNING: Using incubator modules: jdk.incubator.vector"  # from the JVM itself, at each start of Spark 4
KEPT = ("PATH", "HOME", "TMPDIR", "JAVA_HOME")


def clone(target: Path) -> Path:
    """The project's files as they stand, without what set-up and runs have made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (PROJECT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, target / name)
    return target


def environment(**extra: str) -> dict[str, str]:
    """A bare environment with a C locale; pip's own settings stay."""
    kept = {key: value for key, value in os.environ.items() if key in KEPT or key.startswith(("PIP_", "SSL_"))}
    return {**kept, "LANG": "C", **extra}


def without_network() -> list[str]:
    """A prefix that runs a command with nothing but the loopback interface, where the machine allows that."""
    prefix = ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    allowed = shutil.which("unshare") and shutil.which("ip")
    return prefix if allowed and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0 else []


def noise(errors: str) -> list[str]:
    """What is on stderr beside the JVM's own remark."""
    return [line for line in errors.splitlines() if line and line != INCUBATOR]


def test_a_job_runs_from_a_clone_in_a_folder_with_a_blank_offline_and_in_a_c_locale(tmp_path: Path) -> None:
    home = clone(tmp_path / "a fresh clone")
    shared = {
        "LAKE_VENV": os.environ.get("LAKE_VENV", sys.prefix),
        "LAKE_JARS": os.environ.get("LAKE_JARS", str(PROJECT / "jars")),
        "LAKE_NO_SYSTEM_INSTALL": "1",
    }
    launcher = [str(home / "scripts/spark_submit.sh"), "--conf", "spark.ui.enabled=false", JOB]
    command = [*without_network(), *launcher, "--exit", "4", "--root", "a root"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment(**shared), capture_output=True, text=True)
    assert ended.returncode == 4, ended.stderr
    assert noise(ended.stderr) == []
    answer = json.loads(ended.stdout)
    assert (answer["rows"], answer["arguments"]) == (1000, ["--exit", "4", "--root", "a root"])
    assert answer["executors"] == [f"{home} True"] and answer["cwd"] == str(tmp_path)
    assert "-Duser.timezone=UTC" in answer["jvm"]


@pytest.mark.long
def test_the_first_command_in_a_clone_sets_everything_up_and_the_second_nothing() -> None:
    """Fetches all packages and jars; as root it runs as a user without rights on the folder above the clone."""
    top = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    try:
        home = clone(top / "a fresh clone")
        top.chmod(0o755)
        run_as: list[str] = []
        extra = {"HOME": str(home)}
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "65534:65534", str(home)], check=True)
            run_as = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            extra["PATH"] = "/usr/local/bin:/usr/bin:/bin"  # a Python that everybody may run
        command = [*run_as, str(home / "scripts/spark_submit.sh"), "--conf", "spark.ui.enabled=false", JOB]
        first = subprocess.run(command, cwd="/", env=environment(**extra), capture_output=True, text=True)
        assert first.returncode == 0, first.stderr
        assert json.loads(first.stdout)["executors"] == [f"{home} True"]
        assert "making the virtual environment" in first.stderr and "fetching io.delta" in first.stderr
        began = time.monotonic()
        second = subprocess.run(command, cwd="/", env=environment(**extra), capture_output=True, text=True)
        assert second.returncode == 0 and noise(second.stderr) == []
        assert time.monotonic() - began < 60
    finally:
        shutil.rmtree(top)
