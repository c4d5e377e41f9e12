"""A reader who asks all the time, while runs are killed and releases come: what was promised of tables and releases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cloned_shop import DAYS, SHOP, ClonedShop, some_lines

POINTS = ("publish:folders_written", "publish:built", "publish:switching", "publish:view_switched", "publish:live")
Ask = Callable[..., list[tuple[Any, ...]]]


class Reader(threading.Thread):
    """Asks the shop's views and the live release's database in turns; keeps what it saw."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(daemon=True)
        self.ask, self.done = ask, threading.Event()
        self.whole: set[tuple[int, str]] = set()
        self.pinned: dict[int, set[tuple[int, str]]] = {}
        self.torn: list[str] = []
        self.rounds = 0

    def run(self) -> None:
        """Until told to stop; the first error ends it and is kept."""
        try:
            while not self.done.is_set():
                self.look()
                self.rounds += 1
        except Exception as error:
            self.torn.append(repr(error)[:2000])

    def look(self) -> None:
        """One question to a view, and two to the database of the release that is live."""
        total = "select count(*), cast(sum(net_amount) as string) from {}fct_sales"
        self.whole.add(self.ask(total.format(f"{SHOP}."))[0])  # type: ignore[arg-type]
        number = self.ask(f"select release_number from {SHOP}.releases where is_live")[0][0]
        database = f"{SHOP}_r{number:06d}."
        seen = self.ask(total.format(database))[0]
        self.pinned.setdefault(number, set()).add(seen)  # type: ignore[arg-type]
        counted = self.ask(
            f"select sum(record_count) from {database}record_balances where entity = 'order_lines' "
            "and disposition = 'current'"
        )[0][0]
        if counted != seen[0]:
            self.torn.append(f"release {number}: {seen[0]} sales, {counted} in its balances")


def asked(port: int) -> Ask:
    from pyhive import hive

    connection = hive.connect("127.0.0.1", port=port)

    def ask(query: str) -> list[tuple[Any, ...]]:
        cursor = connection.cursor()
        cursor.execute(query)
        return [tuple(row) for row in cursor.fetchall()]

    return ask


@pytest.mark.long
def test_a_reader_sees_whole_tables_and_consistent_releases_while_runs_are_killed(tmp_path: Path) -> None:
    shop, root = ClonedShop(tmp_path), tmp_path / "root"
    shop.put(DAYS[0], some_lines(DAYS[0], 0, 25))
    code, text = shop.run_pipeline(root)
    assert code == 0, text[-3000:]
    server = shop.start("servers.sh", "start", "thrift", "--port", "0", "--load", "short", root=root)
    out, errors = server.communicate(timeout=600)
    assert server.returncode == 0, errors[-3000:]
    address = out.strip()
    try:
        reader = Reader(asked(int(address.rpartition(":")[2])))
        reader.start()
        for step, point in enumerate(POINTS, 1):
            shop.put(DAYS[step], some_lines(DAYS[step], 0, 25))
            code, text = shop.run_pipeline(root, "--endpoint", address, LAKE_CRASH_AT=point)
            assert code not in (0, 3, 4, 5, 6), text[-3000:]
        code, text = shop.run_pipeline(root, "--endpoint", address)
        assert code == 0, text[-3000:]
        reader.done.set()
        reader.join(60)
        assert not reader.is_alive()  # two threads on one connection would get each other's answers
        reader.look()
    finally:
        shop.start("servers.sh", "stop", "thrift", root=root).communicate(timeout=300)
    assert reader.torn == [] and reader.rounds > 5
    assert all(len(seen) == 1 for seen in reader.pinned.values()), "a release never changes"
    assert reader.whole <= set.union(*reader.pinned.values()), "a view shows the table of one release"
    assert len(reader.pinned) > 1
