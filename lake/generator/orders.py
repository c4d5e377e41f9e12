"""The orders that are placed on a day: how many, when, by whom, through which channel. What follows: `lifecycle`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lake.generator import baskets, people
from lake.generator import names_and_places as words
from lake.generator.baskets import Lines
from lake.generator.catalogue import Catalogue
from lake.generator.clock import Clock, date_of, day_number
from lake.generator.customers import Customers
from lake.generator.parameters import Parameters
from lake.generator.promotions import Promotions
from lake.generator.randomness import Dice, Ints

CHANNELS = ("web", "app", "store", "phone")
METHODS = ("card", "paypal", "bank_transfer", "invoice", "cash")
CARD, TRANSFER, INVOICE, CASH = 0, 2, 3, 4
FIRST_ID = 100_001
GUESTS_RETURN_WITHIN = 45


@dataclass(frozen=True)
class OrderDay:
    """All orders placed on one day, ascending by time and id."""

    day: int
    first_id: int
    placed_at: Ints
    customer: Ints
    """Position of the registered customer; -1: a guest."""
    guest: list[tuple[int, int] | None]
    """(day, position) of the guest."""
    guest_email: list[str | None]
    variant: list[str]
    """How the guest's address differs from the canonical one; empty: not at all."""
    country: Ints
    currency: Ints
    channel: Ints
    method: Ints
    coupon: Ints
    lines: Lines
    shipping: Ints

    def __len__(self) -> int:
        return len(self.placed_at)

    @property
    def id(self) -> Ints:
        """id_order."""
        return self.first_id + np.arange(len(self), dtype=np.int64)

    def summed(self, amounts: Ints) -> Ints:
        """Amounts of lines, summed per order."""
        starts = np.searchsorted(self.lines.order, np.arange(len(self)), side="left")
        return np.add.reduceat(amounts, starts) if len(self) else amounts


