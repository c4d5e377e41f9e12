"""The feed desk: feeds enabled, disabled, removed and compared with landing and databases; who owns them."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from lake.cli import main
from lake.contracts.feed import Feed
from lake.contracts.loading import check_shop, load_catalogue
from lake.contracts.onboarding.edits import with_enabled
from lake.contracts.onboarding.scaffold_tables import TableShape, jdbc_scaffold, sqlite_scaffold, sqlite_tables
from lake.contracts.onboarding.sync import compare_connection, compare_landing
from lake.errors import ContractError, LockedError, SourceError
from lake.pipelines import purge
from lake.pipelines import run as runs

PROJECT = Path(__file__).resolve().parents[2]

FEED = """\
# yaml-language-server: $schema=../../../schema/feed.json
feed: {feed}
description: >
  A feed of a test,
  enabled: not this one
owner: {feed} team  # asks back
path: "{path}"
load: append
format: {format}
columns:
  - {{name: id, type: id}}
provides:
  - {{entity: {entity}, route: {feed}, columns: {{{key}: id}}}}
"""
SHOP = """\
# yaml-language-server: $schema=../../schema/shop.json
shop: desk
title: Desk
landing: landing
ignored: [NOTICE.md, "*.sqlite#scratch"]
currency: EUR
time_zone: Europe/Paris
precedence: {customers: [members, guests]}
"""


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Desk:
    """A project of its own with one shop, and the command run in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.monkeypatch, self.capsys = folder, monkeypatch, capsys
        (folder / "conf/entities").mkdir(parents=True)
        for entity in ("customers", "products", "categories"):
            shutil.copy(PROJECT / f"conf/entities/{entity}.yaml", folder / "conf/entities")
        (folder / "conf/tables").mkdir()
        (folder / "landing/old").mkdir(parents=True)
        self.feeds = folder / "conf/shops/desk/feeds"
        self.feeds.mkdir(parents=True)
        (self.feeds.parent / "shop.yaml").write_text(SHOP)
        self.feed("members", "members_{date}.csv", "customers", "customer_id")
        self.feed("guests", "old/guests_{date}.csv", "customers", "customer_id")
        self.feed("shelves", "*.sqlite", "products", "product_id", "{kind: sqlite, table: shelves}")

    def feed(self, feed: str, path: str, entity: str, key: str, form: str = "{kind: csv}") -> None:
        text = FEED.format(feed=feed, path=path, entity=entity, key=key, format=form)
        (self.feeds / f"{feed}.yaml").write_text(text)

    def git(self, *words: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *who, *words], cwd=self.folder, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "state")

    def precedence(self, *feeds: str) -> None:
        path = self.feeds.parent / "shop.yaml"
        wanted = f"precedence: {{customers: [{', '.join(feeds)}]}}\n" if feeds else ""
        path.write_text("".join(line for line in SHOP.splitlines(True) if "precedence" not in line) + wanted)

    def lake(self, *arguments: str) -> Answer:
        main.add_nouns()
        for module in ("project", "feeds"):
            self.monkeypatch.setattr(f"lake.cli.{module}.PROJECT", self.folder)
        self.monkeypatch.setattr(sys, "argv", ["lake", "feeds", *arguments, "--shop", "desk"])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main.main()
            sys.exit(0)
        shown = self.capsys.readouterr()
        return Answer(int(left.value.code or 0), shown.out, shown.err)

    def text(self, feed: str) -> str:
        return (self.feeds / f"{feed}.yaml").read_text()

    def land(self, name: str, *lines: str) -> None:
        path = self.folder / "landing" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))

    def land_tables(self, name: str, script: str) -> Path:
        path = self.folder / "landing" / name
        path.unlink(missing_ok=True)
        database = sqlite3.connect(path)
        database.executescript(script)
        database.close()
        return path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, monkeypatch, capsys)


