"""What changed in a Delta table between two of its versions, by the files that its log names.

The log is read as https://github.com/delta-io/delta/blob/master/PROTOCOL.md says ("Actions": add, remove and cdc).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any
from urllib.parse import unquote

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lake.io import storage, tables
from lake.io.file_rewrites import CHANGE

Action = tuple[str, dict[str, Any]]
"""What a commit did with a file, ADD, REMOVE or CHANGES (it holds rows that the commit changed), and the details."""

ADD, REMOVE, CHANGES = "add", "remove", "cdc"
CHANGE_FOLDER = "_change_data"


def changed_partitions(spark: SparkSession, uri: str, since: int, until: int) -> set[str | None] | None:
    """Values of the (one) partition column whose files were added or removed with data change in (since, until].

    An unpartitioned table gives {None} when anything changed. None: the log no longer goes back so far.
    """
    commits = _commits(spark, uri, since, until)
    if commits is None:
        return None
    actions = [action for commit in commits for kind, action in commit if kind != CHANGES]
    return {next(iter((action.get("partitionValues") or {}).values()), None) for action in actions}


def changed_rows(
    spark: SparkSession, uri: str, since: int, until: int, columns: Sequence[str] | None = None
) -> DataFrame | None:
    """Rows that only one of the two versions holds, once with the columns of each side; None as `changed_partitions`.

    None, too, where a file went of which some rows were marked as gone before: the file itself does not tell which.
    Of a table that keeps its changes only these are read; otherwise the files that were added or removed in
    (since, until] are compared. So the cost follows the change. `columns`: those that count (default: all).
    """
    commits = _commits(spark, uri, since, until)
    if commits is None:
        return None
    gone, come, told = set[str](), set[str](), set[str]()
    for commit in commits:
        told |= {_path(action) for kind, action in commit if kind == CHANGES}
        if any(kind == CHANGES for kind, _ in commit):
            continue  # they are all that it changed, whatever files it rewrote
        for kind, action in commit:
            if action.get("deletionVector"):
                return None
            ours, theirs = (come, gone) if kind == ADD else (gone, come)
            path = _path(action)
            if path in theirs:
                theirs.discard(path)
            else:
                ours.add(path)
    now = tables.read(spark, uri)
    wanted = list(columns or now.columns)
    if not all(storage.exists(spark, f"{uri}/{path}") for path in gone | come | told):
        return None

    def rows_of(paths: set[str], base: str, came: Column) -> DataFrame:
        """`lake_came`: 1 for a row that came, -1 for one that went."""
        files = [f"{uri}/{path}" for path in sorted(paths)]
        schema = T.StructType([*now.schema.fields, T.StructField(CHANGE, T.StringType())])
        rows = spark.read.schema(schema).option("basePath", base).parquet(*files)
        return rows.select(*wanted, came.alias("lake_came"))

    kinds = F.when(F.col(CHANGE).isin("insert", "update_postimage"), 1).otherwise(-1)
    sides = [(told, f"{uri}/{CHANGE_FOLDER}", kinds), (come, uri, F.lit(1)), (gone, uri, F.lit(-1))]
    read = [rows_of(paths, base, came) for paths, base, came in sides if paths]
    if not told and not gone:
        return read[0].drop("lake_came") if read else now.select(*wanted).limit(0)
    net = reduce(DataFrame.unionByName, read).groupBy(*wanted).agg(F.sum("lake_came").alias("lake_came"))
    return net.where("lake_came <> 0").drop("lake_came")


def _path(action: dict[str, Any]) -> str:
    return unquote(action["path"])


def _commits(spark: SparkSession, uri: str, since: int, until: int) -> Sequence[Sequence[Action]] | None:
    """What changed data in each commit of (since, until], in order; None: the log is gone."""
    found = []
    for version in range(since + 1, until + 1):
        text = storage.text_if_there(spark, tables.commit_file(uri, version))
        if text is None:
            return None
        found.append([*_actions(text)])
    return found


def _actions(commit: str) -> Iterator[Action]:
    for line in commit.splitlines():
        entry = json.loads(line)
        for kind in (ADD, REMOVE, CHANGES):
            if kind in entry and (kind == CHANGES or entry[kind].get("dataChange", True)):
                yield kind, entry[kind]
