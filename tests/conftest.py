"""The one Spark session of a pytest process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lake.settings import load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PROJECT = Path(__file__).resolve().parents[1]

SETTINGS = {
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.shuffle.partitions": "2",  # one more than small shops have, so that rows are spread
    "spark.default.parallelism": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
JVM_OPTIONS = "-Duser.timezone=UTC"
DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.legacy.parameterSubstitution.constantsOnly": "true",
}


@contextmanager
def one_core() -> Iterator[None]:
    """A JVM started meanwhile keeps to a core, where each test process has one: its threads wait for each other most of
    the time, and to wake one on another core costs more (4 to 12 % less CPU on a virtual machine).
    """
    cores, worker = sorted(os.sched_getaffinity(0)), os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or int(os.environ["PYTEST_XDIST_WORKER_COUNT"]) != len(cores):
        yield
        return
    os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw"))]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A small local session in UTC, with Delta when `jars/` is filled; verbs fit its settings to their shops."""
    from pyspark.sql import SparkSession  # here, so that tests without Spark need no JVM

    from lake.io.session import ask_once, change_settings

    os.environ["TZ"] = "UTC"  # Python's side of collect() and createDataFrame() uses the process's time zone
    time.tzset()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else Spark's workers are the first python3 on the PATH
    builder = SparkSession.builder.master("local[2]").appName("tests")
    jars = sorted(str(jar) for jar in (PROJECT / "jars").glob("*.jar"))
    settings = SETTINGS | ({"spark.jars": ",".join(jars)} | DELTA if jars else {})
    settings["spark.driver.extraJavaOptions"] = JVM_OPTIONS
    settings["spark.sql.warehouse.dir"] = str(tmp_path_factory.mktemp("warehouse"))
    for key, value in settings.items():
        builder = builder.config(key, value)
    with one_core():
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    ask_once(session)
    change_settings(session, load_settings(PROJECT, environment={}).session_of(records=0, tables=1))
    yield session
    session.stop()