def test_a_feed_is_disabled_and_enabled_by_one_line_of_its_file(desk: Desk) -> None:
    before = desk.text("shelves")
    disabled = desk.lake("disable", "shelves")
    assert (disabled.code, disabled.err) == (0, "")
    assert "leaves cleansed, curated and the published counts with the next run" in disabled.out
    assert "  products: nobody provides it\n" in disabled.out
    assert desk.text("shelves") == before.replace("feed: shelves\n", "feed: shelves\nenabled: false\n")
    assert "desk\tshelves\t*.sqlite#shelves\tappend\tproducts\tdisabled\tshelves team\n" in desk.lake("list").out
    assert "disabled already" in desk.lake("disable", "shelves").out
    enabled = desk.lake("enable", "shelves")
    assert (enabled.code, "cleanses all of its records in raw anew" in enabled.out) == (0, True)
    assert desk.text("shelves") == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("feed: x\nload: append\n", "feed: x\nenabled: false\nload: append\n"),
        ("feed: x # why\r\nload: append\r\n", "feed: x # why\nenabled: false\nload: append\n"),
        ("feed: x\nenabled: true  # until May\nload: append\n", "feed: x\nenabled: false  # until May\nload: append\n"),
        ("enabled:   yes\nfeed: x\n", "enabled:   false\nfeed: x\n"),
    ],
)
def test_the_line_is_found_with_its_comment(before: str, after: str) -> None:
    disabled = with_enabled(before, False, "x.yaml")
    assert disabled.replace("\r\n", "\n") == after
    again = with_enabled(disabled, True, "x.yaml")
    assert yaml.safe_load(again).get("enabled", True) is True
    if "#" in before and "enabled" in before:
        assert again == before


def test_a_file_whose_line_cannot_be_told_is_left_alone() -> None:
    for text in ("{feed: x, load: append}\n", "feed: x\ndescription: |\n  a\nenabled: &a true\nother: *a\n"):
        with pytest.raises(ContractError, match=r"x.yaml: write `enabled: false` yourself"):
            with_enabled(text, False, "x.yaml")


def test_what_would_not_pass_the_linter_is_refused_and_nothing_is_written(desk: Desk) -> None:
    before = desk.text("guests")
    for change in ("disable", "remove"):
        refused = desk.lake(change, "guests")
        assert refused.code == 3
        assert "would leave problems; mend these first" in refused.err
        assert "shop.yaml:8: precedence.customers[1]: no feed 'guests' provides 'customers'" in refused.err
        assert desk.text("guests") == before
    desk.precedence("members")
    assert "customers: provided by members" in desk.lake("disable", "guests").out
    refused = desk.lake("enable", "guests")
    assert (refused.code, "list them all, the strongest first" in refused.err) == (3, True)
    unknown = desk.lake("disable", "guest")
    assert (unknown.code, unknown.err) == (3, "shop 'desk' has no feed 'guest'; did you mean 'guests'?\n")


def test_a_file_is_removed_only_when_git_has_it(desk: Desk) -> None:
    desk.git("init", "-q")
    desk.commit()
    path = desk.feeds / "shelves.yaml"
    path.write_text(desk.text("shelves") + "# changed\n")
    refused = desk.lake("remove", "shelves")
    assert (refused.code, path.exists()) == (3, True)
    assert refused.err.startswith("conf/shops/desk/feeds/shelves.yaml has changes that are not committed;")
    desk.commit()
    removed = desk.lake("remove", "shelves")
    assert (removed.code, path.exists()) == (0, False)
    assert "raw keeps its records" in removed.out and "products: nobody provides it" in removed.out
    desk.git("checkout", "--", ".")
    assert path.exists(), "git is the journal"

    (desk.folder / ".gitignore").write_text("new.yaml\n")
    for name in ("new", "newer"):
        desk.feed(name, f"{name}.csv", "categories", "category_id")
        assert desk.lake("remove", name).code == 3, "git never had it, ignored or not"
        assert desk.lake("remove", name, "--force").code == 0
        assert not (desk.feeds / f"{name}.yaml").exists()
    shutil.rmtree(desk.folder / ".git")
    assert "not under version control" in desk.lake("remove", "shelves").err


@pytest.mark.parametrize("name", ["shel*", "she[l]ves", "shelve?", "*", "../feeds/shelves"])
def test_a_pattern_is_no_feed_and_removes_nothing(desk: Desk, name: str) -> None:
    before = sorted(desk.feeds.iterdir())
    refused = desk.lake("remove", name, "--force")
    assert (refused.code, sorted(desk.feeds.iterdir())) == (3, before)
    assert f"has no feed '{name}'" in refused.err


