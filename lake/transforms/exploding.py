"""A JSON array inside a record to one row per element, with the element's fields as typed columns."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lake.contracts.feed import Explode, Feed, FeedColumn
from lake.transforms.standardising import typed


def with_elements(records: DataFrame, explode: Explode, feed: Feed, time_zone: str) -> DataFrame:
    """One row per element of the array in `explode.column`; `lake_element_number` counts from 1.

    The element's declared fields (source `.`: the element itself) become columns beside the record's; their failed
    casts join `lake_casts`. A null or empty array gives no row (a text that is no array is refused before, see
    `fates.with_routes`).
    """
    exploded = records.drop("lake_element_number").select(
        "*", F.posexplode(F.from_json(explode.column, "array<string>")).alias("lake_position", "lake_element")
    )
    texts = [_field(column).alias(column.name) for column in explode.columns]
    renamed = exploded.withColumnsRenamed({"lake_casts": "lake_record_casts", "lake_clock": "lake_record_clock"})
    fields = typed(renamed.select("*", *texts), explode.columns, feed, time_zone)
    return fields.withColumns(
        {
            "lake_element_number": F.col("lake_position") + 1,
            "lake_casts": F.concat("lake_record_casts", "lake_casts"),
            "lake_clock": F.concat("lake_record_clock", "lake_clock"),
        }
    ).drop("lake_position", "lake_element", "lake_record_casts", "lake_record_clock")


def element_fields(records: DataFrame, array: str) -> DataFrame:
    """A row per field that any element of the array has: its `name`."""
    elements = records.select(F.explode(F.from_json(array, "array<string>")).alias("lake_element"))
    return elements.select(F.explode(F.json_object_keys("lake_element")).alias("name")).distinct()


def _field(column: FeedColumn) -> Column:
    element = F.col("lake_element")
    return element if column.source == "." else F.get_json_object(element, f"$.{column.source_name}")
