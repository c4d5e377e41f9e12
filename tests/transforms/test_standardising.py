"""Every text under every declared type, style and zone, against plain Python (Decimal, zoneinfo, unicodedata)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lake.contracts.feed import Feed, FeedColumn
from lake.transforms.standardising import BLANKS, typed, typed_once

NUMBERS = [
    "0", "-0", "+7", "17850", "17850.0", "17850.50", "1.", ".5", "-.5", "1e3", "1.5E-3", "4.0128e+10", "1e-30", "1e30",
    "99999999999999.99994", "99999999999999.99995", "-99999999999999.9999", "0.00005", "-0.00005", "0.00004",
    "12345678901234567890123456789012345678", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "1,234.56", "1.234,56", "1 234,56", "1\u00a0234,56", "1\u202f234\u00a0567,8", "1'234.5", "1\u2019234.5", "1,23",
    "12,34,567", "1,2345", ",5", "5,", "1234,567", "1,234,567", "1.234.567", "1..2", "1 2", "--1", "1-", "(5)",
    "\u22125", "\u0661", "0x10", "1_000", "NaN", "Infinity", "1f", "1d", "e5", ".", "-", "$5", "5 %", "1\n",
    "1e9999", "0012",
]  # fmt: skip
MOMENTS = [
    "2010-12-01", "2010-02-30", "2012-02-29", "2010-2-3", "2010-13-01", "01/02/2010", "30/02/2010", "20101201",
    "20100230", "03/12/2017 02:30", "12/03/2017 02:30", "05/11/2017 01:30", "11/05/2017 01:30",
    "31/10/2010 01:30", "2010-12-01 08:26", "2010-12-01T08:26:00", "2010-12-01 08:26:00.123456789",
    "2010-12-01 24:00:00", "2010-12-01 8:26",
    "2010-12-01T08:26:00Z", "2010-12-01 08:26+01:00", "2010-12-01T08:26:00.5-0530", "2010-12-01T08:26:00+05",
    "2010-12-01T08:26Z", "0000-01-01", "0000-01-01 00:00:00", "2010-12-01Z", "2010-12-01+01:00",
    "2010-12-01 08:26:00 UTC", "2010-12-01 08:26:00 -0500", "2010-12-01 08:26 +05:30", "2010-12-01 08:26:00.25 Z",
    "2010-12-01 08:26UTC", "2010-12-01 08:26:00 ", "2010-12-01 UTC", "2010-12-01 08:26:00  UTC",
    "2010-12-01 08:26:00 CET", "2010-12-01 08:26:61", "1899-12-31 23:59:59", "9999-12-31 23:59:59", "9999-12-31",
    "2017-03-12 02:30:00", "2017-03-12 01:59:59", "2017-03-12 03:00:00", "2017-11-05 01:30:00", "2017-11-05 02:00:00",
    "2017-11-05 00:59:59", "2017-11-05T01:30:00-05:00", "2010-03-28 01:30:00", "2010-10-31 01:30:00",
    "2010-10-31 02:00:00", "2010-04-04 01:45:00", "2010-10-03 02:15:00",
]  # fmt: skip
WORDS = [
    "", " ", "\u00a0x\u2003", "\ufeffa b\t", "NULL", "null", " n/a ", "N/A", "\\N", "unknown", "Unknown", "stra\u00dfe",
    "e\u0301", "\u00e9", "\ufb01n", "\u212b", "\u1112\u1161\u11ab", "\u00b4s", "\U0001f600", "true", "T", "YES", "y",
    "1", "0", "No", "f", "FALSE", "on", "17850.0", "17850.00 ", "A17850.0", "17850.01", "17850.", "-17850.0", "007.0",
]  # fmt: skip
TEXTS = [None, *dict.fromkeys([*NUMBERS, *MOMENTS, *WORDS])]
PLACEHOLDERS = ["", "NULL", "null", "n/a", "N/A", "\\N"]
STYLES = [(".", ""), (".", ","), (",", "."), (",", "space"), (".", "'")]
MARKS = {"": "", ",": ",", ".": ".", "'": "'\u2019", "space": " \u00a0\u202f"}
Typed = tuple[Any, set[str]]


def _feed(decimal: str = ".", thousands: str = "", **options: Any) -> Feed:
    return Feed.model_validate(
        {
            "feed": "texts",
            "description": "Texts.",
            "path": "*.csv",
            "load": "append",
            "format": {"kind": "csv"},
            "numbers": {"decimal": decimal, "thousands": thousands},
            "columns": [{"name": "text"}],
            "provides": [{"entity": "texts", "route": "all", "columns": {"text": "text"}}],
            **options,
        }
    )


def _assert_typed(
    spark: SparkSession, feed: Feed, pairs: list[tuple[FeedColumn, Callable[[str], Typed]]], zone: str = "UTC"
) -> None:
    """Read all texts as each column and compare value, failed cast and clock marks with the column's oracle."""
    columns = [column.model_copy(update={"name": f"c{i}"}) for i, (column, _) in enumerate(pairs)]
    rows = spark.createDataFrame([(n, text) for n, text in enumerate(TEXTS)], "n int, text string").coalesce(1)
    rows = rows.select("n", *[F.col("text").alias(column.name) for column in columns])
    wrong = []
    for row in typed(rows, columns, feed, zone).collect():
        text = TEXTS[row["n"]]
        for column, (declared, oracle) in zip(columns, pairs, strict=True):
            cleaned = None if text is None else _standardised(text, declared)
            value, marks = (None, set()) if cleaned is None else oracle(cleaned)
            found = {m for m in (*row["lake_casts"], *row["lake_clock"]) if m.endswith(f"_{column.name}")}
            if (row[column.name], found) != (value, {f"{mark}_{column.name}" for mark in marks}):
                wrong.append((text, declared.type, row[column.name], found, "instead of", value, marks))
    assert wrong == []


