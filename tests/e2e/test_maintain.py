"""Housekeeping: what is removed, and above all what is not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake.errors import ContractError
from lake.io import storage, table_files, tables
from lake.names import Zone
from lake.pipelines import publish as publishing
from lake.pipelines.delta_upkeep import compact, crowded_files, needed_versions, vacuum
from lake.pipelines.maintain import expired, maintain
from lake.pipelines.publish import publish
from lake.pipelines.publishing.releases import History, State, read_history, record
from lake.pipelines.rollback import rollback
from lake.pipelines.run import Run
from tests.e2e.published_shop import PublishedShop, sale
from tests.transforms.marked_table import mark_rows, rows_of


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PublishedShop]:
    """Three releases; each restates February, January lies in the first one's folder."""
    found = PublishedShop(spark, tmp_path)
    del found.tables["dim_country"]
    monkeypatch.setattr(publishing, "balances_to_publish", found.balances_to_publish)
    found.add_balance("sales", "order_lines", "quarantined", 1)
    found.curate_sales(sale("a1", "a", "1", "2024-01"), sale("b1", "b", "1", "2024-02"))
    publish(found.run())
    for amount in ("2", "3"):
        found.curate_sales(sale("b1", "b", amount, "2024-02"), only={"2024-02"})
        publish(found.run())
    yield found
    found.drop_databases()


def configured(shop: PublishedShop, **values: object) -> Run:
    run = shop.run()
    changed = run.settings.configuration.model_copy(update={"release_grace_hours": 0, **values})
    return replace(run, settings=replace(run.settings, configuration=changed))


def folders(shop: PublishedShop) -> set[str]:
    uri = shop.run().uri(Zone.PUBLISHED, "fct_sales")
    return {file.name.rpartition("/")[0] for file in storage.list_files(shop.spark, uri) if file.name.endswith(".orc")}


def test_an_expired_release_goes_with_the_folders_that_only_it_names(shop: PublishedShop) -> None:
    before = folders(shop)
    plan = maintain(replace(configured(shop, keep_releases=1), plan=True)).text()
    assert "drop release 1 (demo_r000001)" in plan and "sale_month=2024-02, which no release names" in plan
    assert folders(shop) == before and shop.rows("show databases like 'demo_r000001'") != []
    maintain(configured(shop, keep_releases=1))
    assert shop.rows("show databases like 'demo_r000001'") == []
    gone = before - folders(shop)
    assert {name.split("/")[1] for name in gone} == {"sale_month=2024-02"} and len(gone) == 1
    assert shop.sold() == {"a1": 1, "b1": 3}
    assert shop.sold("demo_r000002") == {"a1": 1, "b1": 2}
    assert [row[0] for row in shop.rows("select release_number from demo.releases order by 1")] == [2, 3]


def test_the_grace_period_protects_what_was_just_retired(shop: PublishedShop) -> None:
    run, history = configured(shop, keep_releases=1, release_grace_hours=2), read_history(shop.run())
    now = datetime.now(UTC)
    assert expired(run, history, now) == []
    assert [release.number for release in expired(run, history, now + timedelta(hours=3))] == [1]


def test_the_live_release_stays_also_when_it_is_the_oldest(shop: PublishedShop) -> None:
    rollback(shop.run(), 1)
    maintain(configured(shop, keep_releases=1))
    assert shop.sold() == shop.sold("demo_r000001") == {"a1": 1, "b1": 1}
    states = {number: release.state for number, release in read_history(shop.run()).releases.items()}
    assert states == {1: State.LIVE, 2: State.DROPPED, 3: State.RETIRED}


def test_a_release_that_an_analysts_view_reads_is_kept_and_the_rest_goes_on(shop: PublishedShop) -> None:
    shop.spark.sql("create view demo.sales_as_reported as select * from demo_r000001.fct_sales")
    report = maintain(configured(shop, keep_releases=1))
    assert report.lines == ("keep release 1, which the view sales_as_reported reads",)
    assert shop.rows("select sum(net_amount) from demo.sales_as_reported") == [(2,)]


