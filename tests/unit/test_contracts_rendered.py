"""What is rendered from contracts is committed as rendered: JSON Schemas, docs/model.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lake.contracts.loading import list_shops, load_catalogue, load_tables
from lake.contracts.rendering.diagrams import model_document
from lake.contracts.rendering.schemas import rendered_schemas
from lake.contracts.rendering.transformations import transformation_documents
from lake.generator.demo_shop import refused_records

PROJECT = Path(__file__).resolve().parents[2]
FILES = sorted((PROJECT / "conf").rglob("*.yaml"))


def test_the_committed_schemas_are_as_rendered() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in (PROJECT / "conf/schema").glob("*.json")}
    assert committed == rendered_schemas(), "run: lake contracts render"


def test_the_committed_model_document_is_as_rendered() -> None:
    rendered = model_document(load_tables(PROJECT / "conf"))
    assert (PROJECT / "docs" / "model.md").read_text(encoding="utf-8") == rendered, "run: lake contracts diagram"


def test_the_committed_transformations_are_as_rendered_and_count_what_the_truth_refuses() -> None:
    shops = {name: load_catalogue(PROJECT / "conf", name) for name in list_shops(PROJECT / "conf")}
    generated = shops["demo"].shop.generated
    assert generated is not None
    counted = {("demo", *key): count for key, count in refused_records(generated).items()}
    committed = {path.name: path.read_text(encoding="utf-8") for path in (PROJECT / "docs/transformations").iterdir()}
    assert committed == transformation_documents(shops, counted), "run: lake contracts transformations"
    assert f"| cast_quantity | text that is no decimal | {counted['demo', 'order_items', 'cast_quantity']} |" in (
        committed["order_lines.md"]
    )


def test_every_foreign_key_stands_in_the_diagrams_with_its_cardinality() -> None:
    tables = load_tables(PROJECT / "conf")
    lines = model_document(tables).splitlines()
    marks = {"1:n": "||--o{", "0,1:n": "|o--o{"}
    for table in tables.values():
        for key in table.foreign_keys:
            line = f'  {key.references} {marks[key.cardinality]} {table.table} : "{key.column}"'
            assert line in lines


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PROJECT / "conf").as_posix())
def test_every_file_names_a_schema_that_exists_and_knows_its_keys(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    prefix = "# yaml-language-server: $schema="
    first = text.splitlines()[0]
    assert first.startswith(prefix)
    schema: dict[str, Any] = json.loads((path.parent / first.removeprefix(prefix)).read_text(encoding="utf-8"))
    content = yaml.safe_load(text)
    assert set(content) <= set(schema["properties"])
    assert set(schema.get("required", [])) <= set(content)
