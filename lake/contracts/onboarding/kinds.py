"""Which type sampled texts have, and in which patterns their dates are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

KINDS = [
    ("id", re.compile(r"\d+\.0"), ""),
    ("integer", re.compile(r"-?(0|[1-9]\d{0,17})"), ""),
    ("decimal", re.compile(r"-?(0|[1-9]\d*)([.,]\d+)?"), ""),  # a postal code such as 01037 is none
    ("timestamp", re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}.*"), ""),
    ("timestamp", re.compile(r"\d{2}/[A-Z][a-z]{2}/\d{4}(:\d{2}){3} [+-]\d{4}"), "dd/MMM/yyyy:HH:mm:ss Z"),
    ("date", re.compile(r"\d{4}-\d{2}-\d{2}"), ""),
    ("boolean", re.compile(r"(?i)true|false"), ""),
]
"""Types in the order in which they are proposed: the first that all sampled values fit."""

IDENTITY = re.compile(
    "(?i:^id$|^id[_ ]|[_ ]id$|(^|[_ ])(sku|ean|gtin|upc|isbn|barcode|zip|postcode|phone)$)"
    "|^ID(?=[A-Z][a-z])|[a-z]I[dD]$"
)
"""Names of fields whose digits are no number: a zero before them, or more than a number holds, must stay."""

DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?: (\d{1,2}):\d{2}(?::\d{2})?)?")


def proposed_kind(values: Sequence[str], name: str = "") -> tuple[str, Sequence[str]]:
    """The type that all values fit (blank ones left out), and the patterns of dates that all of them fit."""
    texts = [value.strip() for value in values if value.strip()]
    for kind, expression, pattern in KINDS:
        if texts and all(expression.fullmatch(text) for text in texts):
            if kind in ("id", "integer") and IDENTITY.search(name):
                return "id", []
            if kind == "id" and name:  # 17850.0 may be a customer; by this name it is a price
                return "decimal", []
            return kind, [pattern] * bool(pattern)
    patterns = _date_patterns(texts)
    return ("timestamp" if "H" in patterns[0] else "date", patterns) if patterns else ("string", [])


def _date_patterns(texts: Sequence[str]) -> list[str]:
    """Day first, month first (never with dots), whichever makes a real day of every text."""
    found = [match for text in texts if (match := DATE.fullmatch(text))]
    if not found or len(found) < len(texts) or len({(one[2], one[5] is None) for one in found}) > 1:
        return []
    mark, is_padded = found[0][2], all(len(one[1]) == len(one[3]) == 2 for one in found)
    day, month = ("dd", "MM") if is_padded else ("d", "M")
    hour = "" if found[0][5] is None else " HH:mm[:ss]" if all(len(one[5]) == 2 for one in found) else " H:mm[:ss]"
    patterns = []
    if all(_is_day(one[4], one[3], one[1]) for one in found):
        patterns.append(f"{day}{mark}{month}{mark}yyyy{hour}")
    if mark != "." and all(_is_day(one[4], one[1], one[3]) for one in found):
        patterns.append(f"{month}{mark}{day}{mark}yyyy{hour}")
    return patterns


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
