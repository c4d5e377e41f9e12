"""Rows of one delivery that share a key and differ: where content alone decides, a part of the key may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lake.names import Severity
from lake.pipelines.cleansing.decided import Decided
from lake.pipelines.cleansing.feed_frames import FeedFrames
from lake.progress import Progress

RULE = "one_row_per_key"


@dataclass(frozen=True)
class SharedKeys:
    """The rows of one entity, `gave_way` of those that were accepted, that another one of their key replaced."""

    feed: str
    entity: str
    accepted: int
    gave_way: int
    such_as: str

    def say(self, progress: Progress) -> None:
        """A line of warning."""
        mend = "if both are facts, add what tells them apart to the key"
        progress.problem("one key, two rows", feed=self.feed, entity=self.entity, rows=self.gave_way, of=self.accepted,
                         such_as=self.such_as, mend=mend)  # fmt: skip

    def quality(self) -> dict[str, Any]:
        """The row for `ops.quality`."""
        return {"feed": self.feed, "entity": self.entity, "rule": RULE, "severity": Severity.WARN.value,
                "row_count": self.accepted, "failed_count": self.gave_way, "outcome": "counted"}  # fmt: skip


def shared_keys(frames: FeedFrames, decided: Decided) -> list[SharedKeys]:
    """The entities in which a row gave way to another by its content alone.

    Attributes that lines mention beside (derived entities with history, such as products) are left out: two lines of a
    second may well spell a name differently.
    """
    routed, found = frames.items(routed=True), []
    for entity in sorted({row["entity"] for row in decided.counts if row["gave_way"]}):
        if entity not in routed and frames.run.catalogue.entities[entity].history:
            continue
        rows = [row for row in decided.counts if row["entity"] == entity]
        gave_way, accepted = (sum(row[name] for row in rows) for name in ("gave_way", "accepted"))
        file, record, other = min(row["such_as"] for row in rows if row["such_as"])
        such_as = f"{file}: record {record} gives way to {other}"
        found.append(SharedKeys(frames.feed.feed, entity, accepted, gave_way, such_as))
    return found
