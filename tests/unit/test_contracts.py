"""Contracts: each broken configuration gives exactly its lines; the real ones are clean; loading is fast."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from lake.contracts.loading import list_shops, load_catalogue, load_tables
from lake.contracts.yaml_source import loader
from lake.errors import ContractError

PROJECT = Path(__file__).resolve().parents[2]
BROKEN = PROJECT / "tests" / "data" / "broken_configurations"
CASES = sorted(path.stem for path in (BROKEN / "cases").glob("*.yaml"))


@pytest.fixture
def corner(tmp_path: Path) -> Path:
    """A copy of the sound configuration; the project's folder."""
    shutil.copytree(BROKEN / "sound", tmp_path / "project")
    return tmp_path / "project"


def change(project: Path, edit: dict[str, str]) -> None:
    """Remove a file, replace its text, or replace one place in it."""
    path = project / edit["file"]
    if edit.get("remove"):
        path.unlink()
    elif "text" in edit:
        path.write_text(edit["text"], encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8")
        assert text.count(edit["find"]) == 1, f"{edit['find']!r} must stand once in {edit['file']}"
        path.write_text(text.replace(edit["find"], edit["replace"]), encoding="utf-8")


def test_the_configuration_that_the_cases_break_is_sound(corner: Path) -> None:
    catalogue = load_catalogue(corner / "conf", "corner")
    assert list(catalogue.tables) == ["dim_product", "fct_sales", "sales_by_product"]
    assert catalogue.warnings == ()


def test_there_are_at_least_thirty_broken_configurations() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES)
def test_a_broken_configuration_gives_exactly_its_problems(corner: Path, case: str) -> None:
    described = yaml.load((BROKEN / "cases" / f"{case}.yaml").read_text(encoding="utf-8"), loader())
    for edit in described["changes"]:
        change(corner, edit)
    with pytest.raises(ContractError) as caught:
        load_catalogue(corner / "conf", "corner")
    assert str(caught.value).splitlines() == described["problems"]


@pytest.mark.parametrize("shop", list_shops(PROJECT / "conf"))
def test_the_contracts_of_every_shop_have_no_problems(shop: str) -> None:
    load_catalogue(PROJECT / "conf", shop)


def test_tables_come_after_those_that_they_read() -> None:
    seen: set[str] = set()
    tables = load_tables(PROJECT / "conf")
    for name, table in tables.items():
        assert {item.name for item in table.inputs} & set(tables) <= seen
        seen.add(name)


def test_two_feeds_may_read_two_tables_of_one_database(corner: Path) -> None:
    described = yaml.load((BROKEN / "cases/one_table_of_a_database_for_two_feeds.yaml").read_text(), loader())
    for edit in described["changes"]:
        change(corner, edit | {"replace": edit["replace"].replace("table: lines", f"table: t{len(edit['replace'])}")})
    assert len(load_catalogue(corner / "conf", "corner").feeds) == 3


def test_an_unknown_shop_is_named_with_the_known_ones(corner: Path) -> None:
    with pytest.raises(ContractError, match="no shop 'coner'; did you mean 'corner'"):
        load_catalogue(corner / "conf", "coner")


def test_anchors_and_merges_are_allowed(corner: Path) -> None:
    feed = corner / "conf/shops/corner/feeds/sales.yaml"
    text = feed.read_text()
    text = text.replace("- {name: pieces, type: integer}", "- &whole {name: pieces, type: integer}")
    text = text.replace("- {name: line_no, type: integer}", "- {name: line_no, type: integer, trim: false}")
    text = text.replace("- {name: price, type: decimal}", "- {<<: *whole, name: price}")
    feed.write_text(text)
    columns = {column.name: column for column in load_catalogue(corner / "conf", "corner").feeds["sales"].columns}
    assert columns["price"].type == "integer"


def test_a_disabled_feed_stands_apart_and_claims_no_files(corner: Path) -> None:
    for edit in (
        {
            "file": "conf/shops/corner/feeds/visits.yaml",
            "find": "load: append",
            "replace": "load: append\nenabled: false",
        },
        {"file": "conf/shops/corner/feeds/visits.yaml", "find": "log/access_*.log", "replace": "till/*.csv"},
    ):
        change(corner, edit)
    catalogue = load_catalogue(corner / "conf", "corner")
    assert set(catalogue.feeds) == {"sales", "catalogue"}
    assert set(catalogue.disabled_feeds) == {"visits"}


def test_providers_follow_the_precedence(corner: Path) -> None:
    for order in (["catalogue", "sales"], ["sales", "catalogue"]):
        catalogue = load_catalogue(corner / "conf", "corner")
        assert [feed.feed for feed in catalogue.providers("products")] == order
        if order[0] == "catalogue":
            swap = {"find": "[catalogue, sales]", "replace": "[sales, catalogue]"}
            change(corner, {"file": "conf/shops/corner/shop.yaml", **swap})


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        ("      effective_at: sold_at\n", ""),
        ("      unit_price: price\n", "      net_amount: price\n"),
        ("      unit_price: price\n", "      gross_amount: price\n"),
        ("      order_line_id: concat_ws('-', till_no, line_no)\n", "    key: content\n"),
        (
            "      product_id: article\n      quantity: pieces\n    ",
            "      product_id: file_name\n      quantity: pieces\n    ",
        ),
    ],
    ids=["no effective_at", "net", "gross", "content key", "file_name"],
)
def test_what_cleanse_completes_need_not_be_mapped(corner: Path, find: str, replace: str) -> None:
    path = corner / "conf/shops/corner/feeds/sales.yaml"
    text = path.read_text()
    if "key: content" in replace:  # a key of the item, not of its columns
        text = text.replace("    when: pieces > 0\n", f"    when: pieces > 0\n{replace}").replace(find, "")
    else:
        text = text.replace(find, replace, 1)
    assert text != path.read_text()
    path.write_text(text.replace("unit_price > 0", "quantity > 0"))
    load_catalogue(corner / "conf", "corner")


