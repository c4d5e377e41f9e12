"""Files and folders of a zone through Hadoop's FileSystem on the driver: the same for file:, hdfs: and s3a:."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession


@dataclass(frozen=True)
class StoredFile:
    """A file: its URI, its path below the folder that was listed, size in bytes and time of change in ms."""

    uri: str
    name: str
    size: int
    modified_ms: int


def _jvm(spark: SparkSession) -> Any:
    return spark._jvm


def _path(spark: SparkSession, uri: str) -> tuple[Any, Any]:
    path = _jvm(spark).org.apache.hadoop.fs.Path(uri)
    return path.getFileSystem(spark._jsc.hadoopConfiguration()), path


def exists(spark: SparkSession, uri: str) -> bool:
    """Whether a file or folder is there."""
    system, path = _path(spark, uri)
    return bool(system.exists(path))


def list_files(spark: SparkSession, folder: str) -> list[StoredFile]:
    """All files below a folder (none when it is missing), sorted by name; hidden ones and leftovers included."""
    system, path = _path(spark, folder)
    if not system.exists(path):
        return []
    base = system.makeQualified(path).toUri().getPath().rstrip("/") + "/"
    found, pending = [], system.listFiles(path, True)
    while pending.hasNext():
        status = pending.next()
        full = status.getPath()
        name = full.toUri().getPath().removeprefix(base)
        found.append(StoredFile(full.toString(), name, status.getLen(), status.getModificationTime()))
    return sorted(found, key=lambda file: file.name)


def list_folders(spark: SparkSession, folder: str) -> list[str]:
    """Names of the folders directly below a folder; none when it is missing."""
    system, path = _path(spark, folder)
    if not system.exists(path):
        return []
    return sorted(s.getPath().getName() for s in system.listStatus(path) if s.isDirectory())


def read_text(spark: SparkSession, uri: str) -> str:
    """The text (UTF-8) of a small file."""
    system, path = _path(spark, uri)
    stream = system.open(path)
    try:
        return str(_jvm(spark).org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
    finally:
        stream.close()


def write_text(spark: SparkSession, uri: str, text: str, *, overwrite: bool = True) -> None:
    """Write a small file (UTF-8); without `overwrite` an existing one is an error of the file system."""
    system, path = _path(spark, uri)
    stream = system.create(path, overwrite)
    try:
        stream.write(bytearray(text.encode()))
    finally:
        stream.close()


def delete(spark: SparkSession, uri: str) -> bool:
    """Delete a file, or a folder with all below it; False when it was not there."""
    system, path = _path(spark, uri)
    return bool(system.delete(path, True))


def rename(spark: SparkSession, source: str, target: str) -> bool:
    """Rename within one file system; False when it did not happen."""
    system, path = _path(spark, source)
    return bool(system.rename(path, _jvm(spark).org.apache.hadoop.fs.Path(target)))


def qualified(spark: SparkSession, uri: str) -> str:
    """The URI with its scheme, as Hive and other engines want locations."""
    system, path = _path(spark, uri)
    return str(system.makeQualified(path).toString())