def test_a_broken_file_can_be_removed(desk: Desk) -> None:
    (desk.feeds / "shelves.yaml").write_text("feed: [\n")
    assert desk.lake("disable", "shelves").code == 3
    assert desk.lake("remove", "shelves", "--force").code == 0
    assert check_shop(desk.folder / "conf", "desk")[1] == []
    (desk.feeds / "guests.yaml").write_text("feed: [\n")
    refused = desk.lake("remove", "guests", "--force")
    assert (refused.code, "no feed 'guests' provides 'customers'" in refused.err) == (3, True)


def test_a_purge_follows_the_removal_and_is_taken_up_again_without_the_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    purged: list[tuple[str, bool]] = []

    @contextmanager
    def opened(job: str, arguments: Namespace) -> Iterator[str]:
        if not purged:
            purged.append((job, (desk.feeds / "shelves.yaml").exists()))
            raise LockedError("another run writes")
        yield arguments.shop

    def purge_feed(shop: str, feed: str) -> list[str]:
        purged.append((f"{feed} of {shop}", False))
        return ["2 deliveries with 3 records"]

    monkeypatch.setattr(runs, "opened", opened)
    monkeypatch.setattr(purge, "purge_feed", purge_feed)
    locked = desk.lake("remove", "shelves", "--purge", "--force")
    assert (locked.code, locked.err, purged) == (6, "another run writes\n", [("feeds remove", False)])
    assert desk.lake("remove", "shelves").code == 3, "without --purge there is nothing left to do"
    done = desk.lake("remove", "shelves", "--purge")
    assert (done.code, done.out) == (0, "purged shelves of desk\n  2 deliveries with 3 records\n")
    assert purged[1:] == [("shelves of desk", False)]


ARTICLES = """
create table article (IdArticle integer primary key, title text, price numeric, sold_at datetime, photo blob);
create table article_keys (IdArticle integer primary key);
create table key_scope (table_name text primary key, first_key integer);
create table stock (place text, article_id text, units int, primary key (article_id, place));
insert into article values (7, 'Größe', 2.5, '2024-01-05 10:00:00', x'00'), (8, null, 3, null, null);
"""


def test_sync_says_what_no_feed_reads_and_writes_nothing(desk: Desk) -> None:
    desk.land("members_2024-01-01.csv", "id", "1")
    desk.land("NOTICE.md", "x")
    desk.land("sales_20240102.csv", "id;price", "1;2,50")
    desk.land("sales_20240103.csv", "id;price;note", "1;2,50;x")
    desk.land("members_2024-02-30.csv", "id", "1")
    desk.land("old/2024-01-01.json", '{"id": 1}')
    desk.land("logo.png", "x")
    desk.land_tables("till.sqlite", "create table shelves (id integer); create table scratch (id);" + ARTICLES)
    before = {path: path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()}
    planned = desk.lake("sync")
    assert (planned.code, planned.err) == (0, "")
    assert planned.out.splitlines() == [
        "missing\ttable article of till.sqlite: no feed reads it; proposed: article",
        "missing\ttable stock of till.sqlite: no feed reads it; proposed: stock",
        "missing\told/2024-01-01.json: no feed reads it; proposed: old",
        "missing\tsales_20240103.csv: no feed reads it; proposed: sales",
        "absent\tguests: no file in landing matches old/guests_{date}.csv",
        "unknown\tlogo.png: its kind is not known by its name; add a feed by hand or list it in `ignored:`",
        "unknown\tmembers_2024-02-30.csv: there is no such date; mend its name",
        "nothing was written; lake feeds sync --shop desk --apply does it",
    ]
    assert {path: path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()} == before


