"""What would be left of a shop's contracts if a feed were enabled, disabled or removed; no file is touched here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from lake.contracts.feed import Feed
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.loading import checked, read_scope
from lake.contracts.problems import Problem, did_you_mean
from lake.errors import ContractError
from lake.names import NAME

Change = Literal["enable", "disable", "remove"]


@dataclass(frozen=True)
class Outlook:
    """The feed's file and present state, the problems that would stand only after the change, and what it means."""

    path: Path
    is_enabled: bool
    problems: list[Problem]
    notes: list[str]

    def refuse_problems(self, doing: str) -> None:
        """Raise ContractError where the change would leave contracts that no run accepts."""
        if self.problems:
            lines = "\n".join(str(problem) for problem in sorted(set(self.problems)))
            raise ContractError(f"{doing} would leave problems; mend these first, then do it again:\n{lines}")


def feed_file(conf: Path, shop: str, feed: str) -> Path | None:
    """Where the feed's YAML lies; None where there is none of that name, or where no feed could have it (`order*`)."""
    if not NAME.fullmatch(feed):
        return None
    found = sorted((conf / "shops" / shop / "feeds").rglob(f"{feed}.y*ml"))
    return found[0] if found else None


def outlook(conf: Path, shop: str, feed: str, change: Change) -> Outlook:
    """The contracts of the shop before and after the change, compared. ContractError for a feed that has no file."""
    path = feed_file(conf, shop, feed)
    scope, reading = read_scope(conf, shop)
    if path is None:
        raise ContractError(f"shop '{shop}' has no feed '{feed}'; {did_you_mean(feed, scope.feeds)}")
    if feed not in scope.feeds and change != "remove":
        raise ContractError(f"{path}: cannot be read; lake feeds validate {feed} --shop {shop} says why")
    changed = _changed(scope, feed, change)
    before, old = checked(scope, reading)
    after, new = checked(changed, reading)
    notes = _providers_told(scope, changed, feed)
    if before is not None and after is not None:
        notes += _told("no longer made", before.tables.keys() - after.tables.keys())
        notes += _told("made from now on", after.tables.keys() - before.tables.keys())
    is_enabled = feed in scope.feeds and scope.feeds[feed].model.enabled
    return Outlook(path, is_enabled, sorted(set(new) - set(old)), notes)


def _changed(scope: Scope, feed: str, change: Change) -> Scope:
    feeds = {name: found for name, found in scope.feeds.items() if name != feed}
    if change == "remove":
        return replace(scope, feeds=feeds, broken=scope.broken - {feed})
    known = scope.feeds[feed]
    model = known.model.model_copy(update={"enabled": change == "enable"})
    return replace(scope, feeds={name: Sourced(model, known.document) if name == feed else found
                                 for name, found in scope.feeds.items()})  # fmt: skip


def _providers_told(before: Scope, after: Scope, feed: str) -> list[str]:
    """For each entity of the feed: who provides it after the change."""
    contract = before.feeds[feed].model if feed in before.feeds else None
    notes = []
    for entity in _entities(contract):
        providers = [name for name, one in after.feeds.items() if one.model.enabled and entity in _entities(one.model)]
        notes.append(f"{entity}: provided by {', '.join(providers)}" if providers else f"{entity}: nobody provides it")
    return notes


def _entities(feed: Feed | None) -> list[str]:
    return list(dict.fromkeys(item.entity for item in feed.provides)) if feed else []


def _told(what: str, names: Iterable[str]) -> list[str]:
    found = sorted(names)
    return [f"{what}: {', '.join(found)}"] if found else []
