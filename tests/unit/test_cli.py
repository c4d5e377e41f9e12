"""The lake command: exit codes, messages on stderr, results on stdout, and help that answers at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lake.cli import main

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Runs the command in this process, `project` standing for the project's folder."""

    def run(*arguments: str, project: Path = PROJECT) -> Answer:
        main.add_nouns()
        for module in ("project", "contracts", "ddl", "config", "feeds"):
            monkeypatch.setattr(f"lake.cli.{module}.PROJECT", project)
        monkeypatch.setattr(sys, "argv", ["lake", *arguments])
        monkeypatch.setenv("COLUMNS", "120")
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main.main()
            sys.exit(0)
        shown = capsys.readouterr()
        return Answer(int(left.value.code or 0), shown.out, shown.err)

    return run


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and the configuration in a folder of their own."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("lake", "conf"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_help_answers_without_pyspark_or_sqlglot() -> None:
    heavy = "pyspark", "sqlglot", "pandas", "pydantic", "yaml"
    code = (
        "import sys; sys.argv = ['lake', '--help']\n"
        "from lake.cli.main import main\n"
        "try: main()\n"
        f"except SystemExit: print([name for name in {heavy!r} if name in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert output.stdout.rstrip().endswith("[]")


def test_the_command_walks_from_a_sample_to_a_feed(copy: Path, lake: Callable[..., Answer]) -> None:
    sample = PROJECT / "tests/data/landing/online_retail/2010-12-01.csv"
    added = lake("feeds", "add", "tills", str(sample), "--shop", "online_retail", project=copy)
    assert (added.code, added.err) == (0, "")
    path = copy / "conf/shops/online_retail/feeds/tills.yaml"
    assert "name: invoice_no" in path.read_text()

    again = lake("feeds", "add", "tills", str(sample), "--shop", "online_retail", project=copy)
    assert (again.code, again.out) == (2, "")
    assert "exists" in again.err

    wrong = lake("feeds", "validate", "tills", "--shop", "online_retail", project=copy)
    assert wrong.code == 3
    assert "conf/shops/online_retail/feeds/tills.yaml:" in wrong.err
    assert "Traceback" not in wrong.err
    assert lake("contracts", "lint", project=copy).code == 3
    assert lake("feeds", "validate", "tills", "--shop", "online_retail", project=copy).code == 3
    path.write_text(path.read_text().replace("entity: TODO", "entity: sales"))
    shop = copy / "conf/shops/online_retail/shop.yaml"
    right = shop.read_text()
    shop.write_text(right.replace("GBP", "XXQ"))
    invalid = lake("feeds", "validate", "sales", "--shop", "online_retail", project=copy)
    assert (invalid.code, len(invalid.err.splitlines())) == (3, 2)
    assert "shop.yaml:7: currency: unknown currency 'XXQ'" in invalid.err
    assert "tills.yaml:6: path: '{date}.csv' can match a file of feed 'sales'" in invalid.err
    shop.write_text(right)
    path.unlink()
    assert lake("feeds", "validate", "sales", "--shop", "online_retail", project=copy).code == 0
    sound = lake("contracts", "lint", project=copy)
    assert (sound.code, sound.out.endswith("warnings\n")) == (0, True)


def test_feeds_are_listed_and_shown(lake: Callable[..., Answer]) -> None:
    listed = lake("feeds", "list", "--shop", "online_retail")
    assert listed.out.splitlines()[0].split("\t")[:3] == ["online_retail", "sales", "{date}.csv"]
    shown = lake("feeds", "show", "sales", "--shop", "online_retail")
    assert "\nfeed: sales\n" in shown.out
    unknown = lake("feeds", "show", "sals", "--shop", "online_retail")
    assert (unknown.code, unknown.err) == (
        3,
        "shop 'online_retail' has no feed 'sals'; did you mean 'sales'?\n",
    )


@pytest.mark.parametrize(
    "command", ["contracts lint", "feeds list", "feeds show sales", "feeds validate sales", "feeds add x README.md"]
)
def test_a_shop_that_does_not_exist_is_told_with_those_that_do(command: str, lake: Callable[..., Answer]) -> None:
    answer = lake(*command.split(), "--shop", "onlin_retail")
    said = "no such shop 'onlin_retail'; conf/shops has chinook, complete_journey, demo, demo_csv, online_retail\n"
    assert (answer.code, answer.out, answer.err) == (2, "", said)


def test_files_in_landing_that_match_no_feed_are_named(copy: Path, lake: Callable[..., Answer]) -> None:
    landing = copy / "tests/data/landing/online_retail"
    (landing / "old").mkdir(parents=True)
    for name in ("2010-12-01.csv", "NOTICE.md", *(f"old/{n}.csv" for n in range(6)), "2010-13-01.csv"):
        (landing / name).touch()
    told = lake("feeds", "list", "--shop", "online_retail", project=copy).err
    names = "2010-13-01.csv, old/0.csv, old/1.csv, old/2.csv, old/3.csv and 2 more"
    assert told == f"online_retail: files in landing that match no feed: {names}\n"
    feed = copy / "conf/shops/online_retail/feeds/old.yaml"
    text = (copy / "conf/shops/online_retail/feeds/sales.yaml").read_text()
    other = text.replace("feed: sales", "feed: old\nenabled: false").replace('"{date}.csv"', '"old/*.csv"')
    feed.write_text(other.replace("load: append", "load: append\ncompleteness: {rule: marker}"))
    (landing / "old/0.csv.done").touch()
    told = lake("feeds", "list", "--shop", "online_retail", project=copy).err
    assert told == "online_retail: files in landing that match no feed: 2010-13-01.csv\n"
    feed.unlink()


def test_config_shows_where_a_value_came_from(lake: Callable[..., Answer]) -> None:
    shown = lake("config", "show", "--origin", "--root", "/tmp/elsewhere")
    line = next(line for line in shown.out.splitlines() if line.startswith("root ="))
    assert line.split("#") == ["root = /tmp/elsewhere".ljust(76), " command line"]


def test_a_drifted_rendering_is_found_and_mended(copy: Path, lake: Callable[..., Answer]) -> None:
    assert lake("ddl", "render", "--check", project=copy).code == 3
    assert lake("ddl", "render", project=copy).code == 0
    script = copy / "hive_ddl/spark/create_fct_sales.sql"
    assert lake("ddl", "render", "--check", project=copy).code == 0
    script.write_text(script.read_text() + "\n-- by hand\n")
    (copy / "hive_ddl/spark/create_gone.sql").write_text("")
    drifted = lake("ddl", "render", "--check", project=copy)
    assert drifted.err.startswith("hive_ddl/spark: not as rendered: create_fct_sales.sql, create_gone.sql;")
    assert lake("ddl", "render", project=copy).out.splitlines() == [
        "wrote hive_ddl/spark/create_fct_sales.sql",
        "removed hive_ddl/spark/create_gone.sql",
    ]


def test_a_usage_error_exits_with_two(lake: Callable[..., Answer]) -> None:
    assert lake("contracts", "frobnicate").code == 2
    assert lake("feeds", "add", "Bad-Name", "x.csv", "--shop", "online_retail").code == 2