@pytest.mark.parametrize(
    ("file", "find", "replace", "differs"),
    [
        ("conf/shops/corner/feeds/sales.yaml", "pieces > 0", "pieces > 1", True),
        ("conf/entities/returns.yaml", "true, description: Units", "false, description: Units", True),
        ("conf/shops/corner/shop.yaml", "Europe/Paris", "Europe/Berlin", True),
        ("conf/shops/corner/feeds/sales.yaml", "Till lines, sales and returns, one file a day.", "Till lines", False),
        ("conf/shops/corner/feeds/sales.yaml", "path:", "# a comment\npath:", False),
        ("conf/entities/visits.yaml", "required: true, description: Path", "description: Path", False),
    ],
)  # fmt: skip
def test_a_fingerprint_changes_with_what_cleanse_obeys(
    corner: Path, file: str, find: str, replace: str, differs: bool
) -> None:
    before = load_catalogue(corner / "conf", "corner")
    change(corner, {"file": file, "find": find, "replace": replace})
    after = load_catalogue(corner / "conf", "corner")
    sales = before.fingerprint(before.feeds["sales"]) != after.fingerprint(after.feeds["sales"])
    assert sales == differs


def test_a_column_that_nothing_uses_is_a_warning(corner: Path) -> None:
    feed = "conf/shops/corner/feeds/sales.yaml"
    change(corner, {"file": feed, "find": "version_by:", "replace": "  - {name: cashier}\nversion_by:"})
    catalogue = load_catalogue(corner / "conf", "corner")
    warning = f"{feed}:15: columns[6].name: column 'cashier' is read and kept in raw, but nothing uses it"
    assert [str(warning) for warning in catalogue.warnings] == [warning]


def test_a_row_that_no_newer_version_can_take_away_is_a_warning(corner: Path) -> None:
    feed = "conf/shops/corner/feeds/sales.yaml"
    change(corner, {"file": feed, "find": "load: append", "replace": "load: upsert"})
    catalogue = load_catalogue(corner / "conf", "corner")
    place = f"{feed}:31: provides[1].when: upsert with when: on returns: "
    assert [str(warning).startswith(place) for warning in catalogue.warnings] == [True]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"load: append": "load: upsert", "till/{date}.csv": "till/*.csv", "version_by: line_no\n": ""}, ["path"]),
        ({"load: append": "load: upsert", "till/{date}.csv": "till/*.csv"}, []),
        ({"load: append": "load: upsert", "version_by: line_no\n": ""}, []),
        (
            {
                "load: append": "load: upsert", "      order_line_id: concat_ws('-', till_no, line_no)\n": "",
                "    when: pieces > 0\n": "    key: content\n",
                "  - entity: returns\n    route: line\n    when: pieces <= 0\n    key: content\n    columns:\n"
                "      returned_at: sold_at\n      product_id: article\n      quantity: pieces\n": "",
            },
            ["provides[0].key"],
        ),
    ],
    ids=["no version and no date", "a version", "a date", "a key of the whole record"],
)  # fmt: skip
def test_versions_that_nothing_tells_apart_are_a_warning(
    corner: Path, changes: dict[str, str], places: list[str]
) -> None:
    feed = "conf/shops/corner/feeds/sales.yaml"
    for find, replace in changes.items():
        change(corner, {"file": feed, "find": find, "replace": replace})
    told = [str(warning) for warning in load_catalogue(corner / "conf", "corner").warnings]
    mine = [warning.split(": ")[1] for warning in told if "upsert with when:" not in warning and ": upsert " in warning]
    assert mine == places, told


def test_a_literal_that_is_no_word_of_its_column_is_a_warning(corner: Path) -> None:
    entity, feed = "conf/entities/order_lines.yaml", "conf/shops/corner/feeds/sales.yaml"
    currency = next(line for line in (corner / entity).read_text().splitlines() if "name: currency," in line)
    words = currency.replace("type:", "allowed: [eur, usd], type:")
    change(corner, {"file": entity, "find": currency, "replace": words})
    edit = "case when pieces = 1 then 'EUR' when pieces = 2 then 'usd' when price > 1 then 'CHF' else article end"
    change(corner, {"file": feed, "find": "      currency: \"'EUR'\"", "replace": f"      currency: {edit}"})
    told = sorted(str(warning) for warning in load_catalogue(corner / "conf", "corner").warnings)
    place = f"{feed}:26: provides[0].columns.currency: "
    assert told == [
        f"{place}'CHF' is no word of order_lines.currency; known are eur, usd",
        f"{place}'EUR' is no word of order_lines.currency; did you mean 'eur'?",
    ]
