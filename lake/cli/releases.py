"""`lake releases`: list, show, rollback, resume."""

from __future__ import annotations

import typer

from lake.cli.operating import PROFILE, ROOT, SHOP, job_arguments

app = typer.Typer()

ENDPOINT = typer.Option(None, "--endpoint", metavar="hive2://HOST:PORT", help="Switch through this HiveServer2")


@app.command("list")
def list_releases(shop: str = SHOP, root: str = ROOT, profile: str = PROFILE) -> None:
    """All releases of a shop, newest first; the live one is marked, a hold is said."""
    from lake.pipelines.publishing.release_listing import listing
    from lake.pipelines.run import opened

    with opened("releases list", job_arguments(shop, root, profile), writes=False) as run:
        lines = listing(run)
    typer.echo("\n".join(lines))


@app.command()
def show(
    number: int = typer.Argument(None, help="Its number; the live one when left out"),
    shop: str = SHOP,
    root: str = ROOT,
    profile: str = PROFILE,
) -> None:
    """One release: its tables, their partitions, rows and folders."""
    from lake.pipelines.publishing.release_listing import description
    from lake.pipelines.run import opened

    with opened("releases show", job_arguments(shop, root, profile), writes=False) as run:
        lines = description(run, number)
    typer.echo("\n".join(lines))


@app.command()
def rollback(
    number: int = typer.Argument(None, help="The release to bring back; the one that was live before when left out"),
    shop: str = SHOP,
    root: str = ROOT,
    profile: str = PROFILE,
    endpoint: str = ENDPOINT,
) -> None:
    """Make an older release live and hold publication until `lake releases resume`."""
    from lake.pipelines.rollback import rollback as bring_back
    from lake.pipelines.run import opened

    with opened("releases rollback", job_arguments(shop, root, profile, endpoint=endpoint), catalog="hive") as run:
        release = bring_back(run, number)
    typer.echo(f"release {release.number} is live; publication is held until `lake releases resume --shop {shop}`")


@app.command()
def resume(shop: str = SHOP, root: str = ROOT, profile: str = PROFILE) -> None:
    """Clear the hold of a rollback; the next publish builds a new release."""
    from lake.pipelines.rollback import resume as clear_hold
    from lake.pipelines.run import opened

    with opened("releases resume", job_arguments(shop, root, profile)) as run:
        cleared = clear_hold(run)
    typer.echo("the hold is cleared; the next publish builds a new release" if cleared else "nothing was held")
