"""The scaffold of a feed: what is proposed for a sample file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import yaml

from lake.contracts.feed import Feed
from lake.contracts.scaffold import column_name, feed_scaffold
from lake.errors import SourceError


def scaffold(path: Path) -> dict[str, object]:
    """The proposal's values, without its TODOs."""
    text = feed_scaffold("sales", path).replace("entity: TODO", "entity: order_lines")
    content = yaml.safe_load(text)
    Feed.model_validate(content)
    return dict(content)


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