class Orders:
    """The orders of any day, asked for in ascending order of days; the newest days are kept."""

    def __init__(
        self, parameters: Parameters, dice: Dice, clock: Clock, customers: Customers, catalogue: Catalogue,
        promotions: Promotions,
    ) -> None:  # fmt: skip
        self.parameters, self.dice, self.clock = parameters, dice, clock
        self.customers, self.catalogue, self.promotions = customers, catalogue, promotions
        self.epoch = day_number(parameters.epoch)
        self.next_id = FIRST_ID

    def expected(self, day: int) -> int:
        """Orders of the day before promotions and chance, in hundredths."""
        parameters, on = self.parameters, date_of(day)
        percent = 100 * (36_500 + parameters.growth_percent_a_year * (day - self.epoch)) // 36_500
        percent = percent * parameters.weekday_percent[on.weekday()] // 10
        percent = percent * parameters.month_percent[on.month - 1] // 100
        for month, number, holiday in parameters.holiday_percent:
            if (on.month, on.day) == (month, number):
                percent = percent * holiday // 100
        return parameters.orders_per_day * percent // 10

    def count(self, day: int) -> int:
        """How many orders are placed: more when promotions make their scope sell more."""
        shelf = self.catalogue.shelf(day)
        plain = np.where(shelf.on_sale, shelf.popularity, 0)
        lifted = np.where(shelf.on_sale, shelf.popularity * self.promotions.effect(day, shelf.leaf) // 100, 0)
        noise = self.parameters.noise_percent
        percent = 100 - noise + self.dice.one("orders.noise", day, 2 * noise + 1)
        return max(self.expected(day) * percent * int(lifted.sum()) // int(plain.sum()) // 10_000, 1)

    def skip(self, day: int) -> None:
        """Pass over a day whose orders nobody needs: customers and guests come all the same."""
        self._begin(day)

    def _begin(self, day: int) -> tuple[int, int, Ints]:
        count, first_id = self.count(day), self.next_id
        self.next_id += count
        self.customers.advance(day)
        is_guest = np.flatnonzero(self.dice.chance("order.guest", day, count, self.parameters.guest_rate))
        returns = self.dice.chance("order.guest_returns", day, len(is_guest), self.parameters.returning_guest_rate)
        fresh = is_guest[~returns] if self._former_guests(day) else is_guest
        self.customers.add_guests(day, len(fresh))
        self.customers.guests.pop(day - 70, None)
        return count, first_id, is_guest

    def place(self, day: int) -> OrderDay:
        """The orders of the day; the day before must have been placed or skipped."""
        count, first_id, is_guest = self._begin(day)
        parameters, dice = self.parameters, self.dice
        customer = dice.pick("order.customer", day, count, self.customers.buying_weights(day))
        country = self.customers.countries(day, customer)
        guest: list[tuple[int, int] | None] = [None] * count
        email: list[str | None] = [None] * count
        variant = [""] * count
        for at, who in zip(is_guest.tolist(), self._guests_of(day, is_guest), strict=True):
            found = self.customers.guests[who[0]]
            guest[at], email[at] = who, found.email[who[1]]
            country[at] = found.who.country[who[1]]
        customer[is_guest] = -1
        self._vary(day, is_guest, email, variant)
        channel = dice.pick("order.channel", day, count, parameters.channel_weights)
        channel = np.where((channel == baskets.STORE) & (customer < 0), 0, channel)
        method = dice.pick("order.method", day, count, (56, 26, 10, 8))
        method = np.where(channel == baskets.STORE, np.where(method == CARD, CARD, CASH), method)
        shelf, active = self.catalogue.shelf(day), self.promotions.active(day)
        filled = baskets.filled(
            dice, day, baskets.line_counts(dice, day, count, parameters.basket_weights), shelf,
            self.promotions.effect(day, shelf.leaf), active, country, channel,
            quantity_weights=parameters.quantity_weights, coupon_rate=parameters.coupon_rate,
            phone_discount_rate=parameters.phone_discount_rate,
            free_shipping_from=parameters.free_shipping_from, shipping_price=parameters.shipping_price,
        )  # fmt: skip
        currency = np.asarray(words.COUNTRY_CURRENCY)[country]
        return OrderDay(
            day, first_id, self.moments("order", day, count), customer, guest, email, variant, country, currency,
            channel, method, filled.coupon, filled.lines, filled.shipping,
        )  # fmt: skip

    def moments(self, name: str, day: int, count: int) -> Ints:
        """Ascending UTC seconds within the local day, by the weights of its hours."""
        hours = self.dice.pick(f"{name}.hour", day, count, self.parameters.hour_weights)
        seconds = hours * 3600 + self.dice.below(f"{name}.second", day, count, 3600)
        return self.clock.midnight(day) + np.sort(np.minimum(seconds, self.clock.length(day) - 1))

    def _former_guests(self, day: int) -> list[tuple[int, Ints]]:
        """(day, positions) of the guests of the last weeks who have not registered, days without any left out."""
        book = self.customers.guests
        known = [other for other in range(day - GUESTS_RETURN_WITHIN, day) if other in book]
        found = [(other, np.flatnonzero(book[other].registers_on > day)) for other in known]
        return [(other, positions) for other, positions in found if len(positions)]

    def _guests_of(self, day: int, is_guest: Ints) -> list[tuple[int, int]]:
        """Who each guest order is by: the day's new guests, else somebody who was a guest before."""
        dice, former = self.dice, self._former_guests(day)
        returns = dice.chance("order.guest_returns", day, len(is_guest), self.parameters.returning_guest_rate).tolist()
        which_day = dice.below("order.guest_day", day, len(is_guest), max(len(former), 1)).tolist()
        which = dice.below("order.guest_which", day, len(is_guest), 1 << 20).tolist()
        found, fresh = [], 0
        for again, at, draw in zip(returns, which_day, which, strict=True):
            if again and former:
                other, positions = former[at]
                found.append((other, int(positions[draw % len(positions)])))
            else:
                found.append((day, fresh))
                fresh += 1
        return found

    def _vary(self, day: int, is_guest: Ints, email: list[str | None], variant: list[str]) -> None:
        varies = self.dice.chance("order.email_varies", day, len(is_guest), self.parameters.variant_rate).tolist()
        choice = self.dice.below("order.email_variant", day, len(is_guest), 4).tolist()
        for at, does, how in zip(is_guest.tolist(), varies, choice, strict=True):
            address = email[at]
            if does and address is not None:
                email[at], variant[at] = people.variant(address, how)
