"""Days and moments of the shop: day numbers since 1970-01-01, UTC seconds, and the shop's time zone between them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from lake.generator.randomness import Ints

EPOCH = date(1970, 1, 1)
HOUR, DAY = 3600, 86400


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


@lru_cache(maxsize=8192)
def date_of(day: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=day)


@lru_cache(maxsize=8192)
def iso(day: int) -> str:
    """2024-01-05."""
    return date_of(day).isoformat()


def stamps(seconds: Ints, shape: str = " ") -> list[str]:
    """UTC seconds as `2024-01-05 13:45:12`; with shape `Z` as `2024-01-05T13:45:12Z`; negative ones as empty text."""
    texts: list[str] = np.datetime_as_string(np.maximum(seconds, 0).astype("datetime64[s]")).tolist()
    shown = [text + "Z" for text in texts] if shape == "Z" else [text.replace("T", shape) for text in texts]
    return [text if second >= 0 else "" for text, second in zip(shown, seconds.tolist(), strict=True)]


class Clock:
    """A time zone whose changes fall on whole hours."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.midnights: dict[int, int] = {}
        self.offset_tables: dict[int, Ints] = {}

    def midnight(self, day: int) -> int:
        """UTC seconds at the start of the local day."""
        if day not in self.midnights:
            start = date_of(day)
            moment = datetime(start.year, start.month, start.day, tzinfo=self.zone)
            self.midnights[day] = int(moment.timestamp())
        return self.midnights[day]

    def length(self, day: int) -> int:
        """Seconds of the local day: 23, 24 or 25 hours."""
        return self.midnight(day + 1) - self.midnight(day)

    def days_of(self, seconds: Ints) -> Ints:
        """The local day number of each moment (UTC seconds)."""
        if len(seconds) == 0:
            return seconds.astype(np.int64)
        first, last = int(seconds.min()) // DAY - 1, int(seconds.max()) // DAY + 2
        starts = np.array([self.midnight(day) for day in range(first, last + 1)], dtype=np.int64)
        return first + np.searchsorted(starts, seconds, side="right").astype(np.int64) - 1

    def offsets(self, seconds: Ints) -> Ints:
        """Seconds that the local clock is ahead of UTC at each moment."""
        days = self.days_of(seconds)
        found = np.zeros(len(seconds), dtype=np.int64)
        for day in np.unique(days).tolist():
            chosen = days == day
            found[chosen] = self._table(day)[(seconds[chosen] - self.midnight(day)) // HOUR]
        return found

    def _table(self, day: int) -> Ints:
        if day not in self.offset_tables:
            start, hours = self.midnight(day), self.length(day) // HOUR + 1
            moments = [datetime.fromtimestamp(start + hour * HOUR, UTC).astimezone(self.zone) for hour in range(hours)]
            ahead = [int(moment.utcoffset().total_seconds()) for moment in moments]  # type: ignore[union-attr]
            self.offset_tables[day] = np.array(ahead, dtype=np.int64)
        return self.offset_tables[day]
