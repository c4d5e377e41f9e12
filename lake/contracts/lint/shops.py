"""Checks of a shop and of what its feeds claim together: files, entities, precedence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from zoneinfo import ZoneInfo

from lake.contracts.currencies import CURRENCIES
from lake.contracts.feed import Feed
from lake.contracts.file_patterns import PathPatternError, can_match_one_file, tokens
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.problems import Problem, did_you_mean
from lake.contracts.shop import Shop
from lake.contracts.source import SqliteFormat

ZONE_NAME = re.compile(r"UTC|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z0-9_+-]+)+")


def shop_problems(scope: Scope) -> Iterator[Problem]:
    """The problems of the shop itself and of its feeds among each other."""
    if scope.shop is not None:
        yield from _clock_and_money(scope.shop)
        yield from _ignored_problems(scope.shop)
        yield from _precedence_problems(scope, scope.shop)
    yield from _overlap_problems(scope)


@lru_cache(maxsize=64)
def zone_problem(name: str) -> str | None:
    """What is wrong with the name of a time zone, or None."""
    try:
        if ZONE_NAME.fullmatch(name):
            ZoneInfo(name)
            return None
    except (KeyError, ValueError, OSError):
        pass
    return f"unknown time zone '{name}'; write an IANA name such as Europe/London"


def _clock_and_money(shop: Sourced[Shop]) -> Iterator[Problem]:
    if wrong := zone_problem(shop.model.time_zone):
        yield shop.problem(("time_zone",), wrong)
    if shop.model.currency not in CURRENCIES:
        text = f"unknown currency '{shop.model.currency}'; write an ISO 4217 code such as EUR"
        yield shop.problem(("currency",), text)
    for name, connection in shop.model.connections.items():
        if re.search("(?i)passw|pwd=|user=", connection.url):
            text = "holds a name or a password; write `user`, and `password_env`: the variable that holds it"
            yield shop.problem(("connections", name, "url"), text)


def _ignored_problems(shop: Sourced[Shop]) -> Iterator[Problem]:
    for position, pattern in enumerate(shop.model.ignored):
        try:
            tokens(pattern)
        except PathPatternError as error:
            yield shop.problem(("ignored", position), f"'{pattern}': {error}")


def _precedence_problems(scope: Scope, shop: Sourced[Shop]) -> Iterator[Problem]:
    providers = _providers(scope)
    for entity, feeds in shop.model.precedence.items():
        if entity not in scope.entities and entity not in scope.broken:
            text = f"unknown entity '{entity}'; {did_you_mean(entity, scope.entities)}"
            yield shop.problem(("precedence", entity), text)
            continue
        for position, feed in enumerate(feeds):
            if feed in providers.get(entity, []) or feed in scope.broken:
                continue
            known = providers.get(entity, [])
            text = f"no feed '{feed}' provides '{entity}'; {did_you_mean(feed, known)}"
            yield shop.problem(("precedence", entity, position), text)
    for entity, feeds in providers.items():
        missing = [feed for feed in feeds if feed not in shop.model.precedence.get(entity, [])]
        if len(feeds) > 1 and missing:
            key = ("precedence", entity) if entity in shop.model.precedence else ("precedence",)
            text = f"feeds {', '.join(feeds)} all provide '{entity}'; list them all, the strongest first"
            yield shop.problem(key, text)


def _providers(scope: Scope) -> dict[str, list[str]]:
    """Entity: the enabled feeds that provide it."""
    found: dict[str, list[str]] = {}
    for name, feed in scope.feeds.items():
        for entity in dict.fromkeys(item.entity for item in feed.model.provides if feed.model.enabled):
            found.setdefault(entity, []).append(name)
    return found


def _overlap_problems(scope: Scope) -> Iterator[Problem]:
    enabled = [feed for feed in scope.feeds.values() if feed.model.enabled and not feed.model.is_pulled]
    for first, second in combinations(enabled, 2):
        try:
            is_shared = can_match_one_file(first.model.path, second.model.path)
        except PathPatternError:
            continue
        if is_shared and not _read_different_tables(first.model, second.model):
            text = (
                f"'{second.model.path}' can match a file of feed '{first.model.feed}' ('{first.model.path}'); "
                "make the two patterns exclusive"
            )
            yield second.problem(("path",), text)


def _read_different_tables(first: Feed, second: Feed) -> bool:
    """One database file may serve several feeds."""
    formats = (first.format, second.format)
    tables = [form.table for form in formats if isinstance(form, SqliteFormat)]
    return len(set(tables)) == len(formats)
