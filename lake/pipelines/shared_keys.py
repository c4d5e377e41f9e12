"""Rows of one delivery that share a key and differ: where content alone decides, a part of the key may be missing."""

from __future__ import annotations

from typing import Any

from lake.names import Severity
from lake.pipelines.cleanse_decided import Decided
from lake.pipelines.cleanse_feed import FeedFrames

RULE = "one_row_per_key"


def say_shared_keys(frames: FeedFrames, decided: Decided) -> list[dict[str, Any]]:
    """A warning for each entity in which a row gave way to another by its content alone, and its row for `ops.quality`.

    Attributes that lines mention beside (derived entities with history, such as products) are left out: two lines of a
    second may well spell a name differently.
    """
    feed, routed = frames.feed, frames.items(routed=True)
    quality = []
    for entity in sorted({row["entity"] for row in decided.counts if row["gave_way"]}):
        if entity not in routed and frames.run.catalogue.entities[entity].history:
            continue
        rows = [row for row in decided.counts if row["entity"] == entity]
        gave_way, accepted = (sum(row[name] for row in rows) for name in ("gave_way", "accepted"))
        file, record, other = min(row["such_as"] for row in rows if row["such_as"])
        frames.run.progress.problem(
            "one key, two rows", feed=feed.feed, entity=entity, rows=gave_way, of=accepted,
            such_as=f"{file}: record {record} gives way to {other}",
            mend="if both are facts, add what tells them apart to the key",
        )  # fmt: skip
        quality.append(
            {"feed": feed.feed, "entity": entity, "rule": RULE, "severity": Severity.WARN.value,
             "row_count": accepted, "failed_count": gave_way, "outcome": "counted"}
        )  # fmt: skip
    return quality
