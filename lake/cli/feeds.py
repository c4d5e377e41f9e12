"""`lake feeds`: list, show, validate and add the feeds of a shop; changing and comparing them lies beside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lake.cli import feed_changes, feed_sync
from lake.cli.landing import landed_names, local_landing
from lake.cli.project import PROJECT, chosen_shops, conf_folder
from lake.errors import ContractError, UsageError_

if TYPE_CHECKING:
    from lake.contracts.catalogue import Catalogue

app = typer.Typer()
for verb in (feed_changes.enable, feed_changes.disable, feed_changes.remove, feed_sync.sync):
    app.command()(verb)


@app.command("list")
def list_feeds(shop: str = typer.Option(None, help="Only this shop (default: all)")) -> None:
    """One line a feed: shop, feed, source, load, entities, state, owner; files in landing that no feed reads."""
    from lake.contracts.loading import load_catalogue
    from lake.contracts.unclaimed import shortened

    for name in chosen_shops(shop):
        catalogue = load_catalogue(conf_folder(), name)
        for feed in catalogue.all_feeds.values():
            entities = ", ".join(dict.fromkeys(item.entity for item in feed.provides))
            state = "enabled" if feed.enabled else "disabled"
            typer.echo("\t".join((name, feed.feed, feed.source_text, feed.load, entities, state, feed.owner)))
        if strays := unclaimed_in_landing(catalogue):
            typer.echo(f"{name}: files in landing that match no feed: {shortened(strays)}", err=True)


def unclaimed_in_landing(catalogue: Catalogue) -> list[str]:
    """What lies in landing and matches no feed; nothing where landing is no local folder."""
    from lake.contracts.unclaimed import unclaimed

    folder = local_landing(catalogue.shop)
    return unclaimed(landed_names(folder), catalogue) if folder else []


@app.command()
def show(feed: str, shop: str = typer.Option(..., help="The feed's shop")) -> None:
    """The whole contract with all defaults, as YAML."""
    import yaml

    from lake.contracts.loading import load_catalogue
    from lake.contracts.problems import did_you_mean

    (shop,) = chosen_shops(shop)
    catalogue = load_catalogue(conf_folder(), shop)
    feeds = catalogue.all_feeds
    if feed not in feeds:
        raise ContractError(f"shop '{shop}' has no feed '{feed}'; {did_you_mean(feed, feeds)}")
    typer.echo(f"# fingerprint {catalogue.fingerprint(feeds[feed])}")
    typer.echo(yaml.safe_dump(feeds[feed].model_dump(mode="json"), sort_keys=False, allow_unicode=True), nl=False)


@app.command()
def validate(feed: str, shop: str = typer.Option(..., help="The feed's shop")) -> None:
    """Check one feed with all that it refers to: its shop, its entities; problems of other feeds do not count."""
    from lake.contracts.loading import check_shop
    from lake.contracts.problems import raise_problems

    (shop,) = chosen_shops(shop)
    path = f"conf/shops/{shop}/feeds/{feed}.yaml"
    if not (PROJECT / path).exists():
        raise ContractError(f"{path}: no such file; lake feeds list --shop {shop} names the feeds")
    _, problems = check_shop(conf_folder(), shop)
    others = f"conf/shops/{shop}/feeds/"
    mark = f"a file of feed '{feed}' "  # said of the other feed whose pattern overlaps
    raise_problems(p for p in problems if p.file == path or not p.file.startswith((others, "conf/tables/", "lake/sql/"))
                   or mark in p.text)  # fmt: skip
    typer.echo(f"{path}: no problems")


@app.command()
def add(
    feed: str,
    sample: Path,
    shop: str = typer.Option(..., help="An existing shop"),
    table: str = typer.Option("", help="The table, where the sample is a SQLite file"),
) -> None:
    """Scaffold conf/shops/SHOP/feeds/FEED.yaml from a sample (CSV, JSON, web log, SQLite table); never overwrites."""
    from lake.contracts.onboarding.scaffold import feed_scaffold
    from lake.contracts.onboarding.scaffold_tables import sqlite_scaffold
    from lake.contracts.patterns import NAME_PATTERN, mismatch

    (shop,) = chosen_shops(shop)
    if not re.fullmatch(NAME_PATTERN, feed):
        raise UsageError_(mismatch(feed, NAME_PATTERN))
    if not sample.is_file():
        raise UsageError_(f"{sample}: no such file; give a sample of what the source sends")
    path = PROJECT / "conf" / "shops" / shop / "feeds" / f"{feed}.yaml"
    if path.exists():
        raise UsageError_(f"{path.relative_to(PROJECT)} exists; choose another name or edit it")
    name = _landed_name(shop, sample)
    text = sqlite_scaffold(feed, sample, name, table) if table else feed_scaffold(feed, sample, name)
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    typer.echo(f"wrote {path.relative_to(PROJECT)}; mend its TODOs, then: lake feeds validate {feed} --shop {shop}")


def _landed_name(shop: str, sample: Path) -> str:
    """The sample's name below the shop's landing, if it lies there; else its last part."""
    from lake.contracts.loading import read_scope

    scope, _ = read_scope(conf_folder(), shop)
    folder = local_landing(scope.shop.model) if scope.shop else None
    if folder is None or not sample.resolve().is_relative_to(folder.resolve()):
        return sample.name
    return sample.resolve().relative_to(folder.resolve()).as_posix()
