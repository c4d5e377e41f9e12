"""One line of an audit: what was compared, and whether both sides agree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Sides = tuple[str, str]
"""Where the expected figure and the found one come from, in words."""


class Outcome(StrEnum):
    """`skipped`: one side is not there yet, or is about to be made anew."""

    OK = "ok"
    DIFFERS = "differs"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """`check` names the balance, `subject` the feed, entity or table, `detail` the figures."""

    outcome: Outcome
    check: str
    subject: str
    detail: str


def compared(check: str, subject: str, what: str, expected: object, found: object, *, sides: Sides) -> Finding:
    """Both sides of a balance: `what` is counted, `sides` name where `expected` and `found` come from."""
    if expected == found:
        return Finding(Outcome.OK, check, subject, f"{what}: {found}")
    return Finding(Outcome.DIFFERS, check, subject, f"{what}: {expected} {sides[0]}, {found} {sides[1]}")


def skipped(check: str, subject: str, why: str) -> Finding:
    """Nothing to compare, and why."""
    return Finding(Outcome.SKIPPED, check, subject, why)
