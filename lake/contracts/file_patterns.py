"""Whether a feed's `path` is well formed, and whether two of them can match one file (matching is `paths`')."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
DATE_FIELDS = {"yyyy": 4, "MM": 2, "dd": 2, "HH": 2}
"""Fields that a date in a file name may have: digits each; none without those before it."""

DATE_PART = re.compile(r"yyyy|MM|dd|HH|[A-Za-z]+|[^A-Za-z]")


class PathPatternError(ValueError):
    """The pattern cannot be read; the message says why and what to write."""


@dataclass(frozen=True)
class Token:
    """One step of a pattern: `literal` (one character), `digit`, `any` (one character but /) or `many` (any number)."""

    kind: str
    text: str = ""

    def overlaps(self, other: Token) -> bool:
        """Whether one character can satisfy both."""
        if self.kind == other.kind == "literal":
            return self.text == other.text
        for one, two in ((self, other), (other, self)):
            if one.kind == "literal":
                return one.text in "0123456789" if two.kind == "digit" else one.text != "/"
        return True


@lru_cache(maxsize=256)
def tokens(path: str) -> tuple[Token, ...]:
    """The steps of a path pattern; PathPatternError where it is malformed."""
    if not path or path.startswith("/") or "//" in path or ".." in path.split("/") or "\\" in path:
        raise PathPatternError("must be a relative path below the landing folder")
    found: list[Token] = []
    for position, part in enumerate(PLACEHOLDER.split(path)):
        if position % 2:
            found += _date_tokens(part)
            continue
        if re.search(r"[{}\[\]]", part):
            raise PathPatternError("only {date}, {date:yyyyMMdd}, * and ? are possible")
        kinds = {"*": "many", "?": "any"}
        found += [Token(kinds[c]) if c in kinds else Token("literal", c) for c in part]
    if len(set(PLACEHOLDER.findall(path))) > 1:
        raise PathPatternError("writes its date in two ways; a file has one date")
    return tuple(found)


def _date_tokens(inner: str) -> list[Token]:
    name, colon, pattern = inner.partition(":")
    if name != "date" or (colon and not pattern):
        raise PathPatternError(
            f"unknown placeholder {{{inner}}}; only {{date}} or {{date:yyyyMMdd}} is possible"
        )
    parts = DATE_PART.findall(pattern or "yyyy-MM-dd")
    unknown = [part for part in parts if part.isalpha() and part not in DATE_FIELDS]
    if unknown:
        raise PathPatternError(f"date pattern '{pattern}' has '{unknown[0]}'; use {', '.join(DATE_FIELDS)}")
    named = [field for field in DATE_FIELDS if field in parts]
    if not named or named != [*DATE_FIELDS][: len(named)]:
        example = "such as yyyyMMdd, yyyy-MM or yyyy"
        raise PathPatternError(f"date pattern '{pattern}' must name the year, a day only with its month, {example}")
    digits = [[Token("digit")] * DATE_FIELDS.get(part, 0) or [Token("literal", part)] for part in parts]
    return [token for group in digits for token in group]


def can_match_one_file(path: str, other: str) -> bool:
    """Whether a file name exists that both patterns match (decided by walking both patterns at once)."""
    one, two = tokens(path), tokens(other)
    waiting, seen = [(0, 0)], set()
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        i, j = state
        if i == len(one) and j == len(two):
            return True
        waiting += _following(one, two, i, j)
    return False


def _following(one: tuple[Token, ...], two: tuple[Token, ...], i: int, j: int) -> list[tuple[int, int]]:
    """The states after one step: a `*` may match nothing, or the character that the other side matches."""
    many_one = i < len(one) and one[i].kind == "many"
    many_two = j < len(two) and two[j].kind == "many"
    steps = [(i + 1, j)] * many_one + [(i, j + 1)] * many_two
    if i < len(one) and j < len(two):
        here, there = (Token("any") if many_one else one[i]), (Token("any") if many_two else two[j])
        if here.overlaps(there):
            steps.append((i + (not many_one), j + (not many_two)))
    return steps
