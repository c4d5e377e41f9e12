"""Orders pulled from a real PostgreSQL and a real MariaDB: changed rows, rows behind the mark, rows that are gone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lake.errors import EnvironmentError_
from lake.io import storage
from lake.io.database import tables_of
from lake.names import Zone
from lake.pipelines import ingest as ingesting
from lake.pipelines.ingesting import database_extracts
from tests.e2e.shop_lab import ShopLab, differences, write_entity, written_shop
from tests.servers.conftest import server

BASKETS = {
    "entity": "baskets",
    "description": "Baskets of the shop.",
    "grain": "one row per basket",
    "key": ["basket_id"],
    "columns": [
        {"name": "basket_id", "type": "string", "required": True, "description": "Basket"},
        {"name": "amount", "type": "decimal(18,4)", "description": "Amount"},
        {"name": "note", "type": "string", "description": "Note"},
        {"name": "changed_at", "type": "timestamp", "description": "When it was changed"},
    ],
}
FEED: dict[str, Any] = {
    "feed": "baskets",
    "load": "upsert",
    "format": {"kind": "jdbc", "connection": "till", "table": "baskets", "key": ["shop", "id"], "mark": "changed_at",
               "overlap": 60},
    "version_by": "changed_at",
    "time_zone": "UTC",
    "columns": [
        {"name": "shop"},
        {"name": "id", "type": "integer"},
        {"name": "amount", "type": "decimal"},
        {"name": "note"},
        {"name": "changed_at", "source": "changedAt", "type": "timestamp"},
    ],
    "provides": [
        {
            "entity": "baskets",
            "route": "basket",
            "columns": {
                "basket_id": "concat_ws('-', shop, cast(id as string))", "amount": "amount", "note": "note",
                "changed_at": "changed_at",
            },
        }
    ],
}  # fmt: skip


@dataclass
class Till:
    """The running server and what its table must hold; each change is made in both."""

    kind: str
    address: str
    password: str
    rows: dict[int, tuple[str, str | None, str]] = field(default_factory=dict)

    def ask(self, statements: str) -> None:
        port = self.address.rpartition(":")[2].partition("/")[0]
        if self.kind == "postgres":
            options = ["-qX", "-v", "ON_ERROR_STOP=1"]
            command = ["psql", "-h", "127.0.0.1", "-p", port, "-U", "shop", "-d", "shop", *options]
        else:
            command = ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", port, "-u", "shop", "shop",
                       "--default-character-set=utf8mb4"]  # fmt: skip
        secret = {"PGPASSWORD": self.password, "MYSQL_PWD": self.password}
        done = subprocess.run(command, input=statements, env={**os.environ, **secret}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def make_table(self) -> None:
        moment, name = ("timestamptz", '"changedAt"') if self.kind == "postgres" else ("datetime(6)", "`changedAt`")
        self.rows.clear()
        self.ask("drop table if exists baskets; create table baskets(shop varchar(9), id bigint, amount numeric(12,3), "
                 f"note text, {name} {moment}, primary key (shop, id));")  # fmt: skip

    def put(self, number: int, amount: str, note: str | None, at: str) -> None:
        """Insert or replace a row."""
        self.remove(number)
        self.rows[number] = (amount, note, at)
        text = "null" if note is None else "'" + note.replace("\\", "\\\\" if self.kind == "mariadb" else "\\") + "'"
        zone = "+00" if self.kind == "postgres" else ""
        self.ask(f"insert into baskets values ('o\\b', {number}, {amount}, {text}, '{at}{zone}');"
                 .replace("o\\b", "o\\b" if self.kind == "postgres" else "o\\\\b"))  # fmt: skip

    def remove(self, number: int) -> None:
        self.rows.pop(number, None)
        self.ask(f"delete from baskets where id = {number};")


@pytest.fixture(params=["postgres", "mariadb"])
def till(request: pytest.FixtureRequest) -> Iterator[Till]:
    """A server of its own; its system user must be able to enter the folder."""
    root = Path(tempfile.mkdtemp(prefix="databases_"))
    root.chmod(0o755)
    try:
        with server(request.param, root=root) as address:
            password = (root / ".servers" / request.param / "password").read_text()
            yield Till(request.param, address, password)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def lab(till: Till, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShopLab:
    monkeypatch.setenv("TILL_PASSWORD", till.password)
    connection = {"url": till.address, "user": "shop", "password_env": "TILL_PASSWORD"}
    conf = written_shop(tmp_path, [FEED], connections={"till": connection})
    write_entity(conf, BASKETS)
    return ShopLab(spark, tmp_path, conf)


def standing(lab: ShopLab) -> list[dict[str, str | None]]:
    rows = [row for row in lab.rows(Zone.CLEANSED, "baskets") if row["deleted_at"] is None]
    return [{"id": row["basket_id"], "amount": str(row["amount"]), "note": row["note"],
             "at": str(row["changed_at"])} for row in rows]  # fmt: skip


def wanted(till: Till) -> list[dict[str, str | None]]:
    return [{"id": f"o\\b-{number}", "amount": f"{amount}0", "note": note, "at": at}
            for number, (amount, note, at) in till.rows.items()]  # fmt: skip


def test_extracts_follow_a_table_through_changes_deletions_and_a_crash(
    lab: ShopLab, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.make_table()
    (shape,) = tables_of(lab.spark, "till", lab.run().catalogue.shop.connections["till"])
    assert (shape.name, list(shape.columns)) == ("baskets", ["shop", "id", "amount", "note", "changedAt"])
    assert (shape.columns["id"], shape.key) == ("bigint", ["shop", "id"]), "what `lake feeds sync` compares"
    for number in range(1, 9):
        till.put(number, f"{number}.125", f"naïve ☕ {number}", f"2024-05-01 10:00:{number:02}.000007")
    assert lab.ingest().records == 8
    lab.cleanse()
    assert differences(standing(lab), wanted(till)) == ""
    again = lab.ingest()
    assert (again.accepted, again.unchanged, again.records) == (0, 1, 0)

    till.put(2, "99.000", None, "2024-05-02 00:00:00")
    till.put(10, "10.000", "new", "2024-05-02 00:00:01")
    till.put(11, "11.000", "behind the mark \\'"[:-1], "2023-01-01 00:00:00")
    till.put(3, "33.000", "changed, and marked far behind", "2023-02-01 00:00:00")
    till.put(8, "88.000", "changed under an old mark, within the overlap", "2024-05-01 10:00:08.000007")
    till.remove(5)
    with monkeypatch.context() as patched:
        patched.setattr(ingesting.IngestReport, "note", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            lab.ingest()
    assert lab.ingest().records == 5
    lab.cleanse()
    expected = {row["id"]: row for row in wanted(till)} | {
        "o\\b-3": {"id": "o\\b-3", "amount": "3.1250", "note": "naïve ☕ 3", "at": "2024-05-01 10:00:03.000007"},
    }  # version_by rules: a row that goes back in time is sent, and superseded by the newer version
    found = {row["id"]: row for row in standing(lab)}
    assert found.pop("o\\b-8")["amount"] in ("8.1250", "88.0000"), "two rows of one version: the greater hash stands"
    assert found == {key: row for key, row in expected.items() if key != "o\\b-8"}

    till.remove(1)
    assert (lab.ingest().accepted, lab.ingest().accepted) == (1, 0)
    lab.cleanse()
    gone = {row["basket_id"] for row in lab.rows(Zone.CLEANSED, "baskets") if row["deleted_at"]}
    assert gone == {"o\\b-1", "o\\b-5"}
    assert not list((lab.folder / "root/lab/raw").glob("*__extract")), "what was laid down for a while is gone"


def test_what_a_killed_extract_has_laid_down_is_not_read_by_the_next(
    lab: ShopLab, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.make_table()
    till.put(1, "1.000", "first", "2024-05-01 10:00:01")
    till.put(2, "2.000", "soon removed", "2024-05-01 10:00:02")
    with monkeypatch.context() as killed:  # nothing is cleaned up then
        killed.setattr(database_extracts, "_stored", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        killed.setattr(storage, "delete", lambda *_: False)
        with pytest.raises(KeyboardInterrupt):
            lab.ingest()
    assert list((lab.folder / "root/lab/raw").glob("*__extract"))
    till.put(1, "9.000", "changed", "2024-05-02 00:00:00")
    till.remove(2)
    assert lab.ingest().records == 1
    lab.cleanse()
    assert differences(standing(lab), wanted(till)) == ""


def test_a_database_that_drops_in_the_middle_is_told_and_the_next_extract_is_whole(lab: ShopLab, till: Till) -> None:
    if till.kind != "postgres":
        pytest.skip("only there a row can end the connection that reads it")
    till.make_table()
    for number in (1, 2, 3):
        till.put(number, f"{number}.000", "kept", f"2024-05-01 10:00:0{number}")
    ends = "case when id = 2 then pg_terminate_backend(pg_backend_pid())::int::numeric else amount end as amount"
    till.ask("alter table baskets rename to kept; create view baskets as "
             f'select shop, id, {ends}, note, "changedAt" from kept;')  # fmt: skip
    with pytest.raises(EnvironmentError_, match=r"connection till \(jdbc:postgresql:.*: look at the server"):
        lab.ingest()
    till.ask("drop view baskets; alter table kept rename to baskets;")
    assert lab.ingest().records == 3
    lab.cleanse()
    assert differences(standing(lab), wanted(till)) == ""
