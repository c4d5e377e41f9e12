"""Amounts of a line completed from any subset of what a source may give, against plain Decimal arithmetic."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from lake.transforms.amounts import with_line_amounts

NAMES = ("unit_price", "gross_amount", "discount_amount", "net_amount")
SCHEMA = ", ".join(f"{name} decimal(18,4)" for name in ("quantity", *NAMES))
LARGEST = Decimal("99999999999999.9999")
Values = dict[str, Decimal | None]
_NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)


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


_money = st.one_of(st.none(), st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-4)))
_quantity = st.one_of(st.none(), st.just(Decimal(0)), st.integers(-(10**7), 10**7).map(lambda n: Decimal(n).scaleb(-4)))
GIVEN = [set(chosen) for size in range(1, 5) for chosen in combinations(NAMES, size)]


@settings(max_examples=1, deadline=None, phases=_NO_SHRINKING, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("given_names", GIVEN, ids=lambda names: "+".join(sorted(names)))
@given(rows=st.lists(st.tuples(_quantity, _money, _money, _money, _money), min_size=150, max_size=150))
def test_what_is_given_stays_and_the_rest_follows(
    spark: SparkSession, given_names: set[str], rows: list[tuple[Decimal | None, ...]]
) -> None:
    _assert_completed(spark, rows, given_names)


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