def test_sync_scaffolds_the_missing_and_disables_what_has_no_table(desk: Desk) -> None:
    desk.precedence()
    (desk.feeds / "guests.yaml").unlink()
    desk.land_tables("till.sqlite", "create table other (other_id int, label text, updated_at text)")
    desk.land("old/sales_20240102.csv", "id;price", "1;2,50")
    told = desk.lake("sync", "--apply").out
    assert "gone\tshelves: till.sqlite has no table shelves\n  disabled;" in told
    assert "absent\tmembers: no file" in told and "enabled: false" not in desk.text("members"), "absence is no reason"
    assert "enabled: false" in desk.text("shelves")
    sales, other = (yaml.safe_load(desk.text(name)) for name in ("sales", "other"))
    assert sales["path"] == "old/sales_{date:yyyyMMdd}.csv"
    assert other["format"] == {"kind": "sqlite", "table": "other"}
    for feed, entity in (("sales", "order_lines"), ("other", "products")):
        text = desk.text(feed).replace("entity: TODO", f"entity: {entity}")
        Feed.model_validate(yaml.safe_load(text))
    for name in ("sales", "other"):
        (desk.feeds / f"{name}.yaml").unlink()
    (desk.folder / "landing/old/sales_20240102.csv").unlink()
    desk.land_tables("till.sqlite", "create table shelves (id)")
    told = desk.lake("sync", "--apply", "--absent").out
    assert "gone\tmembers: no file in landing" in told and "enabled: false" in desk.text("members")
    (desk.folder / "landing/till.sqlite").unlink()
    assert (desk.lake("sync").code, desk.lake("sync", "--absent").code) == (0, 5)
    shutil.rmtree(desk.folder / "landing")
    assert desk.lake("sync").code == 5


def test_sync_is_silent_where_all_agree(desk: Desk) -> None:
    desk.land("members_2024-01-01.csv")
    desk.land("old/guests_2024-01-01.csv")
    desk.land_tables("a.sqlite", "create table other (id)")
    desk.land_tables("b.sqlite", "create table shelves (id)")
    assert desk.lake("sync").out == "desk: feeds, landing and databases agree\n", "the newest file tells"


def test_tables_of_a_database_are_compared_without_regard_to_the_usual_schema(desk: Desk) -> None:
    desk.feed("erp_orders", "", "categories", "category_id")
    text = desk.text("erp_orders").replace('path: ""\n', "").replace("load: append", "load: upsert")
    form = "{kind: jdbc, connection: erp, table: public.Orders, key: [id], mark: id}"
    (desk.feeds / "erp_orders.yaml").write_text(text.replace("{kind: csv}", form))
    shop = desk.feeds.parent / "shop.yaml"
    erp = '"jdbc:postgresql://erp.example/erp", user: r, password_env: ERP'
    ignored = shop.read_text().replace("#scratch", '#scratch", "erp#*_log')
    shop.write_text(f"{ignored}connections: {{erp: {{url: {erp}}}}}\n")
    catalogue = load_catalogue(desk.folder / "conf", "desk")
    found = compare_connection("erp", ["orders", "sales.lines", "audit_log", "odd name"], catalogue, ["lines"])
    assert [missing.text() for missing in found.missing] == [
        "table sales.lines of erp: no feed reads it; proposed: lines_2"
    ]
    assert (found.gone, len(found.strays)) == ({}, 1)
    assert compare_connection("erp", [], catalogue).gone == {"erp_orders": "erp has no table public.Orders"}
    desk.lake("disable", "erp_orders")
    assert compare_connection("erp", [], load_catalogue(desk.folder / "conf", "desk")).gone == {}


def test_a_table_gives_its_columns_types_key_and_key_list(desk: Desk) -> None:
    path = desk.land_tables("shop_2024-01-05.sqlite", ARTICLES)
    assert sqlite_tables(path) == ["article", "article_keys", "key_scope", "stock"]
    content = yaml.safe_load(sqlite_scaffold("articles", path, "daily/shop_2024-01-05.sqlite", "article"))
    assert content["path"] == "daily/shop_{date}.sqlite"
    assert (content["load"], content["format"]) == ("upsert", {"kind": "sqlite", "table": "article"})
    assert content["keys"] == {"table": "article_keys", "columns": ["id_article"], "scope": {"table": "key_scope"}}
    assert content["columns"] == [
        {"name": "id_article", "source": "IdArticle", "type": "id"},
        {"name": "title"},
        {"name": "price", "type": "decimal"},
        {"name": "sold_at", "type": "timestamp"},
        {"name": "photo"},
    ]
    text = sqlite_scaffold("stock", path, "shop_2024-01-05.sqlite", "stock")
    assert "# the table's key: article_id, place\n" in text
    stock = yaml.safe_load(text)
    assert (stock["load"], "keys" in stock) == ("snapshot", False)
    assert [(c["name"], c.get("type")) for c in stock["columns"]] == [
        ("place", "id"), ("article_id", "id"), ("units", "integer")
    ]  # fmt: skip
    whole = yaml.safe_load(sqlite_scaffold("articles", path, "shop.sqlite", "article"))
    assert (whole["load"], "keys" in whole) == ("snapshot", False), "a list judges rows of earlier dates"
    with pytest.raises(SourceError, match="has no table nothing; known are "):
        sqlite_scaffold("nothing", path, "shop.sqlite", "nothing")
    desk.land("broken.sqlite", "no database")
    with pytest.raises(SourceError, match="not a database"):
        sqlite_tables(desk.folder / "landing/broken.sqlite")


