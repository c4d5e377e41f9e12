"""What is wrong with a file on purpose: which records are spoilt or sent twice, and what must become of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lake.generator.randomness import Dice


@dataclass(frozen=True)
class Entry:
    """One row of the ledger `defects`: something that a pipeline must notice, or that only the truth knows."""

    day: int
    feed: str
    file: str
    kind: str
    fate: str
    """`repaired`, `quarantined`, `duplicate`, `superseded`, `deleted`, `warned`, `accepted`; `none`: mere truth."""
    rule: str = ""
    record_number: int | None = None
    """From 1, in files; rows of a database are named by key."""
    key: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Defect:
    """One way to spoil a field; `change` gets the clean value."""

    kind: str
    column: int
    change: Callable[[Any], Any]
    fate: str
    rule: str = ""


Row = tuple[Any, ...]


@dataclass(frozen=True)
class Spoilt:
    """The records as sent, what was done to them, and the positions of clean records that must not be accepted."""

    rows: list[Row]
    entries: list[Entry]
    refused: set[int]


def spoil(
    dice: Dice, feed: str, day: int, file: str, rows: Sequence[Row], defects: Sequence[Defect], rate: int, *,
    key: int = 0, duplicates: bool = True, can_be_spoilt: Callable[[int], bool] = lambda position: True,
) -> Spoilt:  # fmt: skip
    """Each defect strikes a share of the records, and one more on every second day; no record is struck twice."""
    sent, entries, refused, struck = list(rows), [], set[int](), set[int]()
    for number, defect in enumerate(defects):
        for position in _struck(dice, f"defect.{feed}.{number}", day, len(rows), rate):
            value = rows[position][defect.column]
            if position in struck or value is None or not can_be_spoilt(position):
                continue
            struck.add(position)
            changed = defect.change(value)
            sent[position] = (*sent[position][: defect.column], changed, *sent[position][defect.column + 1 :])
            if defect.fate == "quarantined":
                refused.add(position)
            detail = {"column": defect.column, "was": value, "sent": changed}
            entries.append(
                Entry(
                    day,
                    feed,
                    file,
                    defect.kind,
                    defect.fate,
                    defect.rule,
                    position + 1,
                    str(rows[position][key]),
                    detail,
                )
            )
    if duplicates:
        for position in _struck(dice, f"defect.{feed}.duplicate", day, len(rows), 2 * rate):
            if position not in struck:
                struck.add(position)
                sent.append(rows[position])
                twin = {"of_record": position + 1}
                entries.append(
                    Entry(day, feed, file, "duplicate", "duplicate", "", len(sent), str(rows[position][key]), twin)
                )
    return Spoilt(sent, entries, refused)


def _struck(dice: Dice, name: str, day: int, size: int, rate: int) -> list[int]:
    if not size:
        return []
    wanted = size * rate // 10_000 + dice.one(f"{name}.more", day, 2)
    positions: list[int] = dice.below(name, day, wanted, size).tolist()
    return positions
