"""Records that are sent again: which of those that an item takes have a newer version that it does not take."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

VERSION = ("lake_version", "lake_file_date", "lake_record_hash")
"""The order of versions, as `fates.ranked` has it for candidates; nulls are the oldest."""


def no_longer_taken(records: DataFrame, accepted: DataFrame, when: str, keys: Sequence[Column]) -> DataFrame:
    """The records that `when` takes and of which a newer accepted version is there that it does not take.

    A record is there as often as deliveries hold such a version.

    Records of equal `keys` are versions of one, but not two of one delivery that no version tells apart: an order's
    lines of one article. Both frames hold typed records with the `lake_` marks.
    """
    is_taken = F.coalesce(F.expr(when), F.lit(False))
    record_key, version = F.to_json(F.array(*keys)).alias("lake_record_key"), F.struct(*VERSION)
    place = F.col("lake_delivery_id").alias("lake_other_delivery")
    others = accepted.where(~is_taken).select(record_key, place, version.alias("lake_other"))
    newest = others.groupBy("lake_record_key", "lake_other_delivery").agg(F.max("lake_other").alias("lake_other"))
    taken = records.where(is_taken).withColumn("lake_record_key", record_key)
    is_same_version = F.col("lake_other.lake_version").eqNullSafe(F.col("lake_version"))
    is_beside = (F.col("lake_other_delivery") == F.col("lake_delivery_id")) & is_same_version
    older = taken.join(newest, "lake_record_key").where((F.col("lake_other") > version) & ~is_beside)
    return older.drop("lake_record_key", "lake_other", "lake_other_delivery")
