"""What orders, rates of exchange and addresses add to the star, in plain Python; no code of `lake`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor
from typing import Any

Row = dict[str, Any]
Rates = Mapping[tuple[str, date], Decimal]
"""(currency, day) -> units of the shop's currency for one."""


def sold_lines(lines: Iterable[Row], orders: Iterable[Row]) -> list[Row]:
    """Lines that stand with what their order says; `shipping_amount` is the line's own, else its share."""
    headers = {order["order_id"]: order for order in orders}
    found = []
    for line in lines:
        header = headers.get(line["order_id"], {})
        if line.get("deleted_at") is not None or header.get("deleted_at") is not None:
            continue
        row = dict(line)
        for name in ("ordered_at", "order_date", "order_month", "country", "channel", "currency"):
            row[name] = header.get(name) if row[name] is None else row[name]
        if line["customer_id"] is None:
            row |= {n: header.get(n) for n in ("customer_namespace", "customer_id")}
        if row["order_month"] is not None:
            shares = row["order_month"] == header.get("order_month") and row["currency"] == header.get("currency")
            found.append(row | {"shared": header.get("shipping_amount") if shares else None})
    shares = shipping_shares(found)
    return [row | {"shipping_amount": shares.get(row["order_line_id"], row.get("shipping_amount"))} for row in found]


def shipping_shares(lines: Iterable[Row]) -> dict[str, Decimal]:
    """Line without shipping of its own -> its share of what is left, in whole cents, by largest remainder."""
    orders: dict[str, list[Row]] = defaultdict(list)
    for line in lines:
        if line["shared"] is not None:
            orders[line["order_id"]].append(line)
    found = {}
    for mine in orders.values():
        left = mine[0]["shared"] - sum(line.get("shipping_amount") or 0 for line in mine)
        mine = sorted((one for one in mine if one.get("shipping_amount") is None), key=lambda one: one["order_line_id"])
        if not mine:
            continue
        weights = [line["net_amount"] for line in mine]
        if min(weights) < 0 or sum(weights) == 0:
            weights = [Decimal(1)] * len(mine)
        cents = floor(abs(left) * 100)
        exact = [Fraction(cents) * Fraction(weight) / Fraction(sum(weights)) for weight in weights]
        shares = [floor(one) for one in exact]
        ranking = sorted(range(len(mine)), key=lambda n: (shares[n] - exact[n], n))
        for place in ranking[: cents - sum(shares)]:
            shares[place] += 1
        rest = abs(left) - Decimal(cents) / 100
        for place, line in enumerate(mine):
            share = Decimal(shares[place]) / 100 + (rest if place == ranking[0] else 0)
            found[line["order_line_id"]] = (share if left >= 0 else -share).quantize(Decimal("0.0001"))
    return found


def fx_rates(given: Iterable[Row], last: date) -> list[Row]:
    """fct_fx_rates: each pair, and its inverse of days for which that is not given, on every day up to `last`."""
    known: dict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
    for row in given:
        known[row["base_currency"], row["quote_currency"]][row["rate_date"]] = row["rate"]
    pairs: dict[tuple[str, str], dict[date, tuple[Decimal, bool]]] = defaultdict(dict)
    for (base, quote), days in known.items():
        for day, rate in days.items():
            pairs[base, quote][day] = (rate, False)
            if day not in known.get((quote, base), {}):
                pairs[quote, base][day] = (_rounded(1 / Fraction(rate), 8), True)
    rows = []
    for (base, quote), days in pairs.items():
        quoted = day = min(days)
        while day <= last:
            quoted = day if day in days else quoted
            rows.append(
                {
                    "base_currency": base,
                    "quote_currency": quote,
                    "rate_date": day,
                    "date_key": int(day.strftime("%Y%m%d")),
                    "fx_rate": days[quoted][0],
                    "quoted_date": quoted,
                    "is_inverse": days[quoted][1],
                    "rate_month": day.isoformat()[:7],
                }
            )
            day += timedelta(days=1)
    return rows


def in_shop_currency(line: Row, day: date, currency: str, rates: Rates) -> Row:
    """The columns of a line in the shop's money."""
    rate = Decimal("1.00000000") if line["currency"] == currency else rates.get((line["currency"], day))
    gross, discount = (
        None if rate is None else _rounded(Fraction(line[name]) * Fraction(rate), 4)
        for name in ("gross_amount", "discount_amount")
    )
    return {
        "fx_rate": rate,
        "shop_currency": currency,
        "shop_gross_amount": gross,
        "shop_discount_amount": discount,
        "shop_net_amount": None if gross is None or discount is None else gross - discount,
    }


def persons(addresses: Sequence[tuple[int, str]]) -> dict[int, int]:
    """customer_key -> the smallest one that can be reached over common addresses."""
    holders: dict[str, set[int]] = defaultdict(set)
    held: dict[int, set[str]] = defaultdict(set)
    for key, address in addresses:
        holders[address].add(key)
        held[key].add(address)
    found = {}
    for key in held:
        reached, waiting = {key}, [key]
        while waiting:
            near = set[int]().union(*(holders[address] for address in held[waiting.pop()])) - reached
            reached |= near
            waiting += near
        found[key] = min(reached)
    return found


def _rounded(value: Fraction, places: int) -> Decimal:
    sign = -1 if value < 0 else 1
    whole = floor(abs(value) * 10**places + Fraction(1, 2))
    return (Decimal(sign * whole) / 10**places).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
