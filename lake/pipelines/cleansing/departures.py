"""Feeds that were disabled or removed: what they gave leaves cleansed, and they begin anew when they come back."""

from __future__ import annotations

from lake.io import tables
from lake.names import CleansedState, Zone
from lake.pipelines.cleansing.scope import Processed
from lake.pipelines.run import Run


def settle_departures(run: Run) -> None:
    """After cleansing and merging. Raw, quarantine and the fates of a feed that left stay as they are."""
    _empty_abandoned(run)
    rows = run.ledger("cleansed_deliveries")
    gone = sorted({row["feed"] for row in rows} - set(run.catalogue.feeds))
    left = [name for name in gone if Processed.of(rows, name).marker != CleansedState.LEFT]
    run.record("cleansed_deliveries", [{"feed": name, "state": CleansedState.LEFT.value} for name in left])


def _empty_abandoned(run: Run) -> None:
    """Entities have no rows where no feed provides them any more, or only one from which nothing has come yet."""
    rows = run.ledger("cleansed_deliveries")
    for entity in run.catalogue.entities:
        providers = run.catalogue.providers(entity)
        if not providers or (len(providers) == 1 and not Processed.of(rows, providers[0].feed).states):
            tables.delete_rows(run.spark, run.uri(Zone.CLEANSED, entity))
