"""The writer lock on real HDFS daemons: one winner, takeover of the dead and the silent, no commit without it."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from itertools import count

import pytest
from pyspark.sql import SparkSession

from lake.errors import LockedError
from lake.io import commit_guard, hdfs_lock, ledgers, row_files, storage, table_files, table_updates, tables
from lake.io.commit_guard import before_commit
from lake.io.hive import SessionDoor
from lake.io.locks import Owner, process_start

MINUTES = 900.0
numbers = count()


@pytest.fixture
def lock(hdfs: str) -> str:
    """A lock's URI in a folder of its own."""
    return f"{hdfs}/locks/{next(numbers)}/writer.lock"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Locks that a test takes and does not give back are given back at its end."""
    with ExitStack() as opened:
        yield opened


def owner(run_id: str, **other: object) -> Owner:
    """This process under that run id, or what of it is said to be other."""
    return replace(Owner.of_this_process(f"job of {run_id}", run_id), **other)  # type: ignore[arg-type]


def left_by(spark: SparkSession, uri: str, dead: Owner) -> hdfs_lock.HdfsLock:
    """The lock as its owner left it who died, or fell silent, with it."""
    return hdfs_lock._taken(spark, uri, dead, MINUTES, 1.0)


def by_another_process(spark: SparkSession, uri: str, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the lock as another process would, which does not ask this one's guards."""
    with monkeypatch.context() as patched:
        patched.setattr(commit_guard, "_guards", [])
        left_by(spark, uri, owner(run_id))


def silent_for(spark: SparkSession, uri: str, seconds: float) -> None:
    """Make the lock's last heartbeat that old."""
    storage.touch(spark, uri, (storage.modified_ms(spark, uri) or 0) - int(seconds * 1000))


def ended_process() -> Owner:
    """An owner whose process on this machine has ended."""
    process = subprocess.Popen(["sleep", "60"])
    gone = owner("dead", pid=process.pid, pid_start=process_start(process.pid))
    process.kill()
    process.wait()
    return gone


def test_of_many_who_want_the_lock_at_once_one_gets_it(spark: SparkSession, lock: str) -> None:
    racers, rounds = 3, 25
    start, done = threading.Barrier(racers, timeout=300), threading.Barrier(racers, timeout=300)
    together, outcomes = [], []

    def race(racer: int) -> None:
        for number in range(rounds):
            start.wait()
            try:
                with hdfs_lock.held(spark, lock, owner(f"{number}-{racer}"), MINUTES):
                    outcomes.append((number, "won"))
                    together.append(racer)
                    done.wait()  # the others have tried by then
                    before_commit()
            except LockedError as error:
                outcomes.append((number, "lost"))
                assert f"job of {number}-" in str(error)
                done.wait()

    with ThreadPoolExecutor(racers) as pool:
        list(pool.map(race, range(racers)))
    assert sorted(outcomes) == sorted((n, r) for n in range(rounds) for r in ["won"] + ["lost"] * (racers - 1))
    assert len(set(together)) > 1, "not always the same one"
    assert storage.list_files(spark, lock.rpartition("/")[0]) == []


def test_of_many_who_find_a_dead_owner_one_takes_over(spark: SparkSession, lock: str) -> None:
    dead, racers = ended_process(), 3
    for number in range(8):
        left_by(spark, lock, replace(dead, run_id=f"dead{number}"))
        start, done = threading.Barrier(racers, timeout=300), threading.Barrier(racers, timeout=300)

        def race(racer: int, number: int = number, start=start, done=done) -> str:  # type: ignore[no-untyped-def]
            start.wait()
            try:
                with hdfs_lock.held(spark, lock, owner(f"{number}-{racer}"), MINUTES) as taken:
                    done.wait()
                    taken.check()
                    return "won"
            except LockedError as error:
                assert f"job of {number}-" in str(error)
                done.wait()
                return "lost"

        with ThreadPoolExecutor(racers) as pool:
            assert sorted(pool.map(race, range(racers))) == ["lost", "lost", "won"]


def test_a_late_challenger_cannot_take_the_lock_of_the_next_owner(spark: SparkSession, lock: str) -> None:
    left_by(spark, lock, ended_process())
    following = left_by(spark, lock, owner("next"))
    assert not hdfs_lock._bury(spark, lock, "dead"), "the dead one's grave is taken"
    following.check()
    storage.delete(spark, f"{lock}.dead.gone")
    assert not hdfs_lock._bury(spark, lock, "dead"), "what is another's is put back"
    following.check()


