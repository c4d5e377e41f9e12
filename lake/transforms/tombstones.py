"""Deletions that nobody sends: a key that a list of standing keys (a key list, a whole snapshot) no longer has.

Lists are numbered 0, 1, ... by date; a row has the number of its delivery. A list judges the rows of earlier numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import accumulate
from math import inf

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

KEY, NUMBER = "lake_business_key", "lake_list_number"
PRESENT, MISSING = "lake_present", "lake_missing_number"
WORD = 63
"""Bits of a long that can be set without its sign."""
SAID = "array<struct<has_list: boolean, day: date, moment: string, first: bigint>>"


@dataclass(frozen=True)
class ListOfKeys:
    """One number: its day, the moment at which it deletes (null: the start of the day), its first key (null: all).

    `has_list`: not every delivery came with one.
    """

    has_list: bool
    day: date
    moment: datetime | None = None
    first: int | None = None


def with_tombstones(
    candidates: DataFrame, accepted: DataFrame, present: DataFrame, lists: Sequence[ListOfKeys], time_zone: str, *,
    history: bool,
) -> DataFrame:  # fmt: skip
    """Adds `lake_gone_at`: the start (in `time_zone`) of the day of the list that deletes the row's key, or null.

    With history a row is gone at the first list without its key before the key's next accepted row. Without, all rows
    of a key are gone at the first list without it after the key's last accepted row: a row in a delivery of that date
    shows that the key stood then, whatever its version.

    `candidates`: KEY, NUMBER (null: never judged) and `lake_scope_key` (the key as a number, for lists that begin with
    a first key). `accepted`: KEY and NUMBER of all accepted rows of these keys. `present`: a row a key of the lists, as
    `presence` gives it.
    """
    if history:
        rows_at = presence(accepted, [KEY]).withColumnRenamed(PRESENT, "lake_rows_at")
        since, until = F.col(NUMBER), F.array_min(F.filter("lake_rows_at", lambda number: number > F.col(NUMBER)))
    else:
        rows_at = accepted.groupBy(KEY).agg(F.max(NUMBER).alias("lake_rows_at"))
        since, until = F.col("lake_rows_at"), F.lit(None).cast("int")
    joined = candidates.join(present, KEY, "left").join(rows_at, KEY, "left")
    found = with_first_missing(joined, lists, since, until)
    found = found.withColumn("lake_gone_at", moment_of(lists, F.col(MISSING), time_zone))
    return found.drop(PRESENT, MISSING, "lake_rows_at")


def presence(rows: DataFrame, key: Sequence[str], numbers: Iterable[int] = ()) -> DataFrame:
    """A row a key with PRESENT, the set of its NUMBERs, null ones aside.

    Sets are gathered as bits of a few longs: many rows a key need no sort, as gathering arrays would. `numbers`: those
    that there can be, where the caller knows; of a single one nothing is gathered.
    """
    known = {*numbers}
    if len(known) == 1:
        found = rows.where(F.col(NUMBER).isNotNull()).select(*key).distinct()
        return found.withColumn(PRESENT, F.array(F.lit(*known)))
    word, bit = F.expr(f"{NUMBER} div {WORD}"), F.expr(f"shiftleft(1L, {NUMBER} % {WORD})")
    words = rows.where(F.col(NUMBER).isNotNull()).groupBy(*key, word.alias("lake_word"))
    gathered = words.agg(F.bit_or(bit).alias("lake_bits"))
    bits = F.filter(F.sequence(F.lit(0), F.lit(WORD - 1)), lambda place: F.getbit("lake_bits", place) == 1)
    places = F.transform(bits, lambda place: (place + F.col("lake_word") * WORD).cast("int"))
    return one_set(gathered.select(*key, places.alias(PRESENT)), key)


def one_set(rows: DataFrame, key: Sequence[str], numbers: Iterable[int] = ()) -> DataFrame:
    """A row a key with the union of its rows' PRESENT; `numbers` as in `presence`."""
    if len({*numbers}) == 1:
        return rows.select(*key, PRESENT).distinct()
    return rows.groupBy(*key).agg(F.array_distinct(F.flatten(F.collect_list(PRESENT))).alias(PRESENT))


def moment_of(lists: Sequence[ListOfKeys], number: Column, time_zone: str) -> Column:
    """When the list of that number deletes (UTC): at its moment, else at the start of its day in the zone."""
    said = F.get(_constant(lists), number)
    return F.coalesce(said["moment"].cast("timestamp"), F.to_utc_timestamp(said["day"].cast("timestamp"), time_zone))


def with_first_missing(rows: DataFrame, lists: Sequence[ListOfKeys], since: Column, until: Column) -> DataFrame:
    """Adds MISSING, the number of the first list after `since` (and before `until`) that should have the key, or null.

    `until` may be null. Reads PRESENT (the numbers of the lists that have it) and `lake_scope_key`. Step by step, so
    that Spark compares the lists of a key once, not wherever the next step names the result.
    """
    numbers = [number for number, one in enumerate(lists) if one.has_list]
    listed = F.from_json(F.lit(json.dumps(numbers)), "array<int>")
    held = F.coalesce(PRESENT, F.array().cast("array<int>"))
    bounded = rows.withColumns({"lake_since": since, "lake_until": until})

    def judges(number: Column) -> Column:
        first = F.get(_constant(lists), number)["first"]
        is_covered = first.isNull() | F.coalesce(F.col("lake_scope_key") >= first, F.lit(False))
        is_before = F.col("lake_until").isNull() | (number < F.col("lake_until"))
        return (number > F.col("lake_since")) & is_before & is_covered

    if _later_cover_less(lists):
        # A key that one list does not cover is covered by no later one: only the first list without the key counts,
        # and it is among the next ones, one more than the key has lists
        passed = [*accumulate(int(one.has_list) for one in lists)]
        after = F.get(F.from_json(F.lit(json.dumps(passed)), "array<int>"), F.col("lake_since")) + 1
        next_ones = F.slice(listed, after, F.size(held) + 1)
        found = bounded.withColumn(MISSING, F.get(F.array_except(next_ones, held), 0))
        found = found.withColumn(MISSING, F.when(judges(F.col(MISSING)), F.col(MISSING)))
    else:
        found = bounded.withColumn(MISSING, F.array_min(F.filter(F.array_except(listed, held), judges)))
    return found.drop("lake_since", "lake_until")


def _later_cover_less(lists: Sequence[ListOfKeys]) -> bool:
    firsts = [-inf if one.first is None else one.first for one in lists if one.has_list]
    return firsts == sorted(firsts)


def _constant(lists: Sequence[ListOfKeys]) -> Column:
    """The lists as one folded constant: as a joined column, each row would carry a copy."""
    said = [{**asdict(one), "day": str(one.day), "moment": one.moment and one.moment.isoformat()} for one in lists]
    return F.from_json(F.lit(json.dumps(said)), SAID)
