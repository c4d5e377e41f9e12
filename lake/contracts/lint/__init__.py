"""Checks across the files of one shop; each module checks one kind of contract and yields problems."""

from __future__ import annotations

from lake.contracts.lint.entities import entity_problems
from lake.contracts.lint.feeds import feed_problems
from lake.contracts.lint.foreign_keys import foreign_key_problems
from lake.contracts.lint.kpis import kpi_problems, sheet_problems
from lake.contracts.lint.parts import part_warnings
from lake.contracts.lint.provisions import provision_problems
from lake.contracts.lint.scope import Scope
from lake.contracts.lint.shops import shop_problems
from lake.contracts.lint.table_sql import sql_problems
from lake.contracts.lint.tables import table_problems
from lake.contracts.lint.unused import unused_warnings
from lake.contracts.lint.versions import version_warnings
from lake.contracts.lint.words import word_warnings
from lake.contracts.problems import Problem

CHECKS = (
    shop_problems,
    feed_problems,
    provision_problems,
    entity_problems,
    table_problems,
    foreign_key_problems,
    sql_problems,
    kpi_problems,
    sheet_problems,
)

WARNINGS = (unused_warnings, part_warnings, version_warnings, word_warnings)


def lint(scope: Scope) -> tuple[list[Problem], list[Problem]]:
    """All problems, and all warnings, of the shop's contracts."""
    problems, warnings = ([problem for check in checks for problem in check(scope)] for checks in (CHECKS, WARNINGS))
    return problems, warnings
