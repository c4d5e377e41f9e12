"""What is in the orders of a day: lines, prices, discounts of promotions, tax. All money is whole cents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lake.generator import names_and_places as words
from lake.generator.catalogue import Shelf
from lake.generator.promotions import Promotion
from lake.generator.randomness import Bools, Dice, Ints, rounded_share

PHONE, STORE = 3, 2
NO_PROMOTION = -1


@dataclass(frozen=True)
class Lines:
    """One element per order line, in the order of the orders."""

    order: Ints
    """Position of the order within the day."""
    number: Ints
    product: Ints
    quantity: Ints
    unit_price: Ints
    discount: Ints
    promotion: Ints
    """Position of the promotion that explains the discount; -1 none."""
    tax: Ints

    @property
    def gross(self) -> Ints:
        """Before discounts."""
        return self.quantity * self.unit_price

    @property
    def net(self) -> Ints:
        """After discounts, without tax."""
        return self.gross - self.discount


@dataclass(frozen=True)
class Baskets:
    """The lines of a day and, per order, which coupon was used (-1 none) and the shipping charged."""

    lines: Lines
    coupon: Ints
    shipping: Ints


def line_counts(dice: Dice, day: int, orders: int, weights: tuple[int, ...]) -> Ints:
    """How many lines each order has."""
    return dice.pick("basket.lines", day, orders, weights) + 1


def filled(
    dice: Dice, day: int, counts: Ints, shelf: Shelf, effect: Ints, active: list[Promotion],
    country: Ints, channel: Ints, *, quantity_weights: tuple[int, ...], coupon_rate: int, phone_discount_rate: int,
    free_shipping_from: int, shipping_price: int,
) -> Baskets:  # fmt: skip
    """Baskets with so many lines each. A product is as likely as its popularity times the effect of promotions."""
    size, orders = int(counts.sum()), len(counts)
    order = np.repeat(np.arange(orders), counts)
    starts = np.cumsum(counts) - counts
    product = dice.pick("line.product", day, size, np.where(shelf.on_sale, shelf.popularity * effect // 100, 0))
    quantity = dice.pick("line.quantity", day, size, quantity_weights) + 1
    currency = np.asarray(words.COUNTRY_CURRENCY)[country]
    factor = np.asarray(words.PRICE_LIST)[currency]
    unit_price = rounded_share(shelf.price[product], factor[order], 1000)
    gross = quantity * unit_price
    tried = dice.chance("order.coupon", day, orders, coupon_rate)
    which = dice.below("order.coupon_which", day, orders, 1 << 20)
    discount, promotion, coupon, free = _promoted(
        active, shelf.leaf, order, product, quantity, unit_price, orders, np.where(tried, which, -1)
    )
    by_phone = (channel == PHONE) & dice.chance("order.phone_discount", day, orders, phone_discount_rate)
    granted = by_phone[order] & (promotion == NO_PROMOTION)
    discount = np.where(granted, rounded_share(gross, 5, 100), discount)
    net = gross - discount
    tax = rounded_share(net, np.asarray(words.TAX_PERCENT)[country][order], 100)
    worth = np.add.reduceat(net, starts)
    would_pay = (channel != STORE) & (worth < rounded_share(np.full(orders, free_shipping_from), factor, 1000))
    shipping = np.where(would_pay & ~free, rounded_share(np.full(orders, shipping_price), factor, 1000), 0)
    coupon = np.where(free & ~would_pay, -1, coupon)
    lines = Lines(order, np.arange(size) - starts[order] + 1, product, quantity, unit_price, discount, promotion, tax)
    return Baskets(lines, coupon, shipping)


def _promoted(
    active: list[Promotion], leaf: Ints, order: Ints, product: Ints, quantity: Ints, unit_price: Ints, orders: int,
    coupon_draw: Ints,
) -> tuple[Ints, Ints, Ints, Bools]:  # fmt: skip
    """(discount and promotion of each line, coupon of each order, whether its shipping is free).

    One promotion explains a line: the first that runs without a code, else the coupon. A coupon that gives nothing is
    not accepted.
    """
    gross = quantity * unit_price
    discount = np.zeros(len(order), dtype=np.int64)
    promotion = np.full(len(order), NO_PROMOTION, dtype=np.int64)
    for one in (each for each in active if each.code is None):
        hit = one.covers(leaf)[product] & (promotion == NO_PROMOTION)
        given = _given(one, gross, quantity, unit_price)
        discount = np.where(hit & (given > 0), given, discount)
        promotion = np.where(hit & (given > 0), one.position, promotion)
    coupon = np.full(orders, NO_PROMOTION, dtype=np.int64)
    free = np.zeros(orders, dtype=np.bool_)
    coded = [each for each in active if each.code is not None]
    for index, one in enumerate(coded):
        uses = (coupon_draw >= 0) & (coupon_draw % len(coded) == index)
        if one.kind == "shipping":
            free |= uses
            coupon = np.where(uses, one.position, coupon)
            continue
        hit = uses[order] & (promotion == NO_PROMOTION)
        if one.kind == "amount":
            given = _shared(one.value, np.where(hit, gross, 0), order, orders)
        else:
            hit &= one.covers(leaf)[product]
            given = _given(one, gross, quantity, unit_price)
        hit &= given > 0
        discount, promotion = np.where(hit, given, discount), np.where(hit, one.position, promotion)
        coupon[np.unique(order[hit])] = one.position
    return discount, promotion, coupon, free


def _given(one: Promotion, gross: Ints, quantity: Ints, unit_price: Ints) -> Ints:
    return rounded_share(gross, one.value, 100) if one.kind == "percent" else (quantity // 2) * unit_price


def _shared(amount: int, gross: Ints, order: Ints, orders: int) -> Ints:
    """The amount over the lines of each order by their gross, to the cent; nothing where an order is worth too little.

    Whole orders sum to the amount: each line gets what the rounded running total has grown by.
    """
    running = np.cumsum(gross)
    starts = np.searchsorted(order, np.arange(orders), side="left")
    before = np.where(starts > 0, running[starts - 1], 0)
    whole = np.append(before[1:], running[-1]) - before
    upto = running - before[order]
    enough = whole[order] >= 2 * amount
    divisor = np.maximum(whole[order], 1)
    given = rounded_share(upto, amount, divisor) - rounded_share(upto - gross, amount, divisor)
    return np.where(enough, given, 0)
