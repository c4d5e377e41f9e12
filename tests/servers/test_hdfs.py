"""The gift shop on real HDFS daemons: another root, the same figures; landing may lie there, too."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake.contracts.loading import load_catalogue
from lake.io import hdfs_lock, storage, tables
from lake.io.locks import Owner
from lake.names import Zone
from lake.pipelines.ingest import ingest
from lake.pipelines.run import Run
from lake.progress import Progress
from lake.settings import load_settings
from tests.servers.conftest import PROJECT, ServedShop, run_script, server
from tests.servers.test_thrift import EXPECTED, STATEMENTS

LANDING = PROJECT / "tests" / "data" / "landing" / "online_retail"


@pytest.fixture
def root(hdfs: str) -> Iterator[str]:
    """A root on HDFS; the metastore and locks that lie on the local disk for it are removed afterwards."""
    uri = f"{hdfs}/a lake"
    yield uri
    shutil.rmtree(load_settings(PROJECT, root=uri).local_dir, ignore_errors=True)


def submitted(root: str, folder: Path, *job: str) -> subprocess.CompletedProcess[str]:
    """A job on that root."""
    one_copy = ["--conf", "spark.hadoop.dfs.replication=1"]
    return run_script("spark_submit.sh", *one_copy, *job, "--quiet", "--root", root, root=folder)


def taken_by(spark: SparkSession, uri: str, what: str, **other: object) -> None:
    """Take the lock for this process, or for one that is other than it."""
    owner = replace(Owner.of_this_process(what, "r1"), **other)  # type: ignore[arg-type]
    hdfs_lock._taken(spark, uri, owner, 900, 1)


def test_the_gift_shop_on_hdfs_gives_the_figures_of_december(spark: SparkSession, root: str, tmp_path: Path) -> None:
    lock = f"{root}/online_retail/writer.lock"
    taken_by(spark, lock, "a living run")
    refused = submitted(root, tmp_path, "jobs/ingest.py", "--shop", "online_retail")
    assert refused.returncode == 6 and refused.stderr.count("\n") <= 2, refused.stderr[-3000:]
    assert f"{lock} is held by a living run (pid " in refused.stderr
    storage.delete(spark, lock)
    taken_by(spark, lock, "a dead run", pid_start="1")

    done = submitted(root, tmp_path, "jobs/run_pipeline.py", "--shop", "online_retail")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Revenue                 821,452.7300 GBP" in done.stdout
    assert not storage.exists(spark, lock)
    zones = storage.list_folders(spark, f"{root}/online_retail")
    assert zones == sorted(zone.value for zone in Zone)

    with server("thrift", "--load", "short", "--root", root, root=tmp_path) as address:
        shop = ServedShop(tmp_path, address)
        assert dict(row for statement in STATEMENTS.values() for row in shop.ask(statement)) == EXPECTED
        described = shop.ask("describe formatted fct_sales partition (sale_month='2010-12')")
        places = [row[1] for row in described if row[0] == "Location"]
        assert places[0].startswith(f"{root}/online_retail/published/fct_sales/r000001_"), places


def test_landing_on_hdfs_is_read_like_a_local_one(spark: SparkSession, hdfs: str, tmp_path: Path) -> None:
    landing, path = f"{hdfs}/landing of the shop", spark._jvm.org.apache.hadoop.fs.Path
    files = sorted(LANDING.rglob("*.csv"))[:1]
    for file in files:
        target = path(f"{landing}/{file.relative_to(LANDING).as_posix()}")
        target.getFileSystem(spark._jsc.hadoopConfiguration()).copyFromLocalFile(path(str(file)), target)
    catalogue = load_catalogue(PROJECT / "conf", "online_retail")
    there = replace(catalogue, shop=catalogue.shop.model_copy(update={"landing": landing}))
    settings = load_settings(PROJECT, environment={}, root=str(tmp_path))
    run = Run(spark, settings, there, "r1", Progress("r1", quiet=True), first_date=date(2010, 12, 1))
    report = ingest(run)
    assert (report.accepted, report.refused) == (1, [])
    (feed,) = catalogue.feeds
    rows = tables.read(spark, run.uri(Zone.RAW, feed))
    assert rows.count() == report.records == len(files[0].read_bytes().splitlines()) - 1
