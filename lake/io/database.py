"""Statements to PostgreSQL and MariaDB over JDBC: values come as text, times in UTC; a statement sees one snapshot."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from lake.contracts.onboarding.scaffold_tables import TableShape
from lake.contracts.shop import Connection
from lake.errors import EnvironmentError_, SourceError
from lake.io.commit_guard import before_commit
from lake.io.java_errors import text_of

FETCHED_ROWS = 10_000
WHOLE_NUMBER = re.compile(r"-?\d+")
SAID_BY_DATABASE = re.compile(r"\b(?:java\.sql|org\.postgresql|org\.mariadb)\.[\w.$]+: (?P<reason>[^\r\n]+)")
"""The message of an exception of JDBC or of a driver, in Java's text of an error."""


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
DIALECTS = {"jdbc:postgresql:": POSTGRESQL, "jdbc:mariadb:": MARIADB}
"""What a URL begins with -> the dialect of its database."""


def dialect_of(connection: Connection) -> Dialect:
    """The dialect that the URL names."""
    return _dialect(connection.url)


def _dialect(url: str) -> Dialect:
    return next(dialect for start, dialect in DIALECTS.items() if url.startswith(start))


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
    options = {
        **login(f"connection {name}", connection.url, connection.user, connection.password_env),
        "query": statement, "fetchsize": str(FETCHED_ROWS), "sessionInitStatement": dialect_of(connection).session,
    }  # fmt: skip
    try:
        return spark.read.format("jdbc").options(**options).load()
    except (PySparkException, Py4JJavaError) as error:
        raise EnvironmentError_(
            f"connection {name} ({connection.url}): {_reason(error)}: look at the server, the user and the feed's "
            "columns"
        ) from None


@contextmanager
def asked(name: str, connection: Connection) -> Iterator[None]:
    """While rows come: what the database or its driver says is an EnvironmentError_, other errors stay as they are."""
    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        said = SAID_BY_DATABASE.search(text_of(error))
        if said is None:
            raise
        raise EnvironmentError_(
            f"connection {name} ({connection.url}): {said['reason'][:300]}: look at the server, then run again"
        ) from None


def login(place: str, url: str, user: str, password_env: str) -> dict[str, str]:
    """What Spark's JDBC source is told of a database whose URL begins as one of DIALECTS.

    Raises EnvironmentError_, which begins with the `place`, where the password's variable is not set.
    """
    if password_env not in os.environ:
        raise EnvironmentError_(f"{place}: set {password_env} to {user}'s password")
    return {"url": _url(url), "driver": _dialect(url).driver, "user": user, "password": os.environ[password_env]}


def write_table(rows: DataFrame, name: str, place: str, login: Mapping[str, str]) -> None:
    """Put the rows into a table of the database that `login` opens; one of that name is replaced.

    Raises EnvironmentError_, which begins with the `place`, where the database does not answer or refuses.
    """
    before_commit()
    try:
        rows.write.format("jdbc").mode("overwrite").options(**login, dbtable=name).save()
    except (PySparkException, Py4JJavaError) as error:
        raise EnvironmentError_(
            f"{place}: {_reason(error)}: look at the server, the user and the driver in jars/"
        ) from None


def _reason(error: PySparkException | Py4JJavaError) -> str:
    told = str(error.java_exception.getMessage()) if isinstance(error, Py4JJavaError) else str(error)
    return told.strip().split("\n")[0][:300]


TABLES = """
select {table} as table_name, {column} as column_name, {kind} as data_type, c.ordinal_position as place,
  (select min(k.ordinal_position)
   from information_schema.key_column_usage as k
   join information_schema.table_constraints as t
     on t.constraint_schema = k.constraint_schema and t.constraint_name = k.constraint_name
     and t.table_schema = k.table_schema and t.table_name = k.table_name
   where t.constraint_type = 'PRIMARY KEY' and k.table_schema = c.table_schema and k.table_name = c.table_name
     and k.column_name = c.column_name) as key_place
from information_schema.columns as c
join information_schema.tables as b on b.table_schema = c.table_schema and b.table_name = c.table_name
where b.table_type = 'BASE TABLE' and {schemas}
"""


def tables_of(spark: SparkSession, name: str, connection: Connection) -> list[TableShape]:
    """The tables that the connection's user sees, by name; of another schema than the usual one as `schema.table`.

    PostgreSQL shows the primary key only to who may write to the table. Raises as `rows_of`.
    """
    dialect = dialect_of(connection)
    is_postgresql = dialect is POSTGRESQL
    theirs = "c.table_schema not in ('information_schema', 'pg_catalog')"
    schemas = theirs if is_postgresql else "c.table_schema = database()"
    whole = "case c.table_schema when 'public' then '' else c.table_schema || '.' end || c.table_name"
    table = whole if is_postgresql else "c.table_name"
    texts = {"table": table, "column": "c.column_name", "kind": "c.data_type"}
    casts = {key: f"cast({text} as {dialect.text_type})" for key, text in texts.items()}
    with asked(name, connection):
        rows = rows_of(spark, name, connection, TABLES.format(schemas=schemas, **casts)).collect()
    columns: dict[str, dict[str, str]] = {}
    keys: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: (row["table_name"], row["place"])):
        columns.setdefault(row["table_name"], {})[row["column_name"]] = row["data_type"]
    for row in sorted((r for r in rows if r["key_place"]), key=lambda row: row["key_place"]):
        keys.setdefault(row["table_name"], []).append(row["column_name"])
    return [TableShape(table, found, keys.get(table, [])) for table, found in columns.items()]


def _url(url: str) -> str:
    """Spark knows MariaDB's way of quoting only under the name of MySQL."""
    if _dialect(url) is POSTGRESQL:
        return url
    url = url.replace("jdbc:mariadb:", "jdbc:mysql:", 1)
    return f"{url}{'&' if '?' in url else '?'}permitMysqlScheme"
