"""Visits of the web shop: who looks at which pages when. Orders end their visit; programs come too."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from lake.generator.catalogue import FIRST_ID as FIRST_PRODUCT
from lake.generator.catalogue import LEAVES, leaf_id
from lake.generator.clock import DAY, HOUR
from lake.generator.orders import OrderDay, Orders
from lake.generator.parameters import Parameters
from lake.generator.promotions import Promotions
from lake.generator.randomness import Dice, Ints

START, CATEGORY, PRODUCT, CART, CHECKOUT, THANKS, OTHER = range(7)
PEOPLE, DECLARED_BOT, UNDECLARED_BOT, LONG_LIVED_BOT = range(4)
VIEWS = (26, 22, 16, 12, 8, 6, 4, 3, 2, 1)
"""Visits without an order, by pages seen: 1, 2, 3, ..."""
GUEST_VISITORS, STRANGERS = 1 << 30, 1 << 31


@dataclass(frozen=True)
class Hits:
    """One element per request."""

    at: Ints
    visitor: Ints
    """Number behind the cookie; -1: no cookie."""
    page: Ints
    target: Ints
    """id_category, id_product or id_order, by the page."""
    campaign: Ints
    """Position of the campaign in the address; -1 none."""
    promotion: Ints
    client: Ints
    """A number that decides address and browser."""
    kind: Ints
    """People or which kind of bot."""


def joined(parts: list[Hits]) -> Hits:
    """All requests of the parts."""
    return Hits(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Hits)))


def _hits(at: Ints, kind: int, **columns: Ints | int) -> Hits:
    size = len(at)
    filled = {field.name: np.full(size, -1, dtype=np.int64) for field in fields(Hits)}
    filled |= {name: np.broadcast_to(np.asarray(value, dtype=np.int64), size) for name, value in columns.items()}
    return Hits(**{**filled, "at": at, "kind": np.full(size, kind, dtype=np.int64)})


class Web:
    """The requests that begin on a day (a visit may run past midnight)."""

    def __init__(self, parameters: Parameters, dice: Dice, orders: Orders, promotions: Promotions) -> None:
        self.parameters, self.dice, self.orders, self.promotions = parameters, dice, orders, promotions

    def hits(self, day: int, placed: OrderDay) -> Hits:
        """Visits without an order, visits that end in one, and programs."""
        return joined([self.looking(day), self._buying(day, placed), *self._bots(day)])

    def looking(self, day: int) -> Hits:
        """People who only look. A promotion multiplies the visits of the product pages in its scope."""
        dice, shelf = self.dice, self.orders.catalogue.shelf(day)
        lift = self.promotions.effect(day, shelf.leaf, "visits_percent")
        plain, lifted = (
            np.where(shelf.on_sale, shelf.popularity * by // 100, 0) for by in (np.full(len(lift), 100), lift)
        )
        noise = 90 + dice.one("web.noise", day, 21)
        mean = self.orders.expected(day) * self.parameters.sessions_per_order * noise
        visits = max(mean * int(lifted.sum()) // int(plain.sum()) // 10_000, 1)
        starts = self.orders.moments("web", day, visits)
        views = dice.pick("web.views", day, visits, VIEWS) + 1
        size, visit = int(views.sum()), np.repeat(np.arange(visits), views)
        pause = dice.between("web.pause", day, size, 4, 150)
        number = np.arange(size) - (np.cumsum(views) - views)[visit]
        elapsed = np.cumsum(np.where(number == 0, 0, pause))
        at = starts[visit] + elapsed - elapsed[number == 0][visit]
        page = np.where(
            number == 0,
            dice.pick("web.first_page", day, size, (40, 20, 40)),
            dice.pick("web.page", day, size, (6, 24, 60, 8, 2)),
        )
        product = dice.pick("web.product", day, size, lifted)
        category = leaf_id(0) + dice.below("web.category", day, size, LEAVES)
        target = np.where(page == PRODUCT, FIRST_PRODUCT + product, np.where(page == CATEGORY, category, -1))
        campaign, promotion = self._tracked(day, visits, shelf.leaf, product[number == 0], page[number == 0])
        first = number == 0
        visitor = STRANGERS + dice.below("web.visitor", day, visits, 60 * visits + 1)
        return _hits(
            at, PEOPLE, visitor=visitor[visit], page=page, target=target, client=visitor[visit],
            campaign=np.where(first, campaign[visit], -1), promotion=np.where(first, promotion[visit], -1),
        )  # fmt: skip

    def _tracked(self, day: int, visits: int, leaf: Ints, product: Ints, page: Ints) -> tuple[Ints, Ints]:
        """(campaign, promotion) that the first address of each visit names; -1 none."""
        campaign, promotion = np.full(visits, -1, dtype=np.int64), np.full(visits, -1, dtype=np.int64)
        running, active = self.promotions.running_campaigns(day), self.promotions.active(day)
        which = self.dice.below("web.campaign", day, visits, 1 << 20)
        follows = self.dice.chance("web.follows", day, visits, 1500)
        for index, one in enumerate(running):
            campaign[follows & (which % len(running) == index)] = one.position
        clicked = self.dice.chance("web.promotion", day, visits, 5000) & (page == PRODUCT)
        for each in active:
            promotion[clicked & each.covers(leaf)[product]] = each.position
        return campaign, promotion

    def _buying(self, day: int, placed: OrderDay) -> Hits:
        """Product, cart, checkout, thanks: the visits of web and app orders, each by the visitor's own cookie."""
        at = np.flatnonzero(placed.channel <= 1)
        lines = placed.lines
        first_line = np.searchsorted(lines.order, at, side="left")
        guests = [placed.guest[order] for order in at.tolist()]
        guest = [0 if who is None else (who[0] << 12) + who[1] for who in guests]
        visitor = np.where(
            placed.customer[at] >= 0, placed.customer[at], GUEST_VISITORS + np.array(guest, dtype=np.int64)
        )
        thanks = placed.placed_at[at]
        pauses = np.cumsum(self.dice.between("web.buying", day, 3 * len(at), 8, 200).reshape(len(at), 3), axis=1)
        start = self.orders.clock.midnight(day)
        parts = []
        for step, (page, target) in enumerate(
            ((THANKS, placed.id[at]), (CHECKOUT, -1), (CART, -1), (PRODUCT, FIRST_PRODUCT + lines.product[first_line]))
        ):
            when = thanks if step == 0 else np.maximum(thanks - pauses[:, step - 1], start)
            shown = np.broadcast_to(np.asarray(target, dtype=np.int64), len(at))
            promotion = lines.promotion[first_line] if page == PRODUCT else -1
            parts.append(
                _hits(when, PEOPLE, visitor=visitor, page=page, target=shown, client=visitor, promotion=promotion)
            )
        return joined(parts)

    def _bots(self, day: int) -> list[Hits]:
        """Crawlers that say so, programs that pretend to be browsers, and one that never sleeps."""
        dice, start, length = self.dice, self.orders.clock.midnight(day), self.orders.clock.length(day)
        products = np.flatnonzero(self.orders.catalogue.shelf(day).on_sale)
        parts = []
        for number in range(3):
            size = 20 + dice.one(f"web.crawler{number}", day, 40)
            first = start + dice.one(f"web.crawler_start{number}", day, length - HOUR)
            walk = (dice.one(f"web.crawler_from{number}", day, len(products)) + np.arange(size)) % len(products)
            at = first + np.cumsum(dice.between(f"web.crawler_pause{number}", day, size, 2, 20))
            parts.append(_hits(at, DECLARED_BOT, page=PRODUCT, target=FIRST_PRODUCT + products[walk], client=number))
        for number in range(dice.one("web.undeclared", day, 3)):
            size = 60 + dice.one(f"web.undeclared{number}", day, 80)
            first = start + dice.one(f"web.undeclared_start{number}", day, length - HOUR)
            page = dice.pick(f"web.undeclared_page{number}", day, size, (0, 0, 90, 10))
            some = products[dice.below(f"web.undeclared_product{number}", day, size, len(products))]
            target = np.where(page == PRODUCT, FIRST_PRODUCT + some, -1)
            client = 1000 + (day * 7 + number) % 5000
            parts.append(_hits(first + np.arange(size), UNDECLARED_BOT, page=page, target=target, client=client))
        at = start + np.arange(0, length, 1200) + dice.below("web.long_lived", day, length // 1200, 300)
        return [*parts, _hits(at, LONG_LIVED_BOT, page=OTHER, client=999)]


assert DAY == 24 * HOUR
