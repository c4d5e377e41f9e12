"""Publication over a curated zone filled by hand: what is written, what is kept, what readers see."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lake.contracts.columns import Column
from lake.errors import NoInputError, ReconciliationError, ReleaseError
from lake.io import storage, tables
from lake.names import Zone
from lake.pipelines import publish as publishing
from lake.pipelines.publish import publish
from lake.pipelines.publishing.releases import read_history
from tests.e2e.published_shop import FCT_SALES, SALES, PublishedShop, sale


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PublishedShop]:
    found = PublishedShop(spark, tmp_path / "a root with blanks")
    monkeypatch.setattr(publishing, "balances_to_publish", found.balances_to_publish)
    found.add_balance("sales", "order_lines", "quarantined", 1)
    found.curate_sales(
        sale("a1", "a", "10", "2024-01"), sale("a2", "a", "20.5", "2024-01"), sale("b1", "b", "7", "2024-02")
    )
    found.curate_countries("France", "Japan")
    yield found
    found.drop_databases()


def folders(shop: PublishedShop, table: str) -> set[str]:
    files = storage.list_files(shop.spark, shop.run().uri(Zone.PUBLISHED, table))
    return {name.rpartition("/")[0] for name in (file.name for file in files) if name.endswith((".orc", ".parquet"))}


def test_the_first_release_shows_every_table_through_views_and_in_its_own_database(shop: PublishedShop) -> None:
    report = publish(shop.run())
    assert (report.number, report.database) == (1, "demo_r000001")
    expected = {"a1": Decimal("10.0000"), "a2": Decimal("20.5000"), "b1": Decimal("7.0000")}
    assert shop.sold() == expected
    assert shop.sold("demo_r000001") == expected
    assert dict(shop.rows("select order_line_id, net_amount from demo.fact_sales")) == expected
    assert shop.rows("select country from demo.dim_country order by country") == [("France",), ("Japan",)]
    assert sorted(shop.rows("select disposition, record_count from demo.record_balances")) == [
        ("current", 3),
        ("quarantined", 1),
    ]
    assert shop.rows("select release_number, release_database, state, is_live from demo.releases") == [
        (1, "demo_r000001", "live", True)
    ]


def test_nothing_new_makes_no_release_and_asks_no_metastore(shop: PublishedShop) -> None:
    publish(shop.run())

    class ClosedDoor:
        def execute(self, statement: str) -> list[tuple[object, ...]]:
            raise AssertionError(f"the metastore was asked: {statement}")

        def close(self) -> None: ...

    report = publish(shop.run(), ClosedDoor())
    assert report.skipped is not None and "nothing changed" in report.skipped
    assert shop.rows("select max(release_number) from demo.releases") == [(1,)]


def test_a_temporary_view_of_the_session_is_not_taken_for_a_table(shop: PublishedShop) -> None:
    shop.spark.range(1).createOrReplaceTempView("dim_country")
    try:
        publish(shop.run())
        assert shop.rows("select count(*) from demo_r000001.dim_country") == [(2,)]
    finally:
        shop.spark.catalog.dropTempView("dim_country")


def test_only_the_changed_month_is_written_and_the_other_points_at_the_older_folder(shop: PublishedShop) -> None:
    publish(shop.run())
    before = folders(shop, "fct_sales")
    shop.curate_sales(sale("b1", "b", "8", "2024-02"), only={"2024-02"})
    report = publish(shop.run())
    assert report.tables == {"fct_sales": ("2024-02",)}
    assert {name.split("/")[1] for name in folders(shop, "fct_sales") - before} == {"sale_month=2024-02"}
    assert len(folders(shop, "dim_country")) == 1
    assert shop.sold("demo_r000002")["b1"] == 8
    assert shop.sold("demo_r000001")["b1"] == 7
    assert shop.sold() == shop.sold("demo_r000002")


def test_equal_content_is_not_written_again_and_not_compared_twice(shop: PublishedShop) -> None:
    publish(shop.run())
    before = folders(shop, "fct_sales")
    shop.curate_sales(
        sale("b1", "b", "7", "2024-02"), sale("a2", "a", "20.5", "2024-01"), sale("a1", "a", "10", "2024-01")
    )
    assert publish(shop.run()).skipped is not None
    assert folders(shop, "fct_sales") == before
    recorded = read_history(shop.run()).live
    assert recorded is not None and recorded.tables["fct_sales"].version == 1


def test_a_swap_of_values_between_columns_or_rows_is_seen(shop: PublishedShop) -> None:
    publish(shop.run())
    shop.curate_sales(
        sale("a1", "a", "20.5", "2024-01"), sale("a2", "a", "10", "2024-01"), sale("b1", "b", "7", "2024-02")
    )
    assert publish(shop.run()).tables == {"fct_sales": ("2024-01",)}
    shop.curate_sales(("b", "b1", "7", "GBP", "2024-02"), only={"2024-02"})
    assert publish(shop.run()).tables == {"fct_sales": ("2024-02",)}


def test_an_emptied_month_is_left_out(shop: PublishedShop) -> None:
    publish(shop.run())
    shop.curate_sales(only={"2024-01"})
    publish(shop.run())
    assert set(shop.sold()) == {"b1"}
    assert shop.rows("show partitions demo_r000002.fct_sales") == [("sale_month=2024-02",)]


def test_a_table_that_becomes_empty_stays_a_table(shop: PublishedShop) -> None:
    publish(shop.run())
    shop.curate_countries()
    shop.curate_sales()
    publish(shop.run())
    assert shop.rows("select count(*) from demo.dim_country") == [(0,)]
    assert shop.sold() == {}


def test_a_balance_that_moves_makes_a_release_of_that_table_alone(shop: PublishedShop) -> None:
    publish(shop.run())
    shop.add_balance("sales", "order_lines", "held", 2)
    assert set(publish(shop.run()).tables) == {"record_balances"}


def test_a_log_that_is_gone_means_a_full_compare(shop: PublishedShop) -> None:
    publish(shop.run())
    shop.curate_sales(sale("b1", "b", "9", "2024-02"), only={"2024-02"})
    shop.curate_countries("France", "Japan")
    uri = shop.run().uri(Zone.CURATED, "fct_sales")
    shop.spark.sql(f"select count(*) from delta.`{uri}`").collect()
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr("lake.io.table_changes.changed_partitions", lambda *_: None)
        report = publish(shop.run())
    assert report.tables == {"fct_sales": ("2024-02",)}


def test_a_column_at_the_end_is_published_and_rewrites_all_months(shop: PublishedShop) -> None:
    publish(shop.run())
    month = FCT_SALES.columns[-1]
    more = [*FCT_SALES.columns[:-1], Column(name="note", type="string", description="Note"), month]
    shop.tables["fct_sales"] = FCT_SALES.model_copy(update={"columns": more})
    uri = shop.run().uri(Zone.CURATED, "fct_sales")
    noted = shop.spark.sql(f"select *, cast('n' as string) as note from delta.`{uri}`")
    tables.replace(noted, uri, partition_by="sale_month")
    assert publish(shop.run()).tables == {"fct_sales": ("2024-01", "2024-02")}
    assert set(shop.rows("select note from demo.fct_sales")) == {("n",)}
    assert [row[0] for row in shop.rows("describe demo_r000001.fct_sales")][:5] == [c.name for c in FCT_SALES.columns]


def test_a_changed_type_is_refused_unless_it_is_allowed(shop: PublishedShop) -> None:
    publish(shop.run())
    wider = {"type": "decimal(20,4)"}
    columns = [c.model_copy(update=wider) if c.name == "net_amount" else c for c in FCT_SALES.columns]
    shop.tables["fct_sales"] = FCT_SALES.model_copy(update={"columns": columns})
    shop.curate_sales(sale("a1", "a", "10", "2024-01"), schema=SALES.replace("18,4", "20,4"))
    with pytest.raises(ReleaseError, match=r"net_amount was decimal\(18,4\), is decimal\(20,4\).*--allow-breaking"):
        publish(shop.run())
    assert shop.sold()["b1"] == 7
    publish(shop.run(allow_breaking=True))
    assert shop.sold() == {"a1": Decimal("10.0000")}


def test_a_table_that_is_no_longer_published_loses_its_view_but_not_its_older_release(shop: PublishedShop) -> None:
    publish(shop.run())
    del shop.tables["dim_country"]
    publish(shop.run())
    assert "dim_country" not in shop.shown()
    assert shop.rows("select count(*) from demo_r000001.dim_country") == [(2,)]


def test_money_that_differs_from_curated_is_never_shown(shop: PublishedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(shop.run())
    shop.curate_sales(sale("b1", "b", "8", "2024-02"), only={"2024-02"})
    original = publishing.write_folders

    def wrong_amounts(rows, *rest):  # type: ignore[no-untyped-def]
        dearer = rows.withColumn("net_amount", (F.col("net_amount") + Decimal("0.01")).cast("decimal(18,4)"))
        return original(dearer, *rest)

    monkeypatch.setattr(publishing, "write_folders", wrong_amounts)
    with pytest.raises(
        ReconciliationError, match=r"fct_sales 2024-02 GBP sums to 8\.0100 in 1 rows instead of 8\.0000"
    ):
        publish(shop.run())
    assert shop.sold()["b1"] == 7


def test_a_lost_row_is_never_shown(shop: PublishedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    original = publishing.write_folders
    monkeypatch.setattr(publishing, "write_folders", lambda rows, *rest: original(rows.limit(1), *rest))
    shop.curate_sales(sale("a1", "a", "10", "2024-01"), sale("a2", "a", "0", "2024-01"))
    with pytest.raises(ReconciliationError, match="dim_country has 1 rows instead of 2"):
        publish(shop.run())
    assert read_history(shop.run()).live is None


def test_publication_before_the_first_curate_says_what_to_run(shop: PublishedShop) -> None:
    shop.tables["fct_returns"] = FCT_SALES.model_copy(update={"table": "fct_returns"})
    with pytest.raises(NoInputError, match=r"fct_returns.*jobs/curate\.py"):
        publish(shop.run())


def test_a_plan_says_what_would_be_written_and_writes_nothing(shop: PublishedShop) -> None:
    publish(shop.run())
    shop.curate_sales(sale("b1", "b", "8", "2024-02"), only={"2024-02"})
    text = publish(shop.run(plan=True)).text()
    assert "would publish release 2" in text
    assert "fct_sales: writes 2024-02, keeps 1" in text
    assert len(read_history(shop.run()).releases) == 1
    assert len(folders(shop, "fct_sales")) == 2


def test_rows_lie_in_the_bucket_that_spark_looks_for_them(shop: PublishedShop) -> None:
    orders = [sale(f"l{n}", f"o{n // 2}", "1", f"2024-0{1 + n % 2}") for n in range(60)]
    shop.curate_sales(*orders)
    publish(shop.run())
    where = shop.run().uri(Zone.PUBLISHED, "fct_sales")
    found = shop.rows(
        r"select regexp_extract(_metadata.file_name, '_(\\d+)[.]', 1) as bucket, pmod(hash(order_id), 2) as expected, "
        f"count(*) from orc.`{where}/*/*` group by all"
    )
    assert len(found) == 2 and all(int(bucket) == expected for bucket, expected, _ in found)
    assert shop.rows("select count(*) from demo.fct_sales where order_id = 'o3'") == [(2,)]
    plan = shop.rows("explain select order_id, count(*) from demo.fct_sales group by order_id")[0][0]
    assert "Bucketed: true" in plan and "Exchange" not in plan


def test_two_shops_and_two_prefixes_share_one_metastore(
    shop: PublishedShop, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = PublishedShop(spark, shop.root, "demo_two")
    prefixed = PublishedShop(spark, shop.root / "test", "demo", prefix="t_")
    publish(shop.run())
    try:
        for place, one in enumerate([other, prefixed]):
            monkeypatch.setattr(publishing, "balances_to_publish", one.balances_to_publish)
            one.add_balance("sales", "order_lines", "current", 1)
            one.curate_sales(sale("x", "x", str(place + 1), "2024-01"))
            one.curate_countries("Peru")
            publish(one.run())
        assert other.sold() == {"x": Decimal("1.0000")} == other.sold("demo_two_r000001")
        assert prefixed.sold() == {"x": Decimal("2.0000")} == prefixed.sold("t_demo_r000001")
        assert set(shop.sold()) == {"a1", "a2", "b1"}
    finally:
        other.drop_databases()
        prefixed.drop_databases()
