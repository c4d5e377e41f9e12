"""The scaffold of a feed: what is proposed for a sample file."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
import yaml

from lake.contracts.feed import Feed
from lake.contracts.onboarding.scaffold import column_name, feed_scaffold, landing_path
from lake.errors import SourceError


def scaffold(path: Path) -> dict[str, object]:
    """The proposal's values, without its TODOs."""
    text = feed_scaffold("sales", path).replace("entity: TODO", "entity: order_lines")
    content = yaml.safe_load(text)
    Feed.model_validate(content)
    return dict(content)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/sales_2024-01-05.csv", "a/sales_{date}.csv"),
        ("sales_20240105_2.csv", "sales_{date:yyyyMMdd}_2.csv"),
        ("sales_2024-01.csv", "sales_{date:yyyy-MM}.csv"),
        ("sales_202401.csv", "sales_{date:yyyyMM}.csv"),
        ("2024/sales.csv", "{date:yyyy}/sales.csv"),
        ("sales_202413.csv", "sales_202413.csv"),
        ("sales_3024.csv", "sales_3024.csv"),
        ("batch_12024.csv", "batch_12024.csv"),
    ],
)
def test_the_date_of_a_file_name_becomes_a_placeholder(name: str, path: str) -> None:
    assert landing_path(name) == path


def test_a_delimited_file_gives_its_columns_with_types(tmp_path: Path) -> None:
    path = tmp_path / "sales_20240105.csv"
    path.write_bytes(
        "OrderNo;Größe;Preis;Datum;IDKunde;Leer\n1;XL;1,50;05.01.2024;17850.0;\n2;M;2;06.01.2024;;\n".encode("cp1252")
    )
    content = scaffold(path)
    assert content["path"] == "sales_{date:yyyyMMdd}.csv"
    assert content["format"] == {"kind": "csv", "delimiter": ";", "encoding": "windows-1252"}
    assert content["numbers"] == {"decimal": ","}
    assert content["columns"] == [
        {"name": "order_no", "source": "OrderNo", "type": "integer"},
        {"name": "gr_e", "source": "Größe"},
        {"name": "preis", "source": "Preis", "type": "decimal"},
        {"name": "datum", "source": "Datum", "type": "date", "formats": ["dd.MM.yyyy"]},
        {"name": "id_kunde", "source": "IDKunde", "type": "id"},
        {"name": "leer", "source": "Leer"},
    ]


def test_a_number_with_the_other_decimal_mark_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("price;weight;units\n4,50;1.5;2\n5,00;2;3\n")
    content = scaffold(path)
    assert content["numbers"] == {"decimal": ","}
    assert [(c["name"], c.get("type")) for c in content["columns"]] == [  # type: ignore[attr-defined]
        ("price", "decimal"),
        ("weight", None),
        ("units", "integer"),
    ]
    path.write_text("price,units\n4.50,2\n")
    assert "numbers" not in scaffold(path)


