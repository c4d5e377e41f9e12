"""ad_stats_D.csv: what each campaign's platform counted on the day and, again, on the two days before."""

from __future__ import annotations

from typing import Any

import numpy as np

from lake.generator.clock import day_number, iso
from lake.generator.defects import Entry
from lake.generator.landing_files import amount
from lake.generator.parameters import Parameters
from lake.generator.promotions import Campaign, Promotions
from lake.generator.randomness import Dice
from lake.generator.truth import dates, money

HEADER = ("campaign_id", "day", "platform", "impressions", "clicks", "conversions", "spend", "currency")
KNOWN_PERCENT = (80, 95, 100)
"""How much of a day's figures is known on that day, the day after, and finally."""


def figures(
    parameters: Parameters, dice: Dice, promotions: Promotions, one: Campaign, day: int, age: int
) -> tuple[int, ...]:
    """(impressions, clicks, conversions, spend in cents) of a campaign's day, as exported `age` days later."""
    key = f"{one.id}/{day}"
    impressions = parameters.orders_per_day * (40 + dice.one("ads.impressions", key, 80))
    clicks = impressions * (60 + dice.one("ads.clicks", key, 200)) // 10_000
    lift = 100 if one.promotion is None else promotions.promotion(one.promotion).sales_percent
    conversions = clicks * (150 + dice.one("ads.conversions", key, 350)) * lift // 1_000_000
    spend = clicks * (18 + dice.one("ads.spend", key, 30))
    known = KNOWN_PERCENT[age]
    impressions, clicks, spend = (value * known // 100 for value in (impressions, clicks, spend))
    conversions = conversions * known // 100
    if dice.one("ads.no_clicks", key, 10_000) < parameters.conversions_without_clicks_rate:
        clicks, conversions = 0, max(conversions, 1)
    return impressions, clicks, conversions, spend


def file(
    parameters: Parameters, dice: Dice, promotions: Promotions, day: int
) -> tuple[list[tuple[str, ...]], dict[str, Any], list[Entry]]:
    """(records, clean rows, ledger) of the day's file; a row replaces those of earlier files."""
    name, epoch = f"ad_stats_{iso(day)}.csv", day_number(parameters.epoch)
    rows, keys, numbers, entries = [], [], [], []
    for age in range(3):
        if day - age < epoch:
            continue
        for one in promotions.running_campaigns(day - age):
            values = figures(parameters, dice, promotions, one, day - age, age)
            keys.append((one, day - age))
            numbers.append(values)
            shown = [str(value) for value in values[:3]]
            rows.append((one.id, iso(day - age), one.platform, *shown, amount(values[3]), one.currency))
            key = f"{one.id}|{iso(day - age)}"
            if age:
                entries.append(Entry(day, "ad_stats", name, "re_export", "superseded", "", len(rows), key))
            if values[1] == 0 and values[2] > 0:
                entries.append(Entry(day, "ad_stats", name, "conversions_without_clicks", "warned", "", len(rows), key))
    table = np.array(numbers, dtype=np.int64).reshape(len(rows), 4)
    truth = {
        "ad_stat_id": [f"{one.id}|{iso(on)}" for one, on in keys],
        "campaign_id": [one.id for one, _ in keys],
        "stat_date": dates(np.array([on for _, on in keys], dtype=np.int64)),
        "platform": [one.platform for one, _ in keys],
        "impressions": table[:, 0], "clicks": table[:, 1], "conversions": table[:, 2], "spend": money(table[:, 3]),
        "currency": [one.currency for one, _ in keys],
    }  # fmt: skip
    return rows, truth, entries
