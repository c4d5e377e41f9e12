"""Raw text to typed values: trims, placeholders, case, normal form, repaired ids and casts that never raise.

Input rows are raw records (one text column per declared field). What cannot be cast is null and named in `lake_casts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf

from lake.contracts.feed import Feed, FeedColumn, NumberStyle, StorageClass
from lake.transforms.addresses import lowered_address, normalised_address

BLANKS = (
    " \t\r\n\v\f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""White space at either end that `trim` removes: Unicode's, no-break spaces and byte order marks included."""

_THOUSANDS = {"": "", ",": ",", ".": ".", "'": "'\u2019", "space": " \u00a0\u202f"}
_ZONED_LETTER = re.compile("[VvzOXxZ]")
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}\z"
_ISO_TIME = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)? ?)?(Z|UTC|[+-]\d{2}(:?\d{2})?)?(?<! )\z"
_OFFSET = r"(Z|UTC|:\d{2}(\.\d+)? ?[+-]\d{2}(:?\d{2})?)\z"
_MONEY = "decimal(18,4)"
_SHIFTS = (30, 60, 120)


def typed(rows: DataFrame, columns: Sequence[FeedColumn], feed: Feed, time_zone: str) -> DataFrame:
    """Each declared text column becomes its typed value, in place.

    Adds `lake_casts` (array of `cast_<column>` for texts that cannot be cast, and of `storage_<column>` for cells of a
    SQLite storage class that the column does not allow) and `lake_clock` (array of
    `clock_twice_<column>` and `clock_missing_<column>`: naive times in the hour that the clock runs through twice, or
    skips). Naive times are read in the column's zone, else the feed's, else `time_zone`.
    """
    kept = [c for c in rows.columns if c not in {column.name for column in columns}]
    # Step by step, so that Spark works out each text and value once, not wherever the next step names it
    cleaned = rows.select(*kept, *(_cleaned(F.col(column.name), column).alias(column.name) for column in columns))
    texts = cleaned.select(
        *kept, *(_standardised(F.col(column.name), column, feed.null_values).alias(column.name) for column in columns)
    )
    zones = {column.name: column.time_zone or feed.time_zone or time_zone for column in columns}
    parsed = texts.withColumns(
        {_parsed(column): _cast(F.col(column.name), column, feed.numbers, zones[column.name]) for column in columns}
    )
    values: list[Column] = []
    casts: list[Column] = []
    clocks: list[Column] = []
    for column in columns:
        text, value = F.col(column.name), F.col(_parsed(column))
        value = _in_known_years(value) if column.type in ("date", "timestamp") else value
        values.append(value.alias(column.name))
        if column.type not in ("string", "id", "json"):
            casts.append(F.when(text.isNotNull() & value.isNull(), F.lit(f"cast_{column.name}")))
        if "lake_storage" in kept:
            refused = [f'"{column.name}": "{kind}"' for kind in get_args(StorageClass) if kind not in column.storage]
            stored_so = [F.col("lake_storage").contains(member) for member in refused]
            casts += [F.when(reduce(or_, stored_so), F.lit(f"storage_{column.name}"))] if stored_so else []
        if column.type == "timestamp":
            clocks += _clock_warnings(text, column, zones[column.name])
    return parsed.select(*kept, *values, compacted(casts).alias("lake_casts"), compacted(clocks).alias("lake_clock"))


def typed_once(rows: DataFrame, columns: Sequence[FeedColumn], feed: Feed, time_zone: str) -> DataFrame:
    """As `typed`, where most rows are there several times: equal texts are typed once. Rows have `lake_record_hash`."""
    stored = F.coalesce("lake_storage", F.lit("")) if "lake_storage" in rows.columns else F.lit("")
    rows, same = rows.withColumn("lake_stored", stored), ["lake_record_hash", "lake_stored"]
    names = [column.name for column in columns]
    different = rows.select(*same, F.col("lake_stored").alias("lake_storage"), *names).distinct()
    values = typed(different, columns, feed, time_zone).drop("lake_storage")
    return rows.drop(*names).join(values, same).drop("lake_stored")


def _parsed(column: FeedColumn) -> str:
    return f"lake_parsed_{column.name}"


def _cleaned(text: Column, column: FeedColumn) -> Column:
    """The text after mojibake, normal form and trim."""
    cleaned = text if column.mojibake == "keep" else _repaired(text)
    cleaned = cleaned if column.normal_form == "none" else _normalised(cleaned, column.normal_form)
    return F.btrim(cleaned, F.lit(BLANKS)) if column.trim else cleaned


def _standardised(cleaned: Column, column: FeedColumn, null_values: Sequence[str]) -> Column:
    """The cleaned text after placeholders (as the source or `case` writes them), case, and ids."""
    placeholders = list(null_values if column.null_values is None else column.null_values)
    cleaned = _unless_placeholder(cleaned, placeholders)
    if column.case != "keep":
        cased = F.upper(cleaned) if column.case == "upper" else F.lower(cleaned)
        cleaned = _unless_placeholder(cased, placeholders)
    if column.type == "id":
        cleaned = F.regexp_replace(cleaned, r"^(\d+)\.0+\z", "$1")
    return lowered_address(cleaned) if column.type == "email" else cleaned


def _unless_placeholder(text: Column, placeholders: Sequence[str]) -> Column:
    return F.when(~text.isin(list(placeholders)), text) if placeholders else text


