"""Cells of a SQLite table as texts, with the storage class of each.

The driver gives a cell in its own class (int, float, str, bytes), which is what `typeof()` says of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from lake.contracts.source import SourceSpec
from lake.io.sources.sqlite_file import InvalidText

Cell = int | float | str | bytes | None


class Storages:
    """The storage classes of a record's declared cells as JSON; records are alike, so each text is made once."""

    def __init__(self, spec: SourceSpec) -> None:
        self._names = [column.name for column in spec.columns]
        self._known: dict[tuple[type, ...], str] = {}

    def of(self, cells: Sequence[Cell]) -> str:
        """The JSON object of one record."""
        kinds = tuple(map(type, cells))
        if kinds not in self._known:
            named = zip(self._names, kinds, strict=True)
            self._known[kinds] = json.dumps({name: _CLASSES[kind] for name, kind in named if kind is not type(None)})
        return self._known[kinds]


_CLASSES: dict[type, str] = {int: "integer", float: "real", str: "text", bytes: "blob", InvalidText: "text"}


@dataclass(frozen=True)
class NoText:
    """Why a cell cannot be text."""

    reason: str


def cell_text(cell: Cell) -> str | NoText | None:
    """The cell as the text that was sent: whole numbers as digits, reals in their shortest exact form.

    A blob that is UTF-8 counts as text (its class stands beside it).
    """
    if isinstance(cell, bytes):
        is_text = isinstance(cell, InvalidText)
        try:
            cell = cell.decode()
        except UnicodeDecodeError:
            return NoText("invalid utf-8" if is_text else "blob")
    if isinstance(cell, str):
        return NoText("NUL byte") if "\0" in cell else cell
    return None if cell is None else repr(cell)


def shown_text(cell: Cell) -> str | None:
    """Text of a cell that no column asks for; what cannot be text, such as a picture, as JSON: `{"hex": "..."}`."""
    text = cell_text(cell)
    return json.dumps(_shown(cell)) if isinstance(text, NoText) else text


def column_texts(cells: Sequence[Cell]) -> pa.Array | None:
    """What `cell_text` gives for each cell of a column; None where one of them cannot be text."""
    kinds = {*map(type, cells)} - {type(None)}
    if kinds == {int}:
        return pa.array(cells, pa.int64()).cast(pa.string())
    if kinds <= {str}:
        has_null_byte = any("\0" in cell for cell in cells if isinstance(cell, str))
        return None if has_null_byte else pa.array(cells, pa.string())
    texts = [cell_text(cell) for cell in cells]
    return None if any(isinstance(text, NoText) for text in texts) else pa.array(texts, pa.string())


def original_record(columns: Sequence[str], cells: Sequence[Cell]) -> bytes:
    """A record that is not all text, kept whole: a JSON object, blobs and invalid texts as `{"hex": "..."}`."""
    shown = {name: _shown(cell) for name, cell in zip(columns, cells, strict=True)}
    return json.dumps(shown, ensure_ascii=False).encode()


def _shown(cell: Cell) -> object:
    return {"hex": cell.hex()} if isinstance(cell, bytes) else cell
