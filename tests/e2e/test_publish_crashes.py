"""Publication killed at each of its points, and readers meanwhile: old data or new data, never a mixture."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake import crash_points
from lake.io import storage
from lake.io.hive import SessionDoor, UnclearAnswerError
from lake.names import Zone
from lake.pipelines import publish as publishing
from lake.pipelines.publish import publish
from lake.pipelines.publishing.releases import State, read_history
from tests.e2e.published_shop import PublishedShop, sale

POINTS = [point for point in crash_points.POINTS if point.startswith("publish:")]


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the code may catch it."""


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PublishedShop]:
    found = PublishedShop(spark, tmp_path)
    monkeypatch.setattr(publishing, "balances_to_publish", found.balances_to_publish)
    found.add_balance("sales", "order_lines", "quarantined", 1)
    found.curate_sales(sale("a1", "a", "1", "2024-01"), sale("b1", "b", "1", "2024-02"))
    found.curate_countries("1")
    yield found
    found.drop_databases()


def kill_at(monkeypatch: pytest.MonkeyPatch, point: str | None) -> None:
    def reached(passed: str) -> None:
        if passed == point:
            raise Killed(passed)

    monkeypatch.setattr(crash_points, "reached", reached)


def next_day(shop: PublishedShop, amount: int) -> None:
    shop.curate_sales(sale("b1", "b", str(amount), "2024-02"), only={"2024-02"})
    shop.curate_countries(str(amount))


def state_of_world(shop: PublishedShop) -> tuple[object, ...]:
    """What readers can see, without numbers that depend on how often a run died."""
    (database,) = [row[0] for row in shop.rows("select release_database from demo.releases where is_live")]
    named = {p.folder for r in read_history(shop.run()).releases.values() if r.is_finished
             for t in r.tables.values() for p in t.partitions.values()}  # fmt: skip
    zone = shop.run().settings.zone_uri("demo", Zone.PUBLISHED)
    files = [file for file in storage.list_files(shop.spark, zone) if file.name.endswith(".orc")]
    stored = {file.uri.rpartition("/")[0] for file in files}
    finished = {f"demo_r{r.number:06d}" for r in read_history(shop.run()).releases.values() if r.is_finished}
    databases = {row[0] for row in shop.rows("show databases like 'demo_r*'")}
    countries = shop.rows("select country from demo.dim_country")
    return (shop.sold(), shop.sold(database), countries, stored - named, databases ^ finished)


