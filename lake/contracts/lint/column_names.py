"""The house's names of columns: what a name's ending says about the type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lake.contracts.columns import Column
from lake.contracts.lint.scope import Model, Sourced
from lake.contracts.problems import Problem

MONEY = "decimal(18,4)"
ENDINGS = {
    "_at": ("timestamp",),
    "_date": ("date",),
    "_month": ("string",),
    "_amount": (MONEY,),
    "_price": (MONEY,),
    "_count": ("bigint", "int"),
    "_key": ("bigint",),
}
BEGINNINGS = {"is_": ("boolean",), "has_": ("boolean",)}


def column_problems(contract: Sourced[Model], columns: Sequence[Column]) -> Iterator[Problem]:
    """Repeated columns, types that do not fit the name, money without a currency."""
    seen: set[str] = set()
    for position, column in enumerate(columns):
        key = ("columns", position)
        if column.name in seen:
            yield contract.problem((*key, "name"), f"column '{column.name}' stands twice; rename one")
        seen.add(column.name)
        expected = expected_types(column.name)
        found = column.type.replace(" ", "")
        if expected and found not in expected:
            text = f"'{column.name}' is {column.type}; by its name it must be {' or '.join(expected)}: change one"
            yield contract.problem((*key, "type"), text)
    names = {column.name for column in columns}
    has_money = any(name.endswith("_amount") for name in names)
    if has_money and not any(name == "currency" or name.endswith("_currency") for name in names):
        yield contract.problem(("columns",), "has amounts without a currency; add the column `currency`")


def expected_types(name: str) -> tuple[str, ...]:
    """The types that a column of that name may have; empty where the name says nothing."""
    if name.endswith("_of_month"):  # day_of_month is a number
        return ()
    for beginning, types in BEGINNINGS.items():
        if name.startswith(beginning):
            return types
    return next((types for ending, types in ENDINGS.items() if name.endswith(ending)), ())
