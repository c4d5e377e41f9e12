"""What is wrong in a YAML file, with its place and the fix: one line each, gathered before anything is raised."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from lake.errors import ContractError

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One finding; `file` is shown relative to the project, `key` as `provides[0].columns.quantity`."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        """`file:line: key: what is wrong; the fix`."""
        place = f"{self.file}:{self.line}: "
        return f"{place}{self.key}: {self.text}" if self.key else f"{place}{self.text}"


def key_text(key: KeyPath) -> str:
    """A key path as people write it: `("provides", 0, "entity")` is `provides[0].entity`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is spelt most like it, if any is close."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The fix for an unknown name: the nearest known one, or the list of them."""
    candidates = sorted(known)
    if near := nearest(name, candidates):
        return f"did you mean '{near}'?"
    if not candidates:
        return "there are none"
    shown = ", ".join(candidates[:12]) + (", ..." if len(candidates) > 12 else "")
    return f"known are {shown}"


def raise_problems(problems: Iterable[Problem]) -> None:
    """Raise one ContractError with a line per problem, in the order of files and lines; nothing if there are none."""
    lines = [str(problem) for problem in sorted(set(problems))]
    if lines:
        raise ContractError("\n".join(lines))
