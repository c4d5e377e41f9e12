"""Day by day what a shop sold and showed, and how people wrote, product by product, without files: for many trials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lake.generator.catalogue import FIRST_ID as FIRST_PRODUCT
from lake.generator.clock import day_number
from lake.generator.parameters import Parameters
from lake.generator.promotions import Promotion
from lake.generator.randomness import Bools, Ints
from lake.generator.source_days import SourceDays
from lake.generator.web import PRODUCT


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
    mood: Ints
    """Sum of the scores of posts and comments about the product, in hundredths."""
    posts: Ints
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
    lines, units, views, mood, posts = (np.zeros((days, size), dtype=np.int64) for _ in range(5))
    for row, day in enumerate(range(epoch, epoch + days)):
        sold = source.orders.place(day).lines
        np.add.at(lines[row], sold.product, 1)
        np.add.at(units[row], sold.product, sold.quantity)
        hits = source.web.looking(day)
        np.add.at(views[row], hits.target[hits.page == PRODUCT] - FIRST_PRODUCT, 1)
        for one in source.social.interactions(day):
            if one.about_product is not None and one.text is not None:
                mood[row, one.about_product - FIRST_PRODUCT] += one.score
                posts[row, one.about_product - FIRST_PRODUCT] += 1
    known = source.promotions.announced(epoch + days)
    whole = [promotion for promotion in known if promotion.last < epoch + days]
    return Trials(epoch, lines, units, views, mood, posts, whole, source.catalogue.leaf(epoch))
