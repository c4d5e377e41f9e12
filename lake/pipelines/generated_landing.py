"""The landing of a made-up shop, written where it is missing, so that one command shows the whole way."""

from __future__ import annotations

import shutil
from pathlib import Path

from lake.generator.demo_shop import generate, parameters_of
from lake.generator.truth import truth_folder
from lake.pipelines.ingesting.landing import landing_uri
from lake.pipelines.run import Run


def fill_landing(run: Run) -> None:
    """Write the days that `generated:` of shop.yaml names, unless landing lies there or elsewhere than on this disk.

    They are written beside it and put in place when all are there: a killed run leaves no half of them.
    """
    days, place = run.catalogue.shop.generated, Path(landing_uri(run).removeprefix("file:"))
    if days is None or run.plan or not place.is_absolute() or place.exists():
        return
    partial = place.with_name(f"{place.name}.partial")
    for left in (partial, truth_folder(partial), truth_folder(place)):
        shutil.rmtree(left, ignore_errors=True)
    generate(parameters_of(days), days.first_date, days.days, partial)
    truth_folder(partial).rename(truth_folder(place))
    partial.rename(place)
    run.progress.step("generated", landing=str(place), first=str(days.first_date), days=days.days)
