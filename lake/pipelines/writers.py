"""Who writes to a shop now, asked without taking the lock."""

from __future__ import annotations

from pathlib import Path

from lake.io import locks, storage
from lake.pipelines.run import Run
from lake.settings import is_remote


def present_writer(run: Run) -> dict[str, object] | None:
    """The owner of the shop's writer lock; None when nobody writes, or its owner is known to be dead."""
    lock = run.settings.writer_lock(run.shop)
    if not is_remote(lock):
        return locks.owner_of(Path(lock))
    text = storage.text_if_there(run.spark, lock)
    owner = locks.parsed(text or "")
    return owner if owner and not locks.is_gone(owner) else None
