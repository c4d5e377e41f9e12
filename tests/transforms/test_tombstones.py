"""Keys that lists no longer have, against a plain-Python walk through the days of each key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from lake.transforms.tombstones import KEY, NUMBER, ListOfKeys, one_set, presence, with_tombstones

DAYS = 7
_NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # an example costs a second
Listed = tuple[frozenset[int], int | None]
"""The keys of a list and the first key that it judges."""

_lists = st.lists(
    st.none() | st.tuples(st.frozensets(st.integers(0, 5), max_size=5), st.none() | st.integers(0, 4)),
    min_size=DAYS, max_size=DAYS,
)  # fmt: skip
_rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, DAYS - 1), st.booleans()), max_size=25)


def _day(number: int) -> date:
    return date(2024, 3, 28) + timedelta(days=number)  # the clocks of Paris change on the 31st


def _start(number: int) -> datetime:
    """Midnight in Paris, in UTC."""
    return datetime.combine(_day(number), datetime.min.time()) - timedelta(hours=1 if _day(number).day in
                                                                           range(28, 32) else 2)  # fmt: skip


def _expected(rows: Sequence[tuple[int, int, bool]], lists: Sequence[Listed | None], *, history: bool) -> list[Any]:
    """Row by row: walk the days after the key's row until a list lacks the key, or the key has a row again."""
    accepted: Mapping[int, set[int]] = {key: {d for k, d, fits in rows if k == key and fits} for key in range(6)}
    found = []
    for key, day, _ in rows:
        gone = None
        for later in range((day if history else max(accepted[key], default=DAYS)) + 1, DAYS):
            if history and later in accepted[key]:
                break
            held = lists[later]
            if held is not None and key not in held[0] and (held[1] is None or key >= held[1]):
                gone = _start(later)
                break
        found.append(gone)
    return found


def _in_order(lists: list[Listed | None]) -> list[Listed | None]:
    """The same lists of keys, a later one beginning with a greater first key: null is all keys."""
    firsts = iter(sorted((held[1] for held in lists if held), key=lambda first: -1 if first is None else first))
    return [(held[0], next(firsts)) if held else None for held in lists]


@pytest.mark.parametrize("moving_on", [False, True])
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=_NO_SHRINKING)
@given(rows=_rows, lists=_lists)
def test_a_key_is_gone_at_the_first_list_without_it(
    spark: SparkSession, moving_on: bool, rows: list[tuple[int, int, bool]], lists: list[Listed | None]
) -> None:
    lists = _in_order(lists) if moving_on else lists
    described = [(i, f"k{k}", d, k, None if fits else "quarantined") for i, (k, d, fits) in enumerate(rows)]
    schema = f"i int, {KEY} string, {NUMBER} int, lake_scope_key bigint, lake_disposition string"
    candidates = spark.createDataFrame(described, schema)
    accepted = candidates.where("lake_disposition is null").select(KEY, NUMBER)
    present = [(f"k{key}", number) for number, held in enumerate(lists) if held for key in held[0]]
    told = {number for number, held in enumerate(lists) if held}
    listed = presence(spark.createDataFrame(present, f"{KEY} string, {NUMBER} int"), [KEY], told)
    frame = [ListOfKeys(held is not None, _day(n), None, held[1] if held else None) for n, held in enumerate(lists)]
    for history in (False, True):
        found = with_tombstones(candidates, accepted, listed, frame, "Europe/Paris", history=history)
        told = {row["i"]: row["lake_gone_at"] for row in found.collect()}
        wanted = _expected(rows, lists, history=history)
        fits = [i for i, (_, _, is_accepted) in enumerate(rows) if is_accepted]
        assert [told[i] for i in fits] == [wanted[i] for i in fits]


def test_presence_is_the_set_of_numbers_of_each_key(spark: SparkSession) -> None:
    numbers = {"a": [0, 62, 63, 64, 62, None], "b": [1096], "c": [*range(300)], "d": [None]}
    rows = [(key, number) for key, found in numbers.items() for number in found]
    found = presence(spark.createDataFrame(rows, f"{KEY} string, {NUMBER} int").repartition(3), [KEY]).collect()
    assert {row[KEY]: sorted(row["lake_present"]) for row in found} == {
        "a": [0, 62, 63, 64], "b": [1096], "c": [*range(300)],
    }  # fmt: skip


def test_of_one_list_a_key_is_there_or_is_not(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("a", 7), ("b", 7), ("a", 7), ("c", None)], f"{KEY} string, {NUMBER} int")
    found = presence(rows.repartition(3), [KEY], [7])
    twice = one_set(found.unionByName(found), [KEY], [7])
    assert found.dtypes == presence(rows, [KEY]).dtypes == twice.dtypes
    for one in (found, twice):
        assert sorted((row[KEY], row["lake_present"]) for row in one.collect()) == [("a", [7]), ("b", [7])]
