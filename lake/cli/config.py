"""`lake config`: the settings that hold, and where each came from."""

from __future__ import annotations

import typer

from lake.cli.project import PROJECT

app = typer.Typer()


@app.callback()
def config() -> None:
    """Keep `show` a command of its own also while it is the only one."""


@app.command()
def show(
    origin: bool = typer.Option(False, "--origin", help="Also say where each value came from"),
    root: str = typer.Option(None, help="As for a run"),
    profile: str = typer.Option(None, help="As for a run"),
    load: str = typer.Option(None, help="As for a run: short or heavy"),
) -> None:
    """Print every setting as `key = value`."""
    from lake.settings import load_settings

    settings = load_settings(PROJECT, profile=profile, root=root, load=load)
    values = settings.configuration.model_dump(mode="json", exclude={"session", "roots"})
    values |= {f"roots.{zone.value}": uri for zone, uri in settings.configuration.roots.items()}
    values |= {f"session.{name}": value for name, value in settings.session.items()}
    for key, value in values.items():
        shown = f"{key} = {value}"
        typer.echo(f"{shown:<75} # {settings.origin(key)}" if origin else shown)
