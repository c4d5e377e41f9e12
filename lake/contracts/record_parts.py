"""Which items give parts of records that are sent again, and by which keys two records are versions of one."""

from __future__ import annotations

from collections.abc import Mapping

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed, Provision
from lake.contracts.sql_expressions import columns_of
from lake.names import LoadKind


def conditional_items(feed: Feed, entities: Mapping[str, Entity]) -> list[Provision]:
    """Items that take a record or not, whatever they took of its older versions; with history those are wanted."""
    if feed.load is not LoadKind.UPSERT:
        return []
    items = [item for item in feed.provides if item.when and not item.explode and item.entity in entities]
    return [item for item in items if not entities[item.entity].history]


def conditional_parts(feed: Feed, entities: Mapping[str, Entity]) -> list[Provision]:
    """The conditional items whose rows go when a newer version of the record is not taken: versions can be known."""
    return [item for item in conditional_items(feed, entities) if _knows_versions(feed, item, entities)]


def record_items(feed: Feed, entities: Mapping[str, Entity]) -> list[Provision]:
    """The routed items whose business keys, of columns, together say which record it is."""
    plain = [item for item in feed.provides if item.route and item.key == "columns" and not item.explode]
    return [item for item in plain if item.entity in entities]


def goes_with_record(feed: Feed, item: Provision, entities: Mapping[str, Entity]) -> bool:
    """Whether a record that `deleted_when` marks deletes the item's key too: what is routed, elements of its arrays,
    and what is derived by the same key. The order, customer or product that a deleted line names were real.
    """
    if item.route or item.explode:
        return True
    own = _key_columns(item, entities) if item.key == "columns" else set[str]()
    routed = [_key_columns(one, entities) for one in record_items(feed, entities)]
    return any(key and key <= own for key in routed)


def _knows_versions(feed: Feed, item: Provision, entities: Mapping[str, Entity]) -> bool:
    """Whether records of equal keys are versions of one: events of an order have the key of their order in common.

    Entities with history have several rows a key, so that of those alone the item's own key must tell records apart.
    """
    routed = record_items(feed, entities)
    if item.key != "columns" or not routed:
        return False
    if any(not entities[one.entity].history for one in routed):
        return True
    return bool(_key_columns(item, entities) - set().union(*(_key_columns(one, entities) for one in routed)))


def _key_columns(item: Provision, entities: Mapping[str, Entity]) -> set[str]:
    """The feed's columns that the item's business key is made of."""
    return set().union(*(columns_of(item.columns.get(name, "null")) for name in entities[item.entity].key))
