"""Amounts of a line completed from any subset of what a source may give, against plain Decimal arithmetic."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from random import Random

import pytest
from pyspark.sql import SparkSession

from lake.transforms.amounts import with_line_amounts

NAMES = ("unit_price", "gross_amount", "discount_amount", "net_amount")
SCHEMA = ", ".join(f"{name} decimal(18,4)" for name in ("quantity", *NAMES))
LARGEST = Decimal("99999999999999.9999")
Values = dict[str, Decimal | None]


def _rounded(value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    rounded = value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return rounded if abs(rounded) <= LARGEST else None


def _completed(quantity: Decimal | None, given: Values) -> Values:
    price, gross, discount, net = (given.get(name) for name in NAMES)
    if gross is None and net is not None and discount is not None:
        gross = _rounded(net + discount)
    if gross is None and price is not None and quantity is not None:
        gross = _rounded(price * quantity)
    if gross is None:
        gross = net
    if discount is None and gross is not None and net is not None:
        discount = _rounded(gross - net)
    if discount is None and gross is not None:
        discount = Decimal(0)
    if net is None and gross is not None and discount is not None:
        net = _rounded(gross - discount)
    if price is None and quantity and gross is not None:
        price = _rounded(gross / quantity)
    return dict(zip(NAMES, (price, gross, discount, net), strict=True))


def _assert_completed(spark: SparkSession, rows: list[tuple[Decimal | None, ...]], given: set[str]) -> None:
    shown = [(row[0], *(v if n in given else None for n, v in zip(NAMES, row[1:], strict=True))) for row in rows]
    found = with_line_amounts(spark.createDataFrame(shown, SCHEMA), given).collect()
    expected = [_completed(row[0], dict(zip(NAMES, row[1:], strict=True))) for row in shown]
    assert [{name: row[name] for name in NAMES} for row in found] == expected


GIVEN = [set(chosen) for size in range(1, 5) for chosen in combinations(NAMES, size)]


def _drawn(draw: Random) -> tuple[Decimal | None, ...]:
    def value(limit: int) -> Decimal | None:
        kind = draw.randrange(10)
        return None if kind < 2 else Decimal(0) if kind == 2 else Decimal(draw.randint(-limit, limit)).scaleb(-4)

    return (value(10**7), *(value(10**9) for _ in NAMES))


@pytest.mark.parametrize("given_names", GIVEN, ids=lambda names: "+".join(sorted(names)))
def test_what_is_given_stays_and_the_rest_follows(spark: SparkSession, given_names: set[str]) -> None:
    draw = Random(7)
    _assert_completed(spark, [_drawn(draw) for _ in range(400)], given_names)


def test_no_units_have_no_price_and_what_does_not_fit_is_null(spark: SparkSession) -> None:
    huge = LARGEST
    rows = [
        (Decimal(0), None, None, Decimal(1), Decimal(2)),
        (Decimal(0), Decimal(3), None, None, None),
        (Decimal("0.001"), None, None, Decimal(0), Decimal(5)),
        (Decimal("0.0001"), None, None, Decimal(0), huge),
        (Decimal(2), huge, None, None, None),
        (Decimal(1), None, None, huge, huge),
        (Decimal(-3), Decimal("0.3333"), None, None, None),
    ]
    _assert_completed(spark, rows, set(NAMES))
    found = with_line_amounts(spark.createDataFrame(rows, SCHEMA), set(NAMES)).collect()
    assert [row["unit_price"] for row in found][:4] == [None, 3, 5000, None]
    assert [row["gross_amount"] for row in found] == [3, 0, 5, huge, None, huge, Decimal("-0.9999")]


def test_a_column_that_the_mapping_does_not_give_is_made_anew(spark: SparkSession) -> None:
    rows = [(Decimal(2), Decimal(5), Decimal(77), Decimal(88), Decimal(99))]
    (found,) = with_line_amounts(spark.createDataFrame(rows, SCHEMA), {"unit_price", "quantity"}).collect()
    assert [found[name] for name in NAMES] == [5, 10, 0, 10]
