"""`lake kpis`: the KPI dictionary as a sheet in two languages, and the SELECT of kpi_sheet."""

from __future__ import annotations

import typer

from lake.cli.project import PROJECT, conf_folder, write_rendered

app = typer.Typer()


@app.callback()
def kpis() -> None:
    """Keep `render` a command of its own also while it is the only one."""


@app.command()
def render(check: bool = typer.Option(False, "--check", help="Only compare with the committed files")) -> None:
    """Write docs/kpis.en.md, docs/kpis.fr.md and lake/sql/marts/kpi_sheet.sql from conf/kpis."""
    from pathlib import PurePosixPath

    from lake.contracts.loading import load_kpis
    from lake.contracts.rendering.kpi_documents import MODEL, dictionaries, sheet_select

    figures = load_kpis(conf_folder()).values()
    model = PurePosixPath(MODEL)
    write_rendered(PROJECT / "lake" / "sql" / model.parent, {model.name: sheet_select(figures)}, check)
    write_rendered(PROJECT / "docs", dictionaries(figures), check)
