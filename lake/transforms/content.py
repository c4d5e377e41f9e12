"""A fingerprint of rows that does not depend on their order: equal rows, and equally many of each, give equal sums."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

_SUM = "decimal(38,0)"


def content_sums(names: Sequence[str]) -> tuple[Column, Column]:
    """Two aggregates over the rows: sums of 64-bit hashes of the named columns and of a mark of which are null.

    The mark keeps a value from changing its column unseen (`xxhash64('a', null)` equals `xxhash64(null, 'a')`); the
    sums make the order of rows irrelevant and a duplicate visible.
    """
    nulls = F.concat(*[F.when(F.col(name).isNull(), "0").otherwise("1") for name in names])
    first = F.xxhash64(nulls, *names).cast(_SUM)
    second = F.xxhash64(F.lit("second"), nulls, *names).cast(_SUM)
    return F.sum(first), F.sum(second)
