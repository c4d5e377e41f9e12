"""SQLAlchemy against Spark's Thrift Server: PyHive's dialect with the right lists of tables and views.

Import this module, then `create_engine("halles+hive://localhost:10000/demo")`; an installed halles needs no import.
Spark answers SHOW TABLES with (namespace, name, is_temporary), of which PyHive takes the first, and reports a missing
table by an error that PyHive does not know.
"""

from __future__ import annotations

from typing import Any

from pyhive import hive
from pyhive.sqlalchemy_hive import HiveDialect
from sqlalchemy import text
from sqlalchemy.dialects import registry
from sqlalchemy.exc import DBAPIError, NoSuchTableError

NAME = "halles.hive"
MISSING = ("TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "Table not found")
"""How Spark, and Hive, say that a table is not there."""


class SparkHiveDialect(HiveDialect):  # type: ignore[misc]
    """`halles+hive://user@host:port/database`, for Spark's Thrift Server and for Apache Hive."""

    name = "hive"
    driver = "thrift"
    supports_statement_cache = False

    @classmethod
    def import_dbapi(cls) -> Any:
        """PyHive; under the name that SQLAlchemy 2 asks for."""
        return hive

    def get_table_names(self, connection: Any, schema: str | None = None, **_kw: Any) -> list[str]:
        """Names of the tables, without the views."""
        views = set(self.get_view_names(connection, schema))
        return [name for name in self._shown(connection, "tables", schema) if name not in views]

    def get_view_names(self, connection: Any, schema: str | None = None, **_kw: Any) -> list[str]:
        """Names of the views."""
        return self._shown(connection, "views", schema)

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **_kw: Any) -> bool:
        """Whether a table or view of that name is there."""
        if schema and schema.lower() not in self.get_schema_names(connection):
            return False
        return table_name.lower() in self._shown(connection, "tables", schema)

    def _get_table_columns(self, connection: Any, table_name: str, schema: str | None) -> Any:
        """PyHive's, with the error that SQLAlchemy expects for a missing table."""
        try:
            return super()._get_table_columns(connection, table_name, schema)
        except DBAPIError as error:
            if any(word in str(error) for word in MISSING):
                raise NoSuchTableError(f"{schema}.{table_name}" if schema else table_name) from error
            raise

    def _shown(self, connection: Any, kind: str, schema: str | None) -> list[str]:
        place = f" in {self.identifier_preparer.quote_identifier(schema)}" if schema else ""
        rows = connection.execute(text(f"show {kind}{place}")).fetchall()
        return sorted(str(row[1] if len(row) > 1 else row[0]) for row in rows)


registry.register(NAME, __name__, SparkHiveDialect.__name__)
