"""The narrow door for HiveQL: `execute(statement)`, behind it the job's own session or a HiveServer2 endpoint."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyspark.sql import SparkSession

from lake.errors import EnvironmentError_, ReleaseError, UsageError_
from lake.io.commit_guard import before_commit
from lake.io.java_errors import METASTORE_IN_USE

Rows = list[tuple[Any, ...]]

ENDPOINT = re.compile(r"hive2://(?P<host>[A-Za-z0-9._-]+):(?P<port>\d{1,5})/?")


class UnclearAnswerError(EnvironmentError_):
    """The connection broke after a statement was sent: whether it took effect, only the metastore knows."""


class Door(Protocol):
    """Takes one HiveQL statement at a time."""

    def execute(self, statement: str) -> Rows:
        """Run the statement and return its rows ([] where it gives none).

        Raises ReleaseError when the engine refuses it, UnclearAnswerError when the answer was lost.
        """
        ...

    def close(self) -> None:
        """Let go of what was opened."""
        ...


@dataclass
class SessionDoor:
    """The job's own Spark session with its embedded metastore, which the first statement opens."""

    spark: SparkSession

    def execute(self, statement: str) -> Rows:
        """See Door."""
        before_commit()
        try:
            return [tuple(row) for row in self.spark.sql(statement).collect()]
        except Exception as error:  # py4j raises Java's own kinds while the metastore opens
            raise _refused_by_session(statement, error) from error

    def close(self) -> None:
        """The session is not ours."""


@dataclass
class EndpointDoor:
    """A HiveServer2 (Spark Thrift Server or Apache Hive) through PyHive; connects with the first statement."""

    endpoint: str
    _connection: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse an endpoint that is not hive2://HOST:PORT before anything is done."""
        host_and_port(self.endpoint)

    def execute(self, statement: str) -> Rows:
        """See Door. A broken connection is opened anew by the next call."""
        from pyhive import exc

        before_commit()
        cursor = self._connected().cursor()
        try:
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        except exc.OperationalError as error:
            raise ReleaseError(f"{self.endpoint} refused: {_reason(error)}; statement: {_shown(statement)}") from error
        except Exception as error:  # thrift, SASL and sockets raise kinds of their own
            self.close()
            raise UnclearAnswerError(
                f"{self.endpoint} was lost ({type(error).__name__}: {error}): see that it runs, then run again; "
                f"statement: {_shown(statement)}"
            ) from error
        finally:
            _quietly(cursor.close)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            _quietly(self._connection.close)
            self._connection = None

    def _connected(self) -> Any:
        if self._connection is None:
            self._connection = connect(self.endpoint)
        return self._connection


def host_and_port(endpoint: str) -> tuple[str, int]:
    """Out of `hive2://HOST:PORT`; UsageError_ for anything else."""
    match = ENDPOINT.fullmatch(endpoint)
    if match is None:
        raise UsageError_(f"--endpoint is {endpoint!r}; write it as hive2://HOST:PORT")
    return match["host"], int(match["port"])


def connect(endpoint: str) -> Any:
    """A PyHive connection to `hive2://HOST:PORT`; user and password by LAKE_HIVE_USER and LAKE_HIVE_PASSWORD.

    Raises EnvironmentError_ when no server answers there.
    """
    from pyhive import hive

    host, port = host_and_port(endpoint)
    user, password = os.environ.get("LAKE_HIVE_USER") or getpass.getuser(), os.environ.get("LAKE_HIVE_PASSWORD")
    login = {"auth": "CUSTOM", "password": password} if password else {"auth": "NONE"}
    try:
        return hive.connect(host, port=port, username=user, **login)
    except Exception as error:
        raise EnvironmentError_(
            f"no HiveServer2 answers at {endpoint} ({type(error).__name__}): start it (scripts/servers.sh start thrift)"
            " or leave --endpoint out"
        ) from error


def open_door(spark: SparkSession, endpoint: str | None) -> Door:
    """The door of a run: its own session, or the given endpoint."""
    return EndpointDoor(endpoint) if endpoint else SessionDoor(spark)


def ensure(door: Door, statement: str, is_there: Callable[[], bool]) -> None:
    """Execute; after an unclear answer ask the metastore, and send the statement again only where it had no effect."""
    try:
        door.execute(statement)
    except UnclearAnswerError:
        if not is_there():
            door.execute(statement)


def _refused_by_session(statement: str, error: Exception) -> Exception:
    if re.search(METASTORE_IN_USE.pattern, str(error)):
        return METASTORE_IN_USE.kind(METASTORE_IN_USE.remedy)
    return ReleaseError(f"the session refused: {str(error).strip().splitlines()[0]}; statement: {_shown(statement)}")


def _reason(error: Exception) -> str:
    """The server's own words out of PyHive's long dump."""
    status = getattr(error.args[0], "status", None) if error.args else None
    text = str(getattr(status, "errorMessage", None) or error)
    return text.strip().splitlines()[0][:500]


def _shown(statement: str) -> str:
    words = " ".join(statement.split())
    return words if len(words) <= 200 else f"{words[:200]}..."


def _quietly(close: Callable[[], None]) -> None:
    try:
        close()
    except Exception:  # the connection is gone already; there is nothing left to close
        return
