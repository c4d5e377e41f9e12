"""Statements to PostgreSQL and MariaDB over JDBC: values come as text, times in UTC; a statement sees one snapshot."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from lake.contracts.shop import Connection
from lake.errors import EnvironmentError_, SourceError

FETCHED_ROWS = 10_000
WHOLE_NUMBER = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Dialect:
    """What differs between the two databases, as far as our statements go."""

    driver: str
    quote: str
    text_type: str
    session: str
    escapes_with_backslash: bool

    def name(self, *parts: str) -> str:
        """A quoted identifier, such as a schema and its table."""
        return ".".join(f"{self.quote}{part.replace(self.quote, self.quote * 2)}{self.quote}" for part in parts)

    def text(self, value: str) -> str:
        """A literal; Spark's reader binds no parameters."""
        value = value.replace("\\", "\\\\") if self.escapes_with_backslash else value
        return "'" + value.replace("'", "''") + "'"

    def as_text(self, column: str) -> str:
        """The column's value as the database writes it."""
        return f"cast({self.name(column)} as {self.text_type})"


POSTGRESQL = Dialect("org.postgresql.Driver", '"', "text", "set time zone 'UTC'", False)
MARIADB = Dialect("org.mariadb.jdbc.Driver", "`", "char", "set time_zone = '+00:00'", True)


def dialect_of(connection: Connection) -> Dialect:
    """The dialect that the URL names."""
    return POSTGRESQL if connection.url.startswith("jdbc:postgresql:") else MARIADB


def lower_bound(mark: str, overlap: int) -> str:
    """The mark so many seconds (or whole numbers) earlier. Raises SourceError for a mark that is neither."""
    if WHOLE_NUMBER.fullmatch(mark):
        return str(int(mark) - overlap)
    try:
        moment = datetime.fromisoformat(mark)
    except ValueError:
        raise SourceError(f"the mark {mark!r} is neither a time nor a whole number: name another column") from None
    return str(moment - timedelta(seconds=overlap))


def rows_of(spark: SparkSession, name: str, connection: Connection, statement: str) -> DataFrame:
    """The rows of one statement, read by one task in portions: a bounded part of them is in memory.

    Raises EnvironmentError_ where the password's variable is not set, the server does not answer or refuses the
    statement; neither names the password.
    """
    dialect = dialect_of(connection)
    if connection.password_env not in os.environ:
        raise EnvironmentError_(f"connection {name}: set {connection.password_env} to {connection.user}'s password")
    options = {
        "url": _url(connection), "driver": dialect.driver, "user": connection.user,
        "password": os.environ[connection.password_env], "query": statement, "fetchsize": str(FETCHED_ROWS),
        "sessionInitStatement": dialect.session,
    }  # fmt: skip
    try:
        return spark.read.format("jdbc").options(**options).load()
    except (PySparkException, Py4JJavaError) as error:
        told = str(error.java_exception.getMessage()) if isinstance(error, Py4JJavaError) else str(error)
        first = told.strip().split("\n")[0][:300]
        raise EnvironmentError_(
            f"connection {name} ({connection.url}): {first}: look at the server, the user and the feed's columns"
        ) from None


def _url(connection: Connection) -> str:
    """Spark knows MariaDB's way of quoting only under the name of MySQL."""
    if connection.url.startswith("jdbc:postgresql:"):
        return connection.url
    url = connection.url.replace("jdbc:mariadb:", "jdbc:mysql:", 1)
    return f"{url}{'&' if '?' in url else '?'}permitMysqlScheme"