def _standardised(text: str, column: FeedColumn) -> str | None:
    if column.normal_form != "none":
        text = unicodedata.normalize(column.normal_form, text)
    text = text.strip(BLANKS) if column.trim else text
    placeholders = PLACEHOLDERS if column.null_values is None else column.null_values
    cased = {"keep": text, "upper": text.upper(), "lower": text.lower()}[column.case]
    if text in placeholders or cased in placeholders:
        return None
    whole, point, zeros = cased.partition(".")
    is_spreadsheet = column.type == "id" and point and zeros and not zeros.strip("0") and _is_digits(whole)
    return whole if is_spreadsheet else cased


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _column(kind: str = "string", **options: Any) -> FeedColumn:
    return FeedColumn.model_validate({"name": "text", "type": kind, **options})


def _as_text(text: str) -> Typed:
    return text, set()


def _or_failed(value: Any) -> Typed:
    return value, {"cast"} if value is None else set()


def _number(text: str, point: str, marks: str) -> Decimal | None:
    mantissa, _, exponent = text.replace("E", "e").partition("e")
    if "e" in text.lower():
        digits = exponent[1:] if exponent[:1] in "+-" else exponent
        if not _is_digits(digits) or len(digits) > 3:
            return None
    unsigned = mantissa[1:] if mantissa[:1] in ("+", "-") else mantissa
    whole, has_point, fraction = unsigned.partition(point)
    groups = re.split(f"[{re.escape(marks)}]", whole) if marks else [whole]
    if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return None
    whole = "".join(groups)
    if not _is_digits(whole + fraction) or (has_point and not whole and not fraction):
        return None
    sign = "-" if mantissa.startswith("-") else ""
    return Decimal(f"{sign}{whole or 0}.{fraction or 0}e{exponent or 0}")


def _decimal(precision: int, scale: int, style: tuple[str, str]) -> Callable[[str], Typed]:
    def oracle(text: str) -> Typed:
        number = _number(text, style[0], MARKS[style[1]])
        if number is None or number.adjusted() > 60:
            return _or_failed(None)
        rounded = Decimal(int((number.scaleb(scale)).to_integral_value(ROUND_HALF_UP))).scaleb(-scale)
        return _or_failed(rounded if abs(rounded) < Decimal(10) ** (precision - scale) else None)

    return oracle


