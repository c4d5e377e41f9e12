"""Landing files to raw rows on the executors: hashing, and parsing inside `mapInArrow`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from lake.contracts.source import SourceSpec
from lake.io import storage
from lake.io.manifest import check_manifest
from lake.io.session import shares_disk
from lake.io.sources.reading import Reading, Refused, raw_schema, read_source
from lake.io.storage import StoredFile

_EMPTY = hashlib.sha256(b"").hexdigest()
CHANGED = "the file was written to while it was read; it is tried again"


@dataclass(frozen=True)
class LandedFile:
    """A file in landing that is about to be read: the delivery it will be."""

    file: StoredFile
    delivery_id: str
    sha256: str
    manifest: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why a file was not read; `code` `changed` means that it was written to meanwhile and only has to wait."""

    delivery_id: str
    code: str
    reason: str
    record_number: int | None


def content_hashes(spark: SparkSession, files: Sequence[StoredFile]) -> dict[str, str]:
    """SHA-256 (hex) of each file's bytes, by URI; a file that vanished meanwhile has none."""
    here = [file for file in files if shares_disk(spark) and local_path(file)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # hashlib lets go of the interpreter
        hashed = dict(zip((file.uri for file in here), threads.map(_hash_of, here), strict=True))
    found = {uri: digest for uri, digest in hashed.items() if digest}
    there = [file for file in files if file.uri not in hashed]
    by_path = {plain(file.uri): _EMPTY for file in there if not file.size}  # Spark passes over empty files
    filled = [file.uri for file in there if file.size]
    if filled:
        rows = binary(spark, filled).select("path", F.sha2("content", 256).alias("sha256")).collect()
        by_path |= {plain(row["path"]): row["sha256"] for row in rows}
    return found | {file.uri: by_path[plain(file.uri)] for file in there if plain(file.uri) in by_path}


def local_path(file: StoredFile) -> str:
    """The path of a file on a local disk, as Python opens it; empty for one of another file system."""
    place = plain(file.uri)
    return place.removeprefix("file:") if place.startswith("file:/") else ""


def _hash_of(file: StoredFile) -> str | None:
    try:
        with Path(local_path(file)).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def raw_rows(spark: SparkSession, files: Sequence[LandedFile], spec: SourceSpec) -> DataFrame:
    """One row per source record of the files that can be read; a refused file gives none.

    Columns: lake_delivery_id, lake_file_name, lake_record_number, the declared texts, lake_record_text (JSON, text) or
    lake_storage (SQLite), lake_rescued, lake_malformed, lake_malformed_reason and lake_delivery_records, the file's
    records as counted from its bytes.
    """
    schema = raw_arrow_schema(spec)
    readings = _readings_of(files, spec)

    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for delivery_id, name, reading in readings(batches):
            for batch in reading.batches:
                names = [pa.repeat(text, batch.num_rows) for text in (delivery_id, name)]
                last = pa.repeat(pa.scalar(reading.record_count, pa.int64()), batch.num_rows)
                yield pa.RecordBatch.from_arrays([*names, *batch.columns, last], schema=schema)

    return binary(spark, [f.file.uri for f in files]).mapInArrow(parse, from_arrow_schema(schema))


def key_rows(spark: SparkSession, files: Sequence[LandedFile], spec: SourceSpec) -> DataFrame:
    """The key lists of the files that can be read: a row a key, and one a list (`lake_kind`: key, list).

    Columns: lake_delivery_id, lake_kind, the key columns as texts; for the list lake_key_count, counted apart, and
    lake_first_key (null: it holds all keys).
    """
    assert spec.keys is not None
    names = [*spec.keys.columns]
    counts = [pa.field("lake_key_count", pa.int64()), pa.field("lake_first_key", pa.int64())]
    ends = [pa.field("lake_delivery_id", pa.string()), pa.field("lake_kind", pa.string())]
    schema = pa.schema([*ends, *(pa.field(name, pa.string()) for name in names), *counts])
    readings = _readings_of(files, spec)

    def parse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for delivery_id, _, reading in readings(batches):
            keys = reading.keys
            if keys is None:
                continue
            head = {"lake_delivery_id": delivery_id, "lake_kind": "list", "lake_key_count": keys.key_count}
            yield pa.RecordBatch.from_pylist([{**head, "lake_first_key": keys.first_key}], schema=schema)
            for batch in keys.batches:
                marks = [pa.repeat(value, batch.num_rows) for value in (delivery_id, "key")]
                nothing = [pa.nulls(batch.num_rows, pa.int64())] * 2
                yield pa.RecordBatch.from_arrays([*marks, *batch.columns, *nothing], schema=schema)

    return binary(spark, [f.file.uri for f in files]).mapInArrow(parse, from_arrow_schema(schema))


def refusals(spark: SparkSession, files: Sequence[LandedFile], spec: SourceSpec) -> list[Refusal]:
    """Why these files gave no rows; a file without a refusal has no records (a header only)."""
    filled = [f for f in files if f.sha256 != _EMPTY]
    found = {f.delivery_id: _refusal(b"", [f.sha256, f.file.name, f.manifest], spec) for f in files if f not in filled}
    by_path, spec_json = _by_path(filled), spec.model_dump_json()
    texts = [(name, pa.string()) for name in ("delivery_id", "code", "reason")]
    schema = pa.schema([*texts, ("record_number", pa.int64())])

    def explain(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        spec = SourceSpec.model_validate_json(spec_json)
        for path, content in contents(batches):
            delivery_id, *identity = by_path[plain(path)]
            refused = _refusal(content, identity, spec)
            told = [delivery_id, *((refused.code, refused.reason, refused.record_number) if refused else [None] * 3)]
            yield pa.RecordBatch.from_pylist([dict(zip(schema.names, told, strict=True))], schema=schema)

    uris = [f.file.uri for f in filled]
    rows = binary(spark, uris).mapInArrow(explain, from_arrow_schema(schema)).collect() if uris else []
    for row in rows:
        found[row["delivery_id"]] = Refused(row["code"], row["reason"], row["record_number"]) if row["code"] else None
    gone = Refused("changed", CHANGED)
    told = [(f.delivery_id, found.get(f.delivery_id, gone)) for f in files]
    return [Refusal(i, refused.code, refused.reason, refused.record_number) for i, refused in told if refused]


def _refusal(content: bytes, identity: Sequence[str], spec: SourceSpec) -> Refused | None:
    try:
        reading_of(content, identity, spec)
    except Refused as refused:
        return refused
    return None


def reading_of(content: bytes, identity: Sequence[str], spec: SourceSpec) -> Reading:
    """The file's reading, after a look whether these are still the bytes that were hashed and announced."""
    sha256, name, manifest = identity
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Refused("changed", CHANGED)
    reading = read_source(content, name, spec)
    if manifest:
        check_manifest(manifest, sha256, reading, spec)
    return reading


def raw_arrow_schema(spec: SourceSpec) -> pa.Schema:
    """Of `raw_rows`: `lake_` before the reader's columns that are not the source's: no declared name collides."""
    number, *rest = raw_schema(spec)
    declared, marks = rest[: len(spec.columns)], rest[len(spec.columns) :]
    ours = [field.with_name(f"lake_{field.name}") for field in (number, *marks)]
    names = [pa.field(name, pa.string()) for name in ("lake_delivery_id", "lake_file_name")]
    return pa.schema([*names, ours[0], *declared, *ours[1:], pa.field("lake_delivery_records", pa.int64())])


def _readings_of(
    files: Sequence[LandedFile], spec: SourceSpec
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[tuple[str, str, Reading]]]:
    """What turns batches of (path, content) into (delivery, file name, reading) of the files that can be read."""
    by_path, spec_json = _by_path(files), spec.model_dump_json()

    def readings(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[str, str, Reading]]:
        spec = SourceSpec.model_validate_json(spec_json)
        for path, content in contents(batches):
            delivery_id, *identity = by_path[plain(path)]
            try:
                yield delivery_id, identity[1], reading_of(content, identity, spec)
            except Refused:
                continue

    return readings


def _by_path(files: Sequence[LandedFile]) -> dict[str, tuple[str, str, str, str]]:
    return {plain(f.file.uri): (f.delivery_id, f.sha256, f.file.name, f.manifest) for f in files}


def contents(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the files in batches of `binary`, one after the other."""
    for batch in batches:
        for path, content in zip(batch.column(0), batch.column(1), strict=True):
            yield path.as_py(), content.as_py()


def binary(spark: SparkSession, uris: Sequence[str]) -> DataFrame:
    """path and content of each file that is there still.

    Spark bounds a batch by bytes (64 MB): a worker holds few files at a time.
    """
    try:
        return _loaded(spark, uris)
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
    left = [uri for uri in uris if storage.exists(spark, uri)]
    return _loaded(spark, left) if left else spark.createDataFrame([], "path string, content binary")


def _loaded(spark: SparkSession, uris: Sequence[str]) -> DataFrame:
    escaped = [_escaped(uri) for uri in uris]
    return spark.read.format("binaryFile").load(escaped).select("path", "content")


def _escaped(uri: str) -> str:
    """Spark takes the given paths as glob patterns: the pattern characters of a file's name are escaped."""
    return "".join(f"\\{c}" if c in "*?[]{}\\" else c for c in uri)


def plain(uri: str) -> str:
    """The part of a URI that identifies the file, however many slashes its scheme is written with."""
    scheme, colon, rest = uri.partition(":/")
    return f"{scheme}:/{rest.lstrip('/')}" if colon else uri
