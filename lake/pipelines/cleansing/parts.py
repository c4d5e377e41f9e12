"""Elements of records that are sent again, such as the lines of an order: the current version says which there are."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lake.contracts.feed import Feed
from lake.names import Disposition
from lake.pipelines.cleansing.feed_frames import POSITION
from lake.transforms.fates import superseded_among


@dataclass(frozen=True)
class Parts:
    """Which candidates of a feed are parts of records with versions; `old`: positions of versions that are not current.

    The feed is read as a whole (`Scope.full`), so every version of a record is among those that are judged.
    """

    entities: frozenset[str]
    old: DataFrame | None

    @classmethod
    def of(cls, feed: Feed, records: DataFrame | None) -> Parts:
        """`records`: the judged candidates of `feed.versioned_entity`; None where the feed has none."""
        is_old = F.col("lake_disposition") == Disposition.SUPERSEDED.value
        old = None if records is None else records.where(is_old).select(*POSITION).distinct()
        return cls(frozenset(item.entity for item in feed.provides if item.explode), old)

    def judged(self, entity: str, rows: DataFrame) -> DataFrame:
        """The rows, accepted parts of an old version `superseded`."""
        if self.old is None or entity not in self.entities:
            return rows
        return superseded_among(rows, self.old, POSITION)
