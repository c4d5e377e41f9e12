"""The shop's source, day after day: what stands in its tables at the end of each day."""

from __future__ import annotations

from lake.generator.catalogue import Catalogue
from lake.generator.clock import Clock, day_number
from lake.generator.customers import Customers
from lake.generator.lifecycle import LONGEST_LIFE, lived
from lake.generator.order_tables import Tables, tables_of
from lake.generator.orders import Orders
from lake.generator.parameters import Parameters
from lake.generator.promotions import Promotions
from lake.generator.randomness import Dice
from lake.generator.rates import Rates
from lake.generator.social import Social
from lake.generator.social_files import REMEMBERED, SocialDay, followed
from lake.generator.web import Hits, Web


class SourceDays:
    """Everything that is true on a day; days come in ascending order, and only a window of them is kept."""

    def __init__(self, parameters: Parameters, last_day: int) -> None:
        self.parameters = parameters
        self.dice, self.clock = Dice(parameters.seed), Clock(parameters.zone)
        self.epoch = day_number(parameters.epoch)
        self.customers = Customers(parameters, self.dice, self.clock)
        self.catalogue = Catalogue(parameters, self.dice, self.clock, last_day)
        self.promotions = Promotions(parameters, self.dice, self.clock, self.catalogue)
        self.orders = Orders(parameters, self.dice, self.clock, self.customers, self.catalogue, self.promotions)
        self.rates = Rates(parameters, self.dice)
        self.web = Web(parameters, self.dice, self.orders, self.promotions)
        self.social = Social(
            parameters, self.dice, self.clock, self.customers, self.catalogue, self.promotions, self.orders
        )
        self.web_days: dict[int, Hits] = {}
        self.social_days: dict[int, SocialDay] = {}
        self.window: dict[int, Tables] = {}
        self.first_ids: dict[int, int] = {}
        self.customers.advance(self.epoch - 1)

    def skip(self, day: int) -> None:
        """Pass over a day that no file of interest shows."""
        self.first_ids[day] = self.orders.next_id
        self.orders.skip(day)

    def live(self, day: int, with_visitors: bool = True) -> None:
        """Place the day's orders and work out what becomes of them; also who visits and writes, if asked for."""
        self.first_ids[day] = self.orders.next_id
        placed = self.orders.place(day)
        life = lived(self.parameters, self.dice, placed)
        self.window[day] = tables_of(self.parameters, self.dice, self.clock, placed, life)
        self.window.pop(day - LONGEST_LIFE, None)
        if with_visitors:
            self.web_days[day] = self.web.hits(day, placed)
            self.web_days.pop(day - 2, None)
            written = self.social.interactions(day)
            self.social_days[day] = followed(self.parameters, self.dice, self.clock, day, written)
            self.social_days.pop(day - REMEMBERED, None)

    @property
    def recent(self) -> list[Tables]:
        """The orders about which something may still happen."""
        return list(self.window.values())
