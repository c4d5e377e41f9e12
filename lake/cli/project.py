"""Where the project is, and files that are rendered from contracts: written, or compared with what is committed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from lake.errors import ContractError, UsageError_

PROJECT = Path(__file__).resolve().parents[2]


def conf_folder() -> Path:
    """The project's conf/; ContractError where the command runs without one."""
    conf = PROJECT / "conf"
    if not conf.is_dir():
        raise ContractError(f"{conf}: no such folder; run the command from a checkout of the project")
    return conf


def chosen_shops(shop: str | None) -> list[str]:
    """The shop that was asked for, or all; UsageError_ where there is no such shop."""
    from lake.contracts.loading import list_shops

    known = list_shops(conf_folder())
    if shop and shop not in known:
        raise UsageError_(f"no such shop '{shop}'; conf/shops has {', '.join(known) or 'none'}")
    return [shop] if shop else known


def write_rendered(folder: Path, texts: Mapping[str, str], check: bool, suffix: str | None = None) -> None:
    """Write the files that differ and remove those that nothing renders any more; with `check` only compare."""
    present = {path.name for path in folder.glob(f"*{suffix}")} if suffix and folder.is_dir() else set()
    stale = sorted(present - set(texts))
    changed = [name for name, text in texts.items() if _text(folder / name) != text]
    if check and (changed or stale):
        names = ", ".join([*changed, *stale])
        raise ContractError(f"{folder.relative_to(PROJECT)}: not as rendered: {names}; run the command without --check")
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        (folder / name).write_text(texts[name], encoding="utf-8")
        typer.echo(f"wrote {(folder / name).relative_to(PROJECT)}")
    for name in stale:
        (folder / name).unlink()
        typer.echo(f"removed {(folder / name).relative_to(PROJECT)}")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