def _cast(text: Column, column: FeedColumn, style: NumberStyle, time_zone: str) -> Column:
    match column.type:
        case "string" | "id" | "json":
            return text
        case "email":
            return normalised_address(text)
        case "integer":
            plain = _plain_number(text, style)
            return F.when(plain.rlike(r"^[+-]?\d+(\.0*)?\z"), plain.try_cast("decimal(38,0)")).try_cast("bigint")
        case "date":
            return _date(text, column.formats)
        case "timestamp":
            return F.coalesce(*[_moment(text, pattern, time_zone) for pattern in column.formats or [""]])
        case "boolean":
            lowered = F.lower(text)
            return F.when(lowered.isin("true", "t", "yes", "y", "1"), True).when(
                lowered.isin("false", "f", "no", "n", "0"), False
            )
        case _:
            return _plain_number(text, style).try_cast(_MONEY if column.type == "decimal" else column.type)


def _plain_number(text: Column, style: NumberStyle) -> Column:
    """The number with a point and no thousands marks; null where marks stand in the wrong places."""
    marks = _THOUSANDS[style.thousands]
    if not marks and style.decimal == ".":
        return F.when(text.rlike(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\z"), text)
    point = re.escape(style.decimal)
    mark = f"[{re.escape(marks)}]" if marks else ""
    grouped = rf"|\d{{1,3}}({mark}\d{{3}})+" if marks else ""
    shaped = rf"^[+-]?((\d+{grouped})({point}\d*)?|{point}\d+)([eE][+-]?\d{{1,3}})?\z"
    without = F.regexp_replace(text, mark, "") if marks else text
    return F.when(text.rlike(shaped), F.translate(without, style.decimal, "."))


def _date(text: Column, formats: Sequence[str]) -> Column:
    if not formats:
        return F.when(text.rlike(_ISO_DATE), text.try_cast("date"))
    return F.coalesce(*[F.try_to_timestamp(text, F.lit(pattern)).cast("date") for pattern in formats])


def _in_known_years(value: Column) -> Column:
    """Years that Python, pandas and Hive know too: 1 to 9999."""
    return F.when(F.year(value).between(1, 9999), value)


def _moment(text: Column, pattern: str, time_zone: str) -> Column:
    """The UTC moment: naive times in `time_zone`, a doubled hour is the first one, a skipped one is shifted forward."""
    if pattern:
        parsed = F.try_to_timestamp(text, F.lit(pattern))
        return parsed if _is_zoned(pattern) else F.to_utc_timestamp(parsed, time_zone)
    with_seconds = F.regexp_replace(text, r"([ T]\d{2}:\d{2})(?= ?[ZU+-])", "$1:00")  # Spark wants them there
    shaped = F.when(text.rlike(_ISO_TIME), with_seconds)
    naive = F.to_utc_timestamp(shaped.try_cast("timestamp"), time_zone)
    return F.when(text.rlike(_OFFSET), shaped.try_cast("timestamp")).otherwise(naive)


def _clock_warnings(text: Column, column: FeedColumn, time_zone: str) -> list[Column]:
    """Marks of a naive time that the zone's clock shows twice, or never (shifts of 30 minutes up to 2 hours)."""
    if time_zone == "UTC":
        return []
    wall = _wall_time(text, column.formats)
    moment = F.to_utc_timestamp(wall, time_zone)
    later = [F.from_utc_timestamp(moment + F.expr(f"interval {m} minutes"), time_zone) for m in _SHIFTS]
    return [
        F.when(F.from_utc_timestamp(moment, time_zone) != wall, F.lit(f"clock_missing_{column.name}")),
        F.when(wall.isin(later), F.lit(f"clock_twice_{column.name}")),
    ]


def _wall_time(text: Column, formats: Sequence[str]) -> Column:
    """The naive time of a text by the first pattern that fits; null where that one has a zone, or none fits."""
    if not formats:
        return F.when(text.rlike(_ISO_TIME) & ~text.rlike(_OFFSET), text).try_cast("timestamp")
    nothing = F.lit(None).cast("timestamp")
    wall = nothing
    for pattern in reversed(formats):
        parsed = F.try_to_timestamp(text, F.lit(pattern))
        wall = F.when(parsed.isNotNull(), nothing if _is_zoned(pattern) else parsed).otherwise(wall)
    return wall


def _is_zoned(pattern: str) -> bool:
    return _ZONED_LETTER.search(re.sub(r"'[^']*'", "", pattern)) is not None


def compacted(names: Sequence[Column]) -> Column:
    """Those that are not null. `array_compact` would have Spark interpret the names' expressions one by one."""
    nothing = F.array(F.lit(None).cast("string"))
    return F.array_except(F.array(*names), nothing) if names else F.array().cast("array<string>")


def _normalised(text: Column, form: str) -> Column:
    """Unicode normal form by Arrow; text that holds no combining or compatibility character passes unchanged."""

    @arrow_udf("string")  # type: ignore[call-overload, untyped-decorator]
    def normalise(values: pa.Array) -> pa.Array:
        return pc.utf8_normalize(values, form=form)

    normal: Column = normalise(text)
    return normal


def _repaired(text: Column) -> Column:
    """UTF-8 that was taken for windows-1252 as UTF-8; what is no such text, back and forth, passes unchanged."""

    @arrow_udf("string")  # type: ignore[call-overload, untyped-decorator]
    def repair(values: pa.Array) -> pa.Array:
        return pa.array([value if value is None else _read_again(value) for value in values.to_pylist()], pa.string())

    repaired: Column = repair(text)
    return F.when(text.rlike("[\\u00c2-\\u00f4]"), repaired).otherwise(text)  # every first byte of UTF-8 shows so


def _read_again(text: str) -> str:
    try:
        return text.encode("windows-1252").decode()
    except UnicodeError:
        return text
