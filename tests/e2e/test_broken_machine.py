"""A machine that does not let a job work: one line that says what to do and exit code 3, instead of Java's stack."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake.arguments import exit_with
from lake.errors import EnvironmentError_, LockedError
from lake.io import storage, tables
from lake.io.java_errors import explained

PROJECT = Path(__file__).resolve().parents[2]
INCUBATOR = "WARNING: Using incubator modules: jdk.incubator.vector"  # from the JVM itself, at each start of Spark 4
NO_OVERRIDE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]


def as_mere_user() -> list[str]:
    """A prefix under which rights count also for root; skips where root cannot give its power up."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv") or subprocess.run([*NO_OVERRIDE, "true"], capture_output=True).returncode:
        pytest.skip("root may write anywhere, and setpriv cannot take that away here")
    return NO_OVERRIDE


def ingest(root: Path, here: Path) -> subprocess.CompletedProcess[str]:
    """One day of the gift shop into that root; `here`: where the job is started."""
    job = ["jobs/ingest.py", "--shop", "online_retail", "--to", "2010-12-01", "--root", str(root), "--quiet"]
    environment = {**os.environ, "LAKE_VENV": os.environ.get("LAKE_VENV", sys.prefix)}
    for variable in ("PYSPARK_SUBMIT_ARGS", "PYTHONPATH", "LAKE_ROOT"):
        environment.pop(variable, None)
    command = [*as_mere_user(), str(PROJECT / "scripts/spark_submit.sh"), *job]
    return subprocess.run(command, env=environment, cwd=here, capture_output=True, text=True, timeout=1200)


@pytest.fixture
def table(spark: SparkSession, tmp_path: Path) -> Path:
    """A Delta table of three versions."""
    folder = tmp_path / "a table"
    for _ in range(3):
        tables.append(spark.range(100), str(folder))
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)], capture_output=True)
    if made.returncode != 0:
        pytest.skip("no right to mount a small file system here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def message_of(attempt: Callable[[], object]) -> str:
    """The line that a failing attempt ends with."""
    with pytest.raises(Exception) as caught:  # Java, Spark and Python raise kinds of their own
        attempt()
    known = explained(caught.value)
    assert isinstance(known, EnvironmentError_) and known.exit_code == 3, caught.value
    assert "\n" not in str(known) and "at org." not in str(known)
    return str(known)


@pytest.mark.parametrize("locked", [".", "online_retail/raw"], ids=["the root", "a zone"])
def test_a_folder_that_cannot_be_written_is_named_in_one_line(tmp_path: Path, locked: str) -> None:
    folder, here = tmp_path / "root" / locked, tmp_path / "a start folder"
    folder.mkdir(parents=True)
    here.mkdir()
    folder.chmod(0o555)
    try:
        ended = ingest(tmp_path / "root", here)
    finally:
        folder.chmod(0o755)
    assert ({*tmp_path.iterdir()}, [*here.iterdir()]) == ({tmp_path / "root", here}, []), "nothing is left beside"
    lines = [line for line in ended.stderr.splitlines() if line != INCUBATOR]
    assert (ended.returncode, ended.stdout, len(lines)) == (3, "", 1), ended.stderr[-3000:]
    assert "no right to write" in lines[0] and str((tmp_path / "root" / locked).resolve()) in lines[0]


def test_a_full_disk_is_said(spark: SparkSession, small_disk: Path) -> None:
    rows = spark.range(100_000).selectExpr("id", "uuid() as text")
    assert "the disk is full" in message_of(lambda: tables.append(rows, str(small_disk / "table")))
    assert "the disk is full" in message_of(lambda: storage.write_text(spark, str(small_disk / "file"), "x" * 500_000))
    assert "the disk is full" in message_of(lambda: (small_disk / "python").write_bytes(b"x" * 500_000))


def test_a_file_where_the_root_should_be_is_named(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "root").write_text("")
    found = message_of(lambda: tables.append(spark.range(3), str(tmp_path / "root" / "table")))
    assert f"{tmp_path / 'root'} is a file where a folder is needed" in found


def test_a_missing_part_of_a_table_is_named(spark: SparkSession, table: Path) -> None:
    victim = sorted(table.glob("*.parquet"))[0]
    victim.unlink()
    found = message_of(lambda: tables.read(spark, str(table)).selectExpr("sum(id)").collect())
    assert found.startswith(f"{victim} is missing or damaged: bring it back")


def test_a_damaged_part_of_a_table_is_named(spark: SparkSession, table: Path) -> None:
    victim = sorted(table.glob("*.parquet"))[0]
    victim.write_bytes(b"no parquet at all")
    found = message_of(lambda: tables.read(spark, str(table)).selectExpr("sum(id)").collect())
    assert found.startswith(f"{victim} is missing or damaged: bring it back")


def test_a_damaged_log_of_a_table_is_said(spark: SparkSession, table: Path, tmp_path: Path) -> None:
    for place, damage in {"gap": Path.unlink, "garbage": lambda path: path.write_text("{broken")}.items():
        copy = Path(shutil.copytree(table, tmp_path / place))
        for checksum in set(copy.glob("_delta_log/*.crc")):
            checksum.unlink()
        damage(copy / "_delta_log" / "00000000000000000001.json")
        assert "damaged: bring it back" in message_of(lambda uri=str(copy): tables.read(spark, uri).count())


def test_the_folder_of_a_log_that_a_killed_run_left_is_no_table(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "table" / "_delta_log").mkdir(parents=True)
    assert not tables.exists(spark, str(tmp_path / "table"))
    tables.append(spark.range(3), str(tmp_path / "table"))
    assert tables.exists(spark, str(tmp_path / "table"))


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("hdfs://127.0.0.1:1/lake", "nothing answers at localhost:1: start HDFS there"),
        ("hdfs://no.such.host.invalid:9820/lake", "there is no host no.such.host.invalid"),
        ("foo://bar/lake", "Spark knows no file system foo:"),
    ],
)
def test_a_root_that_cannot_be_reached_is_named(spark: SparkSession, uri: str, said: str) -> None:
    assert said in message_of(lambda: storage.exists(spark, uri))


def test_a_metastore_in_use_is_a_taken_lock(spark: SparkSession) -> None:
    derby = "ERROR XSDB6: Another instance of Derby may have already booted the database /x/metastore_db."
    known = explained(RuntimeError(derby))
    assert isinstance(known, LockedError) and known.exit_code == 6 and "--endpoint" in str(known)


def test_only_what_is_recognised_loses_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    def failing(error: Exception) -> Callable[[Namespace], int | None]:
        def main(_: Namespace) -> int | None:
            raise error

        return main

    with pytest.raises(SystemExit) as ended:
        exit_with(failing(PermissionError(13, "Permission denied", "/x/lock")), ArgumentParser(), [])
    assert ended.value.code == 3
    said = "EnvironmentError: no right to read or write /x/lock: get the right, or choose another --root"
    assert capsys.readouterr().err.startswith(said)
    with pytest.raises(KeyError):
        exit_with(failing(KeyError("a defect")), ArgumentParser(), [])
    assert explained(KeyError("a defect")) is None
