"""Lines of text to raw rows: cutting into lines, counting them, and the reader by regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lake.contracts.source import Encoding, SourceSpec, TextFormat
from lake.io.sources.encodings import to_original
from lake.io.sources.records import RawRows, Reading, Refused, raw_schema

LINE_END = re.compile(rb"\r\n?|\n")


def lines(text: bytes, max_bytes: int) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line without its end); one line end at the very end of the text begins no line."""
    number, position = 0, 0
    while position < len(text):
        end = LINE_END.search(text, position)
        stop, following = end.span() if end else (len(text), len(text))
        number += 1
        if stop - position > max_bytes:
            raise Refused(
                "record too large", f"a line over max_record_bytes {max_bytes}: raise it, or split it", number
            )
        yield number, text[position:stop]
        position = following


def count_lines(text: bytes) -> int:
    """The number of lines, by counting line ends only."""
    ends = text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
    return ends + (not text.endswith((b"\n", b"\r")))


def decoded(line: bytes, encoding: Encoding) -> tuple[str, str]:
    """The line as text and the reason why it is none (one of the two is empty)."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return "", f"invalid {encoding}"
    return ("", "NUL byte") if "\0" in text else (text, "")


def read_text_lines(text: bytes, spec: SourceSpec, form: TextFormat, big_endian: bool) -> Reading:
    """A raw row per line: declared columns are the pattern's named groups (null: took no part)."""
    pattern = re.compile(form.pattern)
    groups = [pattern.groupindex[column.source_name] for column in spec.columns]
    rows = RawRows(raw_schema(spec))
    for number, line in lines(text, spec.max_record_bytes):
        record, fault = decoded(line, form.encoding)
        found = None if fault else pattern.fullmatch(record)
        if found is None:
            reason = fault or ("the pattern does not match" if line else "blank line")
            rows.refuse(number, to_original(line, form.encoding, big_endian), reason)
        else:
            rows.accept(number, [*(found[group] for group in groups), record], None, 2 * len(line))
    return Reading(rows.batches(), count_lines(text))
