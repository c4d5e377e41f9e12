"""Text files as sources write them: delimited, JSON, JSON lines, gzip without a time, logs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


def put(path: Path, content: bytes) -> None:
    """The whole file in one move."""
    waiting = path.with_name(f".{path.name}.part")
    waiting.write_bytes(content)
    waiting.replace(path)


def delimited(header: Sequence[str], rows: Iterable[Sequence[str]], separator: str, line_end: str = "\n") -> str:
    """Delimited text; a field is quoted where it has to be."""

    def field(text: str) -> str:
        if separator in text or '"' in text or "\n" in text or "\r" in text:
            return '"' + text.replace('"', '""') + '"'
        return text

    lines = [separator.join(header), *(separator.join([field(text) for text in row]) for row in rows)]
    return line_end.join(lines) + line_end


def json_line(value: object) -> str:
    """One JSON object on one line, keys in the order given."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_document(value: dict[str, Any]) -> bytes:
    """A nested document, indented."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def gzipped(text: str) -> bytes:
    """gzip without name and time; level 6 of zlib."""
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def amount(cents: int, mark: str = ".") -> str:
    """1234 as 12.34."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}{mark}{abs(cents) % 100:02d}"
