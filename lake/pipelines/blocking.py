"""Whether curate and publish may run: nothing lost, cleansed by half, held, or refused without a readable file."""

from __future__ import annotations

from collections.abc import Collection

from lake.contracts.feed import Feed
from lake.errors import QualityGateError
from lake.pipelines.cleansing.merging import lost_entities
from lake.pipelines.cleansing.scope import Processed
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.feed_tables import lost_tables
from lake.pipelines.run import Run


def blocked_feeds(run: Run, planned: Collection[str] = ()) -> list[str]:
    """What stands in the way, in words; of feeds declared `optional: true` only what is lost or cleansed by half.

    `planned`: under `--plan`, feeds that would be cleansed before.
    """
    book = DeliveryBook.of(run.ledger("deliveries"))
    rows = run.ledger("cleansed_deliveries")
    again = f"run `jobs/cleanse.py --shop {run.shop}` again"
    found = [f"{entity}: it is not there any more: {again}" for entity in lost_entities(run)] if not run.plan else []
    for feed in run.catalogue.feeds.values():
        processed = Processed.of(rows, feed.feed)
        if processed.is_under_way and feed.feed not in planned:
            found.append(f"{feed.feed}: cleansing it was interrupted: {again}")
        elif _should_be_there(run, feed, processed) and feed.feed not in planned and (lost := lost_tables(run, feed)):
            found.append(f"{feed.feed}: what cleansing it made is not there any more ({', '.join(lost)}): {again}")
        if feed.optional:
            continue
        for event in book.refused_without_current(feed.feed):
            file = f"{feed.feed}/{event['name']}"
            mend = f"`lake deliveries withdraw '{event['name']}' --feed {feed.feed} --shop {run.shop}`"
            found.append(f"{file} was refused ({event['reason']}): send a good file or withdraw it: {mend}")
        current = {d.delivery_id: d.name for d in book.current[feed.feed].values()}
        for identity, entities in sorted(processed.held().items()):
            if identity in current:
                found.append(
                    f"{feed.feed}/{current[identity]}: {', '.join(sorted(entities))} held by a gate: look at "
                    f"`lake quarantine list --feed {feed.feed} --shop {run.shop}`, mend the rules or "
                    f"`lake deliveries accept {identity} --shop {run.shop}`"
                )
    return found


def _should_be_there(run: Run, feed: Feed, processed: Processed) -> bool:
    """Whether cleanse has made all tables that the feed's contract asks for now; of another one it made others."""
    return processed.stands and processed.is_of(run.catalogue.fingerprint(feed))


def refuse_when_blocked(run: Run) -> None:
    """Raise QualityGateError, one line a reason, when something stands in the way."""
    refuse(blocked_feeds(run))


def refuse(found: Collection[str]) -> None:
    """Raise QualityGateError of what `blocked_feeds` has found, if anything."""
    if found:
        raise QualityGateError("curate and publish do not run:\n" + "\n".join(f"  {line}" for line in found))
