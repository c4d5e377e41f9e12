"""Where the tables lie that hold rows of one feed beside `raw/<feed>` and `quarantine/<feed>`, and its rows in raw."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.feed import Feed
from lake.errors import EnvironmentError_
from lake.io import tables
from lake.names import Zone
from lake.pipelines.run import Run


def rows_in_raw(run: Run, feed: Feed) -> DataFrame:
    """The feed's raw rows as they lie there; a column declared since they were read is null."""
    rows = tables.read(run.spark, run.uri(Zone.RAW, feed.feed))
    missing = {name: F.lit(None).cast("string") for name in feed.column_names if name not in rows.columns}
    return rows.withColumns(missing) if missing else rows


def keys_uri(run: Run, feed: str) -> str:
    """The key lists that came with its deliveries."""
    return run.uri(Zone.RAW, f"{feed}__keys")


def extract_uri(run: Run, feed: str) -> str:
    """What a database sent, laid down until it is in raw."""
    return run.uri(Zone.RAW, f"{feed}__extract")


def fates_uri(run: Run, feed: str) -> str:
    """The ledger of its candidates' fates."""
    return f"{run.ops}/dispositions/{feed}"


def is_shared(run: Run, entity: str) -> bool:
    """Whether several enabled feeds provide the entity."""
    return len(run.catalogue.providers(entity)) > 1


def part_uri(run: Run, entity: str, feed: str) -> str:
    """The feed's rows of a shared entity."""
    return run.uri(Zone.CLEANSED, _part(entity, feed))


def entity_uri(run: Run, entity: str, feed: str) -> str:
    """The feed's rows of an entity: its part where the entity is shared, else the entity itself."""
    return run.uri(Zone.CLEANSED, entity_table(run, entity, feed))


def entity_table(run: Run, entity: str, feed: str) -> str:
    """The name of that table in cleansed."""
    return _part(entity, feed) if is_shared(run, entity) else entity


def lost_tables(run: Run, feed: Feed) -> list[str]:
    """Of a feed that was cleansed, the tables that this made and that are not there any more.

    EnvironmentError_ where raw is one of them: from raw the others are made again.
    """
    names = dict.fromkeys(entity_table(run, item.entity, feed.feed) for item in feed.provides)
    made = {name: run.uri(Zone.CLEANSED, name) for name in names} | {"its fates": fates_uri(run, feed.feed)}
    lost = [name for name, uri in made.items() if not tables.exists(run.spark, uri)]
    if lost and not tables.exists(run.spark, run.uri(Zone.RAW, feed.feed)):
        raise EnvironmentError_(
            f"shop {run.shop}: raw of feed {feed.feed} is not there, though its deliveries are known: bring the root "
            "back from a copy, or begin with an empty one"
        )
    return lost


def _part(entity: str, feed: str) -> str:
    return f"{entity}__{feed}"
