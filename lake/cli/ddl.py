"""`lake ddl`: the create statements under hive_ddl/spark."""

from __future__ import annotations

import typer

from lake.cli.project import PROJECT, conf_folder, write_rendered

app = typer.Typer()


@app.callback()
def ddl() -> None:
    """Keep `render` a command of its own also while it is the only one."""


@app.command()
def render(check: bool = typer.Option(False, "--check", help="Only compare with the committed files")) -> None:
    """Write hive_ddl/spark/create_<table>.sql for every published table."""
    from lake.contracts.balances_tables import BALANCES_TABLES
    from lake.contracts.loading import load_tables
    from lake.hiveql.rendering import create_script, script_name

    tables = [table for table in load_tables(conf_folder()).values() if table.published]
    scripts = {script_name(table): create_script(table) for table in [*tables, *BALANCES_TABLES.values()]}
    write_rendered(PROJECT / "hive_ddl" / "spark", scripts, check, ".sql")
