"""Many deliveries at once are cleansed in portions, earlier days first, so that none needs more room than its records.

A portion is what `--to` would choose: cleansed in whatever portions, the same tables stand in the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.names import LoadKind
from lake.pipelines.cleansing.scope import Scope, needs_all_versions
from lake.pipelines.delivery_book import Delivery, in_time, said_at

PORTION_RECORDS = 5_000_000
"""So many at once, or one moment's deliveries: they lie on temporary disk up to three times while they are cleansed."""


def first_portion(scope: Scope, feed: Feed, entities: Mapping[str, Entity]) -> Scope:
    """The scope with its earliest deliveries of together PORTION_RECORDS, but at least those of one moment.

    The others are `later`. A feed whose deliveries have to be seen together stays whole.
    """
    if scope.added_records <= PORTION_RECORDS or not _may_part(scope, feed, entities):
        return scope
    moments: dict[tuple[date, str], list[Delivery]] = {}
    for delivery in scope.added:
        moments.setdefault(_moment(delivery, feed), []).append(delivery)
    added, later, count = list[Delivery](), list[Delivery](), 0
    for _, told in sorted(moments.items()):
        count += sum(delivery.record_count for delivery in told)
        (added if not added or count <= PORTION_RECORDS else later).extend(told)
    return replace(scope, added=added, later=later)


def _may_part(scope: Scope, feed: Feed, entities: Mapping[str, Entity]) -> bool:
    if scope.known or needs_all_versions(feed, entities):
        return False
    is_dated = all(delivery.file_date for delivery in scope.added)
    return feed.load is not LoadKind.SNAPSHOT or (is_dated and not feed.deleted_when)


def _moment(delivery: Delivery, feed: Feed) -> tuple[date, str]:
    """Sorts deliveries by what moment they tell of, undated ones first."""
    at = said_at(delivery, is_pulled=feed.is_pulled)
    return in_time(at) if at else (date.min, "")
