"""One JSON record to its fields as they were sent: strings decoded, everything else as its original text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from lake.contracts.source import SourceSpec
from lake.io.sources.records import Rescued

MAX_DEPTH = 200
SPACE = re.compile(r"[ \t\r\n]*+")
STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
LONE_SURROGATE_HINT = re.compile(r"\\u[dD][89a-fA-F]")


class MalformedError(ValueError):
    """Why a record does not fit."""


class UnknownKeysError(ValueError):
    """Keys that the contract does not name (args), under `unknown_columns: fail`."""


@dataclass
class RecordFields:
    """Takes declared columns out of records, and remembers which ones were never sent."""

    spec: SourceSpec
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._paths = [(c.source_name, c.source_name.split(".")) for c in self.spec.columns]
        self._known = {path[0] for _, path in self._paths}

    def of(self, record: str) -> tuple[list[str | None], Rescued | None]:
        """Declared columns in order (null: no such key, or null), and what was rescued.

        Raises MalformedError for what is no JSON object, UnknownKeysError for drift.
        """
        value = parsed(record)
        if not isinstance(value, dict):
            raise MalformedError("not an object")
        unknown = [key for key in value if key not in self._known]
        if unknown and self.spec.unknown_columns == "fail":
            raise UnknownKeysError(*unknown)
        texts = [self._text(record, value, name, path) for name, path in self._paths]
        rescued = [(key, sent) for key in unknown if (sent := self._text(record, value, key, [key])) is not None]
        return texts, rescued or None

    def never_sent(self) -> list[str]:
        """Required columns that no record had."""
        return [c.source_name for c in self.spec.columns if c.required and c.source_name not in self.seen]

    def _text(self, record: str, value: Any, name: str, path: list[str]) -> str | None:
        for key in path:
            if value is None:
                break
            if not isinstance(value, dict) or key not in value:
                return None
            value = value[key]
        self.seen.add(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        return original_slice(record, path)


def parsed(record: str) -> Any:
    """The value, numbers as their text. Raises MalformedError (NaN, a key twice, a lone surrogate, ...)."""
    if record.count("[") + record.count("{") > MAX_DEPTH and depth_of(record) > MAX_DEPTH:
        raise MalformedError(f"nested deeper than {MAX_DEPTH}")
    try:
        value = _DECODER.decode(record)
    except json.JSONDecodeError as error:
        raise MalformedError(f"not JSON at character {error.pos + 1}") from error
    if LONE_SURROGATE_HINT.search(record):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise MalformedError("lone surrogate") from error
    return value


def original_slice(record: str, path: list[str]) -> str:
    """The text of the value at a path that is known to exist in a well-formed object."""
    position = _skip_space(record, 0)
    for key in path:
        position = _value_of_key(record, position, key)
    _, stop = _PLAIN_DECODER.raw_decode(record, position)
    return record[position:stop]


def depth_of(text: str) -> int:
    """The deepest nesting of brackets outside strings."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _value_of_key(record: str, position: int, wanted: str) -> int:
    """Where the value of a key begins, in the object that begins at `position`."""
    while True:
        position = _skip_space(record, position + 1)
        key, position = _PLAIN_DECODER.raw_decode(record, position)
        position = _skip_space(record, _skip_space(record, position) + 1)
        if key == wanted:
            return position
        _, position = _PLAIN_DECODER.raw_decode(record, position)
        position = _skip_space(record, position)


def _skip_space(text: str, position: int) -> int:
    found = SPACE.match(text, position)
    return found.end() if found else position


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise MalformedError(f"key {', '.join(twice)} twice")
    return found


def _no_constant(name: str) -> Any:
    raise MalformedError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_float=str, parse_int=str, parse_constant=_no_constant)
_PLAIN_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)
