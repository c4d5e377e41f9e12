"""SCD2 versions against the plain-Python replay of each member's life."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from lake.transforms.history import versions
from tests.oracle.star import member_versions

KEY = ["space", "id"]
TRACKED = ["name", "colour"]
SCHEMA = "space string, id string, effective_at timestamp, name string, colour string, deleted_at timestamp"
COLUMNS = [*KEY, *TRACKED, "effective_at", "valid_from_at", "valid_to_at", "is_current", "is_deleted"]

Row = tuple[Any, ...]
_NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # an example costs a second


def _at(day: int | None) -> datetime | None:
    return None if day is None else datetime(2010, 12, 1) + timedelta(days=day)


def _seen(spark: SparkSession, rows: list[Row]) -> list[Row]:
    found = versions(spark.createDataFrame(rows, SCHEMA), KEY, TRACKED)
    assert found.columns == COLUMNS
    return sorted((tuple(row) for row in found.collect()), key=repr)


def _expected(rows: list[Row]) -> list[Row]:
    names = [*KEY, "effective_at", *TRACKED, "deleted_at"]
    history = [dict(zip(names, row, strict=True)) for row in rows]
    found = member_versions(history, KEY, TRACKED)
    return sorted((tuple(row[name] for name in COLUMNS) for row in found), key=repr)


_row = st.builds(
    lambda member, day, name, colour, deleted: ("ab"[member % 2], str(member), _at(day), name, colour, _at(deleted)),
    st.integers(0, 40),
    st.integers(0, 9),
    st.sampled_from([None, "x", "y"]),
    st.sampled_from([None, "x"]),
    st.one_of(st.none(), st.none(), st.none(), st.integers(0, 10)),
)


@settings(max_examples=4, deadline=None, phases=_NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(_row, min_size=150, max_size=250, unique_by=lambda row: (row[1], row[2])))
def test_any_history_in_any_order_gives_the_versions_of_a_replay(spark: SparkSession, rows: list[Row]) -> None:
    twice = [*rows, *rows[::7]]

    assert _seen(spark, twice) == _expected(rows)


def test_equal_runs_collapse_and_null_equals_null(spark: SparkSession) -> None:
    rows = [("a", "1", _at(day), name, None, None) for day, name in enumerate(["x", "x", None, None, "x"])]

    starts = [(row[2], row[4]) for row in _seen(spark, rows)]

    assert sorted(starts, key=lambda start: start[1]) == [("x", _at(0)), (None, _at(2)), ("x", _at(4))]


def test_a_late_old_row_does_not_bring_a_deleted_member_back(spark: SparkSession) -> None:
    before = [("a", "1", _at(1), "x", None, _at(5))]
    late = [("a", "1", _at(3), "y", None, None)]

    last = [row for row in _seen(spark, before + late) if row[7]]

    assert [(row[2], row[4], row[6], row[8]) for row in last] == [("y", _at(3), _at(5), True)]


def test_a_row_that_was_deleted_before_it_was_to_hold_does_not_keep_its_member_alive(spark: SparkSession) -> None:
    rows = [("a", "1", _at(1), "x", None, _at(5)), ("a", "1", _at(9), "next month's", None, _at(5))]

    assert [(row[2], row[6], row[7], row[8]) for row in _seen(spark, rows)] == [("x", _at(5), True, True)]
    assert [(row[2], row[6], row[8]) for row in _seen(spark, rows[1:])] == [("next month's", _at(9), True)]


def test_a_first_version_older_than_1900_keeps_its_own_start(spark: SparkSession) -> None:
    rows = [("a", "1", datetime(1850, 1, 1), "x", None, None), ("a", "1", datetime(1851, 1, 1), "y", None, None)]

    assert sorted(row[5] for row in _seen(spark, rows)) == [datetime(1850, 1, 1), datetime(1851, 1, 1)]
