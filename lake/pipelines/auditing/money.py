"""Net amounts by month and currency, which must be equal in cleansed, curated and the files of the live release."""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import functions as F

from lake.contracts.entity import Entity
from lake.contracts.table import Table
from lake.io import row_files, storage, tables
from lake.names import Zone
from lake.pipelines.auditing.findings import Finding, Outcome, compared, skipped
from lake.pipelines.curating.money_rows import Money, money_rows, money_source, shown, sums_by_month
from lake.pipelines.curating.work import latest_states
from lake.pipelines.publishing.release_contents import PublishedTable
from lake.pipelines.publishing.releases import read_history
from lake.pipelines.run import Run


def money_findings(run: Run) -> list[Finding]:
    """Two findings for each fact that is made of one entity's amounts."""
    live = read_history(run).live
    published = live.tables if live else {}
    found: list[Finding] = []
    for table in run.catalogue.tables.values():
        entity = money_source(run, table)
        if entity is None:
            continue
        if not tables.exists(run.spark, run.uri(Zone.CURATED, table.table)):
            found.append(skipped("money", table.table, "not curated yet"))
            continue
        found += _cleansed_and_curated(run, table, entity)
        if table.table in published:
            found += _curated_and_published(run, table, published[table.table])
        else:
            found.append(skipped("money", f"{table.table} published", "no live release holds it"))
    return found


def _cleansed_and_curated(run: Run, table: Table, entity: Entity) -> list[Finding]:
    """Cleansed as it was when the table was last made: what came since waits for the next curate."""
    uri, subject = run.uri(Zone.CLEANSED, entity.entity), f"{table.table} curated"
    inputs = latest_states(run).get(table.table, {}).get("inputs") or {}
    versions = {name: version for name, version in inputs.items() if name in run.catalogue.entities}
    latest = tables.latest_version(run.spark, uri)
    notes = []
    if versions.get(entity.entity, latest) != latest:
        notes.append(skipped("money", subject, f"cleansed {entity.entity} has changed since; curate brings it in"))
    cleansed: Money = {}
    if latest is not None:
        cleansed = sums_by_month(money_rows(run, table, entity, versions), "month")
    curated = sums_by_month(tables.read(run.spark, run.uri(Zone.CURATED, table.table)), str(table.partition_by))
    return [*_differences(subject, cleansed, curated, ("in cleansed", "in curated")), *notes]


def _curated_and_published(run: Run, table: Table, published: PublishedTable) -> list[Finding]:
    """Curated as the live release took it, against the files that the release points at."""
    subject, uri = f"{table.table} published", run.uri(Zone.CURATED, table.table)
    folders = {value: part.folder for value, part in published.partitions.items()}
    gone = [folder for folder in folders.values() if not storage.exists(run.spark, folder)]
    if gone:
        return [Finding(Outcome.DIFFERS, "money", subject, f"the folder is gone: {folder}") for folder in gone]
    curated = sums_by_month(tables.read(run.spark, uri, published.version), str(table.partition_by))
    found = _differences(subject, curated, _of_files(run, published, folders), ("in curated", "published"))
    if published.version != tables.latest_version(run.spark, uri):
        found.append(skipped("money", subject, "curated has changed since the live release; publish brings it in"))
    return found


def _of_files(run: Run, published: PublishedTable, folders: dict[str, str]) -> Money:
    """Read without any metastore; the month is the folder's."""
    if not folders:
        return {}
    rows = row_files.read(run.spark, folders.values(), published.shape.format)
    month = F.regexp_extract("_metadata.file_path", f"{published.shape.partition_by}=([^/]+)/[^/]*$", 1)
    return sums_by_month(rows.withColumn("lake_month", month), "lake_month")


def _differences(subject: str, expected: Money, found: Money, sides: tuple[str, str]) -> list[Finding]:
    """One finding for each month and currency that differs; one for all where none does."""
    wrong = [
        compared("money", f"{subject} {month}", f"rows, net {currency}", shown(one), shown(other), sides=sides)
        for month, currency in sorted(expected.keys() | found.keys())
        if (one := expected.get((month, currency))) != (other := found.get((month, currency)))
    ]
    totals: dict[str, Decimal] = {}
    for (_, currency), (_, net) in found.items():
        totals[currency] = totals.get(currency, Decimal(0)) + (net or Decimal(0))
    words = ", ".join(f"{net:,} {currency}" for currency, net in sorted(totals.items())) or "nothing"
    return wrong or [Finding(Outcome.OK, "money", subject, f"net of {len(found)} months: {words}")]
