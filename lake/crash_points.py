"""Named points at which a test may kill the run (SIGKILL), to prove that any crash heals. No effect otherwise."""

from __future__ import annotations

import os
import signal

POINTS = (
    "ingest:raw_written",
    "ingest:recorded",
    "cleanse:entity_written",
    "cleanse:quarantine_written",
    "cleanse:dispositions_written",
    "cleanse:recorded",
    "curate:table_written",
    "curate:recorded",
    "publish:building",
    "publish:folders_written",
    "publish:built",
    "publish:switching",
    "publish:view_switched",
    "publish:live",
)
"""In the order in which one run of the whole pipeline passes them."""


def reached(point: str) -> None:
    """End this process without any clean-up when LAKE_CRASH_AT names the point."""
    if os.environ.get("LAKE_CRASH_AT") == point:
        os.kill(os.getpid(), signal.SIGKILL)
