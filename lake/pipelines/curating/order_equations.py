"""The money of whole orders, judged before anything is curated: an order that is complete and off by a cent stops all.

The equations are in `lake/sql/checks`. Orders that cannot be judged stand in `ops/incomplete_orders` and stop nothing.
Once all were found right only those are judged again that something changed of, that could not be judged, or of which a
row is refused: an order that is right stays so, since time alone (`is_settled`) only decides what excuses a difference.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import reduce
from importlib.resources.abc import Traversable
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.contracts.loading import sql_folder
from lake.contracts.table_models import views_read
from lake.errors import ReconciliationError
from lake.io import table_changes, tables
from lake.names import Zone
from lake.pipelines.cleansing.scope import Processed
from lake.pipelines.curating.selection import entity_rows, input_uri
from lake.pipelines.run import Run

TABLE = "incomplete_orders"
"""order_id, reason, amount (of the order, or by how much a side is off) and currency; rewritten when it changes."""

ENTITIES = ("orders", "order_lines", "payments", "returns", "order_statuses")
SETTLING_DAYS = 7
"""How long after the last event of an order a payment may be under way: bank transfers and refunds take days."""
SHOWN = 5
MOST_CONCERNED = 200_000
"""Of more orders all are judged."""


def check_orders(run: Run) -> None:
    """Judge the orders that something changed of since all were last found right; shops without orders have nothing.

    Raises ReconciliationError that names orders and amounts; nothing is written then.
    """
    if not all(run.catalogue.providers(entity) for entity in ("orders", "order_lines")):
        return
    versions, mark = _versions(run), _fingerprint(run)
    states = [row for row in run.ledger("table_states") if row["table_name"] == TABLE and row["fingerprint"] == mark]
    before = max(states, key=lambda row: row["at"])["inputs"] if states else None
    if before == versions:
        return
    refused = _refused(run)
    concerned = None if before is None else _concerned(run, before, versions, refused)
    found = _judged(run, refused, concerned).localCheckpoint()
    _refuse_broken(run.shop, found)
    incomplete = found.drop("is_broken")
    tables.replace(incomplete, f"{run.ops}/{TABLE}", statistics=[])
    counted = {row["reason"]: row["count"] for row in incomplete.groupBy("reason").count().collect()}
    run.progress.step("orders judged", incomplete=sum(counted.values()), **({"why": counted} if counted else {}))
    run.record("table_states", [{"table_name": TABLE, "fingerprint": mark, "inputs": versions, "reason": "judged"}])


def _versions(run: Run) -> dict[str, int]:
    """Delta versions of all that the judgement reads."""
    uris = {entity: input_uri(run, entity) for entity in ENTITIES}
    uris |= {f"quarantine/{feed}": run.uri(Zone.QUARANTINE, feed) for feed in run.catalogue.feeds}
    found = {name: tables.latest_version(run.spark, uri) for name, uri in uris.items()}
    held = sum(len(entities) for entities in _held(run).values())
    return {name: version for name, version in found.items() if version is not None} | {"held": held}


def _fingerprint(run: Run) -> str:
    """SHA-256 over the equations and all that they read by name."""
    folder = sql_folder(run.settings.project / "conf")
    sides, equations = _sql_of(folder)
    shop = run.catalogue.shop.payments_are_whole
    text = json.dumps([SETTLING_DAYS, shop, sides, equations, views_read(folder, sides)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _sql_of(folder: Traversable) -> list[str]:
    files = [folder.joinpath(f"checks/order_{name}.sql") for name in ("sides", "equations")]
    return [file.read_text(encoding="utf-8") for file in files]


def _concerned(
    run: Run, before: Mapping[str, int], versions: Mapping[str, int], refused: DataFrame
) -> DataFrame | None:
    """`order_id` of the orders to be judged again; None: all."""
    found = [tables.read(run.spark, f"{run.ops}/{TABLE}").select("order_id"), refused.select("order_id")]
    for entity in [entity for entity in ENTITIES if versions.get(entity) != before.get(entity)]:
        if entity not in before or entity not in versions:  # the first payment of all settles what was before it
            return None
        rows = table_changes.changed_rows(run.spark, input_uri(run, entity), before[entity], versions[entity])
        if rows is None:
            return None
        found.append(rows.select("order_id"))
    orders = reduce(DataFrame.unionByName, found).where("order_id is not null").distinct().localCheckpoint()
    return orders if orders.count() <= MOST_CONCERNED else None


def _judged(run: Run, refused: DataFrame, concerned: DataFrame | None) -> DataFrame:
    for entity in ENTITIES:
        entity_rows(run, entity).createOrReplaceTempView(entity)
    refused.createOrReplaceTempView("refused")
    folder, whole = sql_folder(run.settings.project / "conf"), run.catalogue.shop.payments_are_whole
    return judged_orders(run.spark, folder, concerned, payments_are_whole=whole)


def judged_orders(
    spark: SparkSession, folder: Traversable, concerned: DataFrame | None = None, *, payments_are_whole: bool = True
) -> DataFrame:
    """Rows of order_equations.sql over the views `refused` and those of ENTITIES; `folder`: the one of all models.

    `concerned`: order_id of those to be judged, all by default.
    """
    sides, equations = _sql_of(folder)
    newest = spark.table("payments").where("deleted_at is null").agg(F.max("payment_date").alias("newest_date"))
    newest.createOrReplaceTempView("newest_payment")
    if concerned is not None:
        for entity in ENTITIES:
            rows = spark.table(entity).join(F.broadcast(concerned), "order_id", "left_semi")
            rows.createOrReplaceTempView(entity)
    for name, view in views_read(folder, sides).items():
        spark.sql(view).createOrReplaceTempView(name)
    spark.sql(sides, args={"settling_days": SETTLING_DAYS}).createOrReplaceTempView("order_sides")
    return spark.sql(equations, args={"payments_are_whole": payments_are_whole})


def _refused(run: Run) -> DataFrame:
    """`entity` and `order_id` (null: it cannot be read) of rows that are in quarantine or held by a gate."""
    held = [(entity, None) for entities in _held(run).values() for entity in entities]
    found = [run.spark.createDataFrame(held, "entity string, order_id string")]
    for name, feed in run.catalogue.feeds.items():
        uri = run.uri(Zone.QUARANTINE, name)
        mine = {item.entity for item in feed.provides} & set(ENTITIES)
        if not mine or not tables.exists(run.spark, uri):
            continue
        rows = tables.read(run.spark, uri)
        order_id = F.col("order_id") if "order_id" in rows.columns else F.lit(None).cast("string")
        known = rows.where(F.col("entity").isin(sorted(mine))).select("entity", order_id.alias("order_id"))
        unrouted = rows.where(~F.col("entity").isin(sorted(run.catalogue.entities))).select("record_number")
        guesses = F.explode(F.array(*[F.lit(entity) for entity in sorted(mine)]))
        found += [known, unrouted.select(guesses.alias("entity"), F.lit(None).cast("string").alias("order_id"))]
    return reduce(DataFrame.unionByName, found)


def _held(run: Run) -> Mapping[str, set[str]]:
    """Feed -> those of its entities that a gate holds back."""
    rows: list[dict[str, Any]] = run.ledger("cleansed_deliveries")
    states = {feed: Processed.of(rows, feed).held().values() for feed in run.catalogue.feeds}
    return {feed: set[str]().union(*held) & set(ENTITIES) for feed, held in states.items()}


def _refuse_broken(shop: str, found: DataFrame) -> None:
    broken = found.where("is_broken").orderBy("order_id")
    first = broken.limit(SHOWN).collect()
    if first:
        words = [f"order {row['order_id']}: {row['reason']}, off by {row['amount']} {row['currency']}" for row in first]
        more = broken.count() - len(first)
        words += [f"and {more} more"] if more else []
        raise ReconciliationError(
            f"shop {shop}: complete orders do not add up: {'; '.join(words)}; nothing is curated or published: compare "
            "them with the deliveries that `source_file` of their rows in cleansed names, then mend the mapping, or "
            "ask the sender for a corrected file"
        )
