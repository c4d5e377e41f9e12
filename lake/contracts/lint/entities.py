"""Checks of entities: key, history, event columns, defaults, and names that cleanse keeps for itself."""

from __future__ import annotations

from collections.abc import Iterator

from lake.contracts.entity import ADDED_BY_CLEANSE, Entity, EntityColumn
from lake.contracts.lint.column_names import column_problems
from lake.contracts.lint.provisions import known_columns
from lake.contracts.lint.rules import rule_problems
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.lint.source_columns import OWN_PREFIX
from lake.contracts.problems import Problem, did_you_mean
from lake.contracts.sql_expressions import columns_of, expression_problems

LINE_COLUMNS = ("quantity", "unit_price", "gross_amount", "discount_amount", "net_amount")


def entity_problems(scope: Scope) -> Iterator[Problem]:
    """The problems of all entities."""
    for entity in scope.entities.values():
        yield from column_problems(entity, entity.model.columns)
        yield from _key_problems(entity)
        yield from _event_problems(entity)
        yield from _column_problems(entity)
        yield from _source_problems(scope, entity)
        yield from rule_problems(entity, (), entity.model.expectations, known_columns(entity.model))


def _source_problems(scope: Scope, entity: Sourced[Entity]) -> Iterator[Problem]:
    for position, column in enumerate(entity.model.columns):
        other = column.required_unless
        if other is not None and other not in scope.entities and other not in scope.broken:
            text = f"no entity '{other}'; {did_you_mean(other, scope.entities)}"
            yield entity.problem(("columns", position, "required_unless"), text)


def _key_problems(entity: Sourced[Entity]) -> Iterator[Problem]:
    model = entity.model
    for position, name in enumerate(model.key):
        if name not in model.column_names:
            text = f"no column '{name}' in '{model.entity}'; {did_you_mean(name, model.column_names)}"
            yield entity.problem(("key", position), text)
    moment = model.column("effective_at")
    if model.history and moment is None:
        text = "history needs the column `effective_at` (timestamp): from when a row holds; add it"
        yield entity.problem(("history",), text)
    if not model.history and moment is not None:
        text = "`effective_at` is for entities with `history: true`; rename it, or keep history"
        yield entity.problem(("columns", model.column_names.index("effective_at"), "name"), text)
    if model.amounts == "line":
        for name in LINE_COLUMNS:
            if model.column(name) is None:
                yield entity.problem(("amounts",), f"`line` completes {', '.join(LINE_COLUMNS)}; '{name}' is missing")


def _event_problems(entity: Sourced[Entity]) -> Iterator[Problem]:
    model = entity.model
    if model.event_at is None:
        for option in ("event_date", "event_month"):
            if getattr(model, option) is not None:
                yield entity.problem((option,), "is taken from `event_at`, which is missing; add it")
        return
    if (model.event_date is None) != (model.event_month is None):
        given, missing = ("event_date", "event_month") if model.event_date else ("event_month", "event_date")
        yield entity.problem((given,), f"comes with `{missing}`; add it, or remove both")
    moment = model.column(model.event_at)
    if moment is None:
        text = f"no column '{model.event_at}' in '{model.entity}'; {did_you_mean(model.event_at, model.column_names)}"
        yield entity.problem(("event_at",), text)
    elif moment.type != "timestamp":
        yield entity.problem(("event_at",), f"'{model.event_at}' is {moment.type}; it must be a timestamp")
    for option, ending in (("event_date", "_date"), ("event_month", "_month")):
        name = getattr(model, option)
        if name is None:
            continue
        if not name.endswith(ending):
            yield entity.problem((option,), f"'{name}' must end in {ending}, as all such columns do")
        if model.column(name) is not None:
            yield entity.problem((option,), f"'{name}' is added by cleanse; remove it from `columns`")


def _column_problems(entity: Sourced[Entity]) -> Iterator[Problem]:
    for position, column in enumerate(entity.model.columns):
        key = ("columns", position)
        if column.name in ADDED_BY_CLEANSE or column.name.startswith(OWN_PREFIX):
            yield entity.problem((*key, "name"), f"'{column.name}' is a name that cleanse uses itself; choose another")
        yield from _word_problems(entity, position, column)
        if column.default is None:
            continue
        wrong = list(expression_problems(column.default, columns_of_default(column.default)))
        if not wrong and columns_of_default(column.default):
            wrong = [f"`{column.default}` is no SQL literal; write text in single quotes, such as \"'shop'\""]
        for text in wrong:
            yield entity.problem((*key, "default"), text)


def _word_problems(entity: Sourced[Entity], position: int, column: EntityColumn) -> Iterator[Problem]:
    key = ("columns", position, "allowed")
    if column.allowed and column.type != "string":
        yield entity.problem(key, f"'{column.name}' is {column.type}; words are for text: remove them, or write a rule")
    for word in sorted({word for word in column.allowed if column.allowed.count(word) > 1}):
        yield entity.problem(key, f"'{word}' stands twice; remove one")


def columns_of_default(default: str) -> set[str]:
    """The names in a default, which should have none; nothing where it does not parse."""
    try:
        return columns_of(default)
    except ValueError:
        return set()