def _integer(style: tuple[str, str]) -> Callable[[str], Typed]:
    def oracle(text: str) -> Typed:
        number = None if "e" in text.lower() else _number(text, style[0], MARKS[style[1]])
        has_whole = text.lstrip("+-")[:1].isdigit()
        if number is None or not has_whole or number != int(number) or not -(2**63) <= number < 2**63:
            return _or_failed(None)
        return int(number), set()

    return oracle


@pytest.mark.parametrize("style", STYLES, ids=lambda style: f"{style[0]}{style[1] or 'none'}")
def test_numbers_are_read_as_the_feed_writes_them_or_fail(spark: SparkSession, style: tuple[str, str]) -> None:
    with localcontext() as context:
        context.prec = 120
        pairs = [
            (_column("decimal"), _decimal(18, 4, style)),
            (_column("decimal(38,0)"), _decimal(38, 0, style)),
            (_column("decimal(5,2)", trim=False), _decimal(5, 2, style)),
            (_column("integer"), _integer(style)),
        ]
        _assert_typed(spark, _feed(*style), pairs)


def test_words_are_trimmed_normalised_cased_and_recognised_as_nothing(spark: SparkSession) -> None:
    def boolean(text: str) -> Typed:
        if text.lower() in ("true", "t", "yes", "y", "1"):
            return True, set()
        return _or_failed(False if text.lower() in ("false", "f", "no", "n", "0") else None)

    texts = [
        _column(), _column(trim=False), _column(case="upper"), _column(case="lower"), _column(null_values=[]),
        _column(case="upper", null_values=["unknown"]), _column(case="lower", null_values=["Unknown", "f"]),
        _column(normal_form="NFC"), _column(normal_form="NFKC", case="upper"), _column("id"), _column("json"),
    ]  # fmt: skip
    _assert_typed(spark, _feed(), [*((column, _as_text) for column in texts), (_column("boolean"), boolean)])


def _date(text: str) -> Typed:
    try:
        return date.fromisoformat(text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else ""), set()
    except ValueError:
        return _or_failed(None)


def _date_by(*layouts: tuple[str, int]) -> Callable[[str], Typed]:
    def oracle(text: str) -> Typed:
        found = [_parsed(text, layout) for layout, length in layouts if len(text) == length]
        return _or_failed(next((moment.date() for moment in found if moment), None))

    return oracle


def _parsed(text: str, layout: str) -> datetime | None:
    try:
        return datetime.strptime(text, layout)
    except ValueError:
        return None


def _in_zone(wall: datetime, zone: str) -> Typed:
    local = wall.replace(tzinfo=ZoneInfo(zone))
    try:
        moment = local.astimezone(UTC)
    except OverflowError:  # the year 10000
        return _or_failed(None)
    marks = set()
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        marks = {"clock_missing"}
    elif local.utcoffset() != local.replace(fold=1).utcoffset():
        marks = {"clock_twice"}
    return moment.replace(tzinfo=None), marks


def _iso_moment(zone: str) -> Callable[[str], Typed]:
    clock_time = r"(\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)\.(\d{1,9}))?"
    shape = rf"(\d{{4}}-\d\d-\d\d)(?:[ T]{clock_time}(?: ?(Z|UTC|[+-]\d\d(?::?\d\d)?))?)?"

    def oracle(text: str) -> Typed:
        found = re.fullmatch(shape, text)
        day, clock, fraction, offset = found.groups() if found else ("", None, None, None)
        clock = (clock or "00:00") + ("" if (clock or "").count(":") > 1 else ":00")
        wall = _parsed(f"{day} {clock}", "%Y-%m-%d %H:%M:%S")
        if wall is None:
            return _or_failed(None)
        wall += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
        if offset is None:
            return _in_zone(wall, zone)
        digits = offset[1:].replace(":", "").ljust(4, "0") if offset not in ("Z", "UTC") else "0000"
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return wall + (shift if offset.startswith("-") else -shift), set()

    return oracle


