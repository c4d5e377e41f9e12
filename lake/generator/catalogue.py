"""Products and categories on any day: launches, prices, new names, other shelves, withdrawals, removals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from lake.generator import names_and_places as words
from lake.generator.clock import Clock, day_number, stamps
from lake.generator.customers import NEVER
from lake.generator.parameters import Parameters
from lake.generator.people import plain
from lake.generator.randomness import Bools, Dice, Ints, rounded_share

FIRST_ID = 100
LEAVES = len(words.GOODS) * len(words.SHELVES)


@cache
def categories() -> list[tuple[int, str, int | None]]:
    """Rows (id_category, name, id_parent): departments, categories, shelves."""
    rows: list[tuple[int, str, int | None]] = []
    middle = 0
    for number, (department, names) in enumerate(words.DEPARTMENTS.items(), start=1):
        rows.append((number, department, None))
        for name in names:
            rows.append((10 + middle, name, number))
            shelves = enumerate(words.SHELVES)
            rows += [
                (leaf_id(middle * len(words.SHELVES) + at), f"{name} {shelf}", 10 + middle) for at, shelf in shelves
            ]
            middle += 1
    return sorted(rows)


def leaf_id(leaf: int) -> int:
    """id_category of a leaf (0 to LEAVES - 1)."""
    return 100 + leaf


@dataclass(frozen=True)
class Shelf:
    """The products that the shop sells on one day."""

    on_sale: Bools
    leaf: Ints
    price: Ints
    """List prices in cents of the shop's currency."""
    popularity: Ints


