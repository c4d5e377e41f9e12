"""The shape of the package: floors, sizes and names, read from the source text."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
FLOORS = {
    "names": 0, "errors": 0, "settings": 1, "contracts": 1, "hiveql": 2,
    "transforms": 3, "io": 3, "generator": 3, "sql": 3,
    "pipelines": 4, "cli": 5, "arguments": 5, "doctor": 5, "__main__": 5,
    "progress": 1, "crash_points": 0,
}  # fmt: skip
"""Floor of each module or folder directly below lake/."""

FREE_OF_SPARK = {name for name, floor in FLOORS.items() if floor <= 2}
FORBIDDEN = {
    "util", "utils", "helper", "helpers", "common", "base", "misc", "manager", "processor", "handler", "engine",
    "factory", "framework",
}  # fmt: skip
LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_JOB = 250, 70, 60
MODULES = sorted((PROJECT / "lake").rglob("*.py"))
JOBS = sorted((PROJECT / "jobs").glob("*.py"))
ACTIONS = {
    "collect",
    "count",
    "toPandas",
    "take",
    "head",
    "first",
    "show",
    "foreach",
    "toLocalIterator",
    "write",
    "writeTo",
}


def name_of(path: Path) -> str:
    """`contracts/feed.py` for a module of the package."""
    return path.relative_to(PROJECT / "lake").as_posix()


def unit_of(path: Path) -> str:
    """The module or folder directly below lake/ that the file belongs to."""
    first = path.relative_to(PROJECT / "lake").parts[0]
    return first.removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> set[str]:
    """Every module that the file imports anywhere (names below `lake` in full)."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def is_called(attribute: ast.Attribute, tree: ast.Module) -> bool:
    """Whether it is a method, as `write` of files is, and not Spark's property."""
    return any(isinstance(node, ast.Call) and node.func is attribute for node in ast.walk(tree))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down_only(path: Path) -> None:
    unit = unit_of(path)
    if unit == "__init__":
        return
    assert unit in FLOORS, f"lake/{unit} has no floor; say which in FLOORS: what it imports lies lower"
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] != "lake" or len(parts) < 2 or parts[1] == unit or parts[1] not in FLOORS:
            continue
        assert FLOORS[parts[1]] <= FLOORS[unit], f"{name_of(path)} imports {name}, which lies higher"
        is_neighbour = FLOORS[parts[1]] == FLOORS[unit] == 3
        assert not is_neighbour, f"{name_of(path)} imports its neighbour {name}; they meet in a pipeline"


@pytest.mark.parametrize("path", [path for path in MODULES if unit_of(path) in FREE_OF_SPARK], ids=name_of)
def test_the_lower_floors_never_import_spark(path: Path) -> None:
    assert not [name for name in imports_of(path) if name.split(".")[0] in ("pyspark", "delta", "py4j")]


@pytest.mark.parametrize("path", [*MODULES, *JOBS], ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_modules_and_functions_keep_their_sizes(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= (LONGEST_JOB if path in JOBS else LONGEST_MODULE), f"{lines} lines: find two nouns in it"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", [*MODULES, *JOBS], ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_no_name_uses_a_word_that_says_nothing(path: Path) -> None:
    names = {path.stem, path.parent.name}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
    for name in names:
        words = set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))
        assert not words & FORBIDDEN, f"'{name}' uses {sorted(words & FORBIDDEN)}; say what it is"


@pytest.mark.parametrize("path", [*MODULES, *JOBS], ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_every_module_and_public_function_has_a_docstring(path: Path) -> None:
    tree = tree_of(path)
    assert ast.get_docstring(tree), "the module has no docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


@pytest.mark.parametrize("path", [path for path in MODULES if unit_of(path) == "transforms"], ids=name_of)
def test_transforms_start_no_action(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_functions = isinstance(node.func.value, ast.Name) and node.func.value.id in ("F", "functions")
            assert is_functions or node.func.attr not in ACTIONS, (
                f"line {node.lineno}: .{node.func.attr}() is an action"
            )
        if isinstance(node, ast.Attribute) and node.attr in ("write", "writeTo", "writeStream", "rdd"):
            raise AssertionError(f"line {node.lineno}: .{node.attr} belongs to lake/io")


@pytest.mark.parametrize("path", [*MODULES, *JOBS], ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_only_io_reads_and_writes_with_spark(path: Path) -> None:
    if path.is_relative_to(PROJECT / "lake/io"):
        return
    assert not {name for name in imports_of(path) if name.split(".")[0] == "delta"}, "Delta belongs to lake/io"
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Attribute):
            continue
        is_reader = node.attr in ("read", "readStream") and ast.unparse(node.value).split(".")[-1] == "spark"
        is_writer = node.attr in ("write", "writeStream") and not is_called(node, tree_of(path))
        assert not is_reader and not is_writer and node.attr != "writeTo", (
            f"line {node.lineno}: .{node.attr} belongs to lake/io"
        )


@pytest.mark.parametrize("path", [*MODULES, *JOBS], ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_only_one_module_builds_a_session(path: Path) -> None:
    if path.relative_to(PROJECT).as_posix() != "lake/io/session.py":
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"SparkSession\s*\.\s*builder|getOrCreate\(|getActiveSession\(", text)
