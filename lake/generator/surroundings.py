"""Writes the files around the shop's database: returns, sign-ups, posts, web log, lists and more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lake.generator import advertising, loyalty, promotion_truth, returns_file, social_files, web_log
from lake.generator.clock import iso
from lake.generator.defects import Entry
from lake.generator.landing_files import delimited, json_document, put
from lake.generator.rates import (
    BLACKLIST_HEADER,
    RATE_HEADER,
    Blacklist,
    blacklist_rows,
    blacklist_truth,
    rate_truth,
)
from lake.generator.source_days import SourceDays
from lake.generator.truth import STANDING, TruthWriter


class Surroundings:
    """The other sources of the shop; each method writes one day's file and its truth, and returns its ledger."""

    def __init__(self, source: SourceDays, truth: TruthWriter, landing: Path | None) -> None:
        self.source, self.truth, self.landing = source, truth, landing
        self.blacklist = Blacklist(source.parameters, source.dice, source.customers)

    def begin(self, day: int) -> None:
        """What the lists named at the end of the day before the first one asked for."""
        self._promotion_truth(day, STANDING, True)

    def write(self, day: int) -> list[Entry]:
        """All files of the day."""
        makers = (self._returns, self._promotions, self._loyalty, self._social, self._web, self._ads, self._rates)
        entries = [entry for make in makers for entry in make(day)]
        self._blacklist(day)
        return entries

    def _put(self, stem: str, day: int, suffix: str, content: bytes) -> None:
        if self.landing is not None and content:  # an empty file is a broken one to whoever reads it
            put(self.landing / f"{stem}_{iso(day)}.{suffix}", content)

    def _put_csv(
        self, stem: str, day: int, header: Sequence[str], rows: Sequence[Sequence[str]], mark: str = ""
    ) -> None:
        self._put(stem, day, "csv", (mark + delimited(header, rows, ",")).encode())

    def _returns(self, day: int) -> list[Entry]:
        source = self.source
        rate = 4 * source.parameters.defect_rate
        content, rows, entries = returns_file.file(source.dice, source.clock, source.recent, day, rate)
        self._put("returns", day, "csv", content)
        self.truth.write("returns", day, rows)
        return entries

    def _promotions(self, day: int) -> list[Entry]:
        promotions = self.source.promotions
        self._put("promotions", day, "json", json_document(promotions.promotion_document(day)))
        self._put("campaigns", day, "json", json_document(promotions.campaign_document(day)))
        self._promotion_truth(day, "", day == self.source.epoch)
        return promotion_truth.effects(promotions, day)

    def _promotion_truth(self, day: int, place: str, first: bool) -> None:
        promotions = self.source.promotions
        rows = promotion_truth.promotion_rows(promotions, self.source.clock, day, first)
        self.truth.write(f"{place}promotions", day, rows)
        self.truth.write(f"{place}campaigns", day, promotion_truth.campaign_rows(promotions, day, first))

    def _loyalty(self, day: int) -> list[Entry]:
        source, book = self.source, self.source.customers
        rows, truth, entries = loyalty.file(source.parameters, source.dice, book, source.orders, day)
        self._put_csv("loyalty", day, loyalty.HEADER, rows, loyalty.BOM)
        self.truth.write("loyalty", day, truth)
        links = loyalty.order_links(book, source.window[day].orders)
        return [*entries, *links, *loyalty.registration_links(book, day)]

    def _social(self, day: int) -> list[Entry]:
        source = self.source
        days = list(source.social_days.values())
        rate = 2 * source.parameters.defect_rate
        content, posts, entries = social_files.social_file(source.dice, days, day, rate)
        self._put("social", day, "jsonl.gz", content)
        self.truth.write("social_interactions", day, posts)
        content, scores, more = social_files.sentiment_file(source.dice, days, day, rate)
        self._put("sentiments", day, "jsonl", content)
        self.truth.write("sentiments", day, scores)
        return [*entries, *more]

    def _web(self, day: int) -> list[Entry]:
        source, rate = self.source, max(self.source.parameters.defect_rate // 5, 1)
        begun: list[Any] = list(source.web_days.values())
        content, rows, entries = web_log.file(source.dice, source.clock, source.promotions, begun, day, rate)
        self._put("access", day, "log", content)
        self.truth.write("web_hits", day, rows)
        return entries

    def _ads(self, day: int) -> list[Entry]:
        source = self.source
        rows, truth, entries = advertising.file(source.parameters, source.dice, source.promotions, day)
        self._put_csv("ad_stats", day, advertising.HEADER, rows)
        self.truth.write("ad_stats", day, truth)
        return entries

    def _rates(self, day: int) -> list[Entry]:
        found = self.source.rates.file(day)
        if found is None:
            return []
        rows, values, entries = found
        self._put_csv("fx_rates", day, RATE_HEADER, rows)
        self.truth.write("fx_rates", day, rate_truth(values, self.source.parameters.currency))
        return entries

    def _blacklist(self, day: int) -> None:
        listed = self.blacklist.known(day)
        self._put_csv("blacklist", day, BLACKLIST_HEADER, blacklist_rows(listed))
        self.truth.write("blacklist", day, blacklist_truth(listed))
