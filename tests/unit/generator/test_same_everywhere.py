"""The same seed gives the same shop, whatever is asked for first and on whichever machine."""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from jobs.generate import main
from lake.arguments import exit_with
from lake.generator.arguments import generate_parser
from lake.generator.demo_shop import generate
from lake.generator.parameters import Parameters
from lake.generator.randomness import Dice, rounded_share

PROJECT = Path(__file__).resolve().parents[3]
FIRST = date(2024, 1, 1)
SMALL = {"orders_per_day": 8, "first_products": 30, "sessions_per_order": 1, "key_window_days": 6}


def contents(folder: Path) -> dict[str, object]:
    """What each file holds: bytes, the dump of a database, the rows of a table."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*.*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".sqlite":
            with closing(sqlite3.connect(path)) as source:
                found[name] = list(source.iterdump())
        elif path.suffix == ".parquet":
            found[name] = pq.read_table(path).to_pylist()
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def test_any_split_of_the_days_gives_the_same_files_and_the_same_truth(tmp_path: Path) -> None:
    parameters = Parameters(**SMALL, delete_order_rate=3000, close_rate=5000, withdraw_rate=5000)
    generate(parameters, FIRST, 10, tmp_path / "whole/demo")
    for first, days in ((8, 3), (1, 3), (4, 4)):
        generate(parameters, date(2024, 1, first), days, tmp_path / "parts/demo")
    whole, parts = contents(tmp_path / "whole"), contents(tmp_path / "parts")
    assert len(whole) > 200
    assert [name for name in whole if parts.get(name) != whole[name]] == []
    assert {name for name in parts.keys() - whole.keys() if "/standing/" not in name} == set()


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(Parameters(seed=seed, **SMALL), FIRST, 1, tmp_path / str(seed))
    one, two = contents(tmp_path / "1"), contents(tmp_path / "2")
    assert one["shop_2024-01-01.sqlite"] != two["shop_2024-01-01.sqlite"]
    assert one["access_2024-01-01.log"] != two["access_2024-01-01.log"]


def test_the_files_of_a_known_seed_never_change(tmp_path: Path) -> None:
    """The digest was taken once; it differs on a machine or with a version of numpy that draws otherwise."""
    generate(Parameters(**SMALL), FIRST, 2, tmp_path / "demo")
    digest = hashlib.sha256()
    for name, content in contents(tmp_path / "demo").items():
        packed = content if isinstance(content, bytes) else repr(content).encode()
        digest.update(name.encode() + (gzip.decompress(packed) if name.endswith(".gz") else packed))
    assert digest.hexdigest()[:16] == "a781a3cab78285be"


def test_words_are_philox_of_seed_name_and_key_and_do_not_depend_on_how_many_are_asked_for() -> None:
    dice = Dice(7)
    key = np.frombuffer(hashlib.sha256(b"7/orders/19723").digest()[:16], dtype="<u8")
    expected = [word >> 32 for word in np.random.Philox(key=key).random_raw(5).tolist()]
    assert dice.words("orders", 19723, 5).tolist() == expected
    assert dice.words("orders", 19723, 2).tolist() == expected[:2]
    assert dice.below("orders", 19723, 5, 1000).tolist() == [word * 1000 >> 32 for word in expected]
    assert dice.between("orders", 19723, 5, 3, 3).tolist() == [3] * 5


def test_weights_are_met_and_zero_weights_never_drawn() -> None:
    drawn = Dice(1).pick("weights", "all", 60_000, (0, 1, 0, 2, 3, 0))
    counts = np.bincount(drawn, minlength=6).tolist()
    assert counts[0] == counts[2] == counts[5] == 0
    assert counts[1] == pytest.approx(10_000, rel=0.05)
    assert counts[3] == pytest.approx(20_000, rel=0.03)


def test_shares_are_rounded_half_up_to_the_cent() -> None:
    shares = rounded_share(np.array([5, 15, 1, 1000]), 1, np.array([10, 10, 3, 3]))
    assert shares.tolist() == [1, 2, 0, 333]


def test_no_spark_is_imported_and_the_job_writes_where_it_is_told(tmp_path: Path) -> None:
    """Through the job, as one process."""
    code = (
        "import runpy, sys\n"
        "try:\n    runpy.run_path('jobs/generate.py', run_name='__main__')\n"
        "finally:\n    assert not {'pyspark', 'py4j'} & set(sys.modules)\n"
    )
    asked = ["--days", "1", "--orders-per-day", "5", "--landing", str(tmp_path / "here")]
    command = [sys.executable, "-c", code, *asked]
    done = subprocess.run(command, cwd=PROJECT, env={"PYTHONPATH": str(PROJECT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {path.name.split("_2024")[0] for path in (tmp_path / "here").iterdir()} == {
        "shop", "returns", "promotions", "campaigns", "loyalty", "social", "access", "ad_stats",
        "fx_rates", "blacklist",
    }  # fmt: skip
    assert (tmp_path / "here.truth/orders/2024-01-01.parquet").is_file()


def test_a_day_before_the_shops_life_is_wrong_use(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        exit_with(main, generate_parser(), ["--from", "2023-12-31", "--landing", str(tmp_path / "here")])
    assert left.value.code == 2 and "--epoch" in capsys.readouterr().err
    assert not (tmp_path / "here").exists()
