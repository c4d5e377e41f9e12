"""Which deliveries of a feed cleanse has to look at: what became current, what no longer is, or all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.contracts.record_parts import conditional_parts
from lake.names import CleansedState, LoadKind
from lake.pipelines.delivery_book import Delivery, DeliveryBook, in_time, said_at
from lake.pipelines.run import Run

OF_A_FEED = (CleansedState.STARTED, CleansedState.PARTED, CleansedState.FINISHED, CleansedState.LEFT)


@dataclass
class Processed:
    """What earlier runs made of a feed, folded from `ops.cleansed_deliveries`."""

    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    marker: str = CleansedState.FINISHED
    """The last word about the feed itself, one of OF_A_FEED; `left` also where all that it gave was purged."""

    @property
    def is_interrupted(self) -> bool:
        """Whether what stands may not be what the deliveries say."""
        return self.marker not in (CleansedState.FINISHED, CleansedState.PARTED)

    @property
    def is_under_way(self) -> bool:
        """Whether a run began to cleanse the feed and did not come to the end."""
        return self.marker in (CleansedState.STARTED, CleansedState.PARTED)

    def is_of(self, fingerprint: str) -> bool:
        """Whether all that was made of its deliveries was made by this contract and these rules."""
        return all(row["fingerprint"] == fingerprint for row in self.states.values())

    @property
    def stands(self) -> bool:
        """Whether runs came to the end with some of its deliveries, so that its tables should be there."""
        return bool(self.states) and not self.is_interrupted

    @staticmethod
    def of(rows: Iterable[dict[str, Any]], feed: str) -> Processed:
        """The last state of every delivery, and of the feed."""
        found = Processed()
        for row in sorted((r for r in rows if r["feed"] == feed), key=lambda r: r["at"]):
            if row["state"] in OF_A_FEED:
                found.marker = row["state"]
            elif row["state"] == CleansedState.PURGED:
                found = Processed(marker=CleansedState.LEFT)
            elif row["state"] in (CleansedState.EXPIRED, CleansedState.DEFERRED):
                found.states.pop(row["delivery_id"], None)
            else:
                found.states[row["delivery_id"]] = row
        return found

    def held(self) -> dict[str, set[str]]:
        """delivery_id -> entities that a gate holds back, for the deliveries that are current."""
        return {i: set(row["held"].split(",")) for i, row in self.states.items() if is_current(row) and row["held"]}


def is_current(row: Mapping[str, Any]) -> bool:
    """Whether a state of a delivery says that its rows stand in cleansed."""
    return bool(row["state"] == CleansedState.CURRENT)


@dataclass(frozen=True)
class Scope:
    """The deliveries of a feed, by what is done with them.

    `added`: they are mapped. `removed`: their rows leave. `never_cleansed`: replaced before they were (with `full`: all
    replaced ones), so that their records only get fates. `kept`: their rows stand. `later`: left for the next portion.
    `full`: nothing that stands counts, all is made anew; `why` says for what reason. `follows`: the added ones all tell
    of later moments than the kept ones, of which there are some, and nothing else changed. `known`: those of the added
    that were cleansed before, so that the ledger of fates has them.
    """

    added: list[Delivery]
    removed: list[str]
    never_cleansed: list[Delivery]
    kept: list[Delivery]
    full: bool
    why: str
    follows: bool = False
    known: frozenset[str] = frozenset()
    later: list[Delivery] = field(default_factory=list)

    @property
    def added_records(self) -> int:
        """Records of the added deliveries."""
        return sum(delivery.record_count for delivery in self.added)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.added or self.removed or self.never_cleansed or self.full)


def scope_of(run: Run, feed: Feed, book: DeliveryBook, processed: Processed, *, is_lost: bool = False) -> Scope:
    """Compare the current deliveries with what was made of them. Another fingerprint makes everything dirty.

    `is_lost`: a table that was made is not there any more.
    """
    fingerprint = run.catalogue.fingerprint(feed)
    current = {d.delivery_id: d for d in book.current[feed.feed].values()}
    done = {i for i, row in processed.states.items() if is_current(row)}
    new = [d for i, d in current.items() if i not in done and run.selected(d.file_date)]
    accepted_since = {i for i in done & book.gate_accepted & set(current) if not processed.states[i]["gate_accepted"]}
    accepted = book.accepted[feed.feed]
    removed = sorted(i for i in done - set(current) if run.selected(accepted[i].file_date))
    kept = [accepted[i] for i in sorted(done - set(removed))]
    replaced = [d for i, d in accepted.items() if (i not in current and i not in done) or i in removed]
    never_cleansed = [d for d in replaced if d.delivery_id not in processed.states]
    again = [current[i] for i in sorted(accepted_since)]
    is_changed = bool(new or removed or again)
    only_new = bool(new) and not (removed or again or feed.deleted_when)
    follows = bool(kept) and (not is_changed or (only_new and _all_later(new, kept, feed)))
    entities = run.catalogue.entities
    why = _why_everything(feed, entities, processed, fingerprint, is_changed=is_changed, follows=follows)
    why = why or ("tables of it are not there any more" if is_lost else "")
    if why and (kept or new or processed.states or processed.is_under_way):
        return Scope(_sorted([*kept, *new]), [], _sorted(replaced), [], True, why)
    kept = [d for d in kept if d.delivery_id not in accepted_since]
    why = "new deliveries" if new else "changed deliveries"
    added = _sorted([*new, *again])
    known = frozenset(d.delivery_id for d in added if d.delivery_id in processed.states)
    return Scope(added, removed, _sorted(never_cleansed), kept, False, why, follows, known)


def _all_later(new: Iterable[Delivery], kept: Iterable[Delivery], feed: Feed) -> bool:
    """Whether the new deliveries are dated and later than all kept ones, of which there are some."""
    moments = [[said_at(d, is_pulled=feed.is_pulled) for d in deliveries] for deliveries in (new, kept)]
    of_new, of_kept = ([in_time(at) for at in told if at] for told in moments)
    return None not in moments[0] and bool(of_kept) and min(of_new) > max(of_kept)


def _why_everything(
    feed: Feed, entities: Mapping[str, Entity], processed: Processed, fingerprint: str, *, is_changed: bool,
    follows: bool,
) -> str:  # fmt: skip
    """What changed may lie between standing deliveries, unless it `follows`."""
    if processed.marker == CleansedState.LEFT:
        return "the feed was disabled before"
    is_parted = processed.marker == CleansedState.PARTED
    if processed.is_interrupted or (is_parted and not is_changed):  # what was left may be withdrawn
        return "the last run was interrupted"
    if not processed.is_of(fingerprint):
        return "contract or rules changed"
    if feed.load is LoadKind.SNAPSHOT and is_changed and not follows:
        return "snapshots are compared with each other"
    if is_changed and needs_all_versions(feed, entities):
        return "parts go with the version of their record"
    return ""


def needs_all_versions(feed: Feed, entities: Mapping[str, Entity]) -> bool:
    """Whether what a record gives besides depends on which of its versions is current."""
    return bool(feed.versioned_entity or conditional_parts(feed, entities))


def _sorted(deliveries: Iterable[Delivery]) -> list[Delivery]:
    return sorted(deliveries, key=lambda d: (str(d.file_date or ""), d.name, d.delivery_id))
