"""A shop with a landing folder that tests fill, correct and empty, and the verbs run on it inside this process."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import SparkSession

from lake.contracts.catalogue import Catalogue
from lake.contracts.loading import load_catalogue
from lake.io import tables
from lake.names import Zone
from lake.pipelines.balances import recorded_counts, standing_counts
from lake.pipelines.cleanse import CleanseReport, cleanse
from lake.pipelines.curate import CurateReport, curate
from lake.pipelines.delivery_book import DeliveryBook
from lake.pipelines.ingest import IngestReport, ingest
from lake.pipelines.run import Run
from lake.progress import Progress
from lake.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = {"source_feed", "source_file", "source_record"}
"""Where a cleansed row came from: no part of "equal row for row"."""

Row = dict[str, Any]


def written_shop(
    folder: Path, feeds: Iterable[Mapping[str, Any]], *, marts: Collection[str] | None = None, **shop: Any
) -> Path:
    """A `conf/` with one shop called `lab` of these feeds, the project's entities and tables.

    `marts`: those besides the star (default: all).
    """
    conf = folder / "conf"
    (conf / "shops/lab/feeds").mkdir(parents=True, exist_ok=True)
    for name in ("entities", "tables"):
        if not (conf / name).exists():
            shutil.copytree(PROJECT / "conf" / name, conf / name)
    for path in (conf / "tables/marts").glob("*.yaml") if marts is not None else ():
        if path.stem not in marts:
            path.unlink()
    contract = {"shop": "lab", "title": "Lab", "landing": "landing", "currency": "EUR", "time_zone": "Europe/Paris"}
    _write(conf / "shops/lab/shop.yaml", "../../schema/shop.json", contract | shop)
    for feed in feeds:
        named = {"description": "A feed of a test.", **feed}
        _write(conf / f"shops/lab/feeds/{feed['feed']}.yaml", "../../../schema/feed.json", named)
    return conf


def write_entity(conf: Path, entity: Mapping[str, Any]) -> None:
    """Put one more entity beside the project's."""
    _write(conf / f"entities/{entity['entity']}.yaml", "../schema/entity.json", entity)


def _write(path: Path, schema: str, content: Mapping[str, Any]) -> None:
    header = f"# yaml-language-server: $schema={schema}\n"
    path.write_text(header + yaml.safe_dump(dict(content), sort_keys=False), encoding="utf-8")


_read: dict[tuple[Path, str], tuple[list[tuple[Path, int, int]], Catalogue]] = {}


