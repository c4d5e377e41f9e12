"""What is rendered from the KPI dictionary: the SELECT of kpi_sheet, and the dictionary in English and French."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import indent

from lake.contracts.kpi import SHEET, Kpi, Translated

MODEL = f"marts/{SHEET}.sql"
"""The rendered file below lake/sql."""

HEADER = """\
-- kpi_sheet: a number per key figure, local month and currency (XXX, ISO 4217's "no currency", where it is no amount).
-- Rendered from conf/kpis by `lake kpis render`: write there, not here. What a shop's tables do not hold has no row.
"""
LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Key figures",
        "introduction": "Rendered from `conf/kpis` by `lake kpis render`; a test fails when the two differ.\n"
        "Those with a SELECT stand in `kpi_sheet`, by month and currency; the others are a column of their mart.",
        "head": "| name | label | related tables | how it is computed |",
        "unit": "Unit",
        "amount": "amount", "count": "count", "rate": "rate", "score": "score",
        "grain": "One value per",
        "owner": "Owner",
        "caveats": "Mind",
        "mart": "It is the column `{column}` of `{table}`.",
    },
    "fr": {
        "title": "Indicateurs clés",
        "introduction": "Produit à partir de `conf/kpis` par `lake kpis render` ; un test échoue en cas d'écart.\n"
        "Ceux qui ont un SELECT sont dans `kpi_sheet`, par mois et devise ; les autres sont une colonne de leur table.",
        "head": "| nom | libellé | tables liées | mode de calcul |",
        "unit": "Unité",
        "amount": "montant", "count": "nombre", "rate": "taux", "score": "score",
        "grain": "Une valeur par",
        "owner": "Responsable",
        "caveats": "À savoir",
        "mart": "C'est la colonne `{column}` de `{table}`.",
    },
}  # fmt: skip


def in_order(kpis: Iterable[Kpi]) -> list[Kpi]:
    """The key figures as the dictionary lists them."""
    return sorted(kpis, key=lambda kpi: (kpi.position, kpi.kpi))


def sheet_select(kpis: Iterable[Kpi]) -> str:
    """The SELECT that makes kpi_sheet: one CTE per key figure, and all of them one below the other."""
    placed = [kpi for kpi in in_order(kpis) if kpi.sql is not None]
    ctes = [f"{kpi.kpi} as (\n{indent((kpi.sql or '').strip(), '  ')}\n)" for kpi in placed]
    rows = "\n  union all\n".join(_rows(kpi) for kpi in placed)
    last = "select\n  kpi,\n  calendar_month,\n  value,\n  unit,\n  currency\nfrom figures\nwhere value is not null\n"
    return f"{HEADER}with\n" + ",\n\n".join([*ctes, f"figures as (\n{rows}\n)"]) + f"\n\n{last}"


def _rows(kpi: Kpi) -> str:
    named = f"'{kpi.kpi}'"
    if len(kpi.names) > 1:
        named = f"explode(array({', '.join(map(repr, kpi.names))}))"
    columns = [f"{named} as kpi", "calendar_month", "cast(value as decimal(18, 4)) as value", f"'{kpi.unit}' as unit"]
    return "  select\n    " + ",\n    ".join([*columns, "currency"]) + f"\n  from {kpi.kpi}"


def dictionaries(kpis: Iterable[Kpi]) -> dict[str, str]:
    """File name below docs: the dictionary in one language."""
    placed = in_order(kpis)
    return {f"kpis.{language}.md": "\n".join(_dictionary(placed, language)) + "\n" for language in LANGUAGES}


def _dictionary(kpis: list[Kpi], language: str) -> Iterator[str]:
    words = LANGUAGES[language]
    yield f"# {words['title']}\n\n{words['introduction']}\n"
    yield words["head"]
    yield "| --- | --- | --- | --- |"
    for kpi in kpis:
        names = ", ".join(f"`{name}`" for name in kpi.names)
        cells = (names, _text(kpi.label, language), ", ".join(kpi.tables), _text(kpi.computed, language))
        yield f"| {' | '.join(cells)} |"
    for kpi in kpis:
        yield from _section(kpi, language)


def _section(kpi: Kpi, language: str) -> Iterator[str]:
    words = LANGUAGES[language]
    yield f"\n## {_text(kpi.label, language)}\n"
    yield f"- {words['unit']}: {words[kpi.unit]}"
    yield f"- {words['grain']} {_text(kpi.grain, language)}"
    yield f"- {words['owner']}: {kpi.owner}"
    if kpi.caveats is not None:
        yield f"- {words['caveats']}: {_text(kpi.caveats, language)}"
    if kpi.mart is not None:
        yield "\n" + words["mart"].format(column=kpi.mart.column, table=kpi.mart.table)
    else:
        yield f"\n```sql\n{(kpi.sql or '').strip()}\n```"


def _text(text: Translated, language: str) -> str:
    return " ".join((text.fr if language == "fr" else text.en).split())
