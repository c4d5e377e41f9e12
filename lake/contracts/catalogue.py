"""All contracts that one shop's runs need, in one frozen object. Loading and checking them is `loading`'s."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.contracts.kpi import Kpi
from lake.contracts.problems import Problem
from lake.contracts.shop import Shop
from lake.contracts.table import Table

LOGIC_VERSION = 5
"""Part of every feed's fingerprint: raised when the code of cleanse gives other rows or fates under the same YAML."""


@dataclass(frozen=True)
class Catalogue:
    """A shop with its feeds by name, and the entities and tables that all shops share.

    `tables` are those that the shop has, in dependency order: a table comes after the tables that it reads; `absent`
    are the others. `kpis` is the dictionary of key figures. `warnings` stop nothing.
    """

    shop: Shop
    feeds: dict[str, Feed]
    entities: dict[str, Entity]
    tables: dict[str, Table]
    absent: dict[str, Table] = field(default_factory=dict)
    kpis: dict[str, Kpi] = field(default_factory=dict)
    disabled_feeds: dict[str, Feed] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def all_feeds(self) -> dict[str, Feed]:
        """The enabled feeds and the disabled ones."""
        return {**self.feeds, **self.disabled_feeds}

    def fingerprint(self, feed: Feed) -> str:
        """SHA-256 (hex) over all that cleanse obeys: feed, entities with their providers, clock, money, code."""
        provided = sorted({item.entity for item in feed.provides})
        rules = {
            "logic": LOGIC_VERSION,
            "feed": feed.model_dump(mode="json", exclude={"description", "owner", "enabled", "retention_days"}),
            "entities": [self.entities[name].model_dump(mode="json") for name in provided],
            "providers": {name: [other.feed for other in self.providers(name)] for name in provided},
            "shop": self.shop.model_dump(mode="json", include={"shop", "currency", "time_zone", "precedence"}),
        }
        text = json.dumps(rules, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def providers(self, entity: str) -> list[Feed]:
        """The enabled feeds that provide the entity, by precedence, then by name."""
        order = self.shop.precedence.get(entity, [])
        found = [feed for feed in self.feeds.values() if any(item.entity == entity for item in feed.provides)]
        place = {name: position for position, name in enumerate(order)}
        return sorted(found, key=lambda feed: (place.get(feed.feed, len(order)), feed.feed))
