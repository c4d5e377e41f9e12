"""Files and folders of a zone through Hadoop's FileSystem on the driver: the same for file:, hdfs: and s3a:."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from lake.io.commit_guard import before_commit
from lake.io.session import java_class


@dataclass(frozen=True)
class StoredFile:
    """A file: its URI, its path below the folder that was listed, size in bytes and time of change in ms."""

    uri: str
    name: str
    size: int
    modified_ms: int


def _hadoop_path(spark: SparkSession, uri: str) -> Any:
    return java_class(spark, "org.apache.hadoop.fs.Path")(uri)


def _path(spark: SparkSession, uri: str) -> tuple[Any, Any]:
    path = _hadoop_path(spark, uri)
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
    is_local = system.getScheme() == "file"
    if is_local:
        with suppress(OSError):  # what cannot be read is said by Hadoop, in its words
            return sorted(_local_files(base, base), key=lambda file: file.name)
    found = []
    for status in _files_below(system, path) if is_local else _listed(system, path):
        full = status.getPath()
        name = full.toUri().getPath().removeprefix(base)
        found.append(StoredFile(full.toString(), name, status.getLen(), status.getModificationTime()))
    return sorted(found, key=lambda file: file.name)


def _local_files(folder: str, base: str) -> Iterator[StoredFile]:
    """What Hadoop says of the local disk (its checksum files left out), without five questions to the JVM a file."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _local_files(entry.path, base)
            elif not (entry.name.startswith(".") and entry.name.endswith(".crc")):
                with suppress(FileNotFoundError):  # gone meanwhile, or a link to nothing
                    path, status = os.fsencode(entry.path).decode(errors="replace"), entry.stat()
                    modified_ms = status.st_mtime_ns // 10**6
                    yield StoredFile(f"file:{path}", path.removeprefix(base), status.st_size, modified_ms)


def _files_below(system: Any, folder: Any) -> Iterator[Any]:
    """Folder by folder: `listFiles` gives rights, too, and for those of a local file Hadoop starts a process, `ls`."""
    for status in system.listStatus(folder):
        if status.isDirectory():
            yield from _files_below(system, status.getPath())
        else:
            yield status


def _listed(system: Any, folder: Any) -> Iterator[Any]:
    """Hadoop's own way, which object stores answer without going through folders."""
    pending = system.listFiles(folder, True)
    while pending.hasNext():
        yield pending.next()


def list_folders(spark: SparkSession, folder: str) -> list[str]:
    """Names of the folders directly below a folder; none when it is missing."""
    system, path = _path(spark, folder)
    if not system.exists(path):
        return []
    return sorted(s.getPath().getName() for s in system.listStatus(path) if s.isDirectory())


def files_in(spark: SparkSession, folder: str) -> list[StoredFile]:
    """The files directly in a folder, sorted by name; none when it is missing."""
    system, path = _path(spark, folder)
    if not system.exists(path):
        return []
    found = [s for s in system.listStatus(path) if s.isFile()]
    files = [
        StoredFile(s.getPath().toString(), s.getPath().getName(), s.getLen(), s.getModificationTime()) for s in found
    ]
    return sorted(files, key=lambda file: file.name)


def read_text(spark: SparkSession, uri: str) -> str:
    """The text (UTF-8) of a small file."""
    system, path = _path(spark, uri)
    stream = system.open(path)
    try:
        return str(java_class(spark, "org.apache.commons.io.IOUtils").toString(stream, "UTF-8"))
    finally:
        stream.close()


def text_if_there(spark: SparkSession, uri: str) -> str | None:
    """The text of a small file that others may remove at any time; None when it is not there."""
    try:
        return read_text(spark, uri)
    except Py4JJavaError as error:
        if not _is_missing(error):
            raise
        return None


def modified_ms(spark: SparkSession, uri: str) -> int | None:
    """The file system's time of the file's last change, in ms; None when it is not there."""
    system, path = _path(spark, uri)
    try:
        return int(system.getFileStatus(path).getModificationTime())
    except Py4JJavaError as error:
        if not _is_missing(error):
            raise
        return None


def touch(spark: SparkSession, uri: str, at_ms: int) -> None:
    """Set the time of a file's last change, in ms."""
    system, path = _path(spark, uri)
    system.setTimes(path, at_ms, -1)


def write_text(spark: SparkSession, uri: str, text: str) -> None:
    """Write a small file (UTF-8), in the place of one that is there."""
    before_commit()
    system, path = _path(spark, uri)
    stream = system.create(path, True)
    try:
        stream.write(bytearray(text.encode()))
    finally:
        stream.close()


def delete(spark: SparkSession, uri: str) -> bool:
    """Delete a file, or a folder with all below it; False when it was not there, or the local disk gives no right."""
    before_commit()
    system, path = _path(spark, uri)
    return bool(system.delete(path, True))


def rename(spark: SparkSession, source: str, target: str) -> bool:
    """Rename within one file system; False when it did not happen, on HDFS also when the target is there."""
    before_commit()
    system, path = _path(spark, source)
    return bool(system.rename(path, _hadoop_path(spark, target)))


def bring(spark: SparkSession, local: str, target: str) -> None:
    """Move a file from the local disk to a place that is free; its folder is made."""
    before_commit()
    system, path = _path(spark, target)
    source = _hadoop_path(spark, f"file:{local}")
    system.mkdirs(path.getParent())
    if system.getScheme() != "file":
        system.moveFromLocalFile(source, path)
    elif not system.rename(source, path):  # what moves to the local disk would be copied
        raise OSError(errno.EIO, "the file could not be moved", target)


def qualified(spark: SparkSession, uri: str) -> str:
    """The URI with its scheme, as Hive and other engines want locations."""
    system, path = _path(spark, uri)
    return str(system.makeQualified(path).toString())


def _is_missing(error: Py4JJavaError) -> bool:
    return bool(error.java_exception.getClass().getName() == "java.io.FileNotFoundException")
