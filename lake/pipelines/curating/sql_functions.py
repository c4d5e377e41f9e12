"""SQL functions that the models in `lake/sql` call, such as the surrogate keys of the star, defined once.

A key is the first 60 bits of SHA-256 over the text of a JSON array, so it is never negative and never the
unknown member's -1. The parts are strings: JSON tells null from "null", and ["a", null] from [null, "a"].
"""

from __future__ import annotations

from pyspark.sql import SparkSession

from lake.transforms.persons import PERSONS, persons_of

_DURABLE_KEY = """
create or replace temporary function durable_key(parts array<string> comment 'business key, the id last')
returns bigint
comment 'Surrogate key of a member; -1 (unknown) where the id is null'
return if(
  element_at(parts, -1) is null,
  -1,
  cast(conv(substr(sha2(to_json(parts), 256), 1, 15), 16, 10) as bigint)
)
"""

_VERSION_KEY = """
create or replace temporary function version_key(parts array<string>, effective_at timestamp)
returns bigint
comment 'Surrogate key of one version of a member: business key and true start, not the displayed one'
return durable_key(array(to_json(parts), cast(unix_micros(effective_at) as string)))
"""


def register_functions(spark: SparkSession) -> None:
    """Define `durable_key(array)`, `version_key(array, timestamp)` and what else models call; may be repeated."""
    for statement in (_DURABLE_KEY, _VERSION_KEY):
        spark.sql(statement)
    spark.udf.register("persons_of", persons_of, PERSONS)