@pytest.mark.parametrize("point", POINTS)
def test_a_publication_killed_at_any_point_ends_like_an_undisturbed_one(
    shop: PublishedShop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    publish(shop.run())
    next_day(shop, 2)
    kill_at(monkeypatch, point)
    with pytest.raises(Killed):
        publish(shop.run())
    (database,) = [row[0] for row in shop.rows("select release_database from demo.releases where is_live")]
    assert int(shop.sold(database)["b1"]) == int(shop.rows(f"select country from {database}.dim_country")[0][0])
    kill_at(monkeypatch, None)
    publish(shop.run())
    sold, pinned, countries, orphans, databases = state_of_world(shop)
    assert sold == pinned == {"a1": 1, "b1": 2}
    assert countries == [("2",)]
    assert not orphans and not databases
    assert len(read_history(shop.run()).in_state(State.LIVE)) == 1


def test_a_chain_of_runs_each_killed_one_point_later_ends_with_one_live_release(
    shop: PublishedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for point in POINTS:
        kill_at(monkeypatch, point)
        with pytest.raises(Killed):
            publish(shop.run())
        if point in ("publish:switching", "publish:live"):
            kill_at(monkeypatch, None)
            publish(shop.run())
            next_day(shop, 5)
    kill_at(monkeypatch, None)
    publish(shop.run())
    sold, pinned, _, orphans, databases = state_of_world(shop)
    assert sold == pinned and sold["b1"] == 5
    assert not orphans and not databases


def test_a_first_publication_that_died_leaves_nothing_for_readers(
    shop: PublishedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_at(monkeypatch, "publish:built")
    with pytest.raises(Killed):
        publish(shop.run())
    assert shop.rows("show databases like 'demo'") == []
    assert "would drop release 1" in publish(shop.run(plan=True)).text()


def test_readers_see_whole_tables_and_consistent_databases_at_all_times(
    shop: PublishedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(shop.run())
    problems: list[str] = []
    rounds = [0]
    stop = threading.Event()

    def read() -> None:
        session = shop.spark.newSession()

        def ask(query: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in session.sql(query).collect()]

        while not stop.is_set():
            (database,) = ask("select release_database from demo.releases where is_live")[0]
            amount = {int(row[0]) for row in ask(f"select net_amount from {database}.fct_sales where order_id = 'b'")}
            country = {int(row[0]) for row in ask(f"select country from {database}.dim_country")}
            if amount != country:
                problems.append(f"{database}: {amount} and {country}")
            if ask("select count(*) from demo.fct_sales") + ask("select count(*) from demo.dim_country") != [
                (2,),
                (1,),
            ]:
                problems.append("a view showed another number of rows")
            rounds[0] += 1

    reader = threading.Thread(target=lambda: _noting(read, problems))
    reader.start()
    try:
        for amount, point in enumerate([None, "publish:view_switched", None, "publish:switching"], start=2):
            next_day(shop, amount)
            kill_at(monkeypatch, point)
            try:
                publish(shop.run())
            except Killed:
                time.sleep(0.5)
    finally:
        kill_at(monkeypatch, None)
        publish(shop.run())
        stop.set()
        reader.join()
    assert problems == []
    assert rounds[0] > 3
    assert shop.sold()["b1"] == 5


def _noting(read, problems: list[str]) -> None:  # type: ignore[no-untyped-def]
    try:
        read()
    except Exception as error:
        problems.append(str(error))


class ForgetfulDoor(SessionDoor):
    """Loses the answer of each kind of statement once: for every second one after it took effect."""

    def __init__(self, spark: SparkSession) -> None:
        super().__init__(spark)
        self.lost: set[str] = set()

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        kind = " ".join(statement.split()[:2])
        if kind in ("create database", "create table", "alter table", "create or") and kind not in self.lost:
            self.lost.add(kind)
            if kind in ("create table", "create or"):
                super().execute(statement)
            raise UnclearAnswerError(f"lost: {kind}")
        return super().execute(statement)


def test_after_an_unclear_answer_the_metastore_is_asked_and_the_release_is_whole(shop: PublishedShop) -> None:
    door = ForgetfulDoor(shop.spark)
    publish(shop.run(), door)
    assert door.lost == {"create database", "create table", "alter table", "create or"}
    sold, pinned, countries, orphans, databases = state_of_world(shop)
    assert sold == pinned == {"a1": 1, "b1": 1}
    assert countries == [("1",)] and not orphans and not databases


def test_a_metastore_that_was_lost_is_filled_again_from_the_ledger(shop: PublishedShop) -> None:
    publish(shop.run())
    run = shop.run()
    shop.drop_databases()
    (run.settings.metastore_dir / "shown" / "demo").unlink()
    report = publish(run)
    assert report.number == 1 and report.skipped is not None
    assert shop.sold() == shop.sold("demo_r000001") == {"a1": 1, "b1": 1}


def test_a_ledger_that_was_lost_takes_no_number_that_the_metastore_has(
    shop: PublishedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(shop.run())
    anew = PublishedShop(shop.spark, shop.root / "anew")
    monkeypatch.setattr(publishing, "balances_to_publish", anew.balances_to_publish)
    anew.add_balance("sales", "order_lines", "quarantined", 1)
    anew.curate_sales(sale("a1", "a", "1", "2024-01"), sale("b1", "b", "2", "2024-02"))
    anew.curate_countries("2")
    report = publish(anew.run())
    assert (report.number, report.database) == (2, "demo_r000002")
    assert anew.sold() == anew.sold("demo_r000002") == {"a1": 1, "b1": 2}
    assert shop.sold("demo_r000001") == {"a1": 1, "b1": 1}
