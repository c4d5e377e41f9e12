"""Gates: what is judged of a whole delivery, entity by entity. Only its own rows count, in whatever run they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import product
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed, Provision
from lake.names import UNROUTED, Severity
from lake.pipelines.cleansing.feed_frames import FeedFrames
from lake.pipelines.delivery_book import DeliveryBook

Held = set[tuple[str, str]]
"""(delivery_id, entity) pairs that a gate holds back."""


def judge_gates(
    frames: FeedFrames, routed: Mapping[str, DataFrame], book: DeliveryBook
) -> tuple[Held, list[dict[str, Any]]]:
    """What is held back of the added deliveries, and the rows for `ops.quality`. `routed`: candidates by entity.

    Every added delivery is judged for every entity, also where it has no row of it; refused records of `unrouted` are
    a part of all its records.
    """
    run, feed = frames.run, frames.feed
    items, entities = frames.items(routed=True), run.catalogue.entities
    fatal = {e: _fatal_rules(found, entities.get(e)) for e, found in items.items()}
    mine = {d.delivery_id: d for d in frames.scope.added}
    held: Held = set()
    quality = []
    counted = {(row["lake_delivery_id"], row["entity"]): row for row in _counts(routed, fatal)}
    for identity, entity in product(mine, routed):
        row = {"rows": 0, "refused": 0, "fatal": 0} | counted.get((identity, entity), {})
        if entity == UNROUTED:
            row["rows"] = mine[identity].record_count
        failed = _failed_gate(feed, row, entity)
        outcome = "passed" if not failed else "accepted" if identity in book.gate_accepted else "held"
        if outcome == "held":
            held |= {(identity, e) for e in (items if entity == UNROUTED else [entity])}
            run.progress.problem("gate", feed=feed.feed, file=mine[identity].name, entity=entity, why=failed)
        quality.append(
            {"feed": feed.feed, "entity": entity, "delivery_id": identity, "rule": failed or "gates",
             "severity": "gate", "row_count": row["rows"], "failed_count": row["refused"], "outcome": outcome}
        )  # fmt: skip
    return held, quality


def _failed_gate(feed: Feed, row: Mapping[str, Any], entity: str) -> str:
    gates, rate = feed.gates, row["refused"] / max(row["rows"], 1)
    if row["fatal"]:
        return f"{row['fatal']} rows fail a rule of severity fail"
    if rate > gates.max_quarantined_rate:
        return f"{row['refused']} of {row['rows']} rows refused, at most {gates.max_quarantined_rate:.0%} allowed"
    if entity != UNROUTED and row["rows"] < gates.min_records:
        return f"{row['rows']} rows, at least {gates.min_records} expected"
    return ""


def _counts(routed: Mapping[str, DataFrame], fatal: Mapping[str, set[str]]) -> list[dict[str, Any]]:
    """Rows, refused rows and rows that fail a `fail` rule for each (delivery, entity), duplicates included."""
    counted = []
    for entity, rows in routed.items():
        names = F.array(*[F.lit(name) for name in sorted(fatal.get(entity, set()))]).cast("array<string>")
        counted.append(
            rows.groupBy("lake_delivery_id").agg(
                F.lit(entity).alias("entity"),
                F.count("*").alias("rows"),
                F.count_if(F.size("lake_failed") > 0).alias("refused"),
                F.count_if(F.arrays_overlap("lake_failed", names)).alias("fatal"),
            )
        )
    return [row.asDict() for row in reduce(DataFrame.unionByName, counted).collect()]


def _fatal_rules(items: Sequence[Provision], entity: Entity | None) -> set[str]:
    """Names of the rules with severity `fail`."""
    rules = [*(entity.expectations if entity else []), *(rule for item in items for rule in item.expectations)]
    return {rule.rule_name for rule in rules if rule.severity is Severity.FAIL}
