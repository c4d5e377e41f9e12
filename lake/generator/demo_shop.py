"""The demo shop from its first day: every file of the days asked for, and the truth beside them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import date
from pathlib import Path

import yaml

from lake.contracts.shop import Generated
from lake.errors import UsageError_
from lake.generator.clock import day_number
from lake.generator.lifecycle import LONGEST_LIFE
from lake.generator.parameters import Parameters
from lake.generator.shop_database import ShopDatabase
from lake.generator.social_files import REMEMBERED
from lake.generator.source_days import SourceDays
from lake.generator.surroundings import Surroundings
from lake.generator.truth import TruthWriter, truth_folder


def generate(parameters: Parameters, first: date, days: int, landing: Path) -> None:
    """Write the files of the days into `landing` and their truth beside it; files of these days are replaced.

    UsageError_ where the folder holds days of a shop with other parameters.
    """
    _claim(parameters, landing)
    landing.mkdir(parents=True, exist_ok=True)
    run(parameters, first, days, landing, TruthWriter(truth_folder(landing)))


def parameters_of(days: Generated) -> Parameters:
    """The parameters of the shop that `generated:` of a shop.yaml names."""
    return Parameters(seed=days.seed, epoch=days.first_date, orders_per_day=days.orders_per_day)


def refused_records(days: Generated) -> Counter[tuple[str, str]]:
    """(feed, rule) -> records of these days that must be in quarantine; no file is written."""
    truth = TruthWriter(Path(), keep=True)
    run(parameters_of(days), days.first_date, days.days, None, truth)
    rows = truth.kept_rows("defects").to_pylist()
    return Counter((row["feed"], row["rule"]) for row in rows if row["fate"] == "quarantined")


def _claim(parameters: Parameters, landing: Path) -> None:
    """Days of two shops in one folder would belong to none."""
    path = truth_folder(landing) / "parameters.json"
    ours = {name: str(value) for name, value in asdict(parameters).items()}
    theirs = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else ours
    other = sorted(name for name in ours if ours[name] != theirs.get(name))
    if other:
        raise UsageError_(
            f"{landing} holds another shop: {other[0]} is {theirs.get(other[0])}, not {ours[other[0]]}; "
            "remove it and its .truth, or give another --landing"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(ours, indent=1) + "\n", encoding="utf-8")


def shop_landing(project: Path, shop: str) -> Path:
    """`landing:` of a shop, which needs no feed yet; UsageError_ for an unknown one."""
    path = project / "conf" / "shops" / shop / "shop.yaml"
    if not path.is_file():
        raise UsageError_(f"no shop '{shop}' in conf/shops; name one of them or give --landing")
    return project / str(yaml.safe_load(path.read_text(encoding="utf-8"))["landing"])


def run(parameters: Parameters, first: date, days: int, landing: Path | None, truth: TruthWriter) -> None:
    """Live through the days and write their truth; the files too if a landing is given."""
    start = day_number(first)
    source = SourceDays(parameters, start + days - 1)
    database, around = ShopDatabase(source, truth), Surroundings(source, truth, landing)
    remembered = max(parameters.key_window_days if landing else 0, LONGEST_LIFE)
    for day in range(source.epoch, start):
        if day < start - remembered:
            source.skip(day)
        else:
            source.live(day, with_visitors=day >= start - REMEMBERED)
            database.remember_keys(source.window[day], start - 1)
    if start > source.epoch:
        database.begin(start - 1)
        around.begin(start - 1)
    for day in range(start, start + days):
        source.live(day)
        ledger = database.advance(day)
        if landing:
            database.write(landing, day)
        truth.write_ledger(day, [*ledger, *around.write(day)])
