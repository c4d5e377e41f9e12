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
from lake.io.locks import owner_of
from lake.settings import Settings, load_settings

ENDPOINT = re.compile(r"hive2://([^:/]+):(\d+)/?")
RELEASE_DATABASE = re.compile(r".*_r\d{6}")


def main() -> int:
    """Returns the exit code; the address is on stdout, what went wrong is one line on stderr."""
    parser = argparse.ArgumentParser(prog="scripts/beeline.sh")
    for option in ("--shop", "--endpoint", "--root"):
        parser.add_argument(option)
    arguments = parser.parse_args()
    try:
        settings = load_settings(Path(os.environ["LAKE_HOME"]), root=arguments.root)
        host, port = address(arguments.endpoint, settings)
        with contextlib.closing(connection(host, port)) as opened:
            cursor = opened.cursor()
            shop = arguments.shop or only_shop(cursor, settings.database_prefix)
            database = live_release(cursor, settings.database_prefix + shop)
        print(f"jdbc:hive2://{host}:{port}/{database}")
    except LakeError as error:
        print(f"beeline.sh: {error}", file=sys.stderr)
        return int(error.exit_code)
    return 0


def address(endpoint: str | None, settings: Settings) -> tuple[str, int]:
    """Host and port: as asked for, else of the server that holds the root's metastore, else the default."""
    serving = (owner_of(settings.metastore_dir / "metastore.lock") or {}).get("endpoint")
    default = f"hive2://127.0.0.1:{os.environ.get('LAKE_THRIFT_PORT', '10000')}"
    chosen = str(endpoint or serving or default)
    match = ENDPOINT.fullmatch(chosen)
    if match is None:
        raise UsageError_(f"--endpoint {chosen} is no address: write it as hive2://127.0.0.1:10000")
    return match.group(1), int(match.group(2))


def connection(host: str, port: int) -> Any:
    """An open connection; EnvironmentError_ with the command that starts a server when nothing answers."""
    logging.getLogger("thrift").setLevel(logging.CRITICAL)
    try:
        return hive.connect(host, port=port)
    except Exception:  # the client raises its transport's own kinds
        raise EnvironmentError_(
            f"no server answers at hive2://{host}:{port}: start one with scripts/servers.sh start thrift"
        ) from None


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