def test_a_folder_that_no_release_names_is_removed_and_all_others_stay(shop: PublishedShop) -> None:
    before = folders(shop)
    uri = f"{shop.run().uri(Zone.PUBLISHED, 'fct_sales')}/r000009_lost/sale_month=2024-01/part-0.orc"
    storage.write_text(shop.spark, uri, "left over")
    report = maintain(configured(shop))
    assert any("r000009_lost" in line for line in report.lines)
    assert folders(shop) == before
    assert maintain(configured(shop)).text() == "nothing to do"


def test_folders_are_known_again_where_the_root_is_spelled_another_way(shop: PublishedShop, tmp_path: Path) -> None:
    before, link = folders(shop), tmp_path.with_name(f"{tmp_path.name}_link")
    link.symlink_to(tmp_path)
    run = configured(shop)
    configuration = run.settings.configuration.model_copy(update={"root": str(link)})
    assert maintain(replace(run, settings=replace(run.settings, configuration=configuration))).text() == "nothing to do"
    assert folders(shop) == before and shop.sold() == {"a1": 1, "b1": 3}


def test_a_database_whose_release_was_dropped_by_a_run_that_died_is_dropped(shop: PublishedShop) -> None:
    run = shop.run()
    record(run, read_history(run), [{"release_number": 1, "state": State.DROPPED, "reason": "it expired"}])
    report = maintain(configured(shop))
    assert "drop database demo_r000001, of a release that was dropped" in report.lines
    assert shop.sold() == {"a1": 1, "b1": 3}


def test_many_small_files_become_few_and_no_diff_sees_it(shop: PublishedShop) -> None:
    uri = shop.run().uri(Zone.CURATED, "fct_sales")
    rows = tables.read(shop.spark, uri).where("sale_month = '2024-02'")
    many = rows.sparkSession.range(20).crossJoin(rows).repartition(20, "id").drop("id")
    many.write.format("delta").mode("append").save(uri)
    publish(shop.run())
    assert crowded_files(shop.spark, uri) >= 16
    assert any(uri in line for line in compact(shop.run(plan=True)))
    assert crowded_files(shop.spark, uri) >= 16
    compact(shop.run())
    assert crowded_files(shop.spark, uri) == 0
    assert publish(shop.run()).skipped is not None


def test_rows_that_are_only_marked_as_gone_leave_the_files(shop: PublishedShop) -> None:
    uri = shop.run().uri(Zone.CLEANSED, "tickets")
    mark_rows(shop.spark, uri)
    before, line = rows_of(shop.spark, uri), f"purge {uri}: 2 rows that are marked as gone"
    assert line in maintain(replace(configured(shop), plan=True)).lines
    assert table_files.marked_rows(shop.spark, uri) == 2
    assert line in maintain(configured(shop)).lines
    assert (rows_of(shop.spark, uri), table_files.marked_rows(shop.spark, uri)) == (before, 0)
    assert line not in maintain(configured(shop)).lines


def age(folder: Path, hours: float) -> None:
    """Make the files look as if they had been written so long ago."""
    then = time.time() - hours * 3600
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def test_vacuum_keeps_the_age_that_the_live_release_needs_and_removes_what_is_older(shop: PublishedShop) -> None:
    run = shop.run()
    uri = Path(run.uri(Zone.CURATED, "fct_sales"))
    assert needed_versions(run, read_history(run))[str(uri)] == 2
    assert vacuum(run, read_history(run)) == [], "nothing is old yet"
    shop.curate_sales(sale("b1", "b", "4", "2024-02"), only={"2024-02"})
    stray = uri / "sale_month=2024-01" / "part-00000-of-a-write-that-failed.snappy.parquet"
    stray.write_bytes(b"")
    age(uri, 400)
    assert vacuum(run, read_history(run)) == [], "version 2 is needed, and ended as long ago as the file is old"
    assert stray.exists()
    publish(shop.run())
    run = shop.run()
    assert any(str(uri) in line for line in vacuum(replace(run, plan=True), read_history(run)))
    assert stray.exists()
    vacuum(run, read_history(run))
    assert not stray.exists()
    assert {int(row["net_amount"]) for row in tables.read(shop.spark, str(uri)).collect()} == {1, 4}


def test_a_retention_below_a_week_is_refused_with_the_key_to_mend(shop: PublishedShop) -> None:
    with pytest.raises(ContractError, match="retention_hours is 24 "):
        vacuum(configured(shop, retention_hours=24), History())