class Catalogue:
    """All products launched up to a day; positions are `id_product - FIRST_ID`."""

    def __init__(self, parameters: Parameters, dice: Dice, clock: Clock, last_day: int) -> None:
        self.parameters, self.clock = parameters, clock
        self.epoch = day_number(parameters.epoch)
        self.dice = dice
        launches = max(last_day - self.epoch, 0) // parameters.launch_every_days
        size = self.size = parameters.first_products + launches
        positions = np.arange(size)
        self.launched = np.where(
            positions < parameters.first_products,
            self.epoch - 30,
            self.epoch + (positions - parameters.first_products + 1) * parameters.launch_every_days,
        )
        rank = dice.below("product.rank", "all", size, parameters.first_products)
        self.popularity = 1_000_000 // (rank + parameters.popularity_skew)
        self.first_leaf = dice.below("product.leaf", "all", size, LEAVES)
        self.other_leaf = dice.below("product.other_leaf", "all", size, LEAVES)
        self.first_price = 40 + 5 * dice.below("product.price", "all", size, 60) * dice.between(
            "product.price_class", "all", size, 1, 40
        )
        self.first_price += 155
        self.period = dice.between("product.period", "all", size, *parameters.price_period_days)
        self.phase = 1 + dice.below("product.phase", "all", size, self.period)
        self.renames = self._once("rename", parameters.product_rename_rate, 5, 200)
        self.moves = self._once("recategorise", parameters.recategorise_rate, 5, 200)
        self.withdrawn = self._once("withdraw", parameters.withdraw_rate, 4, 300)
        removed = dice.chance("product.remove", "all", size, parameters.remove_rate) & (self.withdrawn < NEVER)
        self.removed = np.where(removed, self.withdrawn + 10, NEVER)
        self.goods = dice.below("product.good", "all", size, 4)
        self.style = dice.below("product.style", "all", size, len(words.STYLES))
        self.brand = dice.below("product.brand", "all", size, len(words.BRANDS))
        self.shelves: dict[int, Shelf] = {}
        self.prices: dict[int, Ints] = {0: self.first_price}

    def _once(self, name: str, rate: int, least: int, most: int) -> Ints:
        happens = self.dice.chance(f"product.{name}", "all", self.size, rate)
        after = self.dice.between(f"product.{name}_after", "all", self.size, least, most)
        return np.where(happens, np.maximum(self.launched, self.epoch) + after, NEVER)

    def _price_changes(self, day: int) -> Ints:
        """How often each price has changed by the day."""
        found: Ints = np.maximum((day - self.epoch - self.phase) // self.period + 1, 0)
        return found

    def _prices_after(self, change: int) -> Ints:
        """Prices after so many changes, each rounded to 5 cents."""
        if change not in self.prices:
            percent = self.dice.between("product.price_change", change, self.size, 88, 114)
            self.prices[change] = np.maximum(rounded_share(self._prices_after(change - 1), percent, 500) * 5, 95)
        return self.prices[change]

    def price(self, day: int) -> Ints:
        """List prices of the day in cents."""
        changes = self._price_changes(day)
        found = self.first_price
        for change in np.unique(changes).tolist():
            found = np.where(changes == change, self._prices_after(change), found)
        return found

    def leaf(self, day: int) -> Ints:
        """The leaf category of each product on the day."""
        return np.where(self.moves <= day, self.other_leaf, self.first_leaf)

    def shelf(self, day: int) -> Shelf:
        """What is on sale on the day."""
        if day not in self.shelves:
            on_sale = (self.launched <= day) & (self.withdrawn > day)
            self.shelves = {day: Shelf(on_sale, self.leaf(day), self.price(day), self.popularity)}
        return self.shelves[day]

    def updated_on(self, day: int) -> Ints:
        """The day of the newest change of each product, up to the day."""
        changes = self._price_changes(day)
        priced = np.where(changes > 0, self.epoch + self.phase + (changes - 1) * self.period, 0)
        newest = np.maximum(self.launched, priced)
        for once in (self.renames, self.moves, self.withdrawn):
            newest = np.maximum(newest, np.where(once <= day, once, 0))
        return newest

    def present(self, day: int) -> Ints:
        """Positions of the products in the source at the end of the day."""
        return np.flatnonzero((self.launched <= day) & (self.removed > day))

    def changed(self, day: int) -> Ints:
        """Positions of the products that were launched or changed on the day; on the first day, all."""
        present = self.present(day)
        return present if day == self.epoch else present[self.updated_on(day)[present] == day]

    def gone(self, day: int) -> Ints:
        """Positions of the products that vanished from the source on the day."""
        return np.flatnonzero(self.removed == day)

    def name(self, position: int, day: int) -> str:
        """The product's name on the day."""
        good = words.GOODS[int(self.first_leaf[position]) // len(words.SHELVES)][int(self.goods[position])]
        name = f"{good} {words.STYLES[int(self.style[position])]} {FIRST_ID + position}"
        return f"{name} – nouvelle édition" if self.renames[position] <= day else name

    def tag(self, position: int) -> str:
        """The hash tag by which posts name the product; it never changes."""
        good = words.GOODS[int(self.first_leaf[position]) // len(words.SHELVES)][int(self.goods[position])]
        return f"#{plain(good)}{plain(words.STYLES[int(self.style[position])])}{FIRST_ID + position}"

    def rows(self, day: int, positions: Ints) -> list[tuple[object, ...]]:
        """Rows of table `product` at the end of the day; every seventh price is text, as the source has it."""
        leaf, price, since = self.leaf(day), self.price(day), self.updated_on(day)
        seconds = np.array([self.clock.midnight(each) for each in since[positions].tolist()], dtype=np.int64)
        updated = stamps(seconds + 10_800 + positions % 3600)
        return [
            (
                FIRST_ID + at, self.name(at, day), leaf_id(int(leaf[at])), words.BRANDS[int(self.brand[at])],
                shown_price(at, int(price[at])), self.parameters.currency,
                "withdrawn" if self.withdrawn[at] <= day else "active", self.tag(at), when,
            )
            for at, when in zip(positions.tolist(), updated, strict=True)
        ]  # fmt: skip


def shown_price(position: int, cents: int) -> float | str:
    """12.5 as REAL, or as text for every seventh product."""
    return f"{cents // 100}.{cents % 100:02d}" if position % 7 == 0 else cents / 100
