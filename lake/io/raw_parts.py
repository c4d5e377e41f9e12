"""Raw rows as Parquet files that the reader itself writes, for a Spark whose workers share the driver's disk."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession

from lake.contracts.source import SourceSpec
from lake.io.parquet_parts import ParquetPart, ParquetParts, rows_by_value
from lake.io.raw import (
    CHANGED,
    LandedFile,
    Refusal,
    binary,
    contents,
    local_path,
    plain,
    raw_arrow_schema,
    reading_of,
)
from lake.io.sources.reading import Refused

TOGETHER_BYTES = 8 << 20
"""So much is one task; if it is the only one, the driver does it itself: a Spark job would cost more than the work."""

TASK_BYTES = 128 << 20
"""A task that reads more than that is cut, where it has several files."""

STATISTICS = ("lake_delivery_id", "lake_record_number")

STAMPS = pa.schema([("lake_arrived_at", pa.timestamp("us", tz="UTC")), ("lake_run_id", pa.string())])


@dataclass
class Written:
    """Files with rows, and what is known of each delivery: its records by its bytes, its rows by the written files."""

    parts: list[ParquetPart] = field(default_factory=list)
    records: dict[str, int] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)

    def add(self, other: Written) -> None:
        """What another task has written."""
        self.parts += other.parts
        self.records |= other.records
        self.rows += other.rows
        self.refusals += other.refusals


def write_parts(
    spark: SparkSession, files: Sequence[LandedFile], spec: SourceSpec, stamps: Mapping[str, Any], folder: Path
) -> Written:
    """Read all files into Parquet files in the folder: the columns of `raw_rows` and the stamps, `STAMPS`.

    Empty and vanished files may be missing among the records and the refusals. A task that runs twice leaves files
    that nobody asks for.
    """
    task = _Task(spec.model_dump_json(), dict(stamps), str(folder))
    here = [one for one in files if local_path(one.file)]
    there = [one for one in files if not local_path(one.file)]
    bins = _bins(here, spark.sparkContext.defaultParallelism)
    written = Written()
    if len(bins) > 1:
        for one in spark.sparkContext.parallelize(bins, len(bins)).map(task.write_local).collect():
            written.add(one)
    elif bins:
        written.add(task.write_local(bins[0]))
    if there:
        by_path = {plain(one.file.uri): one for one in there}

        def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            found = task.write((by_path[plain(path)], content) for path, content in contents(batches))
            yield pa.RecordBatch.from_pydict({"written": [pickle.dumps(found)]})

        for row in binary(spark, [one.file.uri for one in there]).mapInArrow(write, "written binary").collect():
            written.add(pickle.loads(row["written"]))
    return written


def _bins(files: Sequence[LandedFile], parallelism: int) -> list[list[LandedFile]]:
    """Files in tasks: one for all of little data, else as many as there are cores, more of very much data."""
    target = max(TOGETHER_BYTES, min(TASK_BYTES, sum(one.file.size for one in files) // parallelism))
    bins: list[list[LandedFile]] = []
    room = 0
    for one in files:
        if not bins or one.file.size > room:
            bins.append([])
            room = target
        bins[-1].append(one)
        room -= one.file.size
    return bins


@dataclass(frozen=True)
class _Task:
    """What a worker needs to turn files into Parquet files."""

    spec_json: str
    stamps: Mapping[str, Any]
    folder: str

    def write_local(self, files: Sequence[LandedFile]) -> Written:
        """As `write`, of files on this machine's disk."""
        return self.write((one, _content(one)) for one in files)

    def write(self, files: Iterable[tuple[LandedFile, bytes | None]]) -> Written:
        """Parquet files of this task alone, many sources in one; a refused source has no row in them."""
        spec = SourceSpec.model_validate_json(self.spec_json)
        schema = _schema(spec)
        written = Written()
        with ParquetParts(Path(self.folder), schema, STATISTICS) as parts:
            for one, content in files:
                try:
                    if content is None:
                        raise Refused("changed", CHANGED)
                    reading = reading_of(content, (one.sha256, one.file.name, one.manifest), spec)
                except Refused as refused:
                    told = Refusal(one.delivery_id, refused.code, refused.reason, refused.record_number)
                    written.refusals.append(told)
                    continue
                written.records[one.delivery_id] = reading.record_count
                constant = {"lake_delivery_id": one.delivery_id, "lake_file_name": one.file.name, **self.stamps}
                constant["lake_delivery_records"] = reading.record_count
                for batch in reading.batches:
                    parts.add(_completed(batch, constant, schema))
            written.parts = parts.finished()
        for part in written.parts:
            written.rows += rows_by_value(part.path, "lake_delivery_id")
        return written


def _content(one: LandedFile) -> bytes | None:
    try:
        return Path(local_path(one.file)).read_bytes()
    except FileNotFoundError:
        return None


def _schema(spec: SourceSpec) -> pa.Schema:
    """The columns of `raw_rows` and the stamps; in a file, a dictionary of one text is that text."""
    packed = pa.dictionary(pa.int32(), pa.string())
    texts = {"lake_delivery_id", "lake_file_name", "lake_run_id"}
    fields = [*raw_arrow_schema(spec), *STAMPS]
    return pa.schema([one.with_type(packed) if one.name in texts else one for one in fields])


def _completed(batch: pa.RecordBatch, constant: Mapping[str, Any], schema: pa.Schema) -> pa.RecordBatch:
    """The reader's columns in their places, between those that are one value for the whole delivery."""
    read = iter(batch.columns)
    return pa.RecordBatch.from_arrays(
        [_repeated(constant[f.name], f.type, batch.num_rows) if f.name in constant else next(read) for f in schema],
        schema=schema,
    )


def _repeated(value: Any, kind: pa.DataType, count: int) -> pa.Array:
    if pa.types.is_dictionary(kind):
        places = pa.repeat(pa.scalar(0, pa.int32()), count)
        return pa.DictionaryArray.from_arrays(places, pa.array([value], pa.string()))
    return pa.repeat(pa.scalar(value, kind), count)
