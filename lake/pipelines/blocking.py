"""Whether curate and publish may run: nothing held by a gate, no refused file without a readable one of its name."""

from __future__ import annotations

from lake.errors import QualityGateError
from lake.pipelines.cleanse_scope import Processed
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.run import Run


def blocked_feeds(run: Run) -> list[str]:
    """What stands in the way, in words; feeds declared `optional: true` never do."""
    book = DeliveryBook.of(run.ledger("deliveries"))
    rows = run.ledger("cleansed_deliveries")
    found = []
    for feed in run.catalogue.feeds.values():
        if feed.optional:
            continue
        for event in book.refused_without_current(feed.feed):
            file = f"{feed.feed}/{event['name']}"
            mend = f"`lake deliveries withdraw '{event['name']}' --feed {feed.feed} --shop {run.shop}`"
            found.append(f"{file} was refused ({event['reason']}): send a good file or withdraw it: {mend}")
        current = {d.delivery_id: d.name for d in book.current[feed.feed].values()}
        for identity, entities in sorted(Processed.of(rows, feed.feed).held().items()):
            if identity in current:
                found.append(
                    f"{feed.feed}/{current[identity]}: {', '.join(sorted(entities))} held by a gate: look at "
                    f"`lake quarantine list --feed {feed.feed} --shop {run.shop}`, mend the rules or "
                    f"`lake deliveries accept {identity} --shop {run.shop}`"
                )
    return found


def refuse_when_blocked(run: Run) -> None:
    """Raise QualityGateError, one line a reason, when something stands in the way."""
    found = blocked_feeds(run)
    if found:
        raise QualityGateError("curate and publish do not run:\n" + "\n".join(f"  {line}" for line in found))
