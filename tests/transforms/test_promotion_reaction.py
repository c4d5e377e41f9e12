"""Promotions whose effect is known: four hundred of them, drawn by a fixed seed, against what the mart says of each."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.contracts.table_models import views_read
from lake.generator.clock import date_of
from lake.generator.parameters import Parameters
from lake.pipelines.curating.sql_functions import register_functions
from lake.transforms.history import entity_versions
from tests.oracle.promotion_trials import Trials, simulated
from tests.oracle.star import durable_key

PROJECT = Path(__file__).resolve().parents[2]
DAYS = 1650


def _bind(spark: SparkSession, name: str, rows: pd.DataFrame, schema: str) -> None:
    spark.createDataFrame(rows, schema).createOrReplaceTempView(name)


def _bind_counts(spark: SparkSession, trials: Trials, keys: list[int]) -> None:
    start = date_of(trials.first_day)

    def rows_of(counts: np.ndarray) -> pd.DataFrame:
        day, product = np.nonzero(counts)
        times = counts[day, product]
        days, products = np.repeat(day, times), np.repeat(product, times)
        return pd.DataFrame({"day": [start + timedelta(days=int(d)) for d in days], "product": products})

    sold, seen = rows_of(trials.lines), rows_of(trials.views)
    for rows in (sold, seen):
        rows["product"] = [keys[product] for product in rows["product"]]
    _bind(spark, "fct_sales", sold, "order_date date, product_key bigint")
    views = spark.createDataFrame(seen, "view_date date, product_key bigint")
    others = {"page_key": F.lit(1), "has_cookie": F.lit(True), "view_count": F.lit(1).cast("bigint")}
    views.withColumns(others).createOrReplaceTempView("fct_daily_page_views")


def _entity(name: str) -> Entity:
    return Entity.model_validate(yaml.safe_load((PROJECT / f"conf/entities/{name}.yaml").read_text()))


def _with_the_others(rows: DataFrame, entity: str) -> DataFrame:
    """Adds the entity's further columns of cleansed, null."""
    types = _entity(entity).cleansed_columns
    missing = {name: F.lit(None).cast(kind) for name, kind in types.items() if name not in rows.columns}
    return rows.withColumns(missing)


def _bind_texts(spark: SparkSession, trials: Trials) -> None:
    texts, scores = [], []
    for at, one in enumerate(trials.said):
        product = -1 if one.product is None else durable_key(str(one.product))
        promotion = -1 if one.promotion is None else durable_key(one.promotion)
        texts.append((str(at), date_of(trials.first_day + one.day), "", True, product, promotion))
        scores.append((str(at), "", one.score / 100, True))
    _bind(spark, "fct_social_interactions", pd.DataFrame(texts),
          "interaction_id string, interaction_date date, interaction_month string, has_text boolean, "
          "product_key bigint, promotion_key bigint")  # fmt: skip
    _bind(spark, "fct_sentiments", pd.DataFrame(scores),
          "interaction_id string, interaction_month string, score double, is_latest boolean")  # fmt: skip


def _bind_promotions(spark: SparkSession, trials: Trials, withdrawn: list[tuple[str, date | None]]) -> None:
    spans = [(one.id, date_of(one.first), date_of(one.last)) for one in trials.promotions]
    rows = pd.DataFrame([(durable_key(i), i, pd.Timestamp(a), a, b, False) for i, a, b in spans])
    kinds = "promotion_key bigint, promotion_id string, starts_at timestamp, first_date date, last_date date"
    _bind(spark, "dim_promotion", rows, f"{kinds}, is_deleted boolean")
    scope = [
        (one.id, "product", str(at), None) for one in trials.promotions for at in np.flatnonzero(trials.scope(one))
    ]
    spark.createDataFrame(
        scope, "promotion_id string, scope_kind string, scope_id string, deleted_at timestamp"
    ).createOrReplaceTempView("promotion_scopes")
    history = [(i, pd.Timestamp("2020-01-01").to_pydatetime(), "active", None) for i, _ in withdrawn]
    history += [(i, pd.Timestamp(gone).to_pydatetime(), "withdrawn", None) for i, gone in withdrawn if gone]
    for name, members in (("products", history), ("categories", [])):
        known = "product_id string, effective_at timestamp, product_status string, deleted_at timestamp"
        frame = spark.createDataFrame(members, known if members else "category_id string, deleted_at timestamp")
        rows = entity_versions(_with_the_others(frame, name), _entity(name))
        rows.createOrReplaceTempView(f"{name}_versions")


def _reactions(spark: SparkSession, trials: Trials, days: int) -> DataFrame:
    """What the mart says of promotions that were simulated for so many days."""
    products = trials.lines.shape[1]
    start = date_of(trials.first_day)
    last = [int(np.flatnonzero(trials.lines[:, at]).max(initial=0)) for at in range(products)]
    # a product that was not sold in the last 200 days is gone since a day after its last sale
    gone = [start + timedelta(days=day + 1) if day < days - 200 else None for day in last]
    register_functions(spark)
    _bind_counts(spark, trials, [durable_key(str(at)) for at in range(products)])
    _bind_promotions(spark, trials, [(str(at), day) for at, day in enumerate(gone)])
    _bind_texts(spark, trials)
    text = (PROJECT / "lake/sql/marts/promotion_reaction.sql").read_text()
    for name, view in views_read(PROJECT / "lake/sql", text).items():
        spark.sql(view).createOrReplaceTempView(name)
    return spark.sql(text)


def test_the_mart_reads_what_is_simulated(spark: SparkSession) -> None:
    found = _reactions(spark, simulated(Parameters(seed=1, orders_per_day=40), 90), 90)
    contract = yaml.safe_load((PROJECT / "conf/tables/marts/promotion_reaction.yaml").read_text())
    assert found.columns == [column["name"] for column in contract["columns"]]


@pytest.mark.long
def test_known_effects_lie_in_their_intervals_and_promotions_without_one_are_not_flagged(spark: SparkSession) -> None:
    trials = simulated(Parameters(seed=1, orders_per_day=40), DAYS)
    rows = _reactions(spark, trials, DAYS).where("effect is not null").collect()
    known = {one.id: one for one in trials.promotions}
    for measure, name, none, least in (
        ("sales", "sales_percent", 1, 390),
        ("visits", "visits_percent", 1, 390),
        ("mood", "mood", 0, 120),  # as many have five scores for each of the four means
    ):
        judged = [
            (getattr(known[row["promotion_id"]], name) / 100, row)
            for row in rows
            if row["measure"] == measure and row["effect_low"] is not None
        ]
        held = [row["effect_low"] <= effect <= row["effect_high"] for effect, row in judged]
        flagged = [row["is_significant"] for effect, row in judged if effect == none]
        assert len(judged) >= least, measure
        assert len(flagged) >= least // 4, measure
        assert sum(held) / len(held) >= 0.92, measure
        assert sum(flagged) / len(flagged) <= 0.08, measure
