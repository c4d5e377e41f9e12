"""`lake feeds enable | disable | remove`: one line of a feed's YAML, or the file; with `--purge` its data too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lake.cli import project
from lake.cli.journal import refuse_uncommitted
from lake.cli.operating import PROFILE, ROOT, SHOP, job_arguments
from lake.cli.project import chosen_shops, conf_folder
from lake.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

LEAVES = "what it gave leaves cleansed, curated and the published counts with the next run; raw keeps its records"
RETURNS = "the next run reads its new files and cleanses all of its records in raw anew"
FEED = typer.Argument(..., help="A file under the shop's feeds/, without its ending")


def disable(feed: str = FEED, shop: str = SHOP) -> None:
    """Read the feed no more; its rows leave the tables with the next run, raw keeps its records."""
    _switch(feed, shop, enabled=False)


def enable(feed: str = FEED, shop: str = SHOP) -> None:
    """Read the feed again, and cleanse all that raw holds of it anew."""
    _switch(feed, shop, enabled=True)


def remove(
    feed: str = FEED,
    shop: str = SHOP,
    purge: bool = typer.Option(False, "--purge", help="Its rows in raw and quarantine, and their fates, go too"),
    force: bool = typer.Option(False, "--force", help="Also where git does not have the file as it is"),
    root: str = ROOT,
    profile: str = PROFILE,
) -> None:
    """Delete a feed's YAML, once what would be left is sound. Data stays, unless --purge is given."""
    from lake.contracts.onboarding.changes import feed_file, outlook

    (shop,) = chosen_shops(shop)
    conf = conf_folder()
    if feed_file(conf, shop, feed) is not None or not purge:  # a purge that was cut short is taken up without the file
        found = outlook(conf, shop, feed, "remove")
        found.refuse_problems(f"removing {feed}")
        if not force:
            refuse_uncommitted(found.path, _shown(found.path))
        found.path.unlink()
        _tell(f"removed {_shown(found.path)}: {LEAVES}", found.notes)
    if purge:
        from lake.pipelines.purge import purge_feed
        from lake.pipelines.run import opened

        with opened("feeds remove", job_arguments(shop, root, profile)) as run:
            _tell(f"purged {feed} of {shop}", purge_feed(run, feed))


def _switch(feed: str, shop: str, *, enabled: bool) -> None:
    from lake.contracts.onboarding.changes import outlook

    (shop,) = chosen_shops(shop)
    found = outlook(conf_folder(), shop, feed, "enable" if enabled else "disable")
    if found.is_enabled is enabled:
        typer.echo(f"{feed} of {shop} is {'enabled' if enabled else 'disabled'} already")
        return
    found.refuse_problems(f"{'enabling' if enabled else 'disabling'} {feed}")
    write_enabled(found.path, enabled)
    _tell(f"{'enabled' if enabled else 'disabled'} {feed} of {shop}: {RETURNS if enabled else LEAVES}", found.notes)


def write_enabled(path: Path, enabled: bool) -> None:
    """Set or clear `enabled: false`; every other line stays as it is, byte for byte."""
    from lake.contracts.onboarding.edits import with_enabled

    text = path.read_bytes().decode("utf-8")
    path.write_bytes(with_enabled(text, enabled, _shown(path)).encode("utf-8"))


def _tell(line: str, notes: list[str]) -> None:
    typer.echo(line)
    for note in notes:
        typer.echo(f"  {note}")


def _shown(path: Path) -> str:
    if not path.is_relative_to(project.PROJECT):
        raise ContractError(f"{path} lies outside of the project")
    return path.relative_to(project.PROJECT).as_posix()
