"""`lake quarantine`: list, show, replay."""

from __future__ import annotations

import typer

from lake.cli.operating import FEED, JSON, PROFILE, ROOT, SHOP, job_arguments, print_rows

app = typer.Typer()

ENTITY = typer.Option("", help="Only this entity (`unrouted`: records that fit no route)")
RULE = typer.Option("", help="Only rows that fail this rule")
DELIVERY = typer.Option("", help="Only this delivery: its id or file name")


@app.command("list")
def list_refusals(
    shop: str = SHOP,
    feed: list[str] = FEED,
    entity: str = ENTITY,
    rule: str = RULE,
    delivery: str = DELIVERY,
    root: str = ROOT,
    profile: str = PROFILE,
    as_json: bool = JSON,
) -> None:
    """How many rows fail which rule, by feed, entity and delivery; a row that fails two rules counts in both."""
    from lake.pipelines.quarantine import COUNTED, Filter, refusal_counts
    from lake.pipelines.run import opened

    with opened("quarantine list", job_arguments(shop, root, profile, feed), writes=False) as run:
        rows = refusal_counts(run, Filter(entity, rule, delivery))
    print_rows(COUNTED, rows, as_json=as_json)


@app.command()
def show(
    shop: str = SHOP,
    feed: list[str] = FEED,
    entity: str = ENTITY,
    rule: str = RULE,
    delivery: str = DELIVERY,
    limit: int = typer.Option(20, min=1, help="At most so many rows"),
    root: str = ROOT,
    profile: str = PROFILE,
    as_json: bool = JSON,
) -> None:
    """Refused rows as they were sent, where they came from, and all rules that each fails."""
    from lake.pipelines.quarantine import SHOWN, Filter, refused_rows
    from lake.pipelines.run import opened

    with opened("quarantine show", job_arguments(shop, root, profile, feed), writes=False) as run:
        rows = refused_rows(run, Filter(entity, rule, delivery), limit)
    print_rows(SHOWN, rows, as_json=as_json)


@app.command()
def replay(shop: str = SHOP, feed: list[str] = FEED, root: str = ROOT, profile: str = PROFILE) -> None:
    """Cleanse again what mended rules or an accepted delivery concern; with neither nothing would change."""
    from lake.errors import QualityGateError
    from lake.pipelines.quarantine import replay as cleanse_again
    from lake.pipelines.run import opened

    with opened("quarantine replay", job_arguments(shop, root, profile, feed)) as run:
        report, lines = cleanse_again(run)
        typer.echo("\n".join(lines))
        if report.blocked:
            raise QualityGateError("\n".join(report.blocked))
