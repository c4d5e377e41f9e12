"""The four verbs in a row, and what stops the way."""

from __future__ import annotations

from lake.pipelines.blocking import refuse
from lake.pipelines.cleanse import cleanse
from lake.pipelines.curate import curate
from lake.pipelines.generated_landing import fill_landing
from lake.pipelines.ingest import ingest
from lake.pipelines.publish import publish
from lake.pipelines.run import Run
from lake.pipelines.summary import key_figures, where_to_ask


def run_pipeline(run: Run) -> tuple[str, list[str]]:
    """Ingest, cleanse, curate and publish what is new; the report for people, and the files that were refused.

    Raises QualityGateError before curate when something is held, or refused without a good file of that name.
    """
    fill_landing(run)
    ingested = ingest(run)
    cleansed = cleanse(run, ingested.planned)
    refuse(cleansed.blocked)
    curate(run, cleansed.cleansed)
    report = publish(run)
    told = [] if run.plan else [*key_figures(run), *where_to_ask(run, report)]
    if run.plan and cleansed.cleansed:
        told = ["(of the tables as they stand; the steps before name those that would be made anew)"]
    return "\n".join([report.text(), *told]), ingested.refused
