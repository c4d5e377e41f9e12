"""Changes to a feed's YAML as text, so that comments and layout stay; the result is read again before it is given."""

from __future__ import annotations

import re
from typing import Any

import yaml

from lake.contracts.yaml_source import loader
from lake.errors import ContractError

ENABLED = re.compile(r"^(?P<key>enabled[ \t]*:[ \t]*)(?P<value>\S+)(?P<rest>[ \t]*(#.*)?(\n|\Z))", re.MULTILINE)
FEED = re.compile(r"^feed[ \t]*:.*(\r?\n|$)", re.MULTILINE)


def with_enabled(text: str, enabled: bool, shown: str) -> str:
    """The text of a feed's YAML that enables or disables it; only the line of `enabled:` differs.

    Raises ContractError, naming the file as `shown`, where that line cannot be found or set.
    """
    wanted = str(enabled).lower()
    line = ENABLED.search(text)
    if line is None:
        feed = FEED.search(text)
        end = feed.end() if feed else 0
        edited = text if enabled else f"{text[:end]}enabled: false\n{text[end:]}"
    elif enabled and not line["rest"].strip():
        edited = text[: line.start()] + text[line.end() :]
    else:
        edited = text[: line.start()] + line["key"] + wanted + line["rest"] + text[line.end() :]
    if not _differs_in_that_only(text, edited, enabled):
        raise ContractError(f"{shown}: write `enabled: {wanted}` yourself; its line cannot be told from the others")
    return edited


def _differs_in_that_only(text: str, edited: str, enabled: bool) -> bool:
    try:
        before, after = _values(text), _values(edited)
    except yaml.YAMLError:
        return False
    state = after.pop("enabled", True)
    before.pop("enabled", None)
    return before == after and state is enabled


def _values(text: str) -> dict[str, Any]:
    content = yaml.load(text.removeprefix("\ufeff"), Loader=loader())
    return dict(content) if isinstance(content, dict) else {}
