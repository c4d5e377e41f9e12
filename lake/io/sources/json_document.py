"""One JSON document to raw rows: a row per element of the array at `records`, each kept as its original text.

The array is cut at its commas by brackets and strings alone, so that a bad element does not take its
neighbours along; what is around the array must be strict JSON.
"""

from __future__ import annotations

import re

import numpy as np

from lake.contracts.source import JsonFormat, SourceSpec
from lake.io.sources.json_fields import MalformedError, parsed
from lake.io.sources.json_lines import JsonRows
from lake.io.sources.records import AGAIN, Reading, Refused

TOKEN = re.compile(r'\\.|"(?:[^"\\]++|\\.)*+"|["\[\]{},:]', re.DOTALL)
CLOSING = {"[": "]", "{": "}"}
SPACES = " \t\r\n"


def read_json_document(text: bytes, spec: SourceSpec, form: JsonFormat, big_endian: bool) -> Reading:
    """A raw row per element of the array. Raises Refused: not JSON, records not found."""
    document = text.decode("utf-8", "surrogateescape")
    start = _start_of_array(document, form.records.split(".") if form.records else [])
    if start is None:
        _check_surroundings(document)
        where = form.records or "the root"
        raise Refused("records not found", f"no array at {where}: mend `records` in the feed, or {AGAIN}")
    elements, stop = _elements(document, start)
    _check_surroundings(document[:start] + "[]" + document[stop:])
    rows = JsonRows(spec, form, big_endian)
    for number, element in enumerate(elements, 1):
        record = element.encode("utf-8", "surrogateescape")
        if len(record) > spec.max_record_bytes:
            raise Refused("record too large", f"over max_record_bytes {spec.max_record_bytes}: raise it", number)
        rows.add(number, record)
    return rows.reading(count_elements(text, len(document[:start].encode("utf-8", "surrogateescape"))))


def count_elements(text: bytes, start: int) -> int:
    """How many elements the array opening at byte `start` has: commas at its own depth, outside strings."""
    array = re.sub(rb"\\.", b"__", text[start:], flags=re.DOTALL)
    letters = np.frombuffer(array, dtype=np.uint8)
    places = np.flatnonzero(np.isin(letters, np.frombuffer(b'"[]{},', dtype=np.uint8)))
    quotes = letters[places] == ord('"')
    places = places[(np.cumsum(quotes) % 2 == 0) & ~quotes]
    marks = letters[places]
    opens, closes = np.isin(marks, (ord("["), ord("{"))), np.isin(marks, (ord("]"), ord("}")))
    depth = np.cumsum(opens.astype(np.int64) - closes)
    end = int(np.argmax(depth == 0))
    commas = int(((marks[:end] == ord(",")) & (depth[:end] == 1)).sum())
    return commas + 1 if commas or array[1 : places[end]].strip() else 0


def _start_of_array(document: str, path: list[str]) -> int | None:
    """Where the array of records opens."""
    position: int | None = _skip_spaces(document, 0)
    for key in path:
        if position is not None:
            position = _value_of_key(document, position, key)
    return position if position is not None and document.startswith("[", position) else None


def _value_of_key(document: str, position: int, wanted: str) -> int | None:
    """Where the value of a key begins in the object opening at `position`; other values are jumped over."""
    if not document.startswith("{", position):
        return None
    nesting: list[str] = []
    key = None
    for token in TOKEN.finditer(document, position):
        mark = token[0]
        if len(nesting) == 1 and mark[0] == '"' and key is None:
            key = mark
        elif len(nesting) == 1 and mark == ":" and key is not None:
            if _is_key(key, wanted):
                return _skip_spaces(document, token.end())
        elif len(nesting) == 1 and mark == ",":
            key = None
        elif not _nest(nesting, mark, token.start()):
            break
    return None


def _is_key(quoted: str, wanted: str) -> bool:
    try:
        return bool(parsed(quoted) == wanted)
    except MalformedError:
        return False


def _elements(document: str, start: int) -> tuple[list[str], int]:
    """The texts between the commas of the array that opens at `start`, and where it ends."""
    elements: list[str] = []
    nesting: list[str] = []
    begin = start + 1
    for token in TOKEN.finditer(document, start):
        mark = token[0]
        try:
            goes_on = _nest(nesting, mark, token.start())
        except Refused as refused:
            raise Refused(refused.code, refused.reason, len(elements) + 1) from None
        if goes_on and not (mark == "," and len(nesting) == 1):
            continue
        element = document[begin : token.start()].strip(SPACES)
        if not goes_on and not element and not elements:
            return [], token.end()
        if not element:
            reason = f"nothing before the {mark} at character {token.start() + 1}: {AGAIN}"
            raise Refused("not JSON", reason, len(elements) + 1)
        elements.append(element)
        if not goes_on:
            return elements, token.end()
        begin = token.end()
    raise Refused("not JSON", f"the document ends inside its records: {AGAIN}", len(elements) + 1)


def _nest(nesting: list[str], mark: str, place: int) -> bool:
    """Follow one token; False when the outermost bracket closed. Raises Refused for what cannot nest."""
    if mark in CLOSING:
        nesting.append(CLOSING[mark])
    elif mark in ("]", "}"):
        if not nesting or nesting.pop() != mark:
            raise Refused("not JSON", f"a {mark} too many at character {place + 1}: {AGAIN}")
    elif mark == '"':
        raise Refused("not JSON", f"a string opens at character {place + 1} and never ends: {AGAIN}")
    return bool(nesting)


def _check_surroundings(skeleton: str) -> None:
    """What is left without the records must be strict JSON, so nothing is cut off and no key stands twice."""
    try:
        skeleton.encode()
        parsed(skeleton)
    except UnicodeEncodeError as error:
        raise Refused("not JSON", f"bytes outside the records are no text: {AGAIN}") from error
    except MalformedError as error:
        raise Refused("not JSON", f"outside the records: {error}: {AGAIN}") from error


def _skip_spaces(document: str, position: int) -> int:
    while document[position : position + 1] in SPACES and position < len(document):
        position += 1
    return position
