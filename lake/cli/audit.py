"""`lake audit`: recount from raw and compare; exit code 4 where something differs."""

from __future__ import annotations

import typer

from lake.cli.operating import FEED, JSON, PROFILE, ROOT, SHOP, job_arguments, print_rows

app = typer.Typer(invoke_without_command=True)


@app.callback()
def audit(
    shop: str = SHOP,
    feed: list[str] = FEED,
    root: str = ROOT,
    profile: str = PROFILE,
    as_json: bool = JSON,
) -> None:
    """One line for each balance: ok, what differs, or why it was skipped."""
    from lake.pipelines.audit import audit as recount
    from lake.pipelines.audit import refuse_differences
    from lake.pipelines.run import opened

    with opened("audit", job_arguments(shop, root, profile, feed), writes=False) as run:
        findings = recount(run)
        rows = [(f.outcome.value, f.check, f.subject, f.detail) for f in findings]
        print_rows(("outcome", "check", "subject", "detail"), rows, as_json=as_json)
        refuse_differences(run, findings)
