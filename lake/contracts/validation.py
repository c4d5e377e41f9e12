"""From a document to a model: what pydantic finds, said with file, line, key and the fix."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lake.contracts.patterns import mismatch
from lake.contracts.problems import KeyPath, Problem, did_you_mean
from lake.contracts.source import FORMAT_KINDS
from lake.contracts.yaml_source import Document

Model = TypeVar("Model", bound=BaseModel)

FIXES = {
    "missing": "is missing; add it",
    "string_type": "must be text; put the value in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number without quotes",
    "float_type": "must be a number without quotes",
    "list_type": "must be a list; write each item after '- '",
    "dict_type": "must be a map of keys and values",
    "model_type": "must be a map of keys and values",
    "model_attributes_type": "must be a map of keys and values",
    "too_short": "must not be empty; give at least one item",
    "string_too_short": "must not be empty",
}


def validated(document: Document, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """The model, or what is wrong; types are strict (the text "5" is no number, the number 5 no text)."""
    if not isinstance(document.content, dict):
        return None, [document.problem((), "must be a map of keys and values")]
    try:
        text = json.dumps(document.content, default=str)
        return model.model_validate_json(text, strict=True), []
    except ValidationError as error:
        return None, [_problem(document, model, details) for details in error.errors()]


def _problem(document: Document, model: type[BaseModel], details: ErrorDetails) -> Problem:
    kind, value = details["type"], details.get("input")
    key = _real_key(document.content, details["loc"], may_be_absent=kind in ("missing", "extra_forbidden"))
    if kind == "extra_forbidden":
        parents = _models_at(model, document.content, key[:-1])
        fields = {name for parent in parents for name in parent.model_fields}
        return document.problem(key, f"unknown key; {did_you_mean(str(key[-1]), fields)}")
    if kind in FIXES:
        return document.problem(key, FIXES[kind])
    context = details.get("ctx", {})
    if kind in ("literal_error", "enum"):
        return document.problem(key, f"{value!r} is not possible; it must be {context.get('expected')}")
    if kind == "union_tag_invalid":
        text = f"'{context.get('tag')}' is not possible; it must be {context.get('expected_tags')}"
        return document.problem((*key, "kind"), text)
    if kind == "value_error":
        return document.problem(key, str(context.get("error")))
    if kind == "union_tag_not_found":
        kinds = ", ".join(FORMAT_KINDS)
        return document.problem(key, f"needs the key `kind`; it says how the source is read ({kinds})")
    if kind == "string_pattern_mismatch":
        return document.problem(key, mismatch(str(value), str(context.get("pattern", ""))))
    return document.problem(key, details["msg"][:1].lower() + details["msg"][1:])


def _real_key(content: Any, loc: tuple[int | str, ...], may_be_absent: bool) -> KeyPath:
    """The key without what pydantic adds to it: tags of unions, and `[key]` where the key itself is wrong."""
    key: list[int | str] = []
    here = content
    for position, part in enumerate(loc):
        is_absent = may_be_absent and position == len(loc) - 1
        if isinstance(here, dict) and (part in here or is_absent) and part != "[key]":
            key.append(part)
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            key.append(part)
            here = here[part]
    return tuple(key)


def _models_at(model: Any, content: Any, key: KeyPath) -> Iterator[type[BaseModel]]:
    """The models that may stand at that key (several where a union allows several)."""
    if get_origin(model) in (Union, types.UnionType):
        for choice in get_args(model):
            yield from _models_at(choice, content, key)
    elif isinstance(model, type) and issubclass(model, BaseModel):
        yield from _models_in(model, content, key)
    elif get_origin(model) is list and key:
        yield from _models_at(get_args(model)[0], content[key[0]], key[1:])
    elif get_origin(model) is dict and key:
        yield from _models_at(get_args(model)[1], content[key[0]], key[1:])
    elif hasattr(model, "__metadata__"):
        yield from _models_at(get_args(model)[0], content, key)


def _models_in(model: type[BaseModel], content: Any, key: KeyPath) -> Iterator[type[BaseModel]]:
    kind = model.model_fields.get("kind")
    if (
        kind is not None
        and isinstance(content, dict)
        and content.get("kind") not in get_args(kind.annotation)
    ):
        return
    if not key:
        yield model
    elif str(key[0]) in model.model_fields and isinstance(content, dict):
        yield from _models_at(model.model_fields[str(key[0])].annotation, content.get(str(key[0])), key[1:])
