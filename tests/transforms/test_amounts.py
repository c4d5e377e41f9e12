"""Amounts of a line completed from any subset of what a source may give, against plain Decimal arithmetic."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from random import Random

import pytest
from pyspark.sql import SparkSession

from lake.transforms.amounts import amounts_agree, with_line_amounts

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


def _agree(quantity: Decimal | None, given: Values) -> bool:
    price, gross, discount, net = (given.get(name) for name in NAMES)
    if gross is not None and discount is not None and net is not None and gross - discount != net:
        return False
    if gross is None and discount is not None and net is not None:
        gross = net + discount
    if gross is None or price is None or quantity is None:
        return True
    return abs(gross - price * quantity) <= Decimal("0.005") * (abs(quantity) + 1)


def _is_agreed(spark: SparkSession, rows: list[tuple[Decimal | None, ...]], given: set[str]) -> list[bool]:
    found = spark.createDataFrame(rows, SCHEMA).select(amounts_agree(given)).collect()
    return [row[0] for row in found]


@pytest.mark.parametrize("given_names", [{"unit_price", "net_amount", "discount_amount"}, set(NAMES)], ids=len)
def test_what_is_given_twice_must_agree(spark: SparkSession, given_names: set[str]) -> None:
    draw = Random(11)
    rows: list[tuple[Decimal | None, ...]] = []
    for _ in range(400):
        quantity, price, _, discount, _ = _drawn(draw)
        extended = _rounded(None if price is None or quantity is None else price * quantity)
        off = Decimal(draw.choice([0, 0, 0, 1, 40, 60, 200_000])).scaleb(-4)
        gross = None if extended is None else extended + off
        slip = draw.choice([0, 0, 0, Decimal("0.0001")])
        net = None if gross is None or discount is None else gross - discount + slip
        rows.append((quantity, price, gross, discount, net))
    shown = [{n: v if n in given_names else None for n, v in zip(NAMES, row[1:], strict=True)} for row in rows]
    expected = [_agree(row[0], given) for row, given in zip(rows, shown, strict=True)]
    assert _is_agreed(spark, rows, given_names) == expected
    assert expected.count(False) > 20 and expected.count(True) > 200


def test_a_price_rounded_to_the_cent_agrees_and_a_wrong_one_does_not(spark: SparkSession) -> None:
    def row(*texts: str) -> tuple[Decimal | None, ...]:
        return (*(Decimal(text) for text in texts), None, None)

    rows = [row("3", "3.33", "10.00"), row("-3", "3.33", "-10.00"), row("1.234", "2.99", "3.69")]
    wrong = [row("3", "3.33", "10.02"), row("3", "3.33", "-9.99"), row("0", "3.33", "1")]
    huge = (LARGEST, LARGEST, -LARGEST, -LARGEST, LARGEST)
    assert _is_agreed(spark, [*rows, *wrong, huge], set(NAMES)) == [True] * 3 + [False] * 4
