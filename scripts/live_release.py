"""Prints the JDBC address of the database that holds a shop's live release. Used by scripts/beeline.sh."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

from pyhive import hive

from lake.errors import EnvironmentError_, LakeError, UsageError_
from lake.io.hive import connect, host_and_port
from lake.io.locks import owner_of
from lake.settings import Settings, load_settings

RELEASE_DATABASE = re.compile(r".*_r\d{6}")


def main() -> int:
    """Returns the exit code; the address is on stdout, what went wrong is one line on stderr."""
    parser = argparse.ArgumentParser(prog="scripts/beeline.sh")
    for option in ("--shop", "--endpoint", "--root"):
        parser.add_argument(option)
    arguments = parser.parse_args()
    try:
        settings = load_settings(Path(os.environ["LAKE_HOME"]), root=arguments.root)
        endpoint = chosen_endpoint(arguments.endpoint, settings)
        host, port = host_and_port(endpoint)
        with contextlib.closing(connection(endpoint)) as opened:
            cursor = opened.cursor()
            shop = arguments.shop or only_shop(cursor, settings.database_prefix)
            database = live_release(cursor, settings.database_prefix + shop)
        print(f"jdbc:hive2://{host}:{port}/{database}")
    except LakeError as error:
        print(f"beeline.sh: {error}", file=sys.stderr)
        return int(error.exit_code)
    return 0


def chosen_endpoint(asked: str | None, settings: Settings) -> str:
    """As asked for, else of the server that holds the root's metastore, else the default."""
    serving = (owner_of(settings.metastore_lock) or {}).get("endpoint")
    return str(asked or serving or f"hive2://127.0.0.1:{os.environ.get('LAKE_THRIFT_PORT', '10000')}")


def connection(endpoint: str) -> Any:
    """An open connection; EnvironmentError_ with the command that starts a server when nothing answers."""
    logging.getLogger("thrift").setLevel(logging.CRITICAL)  # what it logs is said by the error
    return connect(endpoint)


def only_shop(cursor: Any, prefix: str) -> str:
    """The one shop that has published something; UsageError_ asks which one is meant when there are several."""
    cursor.execute("show databases")
    databases = [row[0] for row in cursor.fetchall() if row[0].startswith(prefix)]
    shops = [name for name in databases if name != "default" and not RELEASE_DATABASE.fullmatch(name)]
    if len(shops) == 1:
        return shops[0].removeprefix(prefix)
    if not shops:
        raise EnvironmentError_(
            "nothing is published here: run scripts/spark_submit.sh jobs/run_pipeline.py --shop SHOP"
        )
    raise UsageError_(f"which shop? --shop {' or --shop '.join(name.removeprefix(prefix) for name in shops)}")


def live_release(cursor: Any, database: str) -> str:
    """The release database that the shop's `releases` view calls live."""
    found = []
    if re.fullmatch(r"\w+", database):
        with contextlib.suppress(hive.OperationalError):  # no such database, no such view: nothing is published
            cursor.execute(f"select release_database from {database}.releases where is_live")
            found = cursor.fetchall()
    if not found:
        raise EnvironmentError_(
            f"{database} has no live release here: run scripts/spark_submit.sh jobs/run_pipeline.py --shop SHOP"
        )
    return str(found[0][0])


if __name__ == "__main__":
    sys.exit(main())
