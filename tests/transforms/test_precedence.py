"""Several feeds for one entity against a plain-Python replay of what each feed says, moment by moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from lake.contracts.entity import Entity, EntityColumn
from lake.transforms.precedence import merged

Row = dict[str, Any]
ATTRIBUTES = ["name", "city", "deleted_at", "source_feed"]
SCHEMA = (
    "id string, {} name string, city string, deleted_at timestamp, source_feed string, "
    "lake_business_key string, lake_key string"
)
_NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # an example costs a second


def _entity(*, history: bool, events: bool = False) -> Entity:
    types = {"id": "string", "name": "string", "city": "string"} | ({"effective_at": "timestamp"} if history else {})
    columns = [EntityColumn(name=name, type=kind, description=name) for name, kind in types.items()]
    about = {"entity": "people", "description": "People.", "grain": "one", "key": ["id"], "history": history}
    return Entity(**about, history_of="events" if events else "state", columns=columns)


def _day(number: int) -> datetime:
    return datetime(2020, 1, 1) + timedelta(days=number)


def _row(feed: int, member: int, day: int, name: str | None, city: str | None, lives: int | None) -> Row:
    return {
        "id": str(member),
        "effective_at": _day(day),
        "name": name,
        "city": city,
        "deleted_at": None if lives is None else _day(day + lives),
        "source_feed": f"feed{feed}",
        "lake_business_key": f"b{member}",
        "lake_key": f"b{member}@{day}",
    }


_rows = st.builds(
    _row,
    st.integers(0, 2),
    st.integers(0, 12),
    st.integers(0, 9),
    st.sampled_from([None, "x", "y"]),
    st.sampled_from([None, "P", "Q"]),
    st.sampled_from([None, None, None, -2, 0, 1, 3]),
)


def _expected(by_feed: Sequence[list[Row]], *, history: bool) -> list[Row]:
    found = {}
    for row in [row for rows in by_feed for row in rows]:
        voices = [_said(rows, row, history=history) for rows in by_feed]
        identifying = {name: value for name, value in row.items() if name not in ATTRIBUTES}
        chosen = {n: next((v[n] for v in voices if v[n] is not None), None) for n in ATTRIBUTES}
        chosen["deleted_at"] = min((v["deleted_at"] for v in voices if v["deleted_at"] is not None), default=None)
        found[row["lake_key"]] = identifying | chosen
    return list(found.values())


def _said(rows: list[Row], row: Row, *, history: bool) -> Row:
    mine = [r for r in rows if r["id"] == row["id"]]
    if history:
        mine = sorted((r for r in mine if r["effective_at"] <= row["effective_at"]), key=lambda r: r["effective_at"])
        own = [r for r in mine[-1:] if r["effective_at"] == row["effective_at"]]  # its deletion may be earlier
        mine = own or [r for r in mine[-1:] if r["deleted_at"] is None or r["deleted_at"] >= row["effective_at"]]
    return mine[-1] if mine else dict.fromkeys(ATTRIBUTES)


def _assert_merged(spark: SparkSession, by_feed: Sequence[list[Row]], *, history: bool) -> None:
    frames = [_frame(spark, rows, history=history) for rows in by_feed]
    result = merged(frames, _entity(history=history))
    assert result.columns == _names(history)
    found = sorted((tuple(row) for row in result.collect()), key=repr)
    expected = _expected(by_feed, history=history)
    assert found == sorted((tuple(row[name] for name in _names(history)) for row in expected), key=repr)


def _frame(spark: SparkSession, rows: list[Row], *, history: bool = True) -> DataFrame:
    schema = SCHEMA.format("effective_at timestamp," if history else "")
    return spark.createDataFrame([tuple(row[name] for name in _names(history)) for row in rows], schema)


def _names(history: bool) -> list[str]:
    return ["id", *(["effective_at"] if history else []), *ATTRIBUTES, "lake_business_key", "lake_key"]


@settings(max_examples=4, deadline=None, phases=_NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(_rows, min_size=100, max_size=200, unique_by=lambda r: (r["source_feed"], r["lake_key"])))
def test_every_moment_has_what_the_first_feed_with_a_value_says(spark: SparkSession, rows: list[Row]) -> None:
    by_feed = [[row for row in rows if row["source_feed"] == f"feed{i}"] for i in range(3)]
    _assert_merged(spark, by_feed, history=True)


@settings(max_examples=2, deadline=None, phases=_NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(_rows, min_size=15, max_size=30, unique_by=lambda r: (r["source_feed"], r["id"])))
def test_without_history_a_key_has_one_row_of_all_feeds(spark: SparkSession, rows: list[Row]) -> None:
    plain = [row | {"lake_key": row["lake_business_key"]} for row in rows]
    for row in plain:
        del row["effective_at"]
    by_feed = [[row for row in plain if row["source_feed"] == f"feed{i}"] for i in range(3)]
    _assert_merged(spark, by_feed, history=False)


def test_a_feed_that_has_deleted_a_key_is_silent_until_it_has_a_newer_row(spark: SparkSession) -> None:
    strong = [_row(0, 1, 0, "strong", None, 2), _row(0, 1, 6, "again", None, None)]
    weak = [_row(1, 1, day, "weak", "Q", None) for day in (1, 4, 8)]
    frames = [_frame(spark, rows) for rows in (strong, weak)]
    found = merged(frames, _entity(history=True)).orderBy("effective_at").collect()
    assert [(row["name"], row["city"], row["deleted_at"]) for row in found] == [
        ("strong", None, _day(2)),
        ("strong", "Q", _day(2)),
        ("weak", "Q", None),
        ("again", "Q", None),
        ("again", "Q", None),
    ]


def test_of_events_only_the_feed_speaks_that_has_one_at_the_moment(spark: SparkSession) -> None:
    shop = [_row(0, 1, 0, "paid", None, None), _row(0, 1, 6, "returned", None, None)]
    parcels = [_row(1, 1, 2, "shipped", "Q", None), _row(1, 1, 6, "delivered", "P", None)]
    frames = [_frame(spark, rows) for rows in (shop, parcels)]
    found = merged(frames, _entity(history=True, events=True)).orderBy("effective_at").collect()
    assert [(row["name"], row["city"]) for row in found] == [("paid", None), ("shipped", "Q"), ("returned", "P")]


def test_a_column_that_one_feed_does_not_have_yet_is_null_there(spark: SparkSession) -> None:
    rows = [[_row(0, 1, 0, "old", None, None)], [_row(1, 1, 0, "new", "Q", None)]]
    frames = [_frame(spark, feed) for feed in rows]
    (row,) = merged([frames[0].drop("city"), frames[1]], _entity(history=True)).collect()
    assert (row["name"], row["city"]) == ("old", "Q")
