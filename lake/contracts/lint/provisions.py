"""Checks of what a feed provides: routes, mappings, keys, required columns, expectations."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.currencies import CURRENCIES
from lake.contracts.entity import Entity
from lake.contracts.feed import Feed, Provision
from lake.contracts.lint.expressions import expression_findings, predicate_findings
from lake.contracts.lint.rules import rule_problems
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.problems import KeyPath, Problem, did_you_mean
from lake.contracts.sql_expressions import ExpressionSyntaxError, parsed

DERIVED_AMOUNTS = frozenset({"gross_amount", "discount_amount", "net_amount"})
"""What cleanse completes in an entity with `amounts: line`."""


def provision_problems(scope: Scope) -> Iterator[Problem]:
    """The problems of everything that any feed provides."""
    for feed in scope.feeds.values():
        yield from _route_problems(feed)
        for position, item in enumerate(feed.model.provides):
            place: KeyPath = ("provides", position)
            yield from _expression_problems(feed, place, item)
            if item.entity in scope.broken:
                continue
            if item.entity not in scope.entities:
                text = f"unknown entity '{item.entity}'; {did_you_mean(item.entity, scope.entities)}"
                yield feed.problem((*place, "entity"), text)
                continue
            entity = scope.entities[item.entity].model.as_provided(scope.provided)
            yield from _mapping_problems(feed, place, item, entity)
            yield from rule_problems(feed, place, item.expectations, known_columns(entity))


def known_columns(entity: Entity) -> set[str]:
    """The columns that expectations of an entity may name: the declared ones and those that cleanse adds."""
    return {*entity.column_names, *filter(None, (entity.event_date, entity.event_month))}


_DERIVE_ALL = "drop the `route:` of all its items, and give one to an item that takes every record"


def _route_problems(feed: Sourced[Feed]) -> Iterator[Problem]:
    routes: dict[str, list[int]] = {}
    for position, item in enumerate(feed.model.provides):
        if item.route is not None:
            routes.setdefault(item.route, []).append(position)
    for route, positions in routes.items():
        if len(positions) == 1:
            continue
        for position in positions:
            if feed.model.provides[position].when is None:
                text = f"route '{route}' has {len(positions)} items; each needs `when:`, its own records"
                yield feed.problem(("provides", position, "route"), text)
    routed = {item.entity for item in feed.model.provides if item.route}
    for position, item in enumerate(feed.model.provides):
        if item.route is None and item.entity in routed:
            text = f"'{item.entity}' is provided by a `route:` too; {_DERIVE_ALL}"
            yield feed.problem(("provides", position, "entity"), text)
        routes_of = dict.fromkeys(one.route for one in feed.model.provides if one.entity == item.entity and one.route)
        if item.route and item.route != next(iter(routes_of)):
            named = " and ".join(f"'{route}'" for route in routes_of)
            text = f"'{item.entity}' is provided by the routes {named}; {_DERIVE_ALL}"
            yield feed.problem(("provides", position, "route"), text)
    if not routes:
        text = "no item has a `route:`; give one to the items that records become, the others are derived from those"
        yield feed.problem(("provides",), text)


def _expression_problems(feed: Sourced[Feed], place: KeyPath, item: Provision) -> Iterator[Problem]:
    if item.when is not None:
        element = None if item.route else item  # records take their route before anything is exploded
        yield from predicate_findings(feed, (*place, "when"), item.when, feed.model, element)
    for name, expression in item.columns.items():
        key = (*place, "columns", name)
        yield from expression_findings(feed, key, expression, feed.model, item)
        code = _constant(expression) if name == "currency" else None
        if code is not None and code not in CURRENCIES:
            yield feed.problem(key, f"unknown currency '{code}'; write an ISO 4217 code such as EUR")


def _constant(expression: str) -> str | None:
    try:
        tree = parsed(expression)
    except ExpressionSyntaxError:
        return None
    return tree.name if tree.is_string else None


def _mapping_problems(feed: Sourced[Feed], place: KeyPath, item: Provision, entity: Entity) -> Iterator[Problem]:
    for name in item.columns:
        if name not in entity.column_names:
            text = f"no entity column '{name}' in '{entity.entity}'; {did_you_mean(name, entity.column_names)}"
            yield feed.problem((*place, "columns", name), text)
    yield from _key_problems(feed, place, item, entity)
    given = set(item.columns) | {column.name for column in entity.columns if column.default is not None}
    if item.key == "content":
        given |= set(entity.key)
    if entity.history:
        given.add("effective_at")
    if entity.amounts == "line":
        if not {"gross_amount", "net_amount"} & given and not {"unit_price", "quantity"} <= given:
            text = "gives no amount; map gross_amount, or unit_price and quantity, or net_amount"
            yield feed.problem((*place, "columns"), text)
        given |= DERIVED_AMOUNTS
    needed = [column.name for column in entity.columns if column.required or column.name in entity.key]
    for name in needed:
        if name not in given:
            text = f"entity '{entity.entity}' requires '{name}'; map it, to a constant if it never differs"
            yield feed.problem((*place, "columns"), text)


def _key_problems(feed: Sourced[Feed], place: KeyPath, item: Provision, entity: Entity) -> Iterator[Problem]:
    if item.key != "content":
        return
    if len(entity.key) > 1:
        text = f"`content` makes one key column, '{entity.entity}' has {', '.join(entity.key)}; map them instead"
        yield feed.problem((*place, "key"), text)
    elif entity.key[0] in item.columns:
        text = f"'{entity.key[0]}' is made from the content; remove this mapping or `key: content`"
        yield feed.problem((*place, "columns", entity.key[0]), text)
