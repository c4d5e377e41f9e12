"""What changes in figures that were published: `ops/restatements`, with the files whose rows cause the change."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.table import Table
from lake.io import tables
from lake.names import Zone
from lake.pipelines.curating.money_rows import money_source
from lake.pipelines.publishing.releases import read_history
from lake.pipelines.run import Run
from lake.transforms.joins import sent_whole

KPIS = {
    "fct_sales": {"revenue": "net_amount", "units": "quantity"},
    "fct_returns": {"returns": "net_amount", "return_units": "quantity"},
}
"""Fact -> additive key figures and the column that each sums."""
GONE = "(row is gone)"
"""The cause where the row that went away has left cleansed, too."""


def published_months(run: Run, table: Table) -> set[str]:
    """Months of the table that the live release shows."""
    live = read_history(run).live
    published = live.tables.get(table.table) if live else None
    return set(published.partitions) if published else set()


def record_restatements(
    run: Run, table: Table, rows: DataFrame, standing: DataFrame | None, months: Iterable[str] | None,
    others: DataFrame | None,
) -> None:  # fmt: skip
    """Keep what the new rows of published months change, by month, currency, figure and causing file.

    The changes of one month, currency and figure sum exactly to new_value - old_value. `months`: those about to be
    written; `others`: what stays in them beside the rows, the same before and after. Written before they are, so that
    no crash loses one; a run that follows a crash tells it again.
    """
    figures, entity = KPIS.get(table.table, {}), money_source(run, table)
    restated = sorted(set(months or ()) & published_months(run, table)) if figures else []
    if not restated or standing is None or entity is None:
        return
    place = [F.col(str(table.partition_by)).alias("period"), F.col("currency")]
    summed = [F.sum(kpi).alias(kpi) for kpi in figures]

    def figures_of(frame: DataFrame, side: int, sign: int) -> DataFrame:
        values = [(F.col(column) * sign).cast("decimal(18,4)").alias(kpi) for kpi, column in figures.items()]
        part = frame.where(F.col(str(table.partition_by)).isin(restated))
        return part.select(*table.key, *place, F.lit(side).alias("side"), *values)

    both = figures_of(standing, -1, -1).unionByName(figures_of(rows, 1, 1)).localCheckpoint()
    counted = both if others is None else both.unionByName(figures_of(others, 0, 1))
    sums = counted.groupBy("period", "currency", "side").agg(*summed).collect()
    totals = {(row["period"], row["currency"], row["side"]): row.asDict() for row in sums}
    changed = both.groupBy(*table.key, "period", "currency").agg(*summed)
    changed = changed.where(" or ".join(f"{kpi} <> 0" for kpi in figures)).localCheckpoint()
    files = tables.read(run.spark, run.uri(Zone.CLEANSED, entity.entity)).select(*table.key, "source_file")
    files = files.join(sent_whole(changed.select(*table.key), changed.count()), table.key, "left_semi")
    named = changed.join(files, table.key, "left").withColumn("cause", F.coalesce("source_file", F.lit(GONE)))
    named = named.localCheckpoint()
    found: list[dict[str, Any]] = []
    for kpi in figures:
        causes = named.where(F.col(kpi) != 0).groupBy("period", "currency", "cause")
        for cause in causes.agg(F.sum(kpi).alias("change"), F.count("*").alias("cause_rows")).collect():
            gone, come, stay = (totals.get((*cause[:2], side), {}).get(kpi, Decimal()) for side in (-1, 1, 0))
            values = {"kpi": kpi, "old_value": stay - gone, "new_value": stay + come}
            found.append({"table_name": table.table, **cause.asDict(), **values})
    run.record("restatements", found)
