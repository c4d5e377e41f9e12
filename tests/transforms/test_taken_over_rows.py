"""Rows of a curated table that stay beside those that are made anew."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession

from lake.contracts.table import Table
from lake.errors import ReconciliationError
from lake.pipelines.curating.checks import refuse_same_keys

PROJECT = Path(__file__).resolve().parents[2]
COLUMNS = "date_key bigint, channel string"


def test_none_of_them_has_a_key_that_was_made_anew(spark: SparkSession) -> None:
    table = Table.model_validate(yaml.safe_load((PROJECT / "conf/tables/marts/web_funnel.yaml").read_text()))
    assert table.key == ["date_key", "channel"]
    anew = spark.createDataFrame([(20240101, "web"), (20240102, "web")], COLUMNS)
    refuse_same_keys(table, anew, spark.createDataFrame([(20240101, "app"), (20240103, "web")], COLUMNS))
    refuse_same_keys(table, anew, spark.createDataFrame([], COLUMNS))
    with pytest.raises(ReconciliationError, match=r"web_funnel: .*\(date_key 20240102, channel web\)"):
        refuse_same_keys(table, anew, spark.createDataFrame([(20240102, "web")], COLUMNS))
