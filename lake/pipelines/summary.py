"""What a whole run ends with: the month's key figures out of the live release, and where to ask for more."""

from __future__ import annotations

import shlex

from lake.io import tables
from lake.names import Zone
from lake.pipelines.publish import PublishReport
from lake.pipelines.run import Run

LABELS = {
    "revenue": "revenue",
    "returns": "returns",
    "orders": "orders",
    "units": "units sold",
    "average_basket": "average basket",
    "new_customers": "new customers",
}


def key_figures(run: Run) -> list[str]:
    """The lines of the last month in `kpi_sheet`; none before the first curate."""
    uri = run.uri(Zone.CURATED, "kpi_sheet")
    if not tables.exists(run.spark, uri):
        return []
    rows = tables.read(run.spark, uri).where("calendar_month = (select max(calendar_month) from delta.`" + uri + "`)")
    found = sorted(rows.collect(), key=lambda row: list(LABELS).index(row["kpi"]) if row["kpi"] in LABELS else 99)
    if not found:
        return []
    lines = [f"{run.catalogue.shop.title}, {found[0]['calendar_month']}"]
    for row in found:
        value = f"{row['value']:,.4f} {row['currency']}" if row["unit"] == "amount" else f"{row['value']:,.0f}"
        lines.append(f"  {LABELS.get(row['kpi'], row['kpi']):<16}{value:>24}")
    return lines


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
