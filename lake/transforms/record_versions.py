"""Records that are sent again: which of those that an item takes have a newer version that it does not take."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

VERSION = ("lake_version", "lake_file_date", "lake_record_hash")
"""The order of versions, as `fates.ranked` has it for candidates; nulls are the oldest."""


def no_longer_taken(records: DataFrame, accepted: DataFrame, when: str, keys: Sequence[Column]) -> DataFrame:
    """The records that `when` takes and whose newest accepted version that it does not take is newer.

    Records of equal `keys` are versions of one. Both frames hold typed records with the `lake_` marks.
    """
    is_taken = F.coalesce(F.expr(when), F.lit(False))
    record_key, version = F.to_json(F.array(*keys)).alias("lake_record_key"), F.struct(*VERSION)
    others = accepted.where(~is_taken).select(record_key, version.alias("lake_other"))
    newest = others.groupBy("lake_record_key").agg(F.max("lake_other").alias("lake_other"))
    taken = records.where(is_taken).withColumn("lake_record_key", record_key)
    older = taken.join(newest, "lake_record_key").where(F.col("lake_other") > version)
    return older.drop("lake_record_key", "lake_other")
