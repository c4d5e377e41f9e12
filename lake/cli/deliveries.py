"""`lake deliveries`: list, accept, withdraw."""

from __future__ import annotations

import typer

from lake.cli.operating import FEED, JSON, PROFILE, ROOT, SHOP, job_arguments, print_rows

app = typer.Typer()

COLUMNS = ("feed", "name", "file_date", "state", "record_count", "arrived_at", "delivery_id", "reason")


@app.command("list")
def list_deliveries(
    shop: str = SHOP,
    feed: list[str] = FEED,
    root: str = ROOT,
    profile: str = PROFILE,
    as_json: bool = JSON,
) -> None:
    """Every delivery: current, held, older, withdrawn, expired or refused; files that wait, days that miss one."""
    from lake.pipelines.delivery_states import known_deliveries
    from lake.pipelines.run import opened

    with opened("deliveries list", job_arguments(shop, root, profile, feed), writes=False) as run:
        lines = known_deliveries(run)
    print_rows(COLUMNS, [tuple(getattr(line, name) for name in COLUMNS) for line in lines], as_json=as_json)


@app.command()
def accept(
    delivery_id: str = typer.Argument(..., metavar="ID", help="Of a held delivery, as `lake deliveries list` gives it"),
    shop: str = SHOP,
    root: str = ROOT,
    profile: str = PROFILE,
) -> None:
    """Let a held delivery through its gates; its refused rows stay in quarantine."""
    from lake.pipelines.delivery_states import accept as let_through
    from lake.pipelines.run import opened

    with opened("deliveries accept", job_arguments(shop, root, profile)) as run:
        line = let_through(run, delivery_id)
    typer.echo(f"accepted {line.feed}/{line.name} ({line.delivery_id}); the next cleanse lets its rows pass")


@app.command()
def withdraw(
    name: str = typer.Argument(..., help="The file's name below landing"),
    feed: str = typer.Option(..., "--feed", help="The feed it belongs to"),
    shop: str = SHOP,
    root: str = ROOT,
    profile: str = PROFILE,
) -> None:
    """Leave a name without a current delivery: what it brought leaves the tables; raw keeps it."""
    from lake.pipelines.delivery_states import withdraw as take_back
    from lake.pipelines.run import opened

    with opened("deliveries withdraw", job_arguments(shop, root, profile)) as run:
        what = take_back(run, feed, name)
    typer.echo(f"withdrew {what}; the next cleanse removes its rows")
