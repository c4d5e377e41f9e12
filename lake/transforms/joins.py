"""How rows that are looked up reach those that they are looked up for."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

MANY_ROWS = 1_000_000
"""Sent whole to the tasks a row of a few columns takes 100 bytes of memory and more, whatever it has as a file."""


def sent_whole(rows: DataFrame, row_count: int) -> DataFrame:
    """The rows, marked to be sent whole to every task, if there are not too many for that: then Spark decides."""
    return F.broadcast(rows) if row_count <= MANY_ROWS else rows
