"""A shop's landing folder, where it is a local one, as the commands without a Spark session see it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lake.cli import project

if TYPE_CHECKING:
    from lake.contracts.shop import Shop


def local_landing(shop: Shop) -> Path | None:
    """The folder; None where it is not there, or lies on another file system."""
    from lake.settings import is_remote, located

    landing = located(shop.landing, project.PROJECT)
    folder = Path(landing.removeprefix("file:"))
    return None if is_remote(landing) or not folder.is_dir() else folder


def landed_names(folder: Path) -> list[str]:
    """The names of all files below it, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
