"""Day by day what a shop sold and showed, and how people wrote, product by product, without files: for many trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lake.generator.catalogue import FIRST_ID as FIRST_PRODUCT
from lake.generator.clock import day_number
from lake.generator.parameters import Parameters
from lake.generator.promotions import Promotion
from lake.generator.randomness import Bools, Ints
from lake.generator.source_days import SourceDays
from lake.generator.web import PRODUCT


class Said(NamedTuple):
    """A post or comment about a product or a promotion."""

    day: int
    """Its row in the arrays."""
    product: int | None
    """The product's position."""
    promotion: str | None
    score: int
    """In hundredths, from -100 to 100."""


@dataclass(frozen=True)
class Trials:
    """Arrays of days x products, from the shop's first day on; position p is `id_product` 100 + p."""

    first_day: int
    """Day number of the first row."""
    lines: Ints
    """Order lines."""
    units: Ints
    views: Ints
    """Requests of product pages by people who only look."""
    said: list[Said]
    promotions: list[Promotion]
    """Those that begin and end within the days."""
    leaf: Ints
    """The leaf category of each product on the first day."""

    def scope(self, promotion: Promotion) -> Bools:
        """The products that the promotion covers."""
        return promotion.covers(self.leaf)


def simulated(parameters: Parameters, days: int) -> Trials:
    """So many days from the shop's first one on; the same orders, visits and posts as in its files."""
    epoch = day_number(parameters.epoch)
    source = SourceDays(parameters, epoch + days - 1)
    size = source.catalogue.size
    lines, units, views = (np.zeros((days, size), dtype=np.int64) for _ in range(3))
    said = []
    for row, day in enumerate(range(epoch, epoch + days)):
        sold = source.orders.place(day).lines
        np.add.at(lines[row], sold.product, 1)
        np.add.at(units[row], sold.product, sold.quantity)
        hits = source.web.looking(day)
        np.add.at(views[row], hits.target[hits.page == PRODUCT] - FIRST_PRODUCT, 1)
        for one in source.social.interactions(day):
            product = None if one.about_product is None else one.about_product - FIRST_PRODUCT
            if one.text is not None and (product is not None or one.about_promotion is not None):
                said.append(Said(row, product, one.about_promotion, one.score))
    known = source.promotions.announced(epoch + days)
    whole = [promotion for promotion in known if promotion.last < epoch + days]
    return Trials(epoch, lines, units, views, said, whole, source.catalogue.leaf(epoch))
