"""`lake feeds sync`: landing and databases compared with the feeds; the missing are scaffolded, the gone disabled."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lake.cli import project
from lake.cli.feed_changes import write_enabled
from lake.cli.landing import landed_names, local_landing
from lake.cli.operating import PROFILE, ROOT, SHOP, job_arguments
from lake.cli.project import chosen_shops, conf_folder
from lake.errors import ContractError, NoInputError, SourceError

if TYPE_CHECKING:
    from lake.contracts.catalogue import Catalogue
    from lake.contracts.onboarding.scaffold_tables import TableShape
    from lake.contracts.onboarding.sync import Comparison, Missing

Shapes = dict[str, dict[str, "TableShape"]]
"""Connection -> table -> what its database says of it."""


def sync(
    shop: str = SHOP,
    apply: bool = typer.Option(False, "--apply/--plan", help="Write the changes, or (default) only say them"),
    absent: bool = typer.Option(False, "--absent", help="Also disable feeds of which landing holds no file"),
    root: str = ROOT,
    profile: str = PROFILE,
) -> None:
    """Compare landing and databases with the feeds: scaffold the missing, disable those whose table is gone."""
    from lake.contracts.loading import load_catalogue

    (shop,) = chosen_shops(shop)
    catalogue = load_catalogue(conf_folder(), shop)
    folder = local_landing(catalogue.shop)
    if folder is None and not catalogue.shop.connections:
        raise NoInputError(f"shop {shop}: {catalogue.shop.landing} is no local folder; sync has nothing to compare")
    if absent and not (folder and landed_names(folder)):
        raise NoInputError(f"shop {shop}: {catalogue.shop.landing} is empty; --absent would disable every feed")
    if folder is None:
        typer.echo(f"{catalogue.shop.landing} is no local folder: only databases are compared", err=True)
    shapes = _connections(catalogue, root, profile)
    found = _compared(catalogue, folder, shapes)
    leaving = {**found.gone, **(found.absent if absent else {})}
    for missing in found.missing:
        typer.echo(f"missing\t{missing.text()}")
        if apply:
            _scaffold(shop, missing, folder or Path(), shapes)
    for feed, why in {**found.gone, **found.absent}.items():
        typer.echo(f"{'gone' if feed in leaving else 'absent'}\t{feed}: {why}")
        if apply and feed in leaving:
            _disable(shop, feed)
    for stray in found.strays:
        typer.echo(f"unknown\t{stray}")
    if not (found.missing or found.gone or found.absent or found.strays):
        typer.echo(f"{shop}: feeds, landing and databases agree")
    elif not apply and (found.missing or leaving):
        typer.echo(f"nothing was written; lake feeds sync --shop {shop} --apply does it")
    elif apply and found.missing:
        typer.echo(f"mend the TODOs before the next run; until then it refuses: lake contracts lint --shop {shop}")


def _connections(catalogue: Catalogue, root: str | None, profile: str | None) -> Shapes:
    """What the shop's databases hold; only a shop that has some needs a session."""
    if not catalogue.shop.connections:
        return {}
    from lake.io.database import tables_of
    from lake.pipelines.run import opened

    with opened("feeds sync", job_arguments(catalogue.shop.shop, root, profile), writes=False) as run:
        return {
            name: {shape.name: shape for shape in tables_of(run.spark, name, connection)}
            for name, connection in catalogue.shop.connections.items()
        }


def _compared(catalogue: Catalogue, folder: Path | None, shapes: Shapes) -> Comparison:
    from lake.contracts.onboarding.scaffold_tables import sqlite_tables
    from lake.contracts.onboarding.sync import Comparison, compare_connection, compare_landing

    def tables(name: str) -> list[str] | None:
        with suppress(SourceError):
            return sqlite_tables(folder / name) if folder else None
        return None

    found = compare_landing(landed_names(folder), catalogue, tables) if folder else Comparison()
    for name, present in shapes.items():
        other = compare_connection(name, present, catalogue, [missing.feed for missing in found.missing])
        found.missing += other.missing
        found.strays += other.strays
        found.gone |= other.gone
    return found


def _scaffold(shop: str, missing: Missing, folder: Path, shapes: Shapes) -> None:
    from lake.contracts.onboarding.scaffold import feed_scaffold
    from lake.contracts.onboarding.scaffold_tables import jdbc_scaffold, sqlite_scaffold

    path = project.PROJECT / "conf" / "shops" / shop / "feeds" / f"{missing.feed}.yaml"
    try:
        if missing.connection:
            text = jdbc_scaffold(missing.feed, missing.connection, shapes[missing.connection][missing.table])
        elif missing.table:
            text = sqlite_scaffold(missing.feed, folder / missing.source, missing.source, missing.table)
        else:
            text = feed_scaffold(missing.feed, folder / missing.source, missing.source)
    except SourceError as error:
        typer.echo(f"  not written: {error}")
        return
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    typer.echo(f"  wrote {path.relative_to(project.PROJECT)}")


def _disable(shop: str, feed: str) -> None:
    from lake.contracts.onboarding.changes import outlook

    found = outlook(conf_folder(), shop, feed, "disable")
    try:
        found.refuse_problems(f"disabling {feed}")
    except ContractError as error:
        typer.echo(f"  not disabled: {error}")
        return
    write_enabled(found.path, enabled=False)
    typer.echo(f"  disabled; its rows leave with the next run: lake feeds enable {feed} --shop {shop} takes it back")
