"""Errors of Java, Spark, Hadoop and the operating system that say what is wrong with the machine, in one line each.

What is not recognised here is unexpected: it keeps its stack trace and ends with exit code 1.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from py4j.protocol import Py4JJavaError, Py4JNetworkError

from lake.errors import EnvironmentError_, LakeError, LockedError

PLACE = r"(?P<place>(?:[a-z][a-z0-9+.-]+:)?/[^\r\n'\"]*?)(?=[\s'\",;.]*(?:$|[\r\n]|\s\(|: |\. |, |; |\" |' ))"
"""A path or URI, which may have blanks in it, up to what follows it in a sentence."""


@dataclass(frozen=True)
class Known:
    """A pattern over the text of an error and all its causes, and what to do; `{place}` as the pattern finds it."""

    pattern: str
    remedy: str
    kind: type[LakeError] = EnvironmentError_


METASTORE_IN_USE = Known(
    "XSDB6",
    "the embedded metastore is open in another process: stop that process, or publish through its server with "
    "--endpoint hive2://HOST:PORT",
    LockedError,
)
"""Derby's error state for a database that another process has open."""

KNOWN = (
    Known(
        "No space left on device|Disk quota exceeded|DSQuotaExceededException|There is not enough space",
        "the disk is full: free some space for the root and for Spark's temporary files (SPARK_LOCAL_DIRS, /tmp), "
        "then run again",
    ),
    Known(
        r"could only be written to \d+ of the \d+ minReplication nodes|Name node is in safe mode",
        "HDFS takes no data now (full, or without DataNodes): see hdfs dfsadmin -report, then run again",
    ),
    Known(
        r"Permission denied: user=(?P<user>[^,]+), access=(?P<access>\w+), inode=\"(?P<place>[^\"]+)\"",
        "HDFS gives the user {user} no right ({access}) on {place}: get it, or choose another --root",
    ),
    Known(
        r"(?:ParentNotDirectoryException|NotDirectoryException|Parent path is not a directory|Not a directory)"
        rf"[^/\r\n]*?{PLACE}",
        "{place} is a file where a folder is needed: move it away, or choose another --root",
    ),
    Known(
        rf"(?:Mkdirs failed to create|Unable to create directory|CANNOT_CREATE_LOG_PATH\] Cannot create) {PLACE}",
        "no right to write {place}: get it, or choose another --root",
    ),
    Known(
        rf"FileNotFoundException: {PLACE[:-1]}|\s\(Permission denied\))",
        "no right to read or write {place}: get it, then run again",
    ),
    Known(rf"AccessDeniedException: {PLACE}", "no right to read or write {place}: get it, then run again"),
    Known(
        "Permission denied|Operation not permitted", "no right to read or write below the root: get it, then run again"
    ),
    Known("Read-only file system", "the root's file system is read-only: choose another --root"),
    Known(
        r"Call From \S+ to (?P<place>\S+?):? failed on (?:connection|socket) (?:timeout )?exception",
        "nothing answers at {place}: start HDFS there (scripts/servers.sh start hdfs), or mend the address in --root",
    ),
    Known(
        r"UnknownHostException: (?:Invalid host name[^\r\n]*?destination host is: )?\"?(?P<place>[^\s\":]+)",
        "there is no host {place}: mend the address in --root or in HADOOP_CONF_DIR",
    ),
    Known(
        r"No FileSystem for scheme \"(?P<place>[^\"]+)\"",
        "Spark knows no file system {place}:; add its jars (--jars), or choose another --root",
    ),
    METASTORE_IN_USE,
    Known(
        r"ERROR (?:XBM0[A-Z]|XJ04[01])",
        "the embedded metastore cannot be opened: see the rights of the root's folder .metastore; if it is damaged, "
        "remove it, and publish makes it again",
    ),
    Known(
        rf"(?:FAILED_READ_FILE|CANNOT_READ_FILE_FOOTER)[.\w]*\][^/\r\n]*?{PLACE}",
        "{place} is missing or damaged: bring it back from a copy, or begin with an empty --root",
    ),
    Known(
        r"DELTA_(?:TRUNCATED_TRANSACTION_LOG|LOG_FILE_NOT_FOUND\w*|STATE_RECOVER_ERROR|VERSIONS_NOT_CONTIGUOUS|"
        r"LOG_FILE_MALFORMED|MISSING_PART_FILES|MISSING_TRANSACTION_LOG)\w*"
        rf"(?:[^/\r\n]*?{PLACE})?",
        "the log of a Delta table ({place}) is damaged: bring it back from a copy, or begin with an empty --root",
    ),
    Known(
        "OutOfMemoryError",
        "Java ran out of memory: give it more (LAKE_DRIVER_MEMORY=4g, or --driver-memory 4g before the job)",
    ),
)
"""The first that fits counts."""

WRITING = {
    errno.EACCES: "no right to read or write",
    errno.EPERM: "no right to read or write",
    errno.EROFS: "read-only:",
}
FULL = (errno.ENOSPC, errno.EDQUOT)


def explained(error: BaseException) -> LakeError | None:
    """What to do about an error that the machine caused, as an error with its exit code; None for any other."""
    for one in _chain(error):
        if isinstance(one, OSError) and not isinstance(one, Py4JNetworkError | ConnectionError):
            found = _of_the_system(one)
            if found is not None:
                return found
        if isinstance(one, Py4JNetworkError | ConnectionRefusedError | ConnectionResetError):
            return EnvironmentError_(
                "Java has ended in the middle (killed, or out of memory?): see that memory is free, then run again"
            )
    text = text_of(error)
    for known in KNOWN:
        match = re.search(known.pattern, text, re.MULTILINE)
        if match:
            named = {key: _readable(value) for key, value in match.groupdict().items()}
            return known.kind(known.remedy.format(**named))
    return None


def text_of(error: BaseException) -> str:
    """The messages of the error and of all that caused it, Java's included, a line or more each."""
    return "\n".join(_text(one) for one in _chain(error))


def _readable(place: str | None) -> str:
    """A place as people write it: a local one, which Spark gives as a URI, as a path."""
    if place and place.startswith("file:"):
        return unquote(re.sub("^file:/+", "/", place))
    return place or "below the root"


def _of_the_system(error: OSError) -> LakeError | None:
    place = error.filename or "the root"
    if error.errno in FULL:
        return EnvironmentError_(f"the disk is full: free some space for {place}, then run again")
    if error.errno in WRITING:
        return EnvironmentError_(
            f"{WRITING[error.errno]} {place}: get the right, or choose another --root, then run again"
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return EnvironmentError_(f"{place} is a file where a folder is needed: move it away, or choose another --root")
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what caused it, innermost last; also what was being handled meanwhile."""
    seen: set[int] = set()
    pending: list[BaseException] = [error]
    while pending:
        one = pending.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        pending += [cause for cause in (one.__cause__, one.__context__) if cause is not None]


def _text(error: BaseException) -> str:
    """The message with Java's causes, where the error came out of Java and Java can still be asked."""
    try:
        stack = getattr(error, "_stackTrace", None) if not isinstance(error, Py4JJavaError) else None
        return "\n".join([str(error), *([str(stack)] if stack else []), *_causes(error)])
    except Exception:  # the JVM has ended: what Python holds is all there is
        return repr(error.args)


def _causes(error: BaseException) -> list[str]:
    throwable = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    found: list[str] = []
    while throwable is not None and len(found) < 20:
        found.append(str(throwable.toString()))
        throwable = throwable.getCause()
    return found
