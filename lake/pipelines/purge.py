"""Takes away all that raw, quarantine and the ledgers of fates hold of a feed that was removed from the contracts."""

from __future__ import annotations

from lake.errors import EnvironmentError_, UsageError_
from lake.io import storage
from lake.names import CleansedState, DeliveryEvent, Zone
from lake.pipelines.balances import record_changes, recorded_counts
from lake.pipelines.cleansing.departures import settle_departures
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.feed_tables import extract_uri, fates_uri, keys_uri, part_uri
from lake.pipelines.run import Run


def purge_feed(run: Run, feed: str) -> list[str]:
    """What was taken away, one line each. The feed begins anew if it comes back.

    The ledgers keep what happened: an event says that the feed was purged, and counter-changes bring its balances to
    nothing. They are written before the folders go, so that a purge that was cut short is finished by another one.
    Its rows leave entities that others provide too with the next run, as those of a disabled feed do.
    Raises UsageError_ for a feed that has a contract, or of which nothing is known.
    """
    if feed in run.catalogue.all_feeds:
        raise UsageError_(f"{feed} is a feed of {run.shop}; remove it first: its next run would read everything again")
    events = sorted((e["event_number"], e["event"]) for e in run.ledger("deliveries") if e["feed"] == feed)
    if not events:
        raise UsageError_(f"shop {run.shop} has no feed '{feed}', and never had a file of it")
    book = DeliveryBook.of(run.ledger("deliveries"))
    known = book.accepted[feed].values()
    lines = [f"{len(known)} deliveries with {sum(d.record_count for d in known)} records"] if known else []
    if events[-1][1] != DeliveryEvent.PURGED:
        event = {"feed": feed, "name": "", "event": DeliveryEvent.PURGED.value, "event_number": book.next_number}
        run.record("deliveries", [{**event, "reason": "; ".join(lines)}])
    run.record("cleansed_deliveries", [{"feed": feed, "state": CleansedState.PURGED.value}])
    shared = {row["entity"] for row in run.ledger("merges") if feed in row["providers"].split(",")}
    run.record("merges", [{"entity": entity, "providers": ""} for entity in sorted(shared)])  # they are made anew
    record_changes(run, {key: -count for key, count in recorded_counts(run, [feed]).items()})
    lines += [f"removed {uri}" for uri in _folders(run, feed) if _removed(run, uri)]
    settle_departures(run)
    return lines


def _folders(run: Run, feed: str) -> list[str]:
    """Everything that holds rows of this feed alone."""
    raw = [run.uri(Zone.RAW, feed), keys_uri(run, feed), extract_uri(run, feed)]
    parts = [part_uri(run, entity, feed) for entity in run.catalogue.entities]
    return [*raw, run.uri(Zone.QUARANTINE, feed), fates_uri(run, feed), *parts]


def _removed(run: Run, uri: str) -> bool:
    """Whether there was such a folder."""
    if not storage.exists(run.spark, uri):
        return False
    if not storage.delete(run.spark, uri):
        raise EnvironmentError_(f"{uri} cannot be removed: see the rights of the folder, then purge again")
    return True
