"""The regular expressions of single values in the YAML files, and what to write where a value does not match one."""

from __future__ import annotations

from lake.names import NAME

DECIMAL = r"\((3[0-8]|[12]?\d), ?(3[0-8]|[12]?\d)\)"
"""Precision and scale; Spark's decimals have at most 38 digits."""

FIELD_KINDS = ("string", "id", "email", "integer", "date", "timestamp", "boolean", "json", "decimal")
COLUMN_KINDS = ("string", "int", "bigint", "boolean", "date", "timestamp", "double")

NAME_PATTERN = f"^{NAME.pattern}$"
CURRENCY = r"^[A-Z]{3}$"
FIELD_TYPE = rf"^({'|'.join(FIELD_KINDS)}({DECIMAL})?)$"
COLUMN_TYPE = rf"^({'|'.join(COLUMN_KINDS)}|decimal{DECIMAL})$"
JDBC_URL = r"^jdbc:(postgresql|mariadb)://[^/?]+/[^?]+(\?.*)?$"
VARIABLE = r"^[A-Z_][A-Z0-9_]*$"
JDBC_TABLE = r"^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$"

MEANINGS = {
    NAME_PATTERN: "'{value}' is no valid name; use lower-case letters, digits and underscores, a letter first",
    CURRENCY: "'{value}' is no currency code; write three capital letters such as EUR",
    FIELD_TYPE: f"'{{value}}' is no known type; it must be {', '.join(FIELD_KINDS)} or decimal(precision,scale)",
    COLUMN_TYPE: f"'{{value}}' is no known type; it must be {', '.join(COLUMN_KINDS)} or decimal(precision,scale)",
    JDBC_URL: "is no address of a database; write jdbc:postgresql://HOST/DATABASE or jdbc:mariadb://HOST/DATABASE",
    VARIABLE: "is no environment variable; write the name, in capitals, of the one that holds the password",
    JDBC_TABLE: "'{value}' is no table's name; write TABLE or SCHEMA.TABLE, in letters, digits, _ and $",
}
"""Pattern: what is wrong and the fix. A url or a password that stands in the wrong place is not shown again."""


def mismatch(value: str, pattern: str) -> str:
    """What to say of a value that does not match the pattern."""
    return MEANINGS.get(pattern, "'{value}' does not match {pattern}").format(value=value, pattern=pattern)