def catalogue_of(conf: Path, shop: str) -> Catalogue:
    """The contracts of a shop, read anew when one of the files is another than before."""
    stats = [(path, path.stat()) for path in sorted(conf.rglob("*.yaml"))]
    files = [(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats]
    known = _read.get((conf, shop))
    if known is None or known[0] != files:
        known = _read[conf, shop] = files, load_catalogue(conf, shop)
    return known[1]


class ShopLab:
    """One shop over one root and one landing folder; every step is a run of its own."""

    def __init__(self, spark: SparkSession, folder: Path, conf: Path = PROJECT / "conf", shop: str = "lab") -> None:
        self.spark, self.folder, self.conf, self.shop = spark, folder, conf, shop
        self.landing = folder / "landing"
        self.landing.mkdir(parents=True, exist_ok=True)
        self.clock = 1_600_000_000
        self.runs = 0

    def run(self, **options: Any) -> Run:
        """A run with an id of its own; the contracts are those that lie in `conf/` now."""
        self.runs += 1
        catalogue = self.catalogue()
        catalogue = replace(catalogue, shop=catalogue.shop.model_copy(update={"landing": str(self.landing)}))
        settings = load_settings(PROJECT, environment={}, root=str(self.folder / "root"))
        run = Run(self.spark, settings, catalogue, f"run{self.runs}", Progress(quiet=True))
        return replace(run, **options)

    def catalogue(self) -> Catalogue:
        """The contracts."""
        return catalogue_of(self.conf, self.shop)

    def put(self, name: str, content: str | bytes) -> None:
        """Deliver a file, or other bytes under its name; each time with a later time of change."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.clock += 60
        os.utime(path, (self.clock, self.clock))

    def send_again(self) -> None:
        """Everything that lies in landing is delivered once more with the same bytes."""
        for path in sorted(self.landing.rglob("*")):
            if path.is_file():
                self.put(str(path.relative_to(self.landing)), path.read_bytes())

    def withdraw(self, feed: str, name: str) -> None:
        """What `lake deliveries withdraw` records; the file leaves landing too."""
        run = self.run()
        book = DeliveryBook.of(run.ledger("deliveries"))
        event = {"feed": feed, "name": name, "event": "withdrawn", "event_number": book.next_number}
        run.record("deliveries", [event])
        (self.landing / name).unlink(missing_ok=True)

    def accept(self, feed: str, delivery: str) -> None:
        """What `lake deliveries accept` records."""
        run = self.run()
        book = DeliveryBook.of(run.ledger("deliveries"))
        event = {"feed": feed, "event": "gate_accepted", "delivery_id": delivery, "event_number": book.next_number}
        run.record("deliveries", [event])

    def ingest(self, **options: Any) -> IngestReport:
        """Landing to raw."""
        return ingest(self.run(**options))

    def cleanse(self, **options: Any) -> CleanseReport:
        """Raw to cleansed; the recorded balances are those that stand."""
        run = self.run(**options)
        report = cleanse(run)
        recorded = {k: n for k, n in recorded_counts(self.run()).items() if k[0] in run.catalogue.feeds}
        standing = standing_counts(run, run.catalogue.feeds)
        assert {k: n for k, n in recorded.items() if n} == dict(standing), "both sums of the balances agree"
        return report

    def curate(self) -> CurateReport:
        """Cleansed to curated."""
        return curate(self.run())

    def step(self, **options: Any) -> CleanseReport:
        """Ingest, cleanse and curate, as one run of the pipeline does."""
        self.ingest(**options)
        report = self.cleanse(**options)
        self.curate()
        return report

    def rows(self, zone: Zone, table: str, *leave_out: str) -> list[Row]:
        """All rows of a table; [] where there is none."""
        uri = self.run().uri(zone, table)
        if not tables.exists(self.spark, uri):
            return []
        return [row.asDict() for row in tables.read(self.spark, uri).drop(*leave_out).collect()]

    def cleansed(self) -> dict[str, list[Row]]:
        """Rows of every entity without their sources."""
        return {name: self.rows(Zone.CLEANSED, name, *SOURCES) for name in self.catalogue().entities}

    def curated(self) -> dict[str, list[Row]]:
        """Rows of every table of the star and the marts."""
        return {name: self.rows(Zone.CURATED, name) for name in self.catalogue().tables}

    def fates(self) -> Counter[tuple[str, str, str]]:
        """Standing counts of candidates by (feed, entity, disposition or rule), without the replaced ones."""
        run = self.run()
        counts = standing_counts(run, run.catalogue.feeds)
        return Counter({key: n for key, n in counts.items() if key[2] != "replaced"})

    def dispositions(self, feed: str, *leave_out: str) -> list[Row]:
        """The ledger of fates of a feed."""
        return self.rows(Zone.OPS, f"dispositions/{feed}", *leave_out)

    def quarantined(self, feed: str) -> list[tuple[Any, ...]]:
        """(entity, file, record, failed rules, original text) of the refused rows."""
        rows = self.rows(Zone.QUARANTINE, feed)
        names = ("entity", "file_name", "record_number", "failed_rules", "original_text")
        return sorted(tuple(str(row[name]) for name in names) for row in rows)

    def state(self) -> dict[str, Any]:
        """All that must not depend on the road, as comparable rows: cleansed, curated, quarantine, and the fates."""
        zones = {"cleansed": self.cleansed(), "curated": self.curated()}
        found: dict[str, Any] = {f"{z} {name}": in_order(r) for z, named in zones.items() for name, r in named.items()}
        refused = {f"quarantine {feed}": self.quarantined(feed) for feed in self.catalogue().feeds}
        return {**found, **refused, "fates": self.fates()}

    def versions(self) -> dict[str, int | None]:
        """The newest Delta version of every curated table."""
        run = self.run()
        return {name: tables.latest_version(self.spark, run.uri(Zone.CURATED, name)) for name in run.catalogue.tables}

    def delivery(self, name: str) -> str:
        """The id of the current delivery of that name."""
        book = DeliveryBook.of(self.run().ledger("deliveries"))
        return next(d.delivery_id for named in book.current.values() for d in named.values() if d.name == name)


def in_order(rows: Iterable[Row], columns: Iterable[str] | None = None) -> list[tuple[str, ...]]:
    """Rows as sorted tuples of texts, so that two lists with equal rows are equal; of these columns, else of all."""
    chosen = None if columns is None else sorted(columns)
    return sorted(tuple(f"{n}={row[n]!r}" for n in (chosen or sorted(row))) for row in rows)


def differences(found: Iterable[Row], expected: Iterable[Row]) -> str:
    """What only one side has, in the columns of the expected rows; empty when the rows are equal."""
    wanted = list(expected)
    columns = sorted(wanted[0]) if wanted else None
    left, right = Counter(in_order(found, columns)), Counter(in_order(wanted, columns))
    if left == right:
        return ""
    more, less = list((left - right).elements()), list((right - left).elements())
    return f"{len(more)} unexpected rows, such as {more[:2]}; {len(less)} missing rows, such as {less[:2]}"