def test_digits_after_a_leading_zero_are_no_number(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("zip,rate,phone\n01037,0.5,0049\n11850,0,0033\n")
    found = [(column["name"], column.get("type")) for column in scaffold(path)["columns"]]  # type: ignore[attr-defined]
    assert found == [("zip", None), ("rate", "decimal"), ("phone", None)]


def test_digits_that_name_something_are_no_number_and_a_whole_price_is_one(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("id,product_id,Customer ID,sku,price,units\n1,7,13085.0,100,5.0,2\n2,8,,200,12.0,3\n")
    found = [(column["name"], column.get("type")) for column in scaffold(path)["columns"]]  # type: ignore[attr-defined]
    identities = [(name, "id") for name in ("id", "product_id", "customer_id", "sku")]
    assert found == [*identities, ("price", "decimal"), ("units", "integer")]


def test_fields_that_are_null_throughout_are_declared_too(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    paid = {"no": "a", "paid_at": None}
    path.write_text("\n".join(map(json.dumps, [paid | {"buyer": None}, paid | {"buyer": {"city": None}, "x": {}}])))
    found = [(column["name"], column.get("source")) for column in scaffold(path)["columns"]]  # type: ignore[attr-defined]
    assert found == [("field_no", "no"), ("paid_at", None), ("buyer_city", "buyer.city"), ("x", None)]


def test_json_lines_give_dotted_paths(tmp_path: Path) -> None:
    path = tmp_path / "2024-01-05.json.gz"
    lines = [{"id": "a", "buyer": {"city": "Köln"}, "tags": [1]}, {"id": "b", "paid": True}]
    path.write_bytes(gzip.compress("\n".join(json.dumps(line) for line in lines).encode()))
    content = scaffold(path)
    assert content["path"] == "{date}.json.gz"
    assert content["format"] == {"kind": "json", "layout": "lines"}
    assert content["columns"] == [
        {"name": "id"},
        {"name": "buyer_city", "source": "buyer.city"},
        {"name": "tags", "type": "json"},
        {"name": "paid", "type": "boolean"},
    ]


def test_a_json_document_gives_the_path_of_its_records(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps({"made": "2024-01-05", "articles": [{"code": "x"}]}, indent=1))
    content = scaffold(path)
    assert content["format"] == {"kind": "json", "layout": "document", "records": "articles"}
    assert content["columns"] == [{"name": "code"}]


@pytest.mark.parametrize(
    ("content", "layout", "columns"),
    [
        ([{"id": 1}, {"id": 2}], {"layout": "document"}, ["id"]),
        ({"orders": [{"id": 1}]}, {"layout": "document", "records": "orders"}, ["id"]),
        ({"errors": [], "orders": [{"id": 1}, {"id": 2}]}, {"layout": "document", "records": "orders"}, ["id"]),
        ({"id": 1, "total": "2.50", "line_items": [{"sku": "x"}]}, {"layout": "lines"}, ["id", "total", "line_items"]),
    ],
)
def test_one_line_of_json_is_a_document_or_a_record(
    tmp_path: Path, content: object, layout: dict[str, str], columns: list[str]
) -> None:
    path = tmp_path / "page.json"
    path.write_text(json.dumps(content))
    found = scaffold(path)
    assert found["format"] == {"kind": "json", **layout}
    assert [column["name"] for column in found["columns"]] == columns  # type: ignore[attr-defined]


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_with_its_mark_is_text(tmp_path: Path, order: str) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes("\ufeffartikel;größe\n1;ü\n".encode(order))
    content = scaffold(path)
    assert content["format"] == {"kind": "csv", "delimiter": ";", "encoding": "utf-16"}
    assert content["columns"][0] == {"name": "artikel", "type": "integer"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("values", "proposed", "other"),
    [
        (["11/15/2014", "12/31/2014"], ("date", "MM/dd/yyyy"), ""),
        (["15/11/2014", "01/12/2014"], ("date", "dd/MM/yyyy"), ""),
        (["1/3/2014", "12/4/2014"], ("date", "d/M/yyyy"), "M/d/yyyy"),
        (["01/03/2014"], ("date", "dd/MM/yyyy"), "MM/dd/yyyy"),
        (["1/13/2014 8:05", "1/3/2014 10:05:09"], ("timestamp", "M/d/yyyy H:mm[:ss]"), ""),
        (["15-11-2014 08:05"], ("timestamp", "dd-MM-yyyy HH:mm[:ss]"), ""),
        (["1.3.2014"], ("date", "d.M.yyyy"), ""),
        (["15/11/2014", "11/15/2014"], (None, None), ""),
        (["31/02/2014"], (None, None), ""),
        (["15/11/2014", "15/11/2014 08:05"], (None, None), ""),
    ],
)
def test_a_pattern_of_dates_is_proposed_only_if_all_values_fit(
    tmp_path: Path, values: list[str], proposed: tuple[str | None, str | None], other: str
) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(["sold;other", *(f"{value};x" for value in values)]))
    (column, _) = scaffold(path)["columns"]  # type: ignore[misc]
    assert (column.get("type"), column.get("formats", [None])[0]) == proposed
    comment = feed_scaffold("sales", path).split("name: sold")[1].split("\n")[0]
    assert ("fits as well" in comment, other in comment) == (bool(other), True)


@pytest.mark.parametrize(
    ("first", "second", "types", "why"),
    [
        ("7,A,2024-01-05", "8,B,2024-01-06", ["integer", None, "date"], "7 is no name"),
        ("A,A,x", "B,C,y", [None, None, None], "'A' stands twice in it"),
        ("A,1/3/2014", "B,1/4/2014", [None, "date"], "1/3/2014 is no name"),
    ],
)
def test_a_first_line_that_cannot_name_columns_is_a_record(
    tmp_path: Path, first: str, second: str, types: list[str | None], why: str
) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(f"{first}\n{second}\n")
    content = scaffold(path)
    assert content["format"] == {"kind": "csv", "header": False}
    columns: list[dict[str, str]] = content["columns"]  # type: ignore[assignment]
    assert [column["name"] for column in columns] == [f"field_{n}" for n in range(1, len(types) + 1)]
    assert [column.get("type") for column in columns] == types
    text = feed_scaffold("sales", path)
    assert why in text and f"# e.g. {first.split(',')[0]}" in text


ACCESS = [
    '10.0.0.1 - - [05/Jan/2024:10:00:01 +0100] "GET /a,b HTTP/1.1" 200 -',
    '10.0.0.2 - bob [05/Jan/2024:10:00:02 +0100] "GET / HTTP/1.1" 404 12 "-" "Mozilla/5.0 (X11, like Gecko)"',
]


@pytest.mark.parametrize("lines", [ACCESS, ACCESS[::-1]])
def test_an_access_log_is_text_with_a_pattern(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "access_2024-01-05.log"
    path.write_text("\n".join(lines))
    content = scaffold(path)
    pattern = content["format"]["pattern"]  # type: ignore[index]
    assert content["columns"] == [
        {"name": "host"},
        {"name": "user"},
        {"name": "at", "type": "timestamp", "formats": ["dd/MMM/yyyy:HH:mm:ss Z"]},
        {"name": "request"},
        {"name": "status", "type": "integer"},
        {"name": "bytes", "type": "integer"},
        {"name": "referrer"},
        {"name": "agent"},
    ]
    assert [bool(re.fullmatch(pattern, line)) for line in lines] == [True, True]
    assert "2 of the first 2 lines fit" in feed_scaffold("sales", path)


def test_a_line_of_another_log_is_no_name_of_a_column(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    line = "INFO " + "order shipped by nobody " * 4
    path.write_text(f"{line}\n{line}\n")
    with pytest.raises(SourceError, match="`kind: text` with a pattern reads lines of a log"):
        feed_scaffold("sales", path)
    path.write_text(f"{line};how satisfied are you\n1;2\n")
    assert len(scaffold(path)["columns"][0]["name"]) <= 63  # type: ignore[index]
    assert "`kind: text` with a pattern reads lines of a log" in feed_scaffold("sales", path)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"{broken"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError):
        feed_scaffold("sales", path)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("CustomerID", "customer_id"),
        ("order no.", "order_no"),
        ("HTTPStatus", "http_status"),
        ("2nd", "field_2nd"),
    ],
)
def test_a_field_name_becomes_a_column_name(source: str, name: str) -> None:
    assert column_name(source) == name
