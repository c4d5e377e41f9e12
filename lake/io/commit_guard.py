"""What must hold before anything is committed, asked by all of lake/io that writes: tables, storage, the Hive door.

A run on a remote root sets it to the check that its lock is still its own. Without a guard nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_guards: list[Callable[[], None]] = []
"""Of this process: it has one session and one run, and a lost lock must stop every write of it."""


@contextmanager
def guarded(check: Callable[[], None]) -> Iterator[None]:
    """For the time of the block the check is called before each write; it raises to stop it."""
    _guards.append(check)
    try:
        yield
    finally:
        _guards.remove(check)


def before_commit() -> None:
    """Ask every guard; what it raises stops the caller before it has changed anything."""
    for check in _guards:
        check()
