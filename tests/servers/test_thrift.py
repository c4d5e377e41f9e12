"""Through every door of a real Thrift Server: December of the gift shop, which a cluster published, and publication."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from sqlalchemy import MetaData, Table, create_engine, func, inspect, select, text
from sqlalchemy.exc import NoSuchTableError

import lake.io.hive_dialect  # noqa: F401 (registers halles+hive)
from lake.errors import EnvironmentError_, ReleaseError
from lake.io.hive import EndpointDoor
from lake.pipelines import publish as publishing
from lake.pipelines.publish import publish
from lake.pipelines.rollback import rollback
from tests.e2e.published_shop import PublishedShop, sale
from tests.servers.conftest import PROJECT, ServedShop, run_script

ROUTES = "entity in ('order_lines', 'returns', 'unrouted')"
COUNTED = "select sum(record_count) from record_balances where"
REFUSED = f"select sum(record_count) from rule_failures where {ROUTES} and"
DECEMBER: dict[str, tuple[str, str]] = {
    "records": (f"{COUNTED} {ROUTES} and disposition <> 'not_applicable'", "42481"),
    "sales": (f"{COUNTED} entity = 'order_lines' and disposition = 'current'", "40991"),
    "returns": (f"{COUNTED} entity = 'returns' and disposition = 'current'", "719"),
    "quarantined": (f"{COUNTED} {ROUTES} and disposition = 'quarantined'", "271"),
    "duplicates": (f"{COUNTED} {ROUTES} and disposition = 'duplicate'", "500"),
    "price_refused": (f"{REFUSED} rule = 'unit_price > 0'", "271"),
    "quantity_refused": (f"{REFUSED} rule = 'quantity > 0'", "70"),
    "sold_lines": ("select count(*) from fct_sales", "40991"),
    "returned_lines": ("select count(*) from fct_returns", "719"),
    "revenue": ("select sum(net_amount) from fct_sales", "821452.7300"),
    "returned": ("select sum(net_amount) from fct_returns", "-74729.1200"),
    "kpi_revenue": ("select value from kpi_sheet where kpi = 'revenue' and calendar_month = '2010-12'", "821452.7300"),
    "orders": ("select count(distinct order_id) from fct_sales", "1559"),
    "buyers": ("select count(distinct customer_key) from fct_sales where customer_key <> -1", "885"),
    "lines_without_customer": ("select count(*) from fct_sales where customer_key = -1", "15321"),
    "products_sold": ("select count(distinct product_key) from fct_sales", "2730"),
    "countries_sold": ("select count(distinct country_key) from fct_sales", "23"),
    "products": ("select count(distinct product_id) from dim_product where product_key <> -1", "2741"),
    "product_versions": ("select count(*) from dim_product where product_key <> -1", "2794"),
    "customers": ("select count(distinct customer_key) from dim_customer where customer_key <> -1", "948"),
    "customer_versions": ("select count(*) from dim_customer where customer_key <> -1", "949"),
    "countries": ("select count(*) from dim_country where country_key <> -1", "24"),
    "first_day": ("select sum(revenue_amount) from sales_by_day where calendar_date = date '2010-12-01'", "58776.7900"),
    "united_kingdom": ("select sum(revenue_amount) from sales_by_day where country = 'United Kingdom'", "746082.2200"),
    "top_product": (
        "select concat(product_id, ' ', revenue_amount) from top_products "
        "where period_type = 'month' and period = '2010-12' and revenue_rank = 1",
        "22423 27694.7600",
    ),
}
STATEMENTS = {
    name: f"select '{name}' as figure, cast(({query}) as string) as value" for name, (query, _) in DECEMBER.items()
}
EXPECTED = {name: value for name, (_, value) in DECEMBER.items()}


def by_beeline(shop: ServedShop, folder: Path) -> dict[str, str]:
    script = folder / "december.hql"
    script.write_text(";\n".join(STATEMENTS.values()) + ";\n")
    asked = ["--shop", "online_retail", "--outputformat=csv2", "--showHeader=false", "-f", str(script)]
    answer = run_script("beeline.sh", *asked, root=shop.root)
    assert answer.returncode == 0, answer.stderr
    return dict(row for row in csv.reader(io.StringIO(answer.stdout)) if len(row) == 2)


def by_pyhive(shop: ServedShop, folder: Path) -> dict[str, str]:
    return dict(row for statement in STATEMENTS.values() for row in shop.ask(statement))


def by_sqlalchemy(shop: ServedShop, folder: Path) -> dict[str, str]:
    engine = create_engine(f"halles+hive://127.0.0.1:{shop.port}/online_retail")
    with engine.connect() as connection:
        return dict(tuple(connection.execute(text(statement)).one()) for statement in STATEMENTS.values())


def test_the_pipeline_on_two_workers_prints_the_figures_of_december(gift_shop: ServedShop) -> None:
    assert "Revenue                 821,452.7300 GBP" in gift_shop.printed


@pytest.mark.parametrize("door", [by_beeline, by_pyhive, by_sqlalchemy])
def test_every_door_gives_the_figures_of_december(
    gift_shop: ServedShop, tmp_path: Path, door: Callable[[ServedShop, Path], dict[str, str]]
) -> None:
    assert door(gift_shop, tmp_path) == EXPECTED


def test_the_notebook_runs_from_top_to_bottom_and_gives_the_same_figures(
    gift_shop: ServedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("LAKE_ENDPOINT", gift_shop.address)
    monkeypatch.delenv("LAKE_DATABASE_PREFIX", raising=False)
    notebook = nbformat.read(PROJECT / "notebooks" / "explore_sales.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "commit the notebook without outputs"
    NotebookClient(notebook, timeout=1200, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = "\n".join(str(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in outputs)
    for figure in ("revenue", "returned", "first_day", "united_kingdom"):
        assert EXPECTED[figure] in shown, figure
    assert "release 1, published" in shown
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2


def test_sqlalchemy_lists_tables_and_views_by_their_names(gift_shop: ServedShop) -> None:
    inspector = inspect(create_engine(f"halles+hive://127.0.0.1:{gift_shop.port}/online_retail"))
    tables = inspector.get_table_names(schema="online_retail_r000001")
    assert {"fct_sales", "fct_returns", "dim_date", "kpi_sheet", "record_balances"} <= set(tables)
    assert inspector.get_view_names(schema="online_retail_r000001") == []
    assert set(inspector.get_view_names()) == {*tables, "releases", "fact_sales"}
    assert inspector.get_table_names() == []
    assert inspector.has_table("fct_sales") and inspector.has_table("FCT_SALES", schema="online_retail_r000001")
    assert not inspector.has_table("fct_nothing")
    assert not inspector.has_table("fct_sales", schema="no_such_database")


def test_sqlalchemy_reflects_a_table_and_says_when_there_is_none(gift_shop: ServedShop) -> None:
    engine = create_engine(f"halles+hive://127.0.0.1:{gift_shop.port}/online_retail")
    sales = Table("fct_sales", MetaData(), autoload_with=engine, schema="online_retail_r000001")
    with engine.connect() as connection:
        found = connection.execute(select(sales.c.currency, func.count()).group_by(sales.c.currency)).all()
    assert [tuple(row) for row in found] == [("GBP", 40991)]
    with pytest.raises(NoSuchTableError):
        Table("fct_nothing", MetaData(), autoload_with=engine, schema="online_retail_r000001")


PLANS = {
    "partition_pruning": ["PartitionFilters: []", "= 2010-12)]"],
    "bucketing": [
        "Exchange hashpartitioning(order_id",
        "SelectedBucketsCount: 4 out of 4",
        "SelectedBucketsCount: 1 out of 4",
    ],
    "analyze": ["distinct_count", "rowCount="],
    "vectorization": ["Batched: false", "Batched: true"],
}


@pytest.mark.parametrize("name", PLANS)
def test_the_command_in_each_optimisation_script_works_and_shows_the_plans_it_promises(
    gift_shop: ServedShop, name: str
) -> None:
    script = f"hive_ddl/optimise/spark/{name}.hql"
    command = next(line for line in (PROJECT / script).read_text().splitlines() if line.startswith("-- Run: "))
    _, _, called, *arguments = command.split()
    assert called == "scripts/beeline.sh" and arguments[-2:] == ["-f", script]
    answer = run_script("beeline.sh", *arguments[:-1], str(PROJECT / script), root=gift_shop.root)
    assert answer.returncode == 0, answer.stderr
    for words in PLANS[name]:
        assert words in answer.stdout


def test_publication_beside_a_running_server_says_by_which_endpoint_it_goes(gift_shop: ServedShop) -> None:
    refused = run_script("spark_submit.sh", "jobs/publish.py", "--shop", "online_retail", root=gift_shop.root)
    assert refused.returncode == 6
    said = refused.stdout + refused.stderr
    assert f"--endpoint {gift_shop.address}" in said and "Traceback" not in said
    arguments = ["jobs/publish.py", "--shop", "online_retail", "--quiet", "--endpoint", gift_shop.address]
    through = run_script("spark_submit.sh", *arguments, root=gift_shop.root)
    assert through.returncode == 0, through.stderr[-3000:]
    assert "release 1 is live in online_retail_r000001; nothing changed" in through.stdout


@pytest.fixture
def shop(
    spark: SparkSession, tmp_path: Path, gift_shop: ServedShop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PublishedShop]:
    found = PublishedShop(spark, tmp_path, "remote", prefix="t_")
    monkeypatch.setattr(publishing, "balances_to_publish", found.balances_to_publish)
    found.add_balance("sales", "order_lines", "quarantined", 1)
    found.curate_sales(sale("a1", "a", "10.5", "2024-01"), sale("b1", "b", "7", "2024-02"))
    found.curate_countries("France")
    yield found
    door = EndpointDoor(gift_shop.address)
    for (name,) in door.execute("show databases like 't_remote*'"):
        door.execute(f"drop database {name} cascade")
    door.close()


def test_releases_are_made_switched_and_brought_back_through_the_endpoint(
    shop: PublishedShop, gift_shop: ServedShop
) -> None:
    def sold(database: str) -> dict[str, str]:
        query = "select order_line_id, cast(net_amount as string) from fct_sales order by 1"
        return dict(gift_shop.ask(query, database))

    assert publish(shop.run(endpoint=gift_shop.address)).number == 1
    assert sold("t_remote") == {"a1": "10.5000", "b1": "7.0000"}
    shop.curate_sales(sale("b1", "b", "8", "2024-02"), only={"2024-02"})
    assert publish(shop.run(endpoint=gift_shop.address)).tables == {"fct_sales": ("2024-02",)}
    assert sold("t_remote")["b1"] == sold("t_remote_r000002")["b1"] == "8.0000"
    assert publish(shop.run(endpoint=gift_shop.address)).skipped is not None
    rollback(shop.run(endpoint=gift_shop.address), 1)
    assert sold("t_remote")["b1"] == "7.0000"
    assert gift_shop.ask("select release_number from releases where is_live", "t_remote") == [(1,)]
    assert shop.rows("show databases like 't_remote*'") == [], "the session's own catalog stays empty"


def test_the_server_uses_the_buckets_that_the_session_wrote(shop: PublishedShop, gift_shop: ServedShop) -> None:
    publish(shop.run(endpoint=gift_shop.address))
    plan = gift_shop.ask("explain select order_id, count(*) from fct_sales group by order_id", "t_remote")[0][0]
    assert "Bucketed: true" in plan and "Exchange" not in plan
    assert gift_shop.ask("select count(*) from fct_sales where order_id = 'b'", "t_remote") == [(1,)]


def test_a_statement_that_the_server_refuses_is_one_message_with_its_reason(gift_shop: ServedShop) -> None:
    door = EndpointDoor(gift_shop.address)
    with pytest.raises(ReleaseError, match=r"refused: .*TABLE_OR_VIEW_NOT_FOUND.*statement: select \* from nothing"):
        door.execute("select * from nothing")
    assert door.execute("select 1") == [(1,)], "the connection goes on"
    door.close()


def test_a_missing_server_is_one_message_that_says_how_to_start_it() -> None:
    with pytest.raises(EnvironmentError_, match=r"no HiveServer2 answers at hive2://127\.0\.0\.1:1 .*start thrift"):
        EndpointDoor("hive2://127.0.0.1:1").execute("select 1")
