"""The servers of these tests: a standalone cluster that publishes the gift shop, a Thrift Server over it, and HDFS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def run_script(name: str, *arguments: str, root: Path) -> subprocess.CompletedProcess[str]:
    """One of the project's scripts over that root, with the virtual environment and jars of this test run."""
    environment = {**os.environ, "LAKE_ROOT": str(root), "LAKE_VENV": os.environ.get("LAKE_VENV", sys.prefix)}
    for variable in ("PYSPARK_SUBMIT_ARGS", "PYTHONPATH", "LAKE_ENDPOINT"):
        environment.pop(variable, None)
    command = [str(PROJECT / "scripts" / name), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800)


@dataclass(frozen=True)
class ServedShop:
    """The root that was published, the server's address (hive2://HOST:PORT), and what the pipeline printed."""

    root: Path
    address: str
    printed: str = ""

    @property
    def port(self) -> int:
        """The server's port on 127.0.0.1."""
        return int(self.address.rpartition(":")[2])

    def ask(self, query: str, database: str = "online_retail_r000001") -> list[tuple[Any, ...]]:
        """The rows that PyHive gets."""
        from pyhive import hive

        connection = hive.connect("127.0.0.1", port=self.port, database=database)
        try:
            cursor = connection.cursor()
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]
        finally:
            connection.close()


@contextmanager
def server(name: str, *arguments: str, root: Path) -> Iterator[str]:
    """The address of a server of `scripts/servers.sh` on a free port; it is ended and its data removed afterwards."""
    started = run_script("servers.sh", "start", name, "--port", "0", *arguments, root=root)
    assert started.returncode == 0, started.stderr[-3000:]
    try:
        yield started.stdout.strip()
    finally:
        run_script("servers.sh", "stop", name, "--purge", *arguments, root=root)


@pytest.fixture(scope="session")
def gift_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    """December of the gift shop, from landing to Hive tables by the pipeline on two workers, then served."""
    root = tmp_path_factory.mktemp("gift shop") / "root"
    with server("standalone", root=tmp_path_factory.mktemp("cluster") / "root") as master:
        job = ["--master", master, "jobs/run_pipeline.py", "--shop", "online_retail", "--quiet"]
        done = run_script("spark_submit.sh", *job, root=root)
    assert done.returncode == 0, done.stderr[-3000:]
    with server("thrift", "--load", "short", root=root) as address:
        yield ServedShop(root, address, done.stdout)


@pytest.fixture(scope="session")
def hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address (hdfs://HOST:PORT) of real HDFS daemons, empty at first."""
    with server("hdfs", root=tmp_path_factory.mktemp("hdfs") / "root") as address:
        yield address
