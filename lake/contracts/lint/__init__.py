"""Checks across the files of one shop; each module checks one kind of contract and yields problems."""

from __future__ import annotations

from lake.contracts.lint.scope import Scope
from lake.contracts.lint.tables import table_problems
from lake.contracts.problems import Problem


def lint(scope: Scope) -> tuple[list[Problem], list[Problem]]:
    """All problems, and all warnings, of the shop's contracts."""
    problems = [*table_problems(scope)]
    return problems, []
