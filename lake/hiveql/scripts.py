"""A script as statements, and a template with its parameters bound: text only, quotes and comments are understood."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lake.hiveql.literals import FORBIDDEN, IDENTIFIER, escaped

TOKENS = re.compile(
    r"""(?P<hint>/\*\+.*?\*/)
    |(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<quoted>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`)
    |(?P<end>;)
    |(?P<open>/\*|['"`])
    |(?P<text>[^-/'"`;]+|.)""",
    re.VERBOSE | re.DOTALL,
)
PARAMETER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def statements(script: str) -> list[str]:
    """The statements of a script without comments and closing `;`; ValueError for a quote or comment left open."""
    found = [""]
    for kind, text in _tokens(script):
        if kind == "end":
            found.append("")
        else:
            found[-1] += " " if kind == "comment" else text
    return [trimmed for trimmed in (re.sub(r"[ \t]+\n", "\n", text).strip() for text in found) if trimmed]


def bind(template: str, **values: str) -> str:
    """The template with each `${name}` replaced; within quotes the value is escaped, elsewhere it must be a name.

    Raises ValueError for a missing or an unused parameter, and for a value that could break out of its place.
    """
    used: set[str] = set()
    bound = "".join(_bound(kind, text, values, used) for kind, text in _tokens(template))
    unused = sorted(set(values) - used)
    if unused:
        raise ValueError(f"parameter {', '.join(unused)} is not in the template; remove it from the call")
    return bound


def _bound(kind: str, text: str, values: dict[str, str], used: set[str]) -> str:
    if kind == "comment":
        return text

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise ValueError(f"parameter ${{{name}}} has no value; give it")
        used.add(name)
        given = values[name]
        if kind == "quoted" and text[0] != "`":
            return escaped(given.replace('"', '\\"') if text[0] == '"' else given)
        if not IDENTIFIER.fullmatch(given) or FORBIDDEN.search(given):
            raise ValueError(f"parameter ${{{name}}}: '{given}' is no name; use letters, digits and underscores")
        return given

    return PARAMETER.sub(value, text)


def _tokens(script: str) -> Iterator[tuple[str, str]]:
    for match in TOKENS.finditer(script):
        kind = match.lastgroup or "text"
        if kind == "open":
            line = script.count("\n", 0, match.start()) + 1
            raise ValueError(f"line {line}: {match.group()} is never closed; close it")
        yield kind, match.group()
