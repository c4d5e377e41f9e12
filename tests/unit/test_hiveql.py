"""HiveQL text: statements split, parameters bound, tables and partitions rendered as they are committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lake.contracts.balances_tables import BALANCES_TABLES
from lake.contracts.columns import Column
from lake.contracts.loading import load_tables
from lake.contracts.table import Buckets, Table
from lake.hiveql.ddl import add_partitions, analyze_table, create_table, create_view
from lake.hiveql.rendering import create_script, script_name
from lake.hiveql.scripts import bind, statements

PROJECT = Path(__file__).resolve().parents[2]
SALES = Table(
    table="fct_sales",
    kind="fact",
    description="What was sold; the shop's lines",
    grain="one row per line",
    key=["line_id"],
    columns=[
        Column(name="line_id", type="string", description=r"It's a \ key"),
        Column(name="sale_month", type="string", description="Local month"),
        Column(name="year", type="int", description="A reserved word\nin two lines"),
        Column(name="net_amount", type="decimal(18, 4)", description="${money}"),
    ],
    partition_by="sale_month",
    bucket_by=Buckets(columns=["line_id"], count=4, sort=["line_id"]),
    analyze=["line_id", "year"],
)
DAYS = SALES.model_copy(update={"table": "dim_day", "partition_by": None, "bucket_by": None, "analyze": []})

CREATE_SALES = r"""create table shop_r000001.fct_sales (
  line_id string comment 'It\'s a \\ key',
  `year` int comment 'A reserved word in two lines',
  net_amount decimal(18,4) comment '$ {money}',
  sale_month string comment 'Local month'
)
using orc
partitioned by (sale_month)
clustered by (line_id) sorted by (line_id) into 4 buckets
location '/tmp/a b/o\'brien'
comment 'What was sold, the shop\'s lines Grain: one row per line.'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'line_id')"""

VIEW_SALES = r"""create or replace view shop.fct_sales (
  line_id comment 'It\'s a \\ key',
  `year` comment 'A reserved word in two lines',
  net_amount comment '$ {money}',
  sale_month comment 'Local month'
)
comment 'What was sold, the shop\'s lines'
as select
  line_id,
  `year`,
  net_amount,
  sale_month
from shop_r000001.fct_sales"""


def test_a_table_has_its_partition_last_its_buckets_and_escaped_comments() -> None:
    assert bind(create_table(SALES), release_db="shop_r000001", location="/tmp/a b/o'brien") == CREATE_SALES


def test_a_table_without_months_has_neither_partitions_nor_buckets() -> None:
    text = create_table(DAYS)
    assert "partitioned by" not in text
    assert "clustered by" not in text


def test_a_view_names_its_columns_explicitly() -> None:
    assert bind(create_view(SALES), release_db="shop_r000001", shop_db="shop") == VIEW_SALES


def test_all_partitions_are_added_in_one_statement_in_order() -> None:
    text = add_partitions(SALES, {"2011-01": "/r2/b", "2010-12": "/r1/o'a"})
    assert bind(text, release_db="x") == (
        "alter table x.fct_sales add if not exists\n"
        "  partition (sale_month = '2010-12') location '/r1/o\\'a'\n"
        "  partition (sale_month = '2011-01') location '/r2/b'"
    )


@pytest.mark.parametrize("locations", [{}, {"2010-12": "/a;b"}, {"2010-12": "/a\nb"}, {"2010-12": "/${x}"}])
def test_partitions_that_no_statement_can_carry_are_refused(locations: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"no partitions|cannot carry"):
        add_partitions(SALES, locations)


def test_statistics_are_collected_for_the_columns_of_the_contract() -> None:
    statement = "analyze table ${release_db}.fct_sales compute statistics for columns line_id, `year`"
    assert analyze_table(SALES) == statement
    assert analyze_table(DAYS) == "analyze table ${release_db}.dim_day compute statistics"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("select 1; select 2", ["select 1", "select 2"]),
        ("select ';' as a;\n-- no; statement\n;;", ["select ';' as a"]),
        ('select "a;\\"b;";', ['select "a;\\"b;"']),
        ("select 'it''s; one'", ["select 'it''s; one'"]),
        ("select 'a\\';b'; select 2", ["select 'a\\';b'", "select 2"]),
        ("select `a;b` /* c; d */ from t", ["select `a;b`   from t"]),
        ("select /*+ broadcast(a) */ 1;", ["select /*+ broadcast(a) */ 1"]),
        ("select 1 - -1 / 2;", ["select 1 - -1 / 2"]),
        ("-- only a comment", []),
        ("select '--x';", ["select '--x'"]),
    ],
)
def test_a_script_is_split_outside_of_quotes_and_comments(script: str, expected: list[str]) -> None:
    assert statements(script) == expected


@pytest.mark.parametrize("script", ["select 'a", "select 1 /* x", 'select "a', "select `a"])
def test_a_quote_or_comment_left_open_is_an_error(script: str) -> None:
    with pytest.raises(ValueError, match="never closed"):
        statements(script)


def test_binding_leaves_comments_and_escapes_within_quotes() -> None:
    template = "-- ${name}\nselect ${name}, '${text}', \"${text}\""
    assert bind(template, name="a_b", text="it's \\") == "-- ${name}\nselect a_b, 'it\\'s \\\\', \"it\\'s \\\\\""


@pytest.mark.parametrize(
    ("template", "values", "words"),
    [
        ("select ${a}", {}, "has no value"),
        ("select ${a}", {"a": "x", "b": "y"}, "b is not in the template"),
        ("select ${a}", {"a": "x; drop table y"}, "is no name"),
        ("select ${a}", {"a": "x.y"}, "is no name"),
        ("select ${a}", {"a": ""}, "is no name"),
        ("select `${a}`", {"a": "x`y"}, "is no name"),
        ("select '${a}'", {"a": "x;y"}, "cannot carry"),
        ("select '${a}'", {"a": "x\ny"}, "cannot carry"),
        ("select '${a}'", {"a": "${b}"}, "cannot carry"),
    ],
)
def test_binding_refuses_what_is_missing_unused_or_could_break_out(
    template: str, values: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        bind(template, **values)


def test_the_committed_scripts_are_as_rendered() -> None:
    folder = PROJECT / "hive_ddl" / "spark"
    tables = [*load_tables(PROJECT / "conf").values(), *BALANCES_TABLES.values()]
    rendered = {script_name(table): create_script(table) for table in tables if table.published}
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.sql")}
    assert committed == rendered, "run: lake ddl render"


@pytest.mark.parametrize("path", sorted((PROJECT / "hive_ddl" / "spark").glob("*.sql")), ids=lambda path: path.stem)
def test_a_committed_script_binds_into_databases_a_table_and_its_views(path: Path) -> None:
    bound = bind(path.read_text(encoding="utf-8"), release_db="x_r000001", shop_db="x", location="/tmp/x")
    starts = [statement.split("\n")[0].split(" (")[0] for statement in statements(bound)]
    table = path.stem.removeprefix("create_")
    aliases = {"fct_sales": ["fact_sales"]}.get(table, [])
    assert starts == [
        "create database if not exists x_r000001",
        f"create table x_r000001.{table}",
        "create database if not exists x",
        *(f"create or replace view x.{name}" for name in [table, *aliases]),
    ]