def _moment_by(zone: str, *layouts: str) -> Callable[[str], Typed]:
    def oracle(text: str) -> Typed:
        wall = next((found for layout in layouts if len(text) == 16 and (found := _parsed(text, layout))), None)
        return _or_failed(None) if wall is None else _in_zone(wall, zone)

    return oracle


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe"])
def test_times_are_moments_of_their_zone_and_its_clock_changes_are_marked(spark: SparkSession, zone: str) -> None:
    formats = ["dd/MM/yyyy HH:mm", "MM/dd/yyyy HH:mm"]
    pairs = [
        (_column("timestamp"), _iso_moment(zone)),
        (_column("timestamp", time_zone="Europe/London"), _iso_moment("Europe/London")),
        (_column("timestamp", formats=formats), _moment_by(zone, "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M")),
    ]
    _assert_typed(spark, _feed(time_zone=zone), pairs, "Asia/Tokyo")


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("dd/MMM/yyyy:HH:mm:ss Z", "02/Jan/2024:00:30:00 +0100"),
        ("yyyy-MM-dd HH:mm:ssXXX", "2024-01-02 00:30:00+01:00"),
        ("yyyy-MM-dd HH:mm:ss VV", "2024-01-02 00:30:00 Europe/Berlin"),
        ("yyyy-MM-dd HH:mm:ss O", "2024-01-01 20:30:00 GMT-3"),
    ],
)
def test_a_time_that_names_its_offset_is_not_moved_by_the_zone_of_the_feed(
    spark: SparkSession, layout: str, text: str
) -> None:
    column = _column("timestamp", formats=[layout])
    rows = spark.createDataFrame([(text,)], f"{column.name} string")
    found = typed(rows, [column], _feed(time_zone="Europe/Paris"), "America/New_York").first()
    assert found is not None and found[column.name] == datetime(2024, 1, 1, 23, 30)
    assert not found["lake_casts"] and not found["lake_clock"]


def test_dates_that_no_calendar_has_fail_their_cast(spark: SparkSession) -> None:
    pairs = [
        (_column("date"), _date),
        (_column("date", formats=["dd/MM/yyyy", "yyyyMMdd"]), _date_by(("%d/%m/%Y", 10), ("%Y%m%d", 8))),
    ]
    _assert_typed(spark, _feed(), pairs)


def test_a_cell_of_a_storage_class_that_its_column_does_not_allow_is_named(spark: SparkSession) -> None:
    stored = ['{"a": "integer", "b": "text"}', '{"b": "real"}', '{"a": "blob", "b": "blob"}', None]
    rows = spark.createDataFrame([(i, "1", "x", s) for i, s in enumerate(stored)], "i int, a string, b string, "
                                 "lake_storage string")  # fmt: skip
    columns = [FeedColumn(name="a", type="integer"), FeedColumn(name="b", storage=["text"])]
    found = {row["i"]: row["lake_casts"] for row in typed(rows, columns, _feed(), "UTC").collect()}
    assert found == {0: [], 1: ["storage_b"], 2: ["storage_a", "storage_b"], 3: []}
    hashed = rows.withColumn("lake_record_hash", F.unhex(F.sha2("a", 256)))  # all texts are equal
    assert found == {row["i"]: row["lake_casts"] for row in typed_once(hashed, columns, _feed(), "UTC").collect()}


@pytest.mark.parametrize("storage", [True, False])
def test_equal_texts_that_are_typed_once_are_typed_as_each_by_itself(spark: SparkSession, storage: bool) -> None:
    texts = ["7", "x", None, "7", "", "7.5", None]
    rows = spark.createDataFrame([*enumerate(texts)], "n int, a string").withColumn("b", F.col("a"))
    rows = rows.withColumn("lake_record_hash", F.unhex(F.sha2(F.to_json(F.array("a")), 256)))
    rows = rows.withColumn("lake_storage", F.lit(None).cast("string")) if storage else rows
    columns = [FeedColumn(name="a", type="integer"), FeedColumn(name="b", null_values=["x"])]
    each, once = (how(rows, columns, _feed(), "UTC") for how in (typed, typed_once))
    assert set(each.columns) == set(once.columns)
    chosen = ["n", "a", "b", "lake_casts"]
    assert each.select(*chosen).orderBy("n").collect() == once.select(*chosen).orderBy("n").collect()
