"""The demo shop from its first day: every file of the days asked for, and the truth beside them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from lake.generator import landing_files, returns_file
from lake.generator.clock import day_number, iso
from lake.generator.defects import Entry
from lake.generator.lifecycle import LONGEST_LIFE
from lake.generator.parameters import Parameters
from lake.generator.rates import (
    BLACKLIST_HEADER,
    RATE_HEADER,
    blacklist,
    blacklist_rows,
    blacklist_truth,
    rate_truth,
)
from lake.generator.shop_database import ShopDatabase
from lake.generator.source_days import SourceDays
from lake.generator.truth import TruthWriter, truth_folder


def generate(parameters: Parameters, first: date, days: int, landing: Path) -> None:
    """Write the files of the days into `landing` and their truth beside it; files of these days are replaced."""
    landing.mkdir(parents=True, exist_ok=True)
    truth = TruthWriter(truth_folder(landing))
    start = day_number(first)
    source = SourceDays(parameters, start + days - 1)
    database = ShopDatabase(source, truth)
    remembered = max(parameters.key_window_days, LONGEST_LIFE)
    for day in range(source.epoch, start):
        if day < start - remembered:
            source.skip(day)
        else:
            source.live(day)
            database.remember_keys(source.window[day], start - 1)
    if start > source.epoch:
        database.begin(start - 1)
    for day in range(start, start + days):
        source.live(day)
        _write_day(source, database, truth, landing, day)


def _write_day(source: SourceDays, database: ShopDatabase, truth: TruthWriter, landing: Path, day: int) -> None:
    ledger = database.advance(day)
    database.write(landing, day)
    rate = source.parameters.defect_rate
    content, rows, entries = returns_file.file(source.dice, source.clock, source.recent, day, 4 * rate)
    landing_files.put(landing / f"returns_{iso(day)}.csv", content)
    truth.write("returns", day, rows)
    ledger += [*entries, *_write_lists(source, truth, landing, day)]
    truth.write_ledger(day, ledger)


def _write_lists(source: SourceDays, truth: TruthWriter, landing: Path, day: int) -> list[Entry]:
    """Rates of exchange (on weekdays) and the blacklist."""
    listed = blacklist(source.parameters, source.dice, source.customers, day)
    text = landing_files.delimited(BLACKLIST_HEADER, blacklist_rows(listed), ",")
    landing_files.put(landing / f"blacklist_{iso(day)}.csv", text.encode())
    truth.write("blacklist", day, blacklist_truth(listed))
    found = source.rates.file(day)
    if found is None:
        return []
    rows, values, entries = found
    landing_files.put(landing / f"fx_rates_{iso(day)}.csv", landing_files.delimited(RATE_HEADER, rows, ",").encode())
    truth.write("fx_rates", day, rate_truth(values, source.parameters.currency))
    return entries
