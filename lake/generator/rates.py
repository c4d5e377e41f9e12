"""Rates of exchange on weekdays, a few of them revised days later; and the blacklist, dated in and out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from lake.generator.clock import date_of, day_number, iso
from lake.generator.customers import Customers
from lake.generator.defects import Entry
from lake.generator.parameters import Parameters
from lake.generator.randomness import Dice
from lake.generator.truth import dates, money

FIRST_RATE = {"GBP": 8580, "CHF": 9650, "USD": 10_920}
"""Ten-thousandths of the quote currency for one euro."""
RATE_HEADER = ("rate_date", "base_currency", "quote_currency", "rate")
BLACKLIST_HEADER = ("email", "listed_from", "listed_until", "reason")
REASONS = ("chargeback", "fraud", "abuse of returns", "Mahnstufe 3", "impayé")


def is_weekday(day: int) -> bool:
    """Monday to Friday."""
    return date_of(day).weekday() < 5


class Rates:
    """A walk in steps of up to 0.3 % a weekday."""

    def __init__(self, parameters: Parameters, dice: Dice) -> None:
        self.parameters, self.dice = parameters, dice
        self.epoch = day_number(parameters.epoch)
        self.walks: dict[str, list[int]] = {name: [] for name in FIRST_RATE}

    def rate(self, currency: str, day: int) -> int:
        """The rate first published for a weekday, in ten-thousandths."""
        walk, start = self.walks[currency], self.epoch - 7
        while len(walk) <= day - start:
            at = start + len(walk)
            step = self.dice.one(f"fx.{currency}", at, 61) - 30 if is_weekday(at) else 0
            before = walk[-1] if walk else FIRST_RATE[currency]
            walk.append(before + before * step // 10_000)
        return walk[day - start]

    def revisions(self, day: int) -> list[tuple[int, str, int]]:
        """(day, currency, rate): rates of earlier days that the day's file corrects."""
        found = []
        for currency in FIRST_RATE:
            if self.dice.one(f"fx.revised.{currency}", day, 10_000) < self.parameters.revised_rate_rate:
                earlier = day - 1 - self.dice.one(f"fx.revised_day.{currency}", day, 5)
                if is_weekday(earlier) and earlier >= self.epoch:
                    change = 5 + self.dice.one(f"fx.revised_by.{currency}", day, 40)
                    found.append((earlier, currency, self.rate(currency, earlier) + change))
        return found

    def file(self, day: int) -> tuple[list[tuple[str, ...]], list[tuple[int, str, int]], list[Entry]] | None:
        """(records, (day, currency, rate) of each, ledger); None at weekends. The first file goes back to a Friday."""
        if not is_weekday(day) and day != self.epoch:
            return None
        days = [day] if is_weekday(day) else []
        if day == self.epoch:
            days = [next(before for before in range(day - 1, day - 8, -1) if is_weekday(before)), *days]
        values = [(each, currency, self.rate(currency, each)) for each in days for currency in FIRST_RATE]
        revised = self.revisions(day)
        name = f"fx_rates_{iso(day)}.csv"
        entries = [
            Entry(
                day,
                "fx_rates",
                name,
                "revised_rate",
                "superseded",
                "",
                None,
                f"{iso(at)}|EUR|{currency}",
                {"rate": rate / 10_000},
            )
            for at, currency, rate in revised
        ]
        values += revised
        rows: list[tuple[str, ...]] = [
            (iso(at), self.parameters.currency, currency, f"{rate // 10_000}.{rate % 10_000:04d}")
            for at, currency, rate in values
        ]
        return rows, values, entries


@dataclass(frozen=True)
class Listed:
    """One entry of the blacklist; days, `until` may be told only when it has come."""

    number: int
    customer: int
    """Position of the customer."""
    since: int
    until: int | None
    is_told: bool
    reason: str


def listed(parameters: Parameters, dice: Dice, customers: Customers, number: int) -> Listed:
    """The nth entry; some are dated back."""
    entered = day_number(parameters.epoch) + number * parameters.blacklist_every_days
    who = dice.one("blacklist.who", number, customers.count(entered))
    back = dice.one("blacklist.back", number, 20) if dice.one("blacklist.backdated", number, 10) < 3 else 0
    length = 5 + dice.one("blacklist.length", number, 40)
    until = entered + length if dice.one("blacklist.ends", number, 10) < 7 else None
    reason = REASONS[dice.one("blacklist.reason", number, len(REASONS))]
    return Listed(number, who, entered - back, until, dice.one("blacklist.told", number, 2) == 0, reason)


class Blacklist:
    """The list as it grows."""

    def __init__(self, parameters: Parameters, dice: Dice, customers: Customers) -> None:
        self.parameters, self.dice, self.customers = parameters, dice, customers
        self.entries: list[Listed] = []

    def known(self, day: int) -> list[tuple[int, str, int, int | None, str]]:
        """(number, email, from, until or None, reason) of all entries that the day's list names."""
        wanted = (day - day_number(self.parameters.epoch)) // self.parameters.blacklist_every_days + 1
        while len(self.entries) < wanted:
            self.entries.append(listed(self.parameters, self.dice, self.customers, len(self.entries)))
        return [
            (
                one.number,
                self.customers.email[one.customer],
                one.since,
                one.until if one.until is not None and (one.is_told or day >= one.until) else None,
                one.reason,
            )
            for one in self.entries[:wanted]
        ]


def blacklist_rows(entries: list[tuple[int, str, int, int | None, str]]) -> list[tuple[str, ...]]:
    """Records of blacklist_D.csv."""
    return [
        (email, iso(since), "" if until is None else iso(until), reason) for _, email, since, until, reason in entries
    ]


def blacklist_truth(entries: list[tuple[int, str, int, int | None, str]]) -> dict[str, Any]:
    """The clean rows of a day's list."""
    numbers, emails, since, until, reasons = zip(*entries, strict=True)
    ends = [None if day is None else date_of(day) for day in until]
    return {
        "blacklist_id": list(numbers), "email": list(emails), "listed_from": dates(np.array(since, dtype=np.int64)),
        "listed_until": pa.array(ends, pa.date32()), "reason": list(reasons),
    }  # fmt: skip


def rate_truth(values: list[tuple[int, str, int]], base: str) -> dict[str, Any]:
    """The clean rows of a day's rates; `fx_rate_id` is date|base|quote."""
    days = np.array([day for day, _, _ in values], dtype=np.int64)
    return {
        "fx_rate_id": [f"{iso(day)}|{base}|{currency}" for day, currency, _ in values],
        "rate_date": dates(days), "base_currency": [base] * len(values),
        "quote_currency": [currency for _, currency, _ in values],
        "rate": money(np.array([rate for _, _, rate in values], dtype=np.int64), 4),
    }  # fmt: skip
