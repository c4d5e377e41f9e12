"""Checks of the SQL of curated tables against their contracts, as far as can be seen without running it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.problems import Problem
from lake.contracts.table import Table
from lake.contracts.table_models import VIEWS, model_name, views_read

if TYPE_CHECKING:
    from sqlglot import exp

VERSIONS = "_versions"
"""`products_versions` are the SCD2 versions that curate makes of the entity `products` before the SQL runs."""


def sql_problems(scope: Scope) -> Iterator[Problem]:
    """The problems between the contracts of tables and their SQL."""
    for table in scope.tables.values():
        name = model_name(table.model)
        file = scope.sql.joinpath(name)
        if not file.is_file():
            yield table.problem(("table",), f"no file lake/sql/{name}; write the SELECT that makes the table")
            continue
        text = file.read_text(encoding="utf-8")
        yield from _one(table, f"lake/sql/{name}", text, views_read(scope.sql, text))


def _one(table: Sourced[Table], name: str, text: str, views: Mapping[str, str]) -> Iterator[Problem]:
    found = described(text)
    if isinstance(found, Unparsed):
        yield Problem(name, found.line, "", f"does not parse: {found.reason}; mend the SQL")
        return
    columns, inputs = found
    for view, select in views.items():
        below = described(select)
        if isinstance(below, Unparsed):
            file = f"lake/sql/{VIEWS}/{view}.sql"
            yield Problem(file, below.line, "", f"does not parse: {below.reason}; mend the SQL")
            return
        inputs = inputs | below[1]
    inputs = inputs - views.keys()
    declared = {column.name for column in table.model.columns}
    if columns is not None and set(columns) != declared:
        missing = ", ".join(sorted(declared - set(columns)))
        extra = ", ".join(sorted(set(columns) - declared))
        parts = [f"it lacks {missing}"] * bool(missing) + [f"it has {extra}"] * bool(extra)
        yield table.problem(("columns",), f"{name} selects other columns: {' and '.join(parts)}; make the two agree")
    contract = {item.name for item in table.model.inputs}
    for extra in sorted(inputs - contract):
        yield table.problem(("inputs",), f"{name} reads '{extra}', which is no input; add it")
    for position, item in enumerate(table.model.inputs):
        if item.name not in inputs:
            text = f"{name} does not read '{item.name}'; remove the input"
            yield table.problem(("inputs", position, "name"), text)


@dataclass(frozen=True)
class Unparsed:
    """Where a SELECT breaks, and why."""

    line: int
    reason: str


@lru_cache(maxsize=256)
def described(text: str) -> tuple[tuple[str, ...] | None, frozenset[str]] | Unparsed:
    """The columns that a SELECT gives (None where they cannot be seen) and the inputs it reads."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(text, dialect="spark")
    except SqlglotError as error:
        details = (getattr(error, "errors", None) or [{}])[0]
        return Unparsed(details.get("line") or 1, str(details.get("description") or error).split("\n")[0])
    ctes = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}
    names = {table.name.removesuffix(VERSIONS) for table in tree.find_all(exp.Table) if table.name not in ctes}
    return _columns(tree, ctes), frozenset(names)


def _columns(tree: exp.Expr, ctes: dict[str, exp.Expr]) -> tuple[str, ...] | None:
    """The names that the outermost SELECT gives; a lone `*` over one CTE is looked up there."""
    from sqlglot import exp

    while isinstance(tree, exp.SetOperation):
        tree = tree.this
    if not isinstance(tree, exp.Select):
        return None
    if len(tree.expressions) == 1 and isinstance(tree.expressions[0], exp.Star):
        source = tree.args.get("from_") or tree.args.get("from")
        name = source.this.name if source is not None else ""
        return _columns(ctes[name], ctes) if name in ctes and not tree.args.get("joins") else None
    names = tuple(tree.named_selects)
    return None if "*" in names or "" in names else names