def test_the_file_says_who_holds_it_and_goes_with_the_owner(spark: SparkSession, lock: str) -> None:
    with hdfs_lock.held(spark, lock, owner("first"), MINUTES), pytest.raises(LockedError) as refused:
        hdfs_lock._taken(spark, lock, owner("second"), MINUTES, 1.0)
    me = owner("first")
    assert f"{lock} is held by job of first (pid {me.pid} on {me.host}, since" in str(refused.value)
    assert refused.value.exit_code == 6
    assert not storage.exists(spark, lock)


def test_an_owner_on_another_machine_is_believed_to_live_until_it_is_silent(spark: SparkSession, lock: str) -> None:
    elsewhere = replace(ended_process(), machine="another boot of another kernel")
    left_by(spark, lock, elsewhere)
    silent_for(spark, lock, 800)
    with pytest.raises(LockedError, match=r"taken over when silent for 15 minutes"):
        left_by(spark, lock, owner("next"))
    silent_for(spark, lock, 101)
    left_by(spark, lock, owner("next")).check()


def test_a_pid_that_is_another_process_now_is_a_dead_owner(spark: SparkSession, lock: str) -> None:
    left_by(spark, lock, owner("dead", pid_start="1"))
    left_by(spark, lock, owner("next")).check()


def test_the_jvm_of_a_killed_owner_is_waited_for(spark: SparkSession, lock: str) -> None:
    jvm = subprocess.Popen(["sleep", "60"])
    left_by(spark, lock, ended_process().with_jvm(jvm.pid))
    with pytest.raises(LockedError, match=f"JVM {jvm.pid} of a killed run is still working"):
        left_by(spark, lock, owner("next"))
    threading.Timer(0.3, jvm.kill).start()
    left_by(spark, lock, owner("next")).check()
    jvm.wait()


def test_heartbeats_keep_the_lock_of_a_long_run(spark: SparkSession, lock: str) -> None:
    with hdfs_lock.held(spark, lock, owner("long"), 3.0, beat_every=0.3):
        until = time.monotonic() + 7
        while time.monotonic() < until:
            with pytest.raises(LockedError, match=r"^\S+ is held by job of long"):
                hdfs_lock._taken(spark, lock, owner("eager"), 3.0, 1.0)
            time.sleep(0.1)


def test_who_lost_the_lock_commits_nothing_more(
    spark: SparkSession, lock: str, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, table = spark.range(3), f"{lock.removesuffix('.lock')}_table"
    tables.append(rows, table)
    old = stack.enter_context(hdfs_lock.held(spark, lock, owner("old"), MINUTES))
    tables.append(rows, table)
    silent_for(spark, lock, MINUTES + 1)
    by_another_process(spark, lock, "new", monkeypatch)
    door, layout = SessionDoor(spark), tables.Layout(("id",))
    attempts = {
        "append": lambda: tables.append(rows, table),
        "replace": lambda: tables.replace(rows, table),
        "changes": lambda: table_updates.apply_changes(spark, table, spark.range(9, 12), None, layout),
        "delete rows": lambda: tables.delete_rows(spark, table),
        "compact": lambda: table_files.compact(spark, table),
        "vacuum": lambda: table_files.vacuum(spark, table, 168.0),
        "purge": lambda: table_files.purge(spark, table),
        "new files": lambda: row_files.write(rows, f"{table}_files", "orc"),
        "more files": lambda: row_files.append(rows, f"{table}_files", "parquet"),
        "ledger": lambda: ledgers.append(spark, f"{table}_ops", "runs", [{"run_id": "old", "state": "done"}]),
        "delete": lambda: storage.delete(spark, table),
        "rename": lambda: storage.rename(spark, table, f"{table}2"),
        "write": lambda: storage.write_text(spark, f"{table}.txt", ""),
        "statement": lambda: door.execute("create database after_the_lock"),
    }
    for what, attempt in attempts.items():
        with pytest.raises(LockedError, match=r"has lost its lock: .* is held by job of new"):
            attempt()
            pytest.fail(what)
    assert tables.latest_version(spark, table) == 1
    stack.close()
    assert old.lost_to is not None
    assert '"run_id": "new"' in storage.read_text(spark, lock), "who lost it leaves it alone"


def test_losing_the_lock_cancels_the_job_that_would_commit(spark: SparkSession, lock: str) -> None:
    table = f"{lock.removesuffix('.lock')}_table"
    slow = spark.range(4).selectExpr("id", "java_method('java.lang.Thread', 'sleep', id * 0 + 12000l) as slept")
    started = time.monotonic()
    with (
        pytest.raises(LockedError, match="has lost its lock"),
        hdfs_lock.held(spark, lock, owner("old"), MINUTES, beat_every=0.5),
    ):
        threading.Timer(2.0, lambda: storage.write_text(spark, lock, '{"run_id": "new"}')).start()
        tables.append(slow, table)
    assert time.monotonic() - started < 11, "it does not wait for the job"
    assert not tables.exists(spark, table) or tables.latest_version(spark, table) is None