def test_a_table_of_a_database_gives_its_columns_key_and_mark() -> None:
    columns = {"Id": "bigint", "note": "character varying", "paid": "numeric", "changedAt": "timestamp with time zone"}
    text = jdbc_scaffold("orders", "erp", TableShape("sales.orders", columns, ["Id"]))
    content = yaml.safe_load(text.replace("entity: TODO", "entity: orders"))
    Feed.model_validate(content)
    assert content["format"] == {
        "kind": "jdbc", "connection": "erp", "table": "sales.orders", "key": ["id"], "mark": "changed_at"
    }  # fmt: skip
    assert [(c["name"], c.get("type")) for c in content["columns"]] == [
        ("id", "id"), ("note", None), ("paid", "decimal"), ("changed_at", "timestamp")
    ]  # fmt: skip
    unknown = jdbc_scaffold("x", "erp", TableShape("x", {"a": "point"}))
    assert "key: [TODO], mark: TODO" in unknown and "- {name: a}" in unknown


def test_add_takes_a_table_and_the_place_of_the_sample_in_landing(desk: Desk) -> None:
    path = desk.land_tables("old/shop_2024-01-05.sqlite", ARTICLES)
    assert desk.lake("add", "articles", str(path), "--table", "article").code == 0
    assert yaml.safe_load(desk.text("articles"))["path"] == "old/shop_{date}.sqlite"
    assert desk.lake("add", "prices", str(path), "--table", "price").code == 4


def test_owner_and_retention_are_checked_and_shown(desk: Desk) -> None:
    path = desk.feeds / "members.yaml"
    text = path.read_text()
    path.write_text(text.replace("load: append", "load: append\nretention_days: 30"))
    with_days, without = load_catalogue(desk.folder / "conf", "desk"), desk.lake("show", "guests").out
    assert "retention_days: null" in without and "owner: guests team" in without
    assert "retention_days: 30" in desk.lake("show", "members").out
    path.write_text(text.replace("members team", '" "'))
    assert "members.yaml:6: owner: is empty; name the team" in desk.lake("validate", "members").err
    path.write_text(text.replace("load: append", "load: append\nretention_days: 0"))
    assert "members.yaml:9: retention_days:" in desk.lake("validate", "members").err
    path.write_text(text)
    plain = load_catalogue(desk.folder / "conf", "desk")
    assert with_days.fingerprint(with_days.feeds["members"]) == plain.fingerprint(plain.feeds["members"])


def test_every_key_of_the_comparison_is_by_name_alone(desk: Desk) -> None:
    """No file is opened but the databases that feeds read or nobody reads."""
    catalogue = load_catalogue(desk.folder / "conf", "desk")
    asked: list[str] = []

    def tables(name: str) -> Callable[..., None] | list[str]:
        asked.append(name)
        return ["shelves"]

    names = ["a.sqlite", "b.sqlite", "x.db", "members_2024-01-01.csv", "we{ird}.csv"]
    found = compare_landing(names, catalogue, tables)  # type: ignore[arg-type]
    assert asked == ["b.sqlite", "x.db"]
    assert [missing.feed for missing in found.missing] == ["shelves_2"]
    assert found.strays == ["we{ird}.csv: a `path` cannot spell its name; rename it, or list it in `ignored:`"]
