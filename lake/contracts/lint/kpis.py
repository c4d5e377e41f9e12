"""Checks of the KPI dictionary: names, tables and columns that a figure is computed from, and the rendered sheet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from lake.contracts.kpi import SHEET, SHEET_COLUMNS, Kpi
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.lint.table_sql import Unparsed, described
from lake.contracts.problems import Problem, did_you_mean
from lake.contracts.rendering.kpi_documents import MODEL, sheet_select
from lake.contracts.table_models import views_read

if TYPE_CHECKING:
    from sqlglot import exp

Columns = tuple[tuple[str, tuple[str, ...]], ...]
"""Tables (and shared views) with the names of their columns."""


def kpi_problems(scope: Scope) -> Iterator[Problem]:
    """The problems of all key figures; a configuration without kpi_sheet evaluates none."""
    if SHEET not in scope.tables:
        return
    taken: dict[str, str] = {}
    for kpi in scope.kpis.values():
        for name in kpi.model.names:
            if taken.setdefault(name, kpi.model.kpi) != kpi.model.kpi:
                yield kpi.problem(("name",), f"'{name}' also names {taken[name]}; choose another name")
        for position, name in enumerate(kpi.model.tables):
            if name not in scope.tables:
                near = did_you_mean(name, scope.tables)
                yield kpi.problem(("tables", position), f"no curated table '{name}'; {near}")
        yield from _mart_problems(scope, kpi) if kpi.model.sql is None else _sql_problems(scope, kpi, kpi.model.sql)


def sheet_problems(scope: Scope) -> Iterator[Problem]:
    """Whether the SELECT of kpi_sheet is the one that the dictionary gives, where there is one."""
    if not scope.kpis or SHEET not in scope.tables:
        return
    file = scope.sql.joinpath(MODEL)
    if file.is_file() and file.read_text(encoding="utf-8") != sheet_select(kpi.model for kpi in scope.kpis.values()):
        yield Problem(f"lake/sql/{MODEL}", 1, "", "is not what conf/kpis gives; run `lake kpis render`")


def _mart_problems(scope: Scope, kpi: Sourced[Kpi]) -> Iterator[Problem]:
    mart = kpi.model.mart
    if mart is None:
        return
    if mart.table not in kpi.model.tables:
        yield kpi.problem(("mart", "table"), f"'{mart.table}' is not among the related tables; add it to `tables:`")
    elif mart.table in scope.tables and mart.column not in scope.tables[mart.table].model.column_names:
        near = did_you_mean(mart.column, scope.tables[mart.table].model.column_names)
        yield kpi.problem(("mart", "column"), f"no column '{mart.column}' in '{mart.table}'; {near}")


def _sql_problems(scope: Scope, kpi: Sourced[Kpi], sql: str) -> Iterator[Problem]:
    found = described(sql)
    if isinstance(found, Unparsed):
        yield kpi.problem(("sql",), f"does not parse: {found.reason}; mend the SQL")
        return
    columns, read = found
    if columns is None or sorted(columns) != sorted(SHEET_COLUMNS):
        yield kpi.problem(("sql",), f"must select {', '.join(SHEET_COLUMNS)} and nothing else")
    known = [(name, tuple(table.model.column_names)) for name, table in scope.tables.items()]
    views = views_read(scope.sql, sql)
    for view, select in views.items():
        below = described(select)
        if not isinstance(below, Unparsed):  # else the tables that read the view say so
            read = read | below[1]
            known.append((view, below[0] or ()))
    read = read - views.keys()
    if read != set(kpi.model.tables):
        yield kpi.problem(("tables",), f"the SQL reads {', '.join(sorted(read))}; name these")
    elif wrong := unknown_column(sql, tuple(known)):
        yield kpi.problem(("sql",), f"{wrong}; mend the SQL")


@lru_cache(maxsize=256)
def unknown_column(sql: str, known: Columns) -> str:
    """What is wrong with the first column that none of the tables has; "" where all are known."""
    import sqlglot
    from sqlglot.errors import OptimizeError
    from sqlglot.optimizer.qualify import qualify

    tree: exp.Expr = sqlglot.parse_one(sql, dialect="spark")
    schema: dict[str, object] = {name: dict.fromkeys(columns, "string") for name, columns in known}
    try:
        qualify(tree, dialect="spark", schema=schema, validate_qualify_columns=True, quote_identifiers=False)
    except OptimizeError as error:
        return str(error).split("\n")[0]
    return ""
