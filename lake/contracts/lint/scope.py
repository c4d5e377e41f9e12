"""What the cross-file checks look at: one shop's contracts, each with the document it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Generic, TypeVar

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.contracts.kpi import Kpi
from lake.contracts.problems import KeyPath, Problem
from lake.contracts.shop import Shop
from lake.contracts.strict import Strict
from lake.contracts.table import Table
from lake.contracts.yaml_source import Document

Model = TypeVar("Model", bound=Strict)


@dataclass(frozen=True)
class Sourced(Generic[Model]):
    """A contract and the document that it was read from."""

    model: Model
    document: Document

    def problem(self, key: KeyPath, text: str) -> Problem:
        """A problem at that key of the document."""
        return self.document.problem(key, text)


@dataclass(frozen=True)
class Scope:
    """The contracts that belong together; `broken` names those that could not be read (no follow-up messages)."""

    shop: Sourced[Shop] | None
    feeds: dict[str, Sourced[Feed]]
    entities: dict[str, Sourced[Entity]]
    tables: dict[str, Sourced[Table]]
    broken: frozenset[str]
    sql: Traversable
    kpis: dict[str, Sourced[Kpi]] = field(default_factory=dict)

    @property
    def provided(self) -> set[str]:
        """The entities that enabled feeds provide."""
        return {item.entity for feed in self.feeds.values() if feed.model.enabled for item in feed.model.provides}
