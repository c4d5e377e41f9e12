"""JSON Schemas of the YAML files, rendered from the models: editors complete and check the files with them."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.contracts.kpi import Kpi
from lake.contracts.shop import Shop
from lake.contracts.table import Table
from lake.settings import LakeConfiguration

MODELS: dict[str, type[BaseModel]] = {
    "shop": Shop,
    "feed": Feed,
    "entity": Entity,
    "table": Table,
    "kpi": Kpi,
    "lake": LakeConfiguration,
}


def rendered_schemas() -> dict[str, str]:
    """File name below conf/schema: the schema's text."""
    return {f"{name}.json": _text(model) for name, model in MODELS.items()}


def _text(model: type[BaseModel]) -> str:
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Rendered from the model {model.__name__} by `lake contracts render`.",
        **model.model_json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
