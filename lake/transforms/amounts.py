"""The amounts of a line, completed from what the source gives (gross = net + discount; no tax, no shipping)."""

from __future__ import annotations

from collections.abc import Set
from decimal import Decimal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MONEY = "decimal(18,4)"

HALF_A_CENT = Decimal("0.005")
"""What rounding to the cent takes from a price or an amount at most."""


def with_line_amounts(lines: DataFrame, given: Set[str], exact_price: Column | None = None) -> DataFrame:
    """Completes gross_amount, discount_amount, net_amount and unit_price; what the mapping gives is never changed.

    Input: quantity and whichever of the four are in `given` (the others are null). A null among the given counts as
    not given for that row. unit_price stays null where the quantity is 0 and no price is given. `exact_price`: the
    price with more places than unit_price keeps, such as 0.00345 of a screw; the amount is rounded, not the factor.
    """
    price, quantity = F.col("unit_price"), F.col("quantity")
    factor = price if exact_price is None else F.coalesce(exact_price, price)
    gross, discount, net = (_given(name, given) for name in ("gross_amount", "discount_amount", "net_amount"))
    extended = _money(F.try_multiply(factor, quantity))
    gross_all = F.coalesce(gross, _money(F.try_add(net, discount)), extended, net)
    discount_all = F.coalesce(discount, _money(F.try_subtract(gross_all, net)), _zero(gross_all))
    net_all = F.coalesce(net, _money(F.try_subtract(gross_all, discount_all)))
    unit = F.coalesce(price, F.when(quantity != 0, _money(F.try_divide(gross_all, quantity))))
    return lines.withColumns(
        {"gross_amount": gross_all, "discount_amount": discount_all, "net_amount": net_all, "unit_price": unit}
    )


def amounts_agree(given: Set[str]) -> Column:
    """False where what the source gives of one line contradicts itself; an equation that lacks a side is not judged.

    gross - discount = net holds exactly. Unit price and gross (or net + discount) may both be rounded to the cent, so
    price * quantity may differ from gross by half a cent a unit and half a cent of its own.
    """
    gross, discount, net = (_given(name, given) for name in ("gross_amount", "discount_amount", "net_amount"))
    price, quantity = _given("unit_price", given), F.col("quantity")
    is_net = gross - discount == net
    rounding = F.lit(HALF_A_CENT) * (F.abs(quantity) + 1)
    is_extended = F.abs(F.coalesce(gross, net + discount) - price * quantity) <= rounding
    return F.coalesce(is_net, F.lit(True)) & F.coalesce(is_extended, F.lit(True))


def _given(name: str, given: Set[str]) -> Column:
    return F.col(name) if name in given else F.lit(None).cast(MONEY)


def _money(value: Column) -> Column:
    return value.try_cast(MONEY)


def _zero(present: Column) -> Column:
    return F.when(present.isNotNull(), F.lit(0).cast(MONEY))
