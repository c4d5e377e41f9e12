"""Surrogate keys: equal to an independent computation, never negative, and different for whatever differs."""

from __future__ import annotations

from datetime import datetime

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lake.names import UNKNOWN_KEY
from lake.pipelines.curating.sql_functions import register_functions
from tests.oracle.star import durable_key, version_key

AWKWARD = [
    ["85123A"], [""], [" "], ["null"], ["-1"], ["é"], ["e\u0301"], ["🎁"], ["a,b"], ["a", "b"], ["b", "a"],
    ['a","b'], ["[1]"], ["\\"], ["\\u001f"], ["\x1f"], ["\x00"], ["\t\n\r\b\f"], ["\x7f\u2028\u2029"], ["a/b"],
    ["<a>&"], [None, "a"], ["null", "a"], ["", "a"], ["shop", "17850"], ["shop1", "7850"],
]  # fmt: skip


@pytest.fixture(scope="module")
def keyed(spark: SparkSession) -> SparkSession:
    register_functions(spark)
    return spark


def test_durable_keys_are_those_of_the_oracle_and_all_differ(keyed: SparkSession) -> None:
    frame = keyed.createDataFrame([(parts,) for parts in AWKWARD], "parts array<string>")

    seen = {tuple(row.parts): row.key for row in frame.withColumn("key", F.expr("durable_key(parts)")).collect()}

    assert seen == {tuple(parts): durable_key(*parts) for parts in AWKWARD}
    assert len(set(seen.values())) == len(AWKWARD)


def test_a_missing_id_is_the_unknown_member(keyed: SparkSession) -> None:
    row = keyed.sql(
        "select durable_key(array(cast(null as string))) as one, durable_key(array('shop', null)) as two"
    ).first()

    assert row is not None
    assert (row.one, row.two) == (UNKNOWN_KEY, UNKNOWN_KEY)


def test_many_keys_are_unique_positive_and_fit_sixty_bits(keyed: SparkSession) -> None:
    row = keyed.sql(
        "with keys as (select durable_key(array(cast(id as string))) as key from range(200000)) "
        "select count(distinct key) as keys, min(key) as least, max(key) as greatest from keys"
    ).first()

    assert row is not None
    assert row.keys == 200_000
    assert 0 <= row.least < row.greatest < 2**60


def test_version_keys_depend_on_the_true_start_to_the_microsecond(keyed: SparkSession) -> None:
    moments = [datetime(1900, 1, 1), datetime(2010, 12, 1, 8, 26), datetime(2010, 12, 1, 8, 26, 0, 1)]
    frame = keyed.createDataFrame(
        [(["A"], at) for at in moments] + [(["B"], moments[0])], "parts array<string>, at timestamp"
    )

    seen = {
        (tuple(row.parts), row.at): row.key
        for row in frame.withColumn("key", F.expr("version_key(parts, at)")).collect()
    }

    assert seen == {(parts, at): version_key(parts, at) for parts, at in seen}
    assert len({*seen.values(), durable_key("A"), durable_key("B")}) == 6
