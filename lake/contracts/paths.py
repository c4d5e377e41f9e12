"""The landing pattern of a feed: which file names it means, and the date in a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

DATE = re.compile(r"\{date(?::([^{}]*))?\}")
DEFAULT_DATE = "yyyy-MM-dd"
_PARTS = {"yyyy": (r"\d{4}", "%Y"), "MM": (r"\d{2}", "%m"), "dd": (r"\d{2}", "%d"), "HH": (r"\d{2}", "%H")}


@dataclass(frozen=True)
class LandingPattern:
    """A path below landing with `{date}` or `{date:yyyyMMdd}`, `*` (within one folder) and `?`.

    A month (`{date:yyyy-MM}`) or a year (`{date:yyyy}`) stands for its first day.
    """

    path: str

    @property
    def has_date(self) -> bool:
        """Whether file names carry a date."""
        return DATE.search(self.path) is not None

    @property
    def has_wildcard(self) -> bool:
        """Whether names differ in more than their date."""
        return bool(set("*?") & set(self.path))

    @property
    def has_day(self) -> bool:
        """Whether that date is a day, not a month or a year."""
        return self.has_date and "dd" in self._layout

    def matches(self, name: str) -> bool:
        """Whether the file of that name (relative to landing, `/` between folders) belongs to the feed."""
        found = self._regex.fullmatch(name)
        return found is not None and (not self.has_date or self._parsed(found["date"]) is not None)

    def date_of(self, name: str) -> date | None:
        """The date in a matching file's name; None where the pattern has none."""
        found = self._regex.fullmatch(name)
        return self._parsed(found["date"]) if found and self.has_date else None

    def _parsed(self, text: str) -> date | None:
        layout = self._layout
        for part, (_, code) in _PARTS.items():
            layout = layout.replace(part, code)
        try:
            return datetime.strptime(text, layout).date()
        except ValueError:
            return None

    @property
    def _layout(self) -> str:
        match = DATE.search(self.path)
        return (match[1] if match else None) or DEFAULT_DATE

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        pieces, last = [], 0
        for match in DATE.finditer(self.path):
            pieces += [_glob(self.path[last : match.start()]), _date_group(match, first=last == 0)]
            last = match.end()
        return re.compile("".join([*pieces, _glob(self.path[last:])]))


def _glob(text: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(c, re.escape(c)) for c in text)


def _date_group(match: re.Match[str], *, first: bool) -> str:
    pattern = re.escape(match[1] or DEFAULT_DATE)
    for part, (digits, _) in _PARTS.items():
        pattern = pattern.replace(part, digits)
    return f"(?P<date>{pattern})" if first or match.start() == match.string.index("{date") else "(?P=date)"
