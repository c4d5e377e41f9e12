"""A YAML file as plain values with the line of every key. Duplicate keys are problems, anchors are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lake.contracts.problems import KeyPath, Problem, key_text

SCHEMA_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\s*")


@cache
def loader() -> Any:
    """The C loader where PyYAML was built with it."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """One YAML file: its values and where each key stands."""

    file: str
    path: Path
    content: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    first_line: str = ""

    def line(self, key: KeyPath) -> int:
        """The line of the key, or of the nearest key above it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def problem(self, key: KeyPath, text: str) -> Problem:
        """A problem at that key."""
        return Problem(self.file, self.line(key), key_text(key), text)

    @property
    def schema(self) -> str | None:
        """The JSON Schema that the first line names, as written."""
        match = SCHEMA_LINE.fullmatch(self.first_line)
        return match.group(1) if match else None


def read_document(path: Path, shown: str) -> tuple[Document, list[Problem]]:
    """The file's values and what is wrong with its YAML; `shown` is the name used in messages."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return Document(shown, path), [Problem(shown, 1, "", f"cannot be read ({error}); mend the file")]
    first_line = text.split("\n", 1)[0].rstrip()
    try:
        node = yaml.compose(text, Loader=loader())
    except yaml.YAMLError as error:
        return Document(shown, path, first_line=first_line), [_syntax_problem(shown, error)]
    if node is None:
        empty = Document(shown, path, first_line=first_line)
        return empty, [Problem(shown, 1, "", "is empty; write the contract or remove the file")]
    problems = [
        Problem(shown, line, key_text(key), f"key stands twice, first in line {first}; remove one")
        for key, line, first in _duplicates(node, ())
    ]
    try:
        content = yaml.constructor.SafeConstructor().construct_document(node)
    except (yaml.YAMLError, ValueError) as error:
        return Document(shown, path, first_line=first_line), [*problems, _syntax_problem(shown, error)]
    return Document(shown, path, content, dict(_lines(node, ())), first_line), problems


def _syntax_problem(shown: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    return Problem(shown, mark.line + 1 if mark else 1, "", f"not valid YAML: {reason}; mend the text here")


def _duplicates(node: yaml.Node, key: KeyPath) -> Iterator[tuple[KeyPath, int, int]]:
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _duplicates(item, (*key, position))
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for name, value in node.value:
            inner = (*key, str(name.value))
            line = name.start_mark.line + 1
            if seen.setdefault(str(name.value), line) != line:
                yield inner, line, seen[str(name.value)]
            yield from _duplicates(value, inner)


def _lines(node: yaml.Node, key: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    """Lines of all keys, after merges were resolved: a key's own line wins over the merged one."""
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield (*key, position), item.start_mark.line + 1
            yield from _lines(item, (*key, position))
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = (*key, str(name.value))
            yield inner, name.start_mark.line + 1
            yield from _lines(value, inner)
