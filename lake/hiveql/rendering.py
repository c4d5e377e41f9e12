"""The committed files under hive_ddl/spark: one script a table, rendered from its contract (`lake ddl render`)."""

from __future__ import annotations

from lake.contracts.table import Table
from lake.hiveql.ddl import create_database, create_table, create_view

HEADER = """\
-- {table}: {description}
-- Grain: {grain}.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \\
--     --hivevar location=/tmp/trial/{table} -f hive_ddl/spark/create_{table}.sql
"""


def script_name(table: Table) -> str:
    """The file below hive_ddl/spark."""
    return f"create_{table.table}.sql"


def create_script(table: Table) -> str:
    """The script that makes the databases, the table and its views."""
    header = HEADER.format(table=table.table, description=table.description, grain=table.grain)
    body = [create_database(), create_table(table), "create database if not exists ${shop_db}", create_view(table)]
    body += [create_view(table, alias) for alias in table.aliases]
    return header + "".join(f"\n{statement};\n" for statement in body)
