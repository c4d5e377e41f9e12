"""docs/model.md, rendered from the contracts of the tables: diagrams of the stars, the bus matrix, what marts read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lake.contracts.lint.foreign_keys import referenced_column
from lake.contracts.table import Table

LINES = {"1:n": "||--o{", "0,1:n": "|o--o{"}
"""Mermaid's relation for each cardinality: exactly one, or none or one (unknown member -1), to many."""

INTRODUCTION = """\
# The model

Rendered from `conf/tables` by `lake contracts diagram`; a test fails when the two differ.
In the diagrams `||--o{` reads "exactly one to many" (1:n), and `|o--o{` "none or one to many" (0,1:n): a fact
without that member carries the key -1. Of tables the keys are shown, of facts the decimals and the month too; all
columns with their meaning stand in the contracts. A shop without the entities that a table needs does not have it.
"""


def model_document(tables: Mapping[str, Table]) -> str:
    """The whole document."""
    facts = [table for table in tables.values() if table.kind == "fact"]
    marts = [table for table in tables.values() if table.kind == "mart"]
    parts = [INTRODUCTION, "## Bus matrix\n", *_bus_matrix(tables, facts)]
    others = [table for table in tables.values() if table.kind != "fact" and table.foreign_keys]
    for table in [*facts, *others]:
        needs = f" Needs {_needs(table)}." if table.requires else ""
        words = f"{table.description} Grain: {table.grain}.{needs}\n"
        parts += [f"\n## {table.table}\n", words, _star(table, tables)]
    parts += ["\n## Dimensions\n", *_grains(t for t in tables.values() if t.kind == "dimension")]
    parts += ["\n## Marts\n", *_marts(marts)]
    return "\n".join(parts) + "\n"


def _bus_matrix(tables: Mapping[str, Table], facts: list[Table]) -> Iterator[str]:
    dimensions = [name for name, table in tables.items() if table.kind == "dimension"]
    yield f"| fact | {' | '.join(dimensions)} |"
    yield f"| --- |{' :-: |' * len(dimensions)}"
    for fact in facts:
        cells = [_cell(fact, dimension) for dimension in dimensions]
        yield f"| {fact.table} | {' | '.join(cells)} |"


def _cell(fact: Table, dimension: str) -> str:
    return ", ".join(key.cardinality for key in fact.foreign_keys if key.references == dimension)


def _star(fact: Table, tables: Mapping[str, Table]) -> str:
    names = dict.fromkeys(key.references for key in fact.foreign_keys)
    lines = ["```mermaid", "erDiagram"]
    lines += [
        f'  {key.references} {LINES[key.cardinality]} {fact.table} : "{key.column}"' for key in fact.foreign_keys
    ]
    for name in names:
        targets = {referenced_column(k.column, tables[name]) for k in fact.foreign_keys if k.references == name}
        lines += _box(tables[name], foreign=set(), primary={target for target in targets if target})
    lines += _box(fact, foreign={key.column for key in fact.foreign_keys}, primary=set(fact.key))
    return "\n".join([*lines, "```"])


def _box(table: Table, foreign: set[str], primary: set[str]) -> Iterator[str]:
    """Keys of a table, and the measures of a fact."""
    yield f"  {table.table} {{"
    for column in table.columns:
        is_key = column.name in primary | foreign or column.name.endswith("_key") or column.name in table.key
        is_measure = table.kind == "fact" and (column.type.startswith("decimal") or column.name == table.partition_by)
        if is_key or is_measure:
            mark = " PK" if column.name in primary else " FK" if column.name in foreign else ""
            yield f"    {column.type.split('(')[0]} {column.name}{mark}"
    yield "  }"


def _grains(tables: Iterable[Table]) -> Iterator[str]:
    yield "| table | what | grain | unknown member | needs | published |"
    yield "| --- | --- | --- | :-: | --- | :-: |"
    for table in tables:
        unknown, shown = "-1" if table.unknown_member else "", "yes" if table.published else "no"
        yield f"| {table.table} | {table.description} | {table.grain} | {unknown} | {_needs(table)} | {shown} |"


def _marts(tables: Iterable[Table]) -> Iterator[str]:
    yield "| mart | of | what | grain | reads | needs |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for table in tables:
        reads, needs = ", ".join(item.name for item in table.inputs), _needs(table)
        yield f"| {table.table} | {table.mart or ''} | {table.description} | {table.grain} | {reads} | {needs} |"


def _needs(table: Table) -> str:
    return ", ".join(table.requires)
