"""Checks of expectations, wherever they stand: they see the columns of their entity or table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from lake.contracts.columns import Expectation
from lake.contracts.lint.scope import Model, Sourced
from lake.contracts.problems import KeyPath, Problem
from lake.contracts.sql_expressions import expression_problems
from lake.names import ALLOWED_PREFIX

RESERVED_PREFIXES = ("cast_", "storage_", "required_", "clock_", "amounts_agree", ALLOWED_PREFIX)
"""Names of rules that cleanse makes itself."""


def rule_problems(
    contract: Sourced[Model], place: KeyPath, expectations: Sequence[Expectation], columns: Set[str]
) -> Iterator[Problem]:
    """The problems of a list of expectations at `place`."""
    seen: set[str] = set()
    for position, expectation in enumerate(expectations):
        key = (*place, "expectations", position)
        for wrong in expression_problems(expectation.rule, columns):
            yield contract.problem((*key, "rule"), wrong)
        name = expectation.rule_name
        if name in seen:
            yield contract.problem(key, f"rule '{name}' stands twice; failures are counted by name: rename one")
        if expectation.name.startswith(RESERVED_PREFIXES):
            text = f"'{name}' is kept for rules of the contract itself; choose another name"
            yield contract.problem((*key, "name"), text)
        seen.add(name)
