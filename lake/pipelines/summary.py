"""What a whole run ends with: the month's key figures out of the live release, and where to ask for more."""

from __future__ import annotations

import shlex

from pyspark.sql import Row

from lake.io import tables
from lake.names import Zone
from lake.pipelines.publish import PublishReport
from lake.pipelines.run import Run


def key_figures(run: Run) -> list[str]:
    """The last month of `kpi_sheet`, labelled and ordered by the dictionary; none before the first curate.

    It is the last one with the dictionary's first figure, the revenue: reviews and refunds go on after the last sale.
    """
    uri = run.uri(Zone.CURATED, "kpi_sheet")
    if not tables.exists(run.spark, uri):
        return []
    kpis = run.catalogue.kpis
    rows = [row for row in tables.read(run.spark, uri).collect() if row["kpi"] in kpis]
    if not rows:
        return []
    first = min(kpis.values(), key=lambda kpi: kpi.position).kpi
    month = max((row["kpi"] == first, row["calendar_month"]) for row in rows)[1]
    labelled = [(kpis[row["kpi"]], row) for row in rows if row["calendar_month"] == month]
    found = sorted(labelled, key=lambda pair: (pair[0].position, pair[1]["currency"]))
    width = max(len(kpi.label.en) for kpi, _ in found) + 2
    lines = [f"{run.catalogue.shop.title}, {month}"]
    return lines + [f"  {kpi.label.en:<{width}}{_shown(row):>24}" for kpi, row in found]


def _shown(row: Row) -> str:
    match row["unit"]:
        case "amount":
            return f"{row['value']:,.4f} {row['currency']}"
        case "rate":
            return f"{row['value']:.1%}"
        case "score":
            return f"{row['value']:.2f}"
        case _:
            return f"{row['value']:,.0f}"


def where_to_ask(run: Run, report: PublishReport) -> list[str]:
    """The commands that answer further questions."""
    if report.number is None:
        return []
    changed = run.settings.origin("root") in ("command line", "environment LAKE_ROOT")
    root = f" --root {shlex.quote(run.settings.root)}" if changed else ""
    return [
        "",
        f"Ask for more (release {report.number}):",
        f"  scripts/servers.sh start thrift{root}",
        f"  scripts/beeline.sh --shop {run.shop}{root} -e 'select * from sales_by_month limit 10'",
    ]
