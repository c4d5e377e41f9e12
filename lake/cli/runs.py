"""`lake runs`: list, show."""

from __future__ import annotations

import typer

from lake.cli.operating import JSON, PROFILE, ROOT, SHOP, job_arguments, print_rows

app = typer.Typer()

COLUMNS = ("run_id", "state", "exit_code", "started_at", "seconds", "job", "arguments", "message")


@app.command("list")
def list_runs(
    shop: str = SHOP,
    root: str = ROOT,
    profile: str = PROFILE,
    limit: int = typer.Option(20, min=1, help="At most so many, the newest first"),
    as_json: bool = JSON,
) -> None:
    """Runs of a shop, newest first; a killed one is `lost` (times are UTC)."""
    from lake.pipelines.run import opened
    from lake.pipelines.run_book import known_runs

    with opened("runs list", job_arguments(shop, root, profile), writes=False) as run:
        records = known_runs(run)[:limit]
    rows = [tuple(getattr(record, name) for name in COLUMNS) for record in records]
    print_rows(COLUMNS, rows, as_json=as_json)


@app.command()
def show(
    run_id: str = typer.Argument(..., help="Its id, or how it begins"),
    shop: str = SHOP,
    root: str = ROOT,
    profile: str = PROFILE,
    as_json: bool = JSON,
) -> None:
    """One run: everything that the ledger says of it, and what it left in the other ledgers."""
    from lake.pipelines.run import opened
    from lake.pipelines.run_book import run_of, written_by

    with opened("runs show", job_arguments(shop, root, profile), writes=False) as run:
        record = run_of(run, run_id)
        written = written_by(run, record.run_id)
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    names = (*COLUMNS[:7], "ended_at", "host", "pid", "message")
    rows = [(name, getattr(record, name)) for name in names]
    rows += [("versions", versions), *(("wrote", line) for line in written)]
    print_rows(("field", "value"), rows, as_json=as_json)
