"""Who writes to a shop now, asked without taking the lock."""

from __future__ import annotations

from lake.io import locks, storage
from lake.pipelines.run import Run, writer_lock
from lake.settings import is_remote


def present_writer(run: Run) -> dict[str, object] | None:
    """The owner of the shop's writer lock; None when nobody writes, or its owner is known to be dead."""
    root = run.settings.root
    if not is_remote(root):
        return locks.owner_of(writer_lock(run.settings, run.shop))
    text = storage.text_if_there(run.spark, f"{root}/{run.shop}/writer.lock")
    owner = locks.parsed(text or "")
    return owner if owner and not locks.is_gone(owner) else None
