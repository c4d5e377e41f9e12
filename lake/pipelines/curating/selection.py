"""A table's SELECT over its inputs, bound as temporary views. Which part of it is needed is `curate_scope`'s."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.loading import sql_folder
from lake.contracts.table import Table
from lake.contracts.table_models import model_name, times_read, views_read
from lake.io import tables
from lake.names import Zone
from lake.pipelines.curating.sql_functions import register_functions
from lake.pipelines.run import Run
from lake.transforms.history import entity_versions


def selected(run: Run, table: Table, only: Mapping[str, DataFrame] | None = None) -> DataFrame:
    """The rows that the table should hold, in its columns and types.

    `only`: input -> frame of key columns; of that input, only rows with one of these keys are read.
    """
    register_functions(run.spark)
    text, views = sql_of(run, table)
    for one in table.inputs:
        entity = run.catalogue.entities.get(one.name)
        rows = entity_rows(run, one.name) if entity is not None else _table_rows(run, one.name)
        rows = rows.select(*one.columns) if one.columns else rows
        if only and one.name in only:
            rows = rows.join(F.broadcast(only[one.name]), only[one.name].columns, "left_semi")
            rows = rows.localCheckpoint() if _is_read_again(one.name, text, views) else rows
        rows.createOrReplaceTempView(one.name)
        if entity is not None and entity.history:
            entity_versions(rows, entity).createOrReplaceTempView(f"{one.name}_versions")
    values = {"currency": run.catalogue.shop.currency, "time_zone": run.catalogue.shop.time_zone}
    for name, view in views.items():
        shared = run.spark.sql(view)
        if table.month is None and _is_read_again(name, text, views):
            shared = shared.localCheckpoint()  # of a table by months only some are read: the filter has to get through
        shared.createOrReplaceTempView(name)
    rows = run.spark.sql(text, args=values)
    typed = [F.col(c.name).cast(c.type).alias(c.name) for c in table.columns]
    return rows.select(*typed).select(*table.column_names)


def _is_read_again(name: str, text: str, views: Mapping[str, str]) -> bool:
    """Whether the SELECT and its views name an input or a view more than once."""
    return sum(times_read(name, one) for one in (text, *views.values())) > 1


def sql_of(run: Run, table: Table) -> tuple[str, dict[str, str]]:
    """The table's SELECT, and those of the shared views that it reads."""
    folder = sql_folder(run.settings.project / "conf")
    text = folder.joinpath(model_name(table)).read_text(encoding="utf-8")
    return text, views_read(folder, text)


def input_uri(run: Run, name: str) -> str:
    """Where an input lies: a cleansed entity or a curated table."""
    return run.uri(Zone.CLEANSED if name in run.catalogue.entities else Zone.CURATED, name)


def standing_rows(run: Run, table: Table) -> DataFrame:
    """The rows of a curated table that exists, as they stand."""
    return tables.read(run.spark, run.uri(Zone.CURATED, table.table), whole=True)


def _table_rows(run: Run, name: str) -> DataFrame:
    """The rows of a curated table; none of one that the shop lacks."""
    if name not in run.catalogue.absent:
        return tables.read(run.spark, input_uri(run, name), whole=True)
    declared = ", ".join(f"{c.name} {c.type}" for c in run.catalogue.absent[name].columns)
    return run.spark.createDataFrame([], declared)


def entity_rows(run: Run, name: str) -> DataFrame:
    """The rows of a cleansed entity; none of one that no feed of the shop has ever provided."""
    entity, uri = run.catalogue.entities[name], input_uri(run, name)
    if tables.exists(run.spark, uri):
        return tables.read(run.spark, uri, whole=True)
    declared = ", ".join(f"{column} {kind}" for column, kind in entity.cleansed_columns.items())
    return run.spark.createDataFrame([], declared)
