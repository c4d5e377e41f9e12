"""Lines before the header that are no records, such as a report's title: past them, and where they are not declared."""

from __future__ import annotations

from lake.contracts.source import SourceSpec
from lake.io.sources.delimited_grammar import LINE_END, Grammar
from lake.io.sources.records import AGAIN, Refused

LOOKED_AT = 10
"""So many lines a misplaced header is looked for in."""


def without_preamble(text: bytes, lines: int) -> bytes:
    """The text after so many physical lines; a quote means nothing in them. Raises Refused where there are fewer."""
    position = 0
    for number in range(lines):
        if position == len(text):
            raise Refused("wrong header", f"the file has {number} lines, skip_lines is {lines}: {AGAIN}")
        position = next_line(text, position)
    return text[position:]


def next_line(text: bytes, position: int) -> int:
    """Where the line after the one that holds `position` begins."""
    end = LINE_END.search(text, position)
    return end.end() if end else len(text)


def later_header(text: bytes, grammar: Grammar, spec: SourceSpec, skipped: int) -> str:
    """The advice where one of the next lines holds all required columns, else ''; `skipped`: lines before the text."""
    required = {column.source_name for column in spec.columns if column.required}
    position = next_line(text, 0)
    for number in range(skipped + 2, LOOKED_AT + 1):
        if required and required <= _names(text, grammar, position):
            return f"line {number} looks like the header: declare skip_lines: {number - 1}"
        position = next_line(text, position)
    return ""


def _names(text: bytes, grammar: Grammar, position: int) -> set[str]:
    """The fields of the record that begins here; none where it cannot be read."""
    try:
        _, _, _, fields = next(grammar.records(text, 0, position), (0, 0, 0, ""))
    except Refused:
        return set()
    return set() if isinstance(fields, str) else {field.strip() for field in fields}
