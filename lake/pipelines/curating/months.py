"""Months beside a month, and days that these read as well."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from lake.contracts.table import Neighbours


def beside(months: Iterable[str], steps: Iterable[int] = (-1, 1)) -> set[str]:
    """The months (YYYY-MM) before (-1) and after (1) each."""
    counted = [int(month[:4]) * 12 + int(month[5:]) - 1 for month in months]
    near = {number + step for number in counted for step in steps}
    return {f"{number // 12:04d}-{number % 12 + 1:02d}" for number in near}


def months_that_read(days: Iterable[date], neighbours: Neighbours) -> set[str]:
    """The months beside those of the days that read these days."""
    known = list(days)
    early = [f"{day:%Y-%m}" for day in known if day.day <= neighbours.first_days]
    late = [f"{day:%Y-%m}" for day in known if day.day > monthrange(day.year, day.month)[1] - neighbours.last_days]
    return beside(early, [-1]) | beside(late, [1])
