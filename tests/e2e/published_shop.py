"""A curated zone of two tables that tests fill by hand, and the run that publishes it. Rows are plain tuples."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lake.contracts.catalogue import Catalogue
from lake.contracts.columns import Column
from lake.contracts.shop import Shop
from lake.contracts.table import Buckets, Table
from lake.io import tables
from lake.names import Zone
from lake.pipelines.run import Run
from lake.progress import Progress
from lake.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]

FCT_SALES = Table(
    table="fct_sales",
    kind="fact",
    description="What was sold.",
    grain="one row per line",
    key=["order_line_id"],
    columns=[
        Column(name="order_line_id", type="string", description="Line"),
        Column(name="order_id", type="string", description="Order"),
        Column(name="net_amount", type="decimal(18,4)", description="Amount"),
        Column(name="currency", type="string", description="Currency"),
        Column(name="sale_month", type="string", description="Month"),
    ],
    partition_by="sale_month",
    bucket_by=Buckets(columns=["order_id"], count=2, sort=["order_id"]),
    analyze=["order_id"],
    aliases=["fact_sales"],
)
DIM_COUNTRY = Table(
    table="dim_country",
    kind="dimension",
    description="Countries.",
    grain="one row per country",
    key=["country_key"],
    columns=[
        Column(name="country_key", type="bigint", description="Key"),
        Column(name="country", type="string", description="Name"),
    ],
)

SALES = "order_line_id string, order_id string, net_amount decimal(18,4), currency string, sale_month string"

Sale = tuple[str, str, str, str, str]


def sale(line: str, order: str, amount: str, month: str, currency: str = "GBP") -> Sale:
    """A row of fct_sales."""
    return (line, order, amount, currency, month)


class PublishedShop:
    """One shop in one root, with a Spark session; `run()` is a new run on it each time."""

    def __init__(self, spark: SparkSession, root: Path, shop: str = "demo", prefix: str = "") -> None:
        self.spark, self.root, self.shop, self.prefix = spark, root, shop, prefix
        self.tables: dict[str, Table] = {"dim_country": DIM_COUNTRY, "fct_sales": FCT_SALES}
        self.balances = [("sales", "order_lines", "current", 3)]
        self.runs = 0

    @property
    def database(self) -> str:
        """The database whose views show the live release."""
        return self.prefix + self.shop

    def run(self, **options: Any) -> Run:
        """A run with an id of its own."""
        self.runs += 1
        contract = Shop(shop=self.shop, title="Demo", landing="nowhere", currency="GBP", time_zone="UTC")
        environment = {"LAKE_DATABASE_PREFIX": self.prefix} if self.prefix else {}
        settings = load_settings(PROJECT, environment=environment, root=str(self.root))
        catalogue = Catalogue(contract, {}, {}, dict(self.tables))
        run = Run(self.spark, settings, catalogue, f"run{self.runs}", Progress(quiet=True))
        return replace(run, **options)

    def curate_sales(self, *rows: Sale, only: set[str] | None = None, schema: str | None = None) -> None:
        """Put the rows in the place of all sales, or of those of these months."""
        schema = schema or SALES
        values = [(*row[:2], Decimal(row[2]), *row[3:]) for row in rows]
        frame = self.spark.createDataFrame(values, schema)
        tables.replace(frame, self.run().uri(Zone.CURATED, "fct_sales"), only=only, partition_by="sale_month")

    def curate_countries(self, *names: str) -> None:
        """Put these countries in the place of all."""
        frame = self.spark.createDataFrame(list(enumerate(names)), "country_key bigint, country string")
        tables.replace(frame, self.run().uri(Zone.CURATED, "dim_country"))

    def add_balance(self, *row: Any) -> None:
        """Change a standing count, as a cleanse would."""
        self.balances.append(row)
        self.run().record("balances", [{"feed": row[0], "entity": row[1], "measure": row[2], "change": row[3]}])

    def balances_to_publish(self, run: Run) -> dict[str, DataFrame]:
        """What lake.pipelines.balances gives for a real shop."""
        schema = "feed string, entity string, {} string, record_count bigint"
        balances = self.spark.createDataFrame(self.balances, schema.format("disposition"))
        return {
            "record_balances": balances,
            "rule_failures": self.spark.createDataFrame([], schema.format("rule")),
        }

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The answer of the session's own metastore."""
        return [tuple(row) for row in self.spark.sql(query).collect()]

    def sold(self, database: str | None = None) -> dict[str, Decimal]:
        """Net amounts by line, through the view or in a release's database."""
        return dict(self.rows(f"select order_line_id, net_amount from {database or self.database}.fct_sales"))

    def shown(self) -> set[str]:
        """Names of the shop's tables and views; the session's own, which a curate leaves, are not among them."""
        return {name for _, name, temporary in self.rows(f"show tables in {self.database}") if not temporary}

    def drop_databases(self) -> None:
        """Leave the session's metastore as it was found."""
        for (name,) in self.rows(f"show databases like '{self.database}*'"):
            self.spark.sql(f"drop database {name} cascade")
