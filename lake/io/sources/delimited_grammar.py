"""The grammar of delimited text, read exactly: records and fields of any dialect, over UTF-8 bytes.

A quote counts at the start of a field only; after it everything is the field until the closing quote. Line
ends are LF, CRLF and CR. An escape takes the meaning from a quote, a delimiter, a line end or itself, and is
text before anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lake.contracts.source import DelimitedFormat
from lake.io.sources.records import AGAIN, Refused

LINE_END = re.compile(rb"\r\n?|\n")

Record = tuple[int, int, int, list[str] | str]
"""Number, start, stop (without the line end), and the fields, or the reason why there are none."""


class Grammar:
    """The marks of one dialect as UTF-8 bytes, and the patterns of its fields."""

    def __init__(self, form: DelimitedFormat) -> None:
        self.encoding = form.encoding
        self.delimiter = form.delimiter.encode()
        self.quote = form.quote.encode()
        self.escape = b"" if form.escape == form.quote else form.escape.encode()
        delimiter, quote, escape = re.escape(self.delimiter), re.escape(self.quote), re.escape(self.escape)
        marks = [mark for mark in (quote, delimiter, escape) if mark]
        pair = rb"%s(?:\r\n|%s|.)" % (escape, b"|".join(marks))
        plain = _other_than(delimiter, rb"\r", rb"\n", escape)
        inside = _other_than(quote, escape) if quote else b""
        doubled = pair if escape else quote + quote
        self._plain = re.compile(rb"(?:%s++|%s)*+" % (plain, pair) if escape else plain + b"*+", re.DOTALL)
        self._quoted = (
            re.compile(rb"%s((?:%s++|%s)*+)%s" % (quote, inside, doubled, quote), re.DOTALL) if quote else None
        )
        self._meant = re.compile(rb"%s(\r\n|\r|\n|%s)" % (escape, b"|".join(marks)), re.DOTALL) if escape else None
        self._delimiter_text = form.delimiter

    def records(self, text: bytes, first_number: int, position: int = 0) -> Iterator[Record]:
        """Every record from `position` on, blank lines included. Raises Refused: unclosed quote."""
        number = first_number
        while position < len(text):
            end = LINE_END.search(text, position)
            stop, following = end.span() if end else (len(text), len(text))
            line = text[position:stop]
            fields: list[str] | str
            if (self.quote and self.quote in line) or (self.escape and self.escape in line):
                stop, fields = self._fields(text, position, number)
                end = LINE_END.match(text, stop)
                following = end.end() if end else stop
                line = text[position:stop]
            else:
                fields = []
            yield number, position, stop, self._checked(line, fields)
            position = following
            number += 1

    def _checked(self, record: bytes, fields: list[str] | str) -> list[str] | str:
        """The fields of a record whose text is sound, else the reason."""
        try:
            whole = record.decode()
        except UnicodeDecodeError:
            return f"invalid {self.encoding}"
        if "\0" in whole:
            return "NUL byte"
        return fields or whole.split(self._delimiter_text)

    def _fields(self, text: bytes, position: int, number: int) -> tuple[int, list[str] | str]:
        """Where the record that starts here ends, and its fields (what cannot be decoded as U+FFFD)."""
        fields: list[str] = []
        fault = ""
        while True:
            if self._quoted and text.startswith(self.quote, position):
                quoted = self._quoted.match(text, position)
                if quoted is None:
                    reason = f"a quote opens a field and is never closed: {AGAIN}"
                    raise Refused("unclosed quote", reason, number or None)
                stop = self._end_of_plain(text, quoted.end())
                field = self._unquoted(quoted[1])
                fault = fault or ("text after a closing quote" if stop > quoted.end() else "")
            else:
                stop = self._end_of_plain(text, position)
                field = self._unescaped(text[position:stop])
            if self.escape and text.startswith(self.escape, stop):
                stop, fault = stop + len(self.escape), fault or "escape at the end of the file"
            fields.append(field.decode(errors="replace"))
            if not text.startswith(self.delimiter, stop):
                return stop, fault or fields
            position = stop + len(self.delimiter)

    def _end_of_plain(self, text: bytes, position: int) -> int:
        found = self._plain.match(text, position)
        return found.end() if found else position

    def _unquoted(self, field: bytes) -> bytes:
        return self._unescaped(field) if self.escape else field.replace(self.quote * 2, self.quote)

    def _unescaped(self, field: bytes) -> bytes:
        return self._meant.sub(rb"\1", field) if self._meant else field


def _other_than(*marks: bytes) -> bytes:
    """A pattern of one byte at which no (escaped) mark begins; a class where all are single bytes."""
    present = [mark for mark in marks if mark]
    if all(len(mark.removeprefix(b"\\")) == 1 for mark in present):
        return b"[^" + b"".join(present) + b"]"
    return b"(?:(?!" + b"|".join(present) + b").)"
