"""A look at delimited text without parsing it: how many records it holds, and whether Arrow reads it right.

Quotes are followed by their parity, which is exact as long as each stands where a field starts or ends, or is
doubled; otherwise the marks are walked one by one. Nothing of the counting is shared with the readers, so
that the two numbers can be compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lake.io.sources.delimited_grammar import Grammar
from lake.io.sources.encodings import is_valid_utf8

STEP = 1 << 20
LF, CR = b"\n"[0], b"\r"[0]

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Survey:
    """What was seen: `oddity` says why Arrow may not be trusted with the text (empty: it may)."""

    record_count: int
    oddity: str
    has_quoted_breaks: bool
    longest_record: int


def survey(text: bytes, grammar: Grammar) -> Survey:
    """Count the records (header included) and name the first thing that Arrow would read in another way."""
    odd_mark = _odd_mark(text, grammar)
    if odd_mark == "escape" or len(grammar.quote) > 1:
        return Survey(count_by_walking(text, grammar), odd_mark, True, len(text))
    seen = _Parity(text, grammar)
    if not seen.is_exact:
        return Survey(count_by_walking(text, grammar), "quote inside a field", True, len(text))
    return Survey(seen.record_count, odd_mark or seen.oddity, seen.has_quoted_breaks, seen.longest_record)


def _odd_mark(text: bytes, grammar: Grammar) -> str:
    """What a search for single bytes can tell."""
    if grammar.escape and grammar.escape in text:
        return "escape"
    if len(grammar.delimiter) > 1:
        return "wide delimiter"
    if b"\0" in text:
        return "NUL byte"
    return "" if is_valid_utf8(text) else "invalid utf-8"


class _Parity:
    """Piece by piece over the text: line ends outside quotes, and whether each quote stands where it may."""

    def __init__(self, text: bytes, grammar: Grammar) -> None:
        self._bytes: Bytes = np.frombuffer(text, dtype=np.uint8)
        self._quote = grammar.quote[0] if grammar.quote and grammar.quote in text else None
        self._returns = b"\r" in text
        self._beside = np.zeros(256, dtype=np.bool_)
        self._beside[[LF, CR, *(b"" if grammar.escape else grammar.quote)]] = True
        self._wide = grammar.delimiter if len(grammar.delimiter) > 1 else None
        if self._wide is None:
            self._beside[grammar.delimiter[0]] = True
        self.record_count = 0
        self.longest_record = 0
        self.has_quoted_breaks = False
        self.oddity = ""
        self.is_exact = True
        self._quotes_seen = 0
        self._last_end = -1
        for base in range(0, len(text), STEP):
            self._take(base)
            if not self.is_exact:
                return
        self._finish(text)

    def _take(self, base: int) -> None:
        piece = self._bytes[base : base + STEP]
        ends = np.flatnonzero(piece == LF)
        if self._returns:
            ends = self._with_lone_returns(piece, base, ends)
        if self._quote is not None:
            quotes = np.flatnonzero(piece == self._quote)
            if len(quotes):
                self._check_neighbours(quotes + base)
            if len(quotes) or self._quotes_seen % 2:
                ends = self._outside(ends, quotes)
            self._quotes_seen += len(quotes)
        if len(ends):
            self._measure(ends + base)

    def _with_lone_returns(self, piece: Bytes, base: int, ends: Positions) -> Positions:
        """Line feeds, and those carriage returns that no line feed follows."""
        returns = np.flatnonzero(piece == CR)
        after = np.minimum(returns + base + 1, len(self._bytes) - 1)
        lone = returns[self._bytes[after] != LF]
        if not len(lone):
            return ends
        self.oddity = self.oddity or "lone carriage return"
        return np.sort(np.concatenate([ends, lone]))

    def _check_neighbours(self, quotes: Positions) -> None:
        """An opening quote follows a delimiter, a line end or its twin; a closing one stands before such."""
        if self._wide is not None:
            self.is_exact = False
            return
        first_opening = self._quotes_seen % 2
        opening, closing = quotes[first_opening::2], quotes[1 - first_opening :: 2]
        opening = opening[opening > 0]
        closing = closing[closing < len(self._bytes) - 1]
        self.is_exact = bool(
            self._beside[self._bytes[opening - 1]].all() and self._beside[self._bytes[closing + 1]].all()
        )

    def _outside(self, ends: Positions, quotes: Positions) -> Positions:
        outside = (np.searchsorted(quotes, ends) + self._quotes_seen) % 2 == 0
        self.has_quoted_breaks = self.has_quoted_breaks or not outside.all()
        kept: Positions = ends[outside]
        return kept

    def _measure(self, ends: Positions) -> None:
        lengths = np.diff(ends, prepend=self._last_end)
        self.record_count += len(ends)
        self.longest_record = max(self.longest_record, int(lengths.max()))
        self._last_end = int(ends[-1])
        if self.oddity:
            return
        brief = lengths <= 2
        blank = (lengths[brief] == 1) | (self._bytes[ends[brief] - 1] == CR)
        if blank.any():
            self.oddity = "blank line"

    def _finish(self, text: bytes) -> None:
        if self._quotes_seen % 2:
            self.is_exact = False
        rest = len(text) - 1 - self._last_end
        self.record_count += rest > 0
        self.longest_record = max(self.longest_record, rest)


def count_by_walking(text: bytes, grammar: Grammar) -> int:
    """Count records from mark to mark, remembering only where a field began and where a quote closed."""
    quote, delimiter, escape = grammar.quote, grammar.delimiter, grammar.escape
    marks = [rb"\r\n?|\n", *(re.escape(mark) for mark in (quote, delimiter) if mark)]
    if escape:
        marks.insert(0, rb"%s(?:\r\n|%s|.)" % (re.escape(escape), b"|".join(marks)))
    inside = False
    count = record_start = field_start = 0
    closed_at = -1
    for found in re.finditer(b"|".join(marks), text, re.DOTALL):
        at, mark = found.start(), found[0]
        if escape and mark.startswith(escape):
            continue
        if mark == quote:
            doubled = at == closed_at and not escape
            inside, closed_at = (not inside and (doubled or at == field_start)), found.end() if inside else -1
        elif mark == delimiter and not inside:
            field_start = found.end()
        elif not inside:
            record_start = field_start = found.end()
            count += 1
    return count + (record_start < len(text))
