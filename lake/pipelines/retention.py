"""Raw records of deliveries that are current no more leave raw when their feed's `retention_days` are over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pyspark.sql import functions as F

from lake.contracts.feed import Feed
from lake.io import tables
from lake.names import CleansedState, DeliveryEvent, Zone
from lake.pipelines.balances import record_balances
from lake.pipelines.cleansing.scope import Processed
from lake.pipelines.delivery_book import Delivery, DeliveryBook, replaced_at
from lake.pipelines.feed_tables import fates_uri, keys_uri
from lake.pipelines.run import Run


def expire_deliveries(run: Run, now: datetime) -> list[str]:
    """What left raw, or under `--plan` would, one line a feed. A current delivery never leaves.

    A delivery waits until a cleanse has taken its rows out of cleansed. Its raw rows, key list and fates (all
    `replaced`) go first and the ledgers are written last: a kill in between is mended by the next time.
    """
    lines = []
    for feed in run.catalogue.feeds.values():
        leaving = _leaving(run, feed, now)
        if not leaving:
            continue
        records = sum(delivery.record_count for delivery in leaving)
        lines.append(f"expire {len(leaving)} deliveries of {feed.feed}: {records} raw records, replaced more than "
                     f"{feed.retention_days} days ago")  # fmt: skip
        if not run.plan:
            _expire(run, feed, leaving)
    return lines


def _leaving(run: Run, feed: Feed, now: datetime) -> list[Delivery]:
    if feed.retention_days is None:
        return []
    processed = Processed.of(run.ledger("cleansed_deliveries"), feed.feed)
    if processed.is_interrupted:
        return []
    events = [event for event in run.ledger("deliveries") if event["feed"] == feed.feed]
    limit = now - timedelta(days=feed.retention_days)
    settled = {i for i, row in processed.states.items() if row["state"] == CleansedState.REPLACED}
    accepted = DeliveryBook.of(events).accepted[feed.feed]
    over = {i for i, at in replaced_at(events).items() if at.astimezone(UTC) <= limit}
    return [accepted[i] for i in sorted(over & settled)]


def _expire(run: Run, feed: Feed, leaving: list[Delivery]) -> None:
    identities = [delivery.delivery_id for delivery in leaving]
    for uri in (run.uri(Zone.RAW, feed.feed), keys_uri(run, feed.feed)):
        tables.delete_rows(run.spark, uri, F.col("lake_delivery_id").isin(identities))
    tables.delete_rows(run.spark, fates_uri(run, feed.feed), F.col("delivery_id").isin(identities))
    record_balances(run, [feed.feed])
    row = {"feed": feed.feed, "state": CleansedState.EXPIRED.value}
    run.record("cleansed_deliveries", [{**row, "delivery_id": identity} for identity in identities])
    number = DeliveryBook.of(run.ledger("deliveries")).next_number
    reason = f"replaced more than {feed.retention_days} days ago"
    events = [
        {"feed": feed.feed, "name": d.name, "delivery_id": d.delivery_id, "event": DeliveryEvent.EXPIRED.value,
         "file_date": d.file_date, "event_number": number + place, "reason": reason}
        for place, d in enumerate(leaving)
    ]  # fmt: skip
    run.record("deliveries", events)
