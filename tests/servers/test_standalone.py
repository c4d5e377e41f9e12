"""The gift shop on a standalone cluster of two workers: another master, the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.servers.conftest import run_script
from tests.servers.test_thrift import EXPECTED, STATEMENTS


@pytest.fixture
def master(tmp_path: Path) -> Iterator[str]:
    """The address (spark://HOST:PORT) of a cluster with two workers, one core each."""
    root = tmp_path / "cluster"
    started = run_script("servers.sh", "start", "standalone", "--port", "0", root=root)
    assert started.returncode == 0, started.stderr[-3000:]
    try:
        yield started.stdout.strip()
    finally:
        run_script("servers.sh", "stop", "standalone", root=root)


def published(spark: SparkSession, root: Path) -> list[str]:
    """Make a view of each table that the first release published, out of its folders; their names."""
    names = []
    for folder in (root / "online_retail" / "published").glob("*/r000001_*"):
        spark.read.orc(str(folder)).createOrReplaceTempView(folder.parent.name)
        names.append(folder.parent.name)
    return names


def test_two_workers_make_the_figures_of_december(master: str, spark: SparkSession, tmp_path: Path) -> None:
    root = tmp_path / "the root"
    job = ["--master", master, "jobs/run_pipeline.py", "--shop", "online_retail", "--quiet"]
    done = run_script("spark_submit.sh", *job, root=root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Revenue                 821,452.7300 GBP" in done.stdout
    views = published(spark, root)
    try:
        found = dict(tuple(spark.sql(statement).collect()[0]) for statement in STATEMENTS.values())
    finally:
        for name in views:
            spark.catalog.dropTempView(name)
    assert found == EXPECTED
