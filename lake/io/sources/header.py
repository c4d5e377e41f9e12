"""From the names in a file to declared columns: their places, and what is missing, unknown or twice there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lake.contracts.problems import nearest
from lake.contracts.source import SourceSpec
from lake.io.sources.records import AGAIN, Refused

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class ColumnPlaces:
    """`places[i]`: where declared column i stands in a record (None: not sent); `unknown`: (name, place)."""

    width: int
    places: list[int | None]
    unknown: list[tuple[str, int]]

    @property
    def in_order(self) -> bool:
        """Whether a record's fields are exactly the declared columns, one after another."""
        return self.places == list(range(self.width))


def places_by_position(spec: SourceSpec) -> ColumnPlaces:
    """For a file without a header: the declared order counts."""
    width = len(spec.columns)
    return ColumnPlaces(width, list(range(width)), [])


def places_by_name(header: Sequence[str], spec: SourceSpec) -> ColumnPlaces:
    """For a file with a header: names match exactly once blanks and a byte order mark around them are gone.

    Raises Refused: wrong header, missing column, unknown column.
    """
    names = [name.strip().removeprefix(BYTE_ORDER_MARK).strip() for name in header]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused("wrong header", f"the header names {', '.join(map(repr, twice))} twice: {AGAIN}")
    declared = {column.source_name for column in spec.columns}
    missing = [c.source_name for c in spec.columns if c.required and c.source_name not in names]
    if len(missing) == sum(column.required for column in spec.columns) > 0:
        shown = ", ".join(names)[:200]
        raise Refused("wrong header", f"no required column in ({shown}): is the delimiter right?")
    if missing:
        near = [found for name in missing if (found := nearest(name, set(names) - declared))]
        named = "; ".join(f"it has '{name}' (write `source: {name}`)" for name in near)
        cure = f"{named}, or {AGAIN}" if named else AGAIN
        raise Refused("missing column", f"the header lacks {', '.join(missing)}: {cure}")
    unknown = [(name, place) for place, name in enumerate(names) if name not in declared]
    if unknown and spec.unknown_columns == "fail":
        raise unknown_columns([name for name, _ in unknown], None)
    standing = {name: place for place, name in enumerate(names)}
    return ColumnPlaces(len(names), [standing.get(column.source_name) for column in spec.columns], unknown)


def unknown_columns(names: Sequence[str], record_number: int | None) -> Refused:
    """The refusal of fields that the contract does not name."""
    shown = ", ".join(name or "(a column without a name)" for name in names)
    fix = "add them to the feed's columns, or declare unknown_columns: keep"
    return Refused("unknown column", f"not declared: {shown}: {fix}", record_number)
