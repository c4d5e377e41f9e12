"""The two small tables that each release carries beside the contract tables: what became of the records, and why."""

from __future__ import annotations

from lake.contracts.columns import Column
from lake.contracts.table import Table

RECORD_BALANCES = Table(
    table="record_balances",
    kind="mart",
    description="What became of the records of each feed: every candidate row has exactly one disposition.",
    grain="one row per feed, entity and disposition",
    key=["feed", "entity", "disposition"],
    columns=[
        Column(name="feed", type="string", required=True, description="Where the records came from"),
        Column(name="entity", type="string", required=True, description="What they were routed to"),
        Column(
            name="disposition",
            type="string",
            required=True,
            description="current, superseded, duplicate, quarantined, held, replaced, ignored, not_applicable (others)",
        ),
        Column(name="record_count", type="bigint", required=True, description="How many"),
    ],
)

RULE_FAILURES = Table(
    table="rule_failures",
    kind="mart",
    description="How many rows break each rule, refused or only warned of; one that breaks two counts in both.",
    grain="one row per feed, entity and rule",
    key=["feed", "entity", "rule"],
    columns=[
        Column(name="feed", type="string", required=True, description="Where the records came from"),
        Column(name="entity", type="string", required=True, description="What they were routed to"),
        Column(name="rule", type="string", required=True, description="The expectation, as the contract names it"),
        Column(name="record_count", type="bigint", required=True, description="How many rows break it"),
    ],
)

BALANCES_TABLES = {table.table: table for table in (RECORD_BALANCES, RULE_FAILURES)}
