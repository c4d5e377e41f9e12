"""Errors of Java, Spark, Hadoop and the operating system that say what is wrong with the machine, in one line each.

What is not recognised here is unexpected: it keeps its stack trace and ends with exit code 1.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from py4j.protocol import Py4JJavaError, Py4JNetworkError

from lake.errors import EnvironmentError_, LakeError, LockedError

_PLACE = r"(?P<place>(?:[a-z][a-z0-9+.-]+:)?/[^\r\n'\"]*?)"
_END = r"(?=[\s'\",;]*(?:$|[\r\n]|\s\(|: |\. |, |; |\" |' ))"

KNOWN: tuple[tuple[type[LakeError], str, str], ...] = (
    (EnvironmentError_, r"No space left on device|Disk quota exceeded|DSQuotaExceededException|There is not enough space",
     "the disk is full: free some space for {root} and for Spark's temporary files (SPARK_LOCAL_DIRS), then run again"),
    (EnvironmentError_, r"could only be written to \d+ of the \d+ minReplication nodes|Name node is in safe mode",
     "HDFS takes no data now (full, read-only, or without DataNodes): see its state (hdfs dfsadmin -report), then run again"),
    (EnvironmentError_, rf"Mkdirs failed to create (?:file:)?{_PLACE}{_END}",
     "no right to write {place}: get it, or choose another --root, then run again"),
    (EnvironmentError_, rf"FileNotFoundException: {_PLACE} \(Permission denied\)",
     "no right to read or write {place}: get it, then run again"),
    (EnvironmentError_, rf"AccessDeniedException: {_PLACE}{_END}",
     "no right to read or write {place}: get it, then run again"),
    (EnvironmentError_, r"Permission denied: user=(?P<user>[^,]+), access=(?P<access>\w+), inode=\"(?P<place>[^\"]+)\"",
     "HDFS gives the user {user} no right ({access}) on {place}: get it, or choose another --root, then run again"),
    (EnvironmentError_, r"Read-only file system", "the file system of {root} is read-only: choose another --root"),
    (EnvironmentError_, r"(?:ParentNotDirectoryException|NotDirectoryException|Parent path is not a directory|Not a directory)"
     rf"[^/\r\n]*(?:{_PLACE}{_END})?", "{place} is a file where a folder is needed: move it away, or choose another --root"),
    (EnvironmentError_, r"Call From \S+ to (?P<place>\S+?):? failed on (?:connection|socket) (?:timeout )?exception",
     "nothing answers at {place}: start HDFS there (scripts/servers.sh start hdfs), or mend the address in --root"),
    (EnvironmentError_, r"UnknownHostException: (?:Invalid host name[^\r\n]*?destination host is: )?\"?(?P<place>[^\s\":]+)",
     "there is no host {place}: mend the address in --root or in HADOOP_CONF_DIR"),
    (EnvironmentError_, r"UnsupportedFileSystemException: No FileSystem for scheme \"(?P<place>[^\"]+)\"",
     "no file system for {place}: is known to Spark: add its jars (--jars), or choose another --root"),
    (LockedError, r"XSDB6", "the embedded metastore is open in another process: stop that process, or publish through its "
     "server with --endpoint hive2://HOST:PORT"),
    (EnvironmentError_, rf"(?:XBM0H|XJ041|XJ040)[^\r\n]*?(?:{_PLACE}{_END})?",
     "the embedded metastore {place} cannot be opened: see the rights of its folder; a damaged one may be removed, "
     "publish makes it again"),
    (EnvironmentError_, r"DELTA_(?:TRUNCATED_TRANSACTION_LOG|LOG_FILE_NOT_FOUND\w*|STATE_RECOVER_ERROR|MISSING_TRANSACTION_LOG|"
     r"INVALID_COMMIT\w*|LOG_FILE_MALFORMED|MISSING_PART_FILES|TABLE_NOT_FOUND|FAILED_\w*READ\w*|PATH_DOES_NOT_EXIST|VERSIONS_NOT_CONTIGUOUS)"
     rf"[^/\r\n]*(?:{_PLACE}{_END})?",
     "the log of the Delta table {place} is damaged: bring its files back from a copy, or begin with an empty --root"),
    (EnvironmentError_, rf"FAILED_READ_FILE[.\w]*\][^/\r\n]*{_PLACE}{_END}",
     "{place} is missing or damaged: bring it back from a copy, or begin with an empty --root"),
    (EnvironmentError_, r"CANNOT_READ_FILE_FOOTER[^/\r\n]*" + _PLACE + _END,
     "{place} is damaged: bring it back from a copy, or begin with an empty --root"),
    (EnvironmentError_, r"OutOfMemoryError",
     "Java ran out of memory: give it more (LAKE_DRIVER_MEMORY=4g, or --driver-memory 4g before the job), then run again"),
)  # fmt: skip
"""Kind, pattern over the text of the error and all its causes, and what to do; the first that fits counts."""

WRITING = {
    errno.EACCES: "no right to read or write",
    errno.EPERM: "no right to read or write",
    errno.EROFS: "read-only:",
}
FULL = (errno.ENOSPC, errno.EDQUOT)


def explained(error: BaseException, root: str = "the root") -> LakeError | None:
    """What to do about an error that the machine caused, as an error with its exit code; None for any other."""
    for one in _chain(error):
        if isinstance(one, OSError) and not isinstance(one, Py4JNetworkError | ConnectionError):
            found = _of_the_system(one, root)
            if found is not None:
                return found
        if isinstance(one, Py4JNetworkError | ConnectionRefusedError | ConnectionResetError):
            return EnvironmentError_(
                "Java has ended in the middle (killed, or out of memory?): see that memory is free, then run again"
            )
    text = "\n".join(_text(one) for one in _chain(error))
    for kind, pattern, remedy in KNOWN:
        match = re.search(pattern, text, re.MULTILINE)
        if match:
            named = {key: value or "?" for key, value in match.groupdict().items()}
            return kind(remedy.format(**{"place": root, "root": root, **named}))
    return None


def _of_the_system(error: OSError, root: str) -> LakeError | None:
    place = error.filename or root
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
