"""The documentation against the project: links, commands, options, shops, and lists that must be whole."""

from __future__ import annotations

import ast
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import typer

from lake import crash_points, errors
from lake.arguments import job_parser
from lake.cli import main
from lake.errors import ExitCode, LakeError
from lake.generator.arguments import generate_parser, split_parser
from lake.settings import LakeConfiguration

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [
    *(PROJECT / name for name in ("README.md", "CHANGELOG.md", "hive_ddl/README.md")),
    *sorted((PROJECT / "docs").rglob("*.md")),
]
ARCHITECTURE, RUNBOOK = PROJECT / "docs/architecture.md", PROJECT / "docs/runbook.md"
SETTINGS, LAUNCHER = PROJECT / "docs/settings.md", PROJECT / "scripts/spark_submit.sh"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
STAND_IN = "SHOP"
SHOPS = {path.parent.name for path in (PROJECT / "conf/shops").glob("*/shop.yaml")}


def name_of(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code forges make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every command of the project in a page: in shell blocks, and in `inline code`."""
    text = page.read_text(encoding="utf-8")
    lines = [line for kind, body in FENCE.findall(text) if kind in ("bash", "") for line in body.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    for line in lines:
        if re.match(r"(scripts/\w+(\.sh)?|lake) ", line.strip()):
            try:
                yield shlex.split(line, comments=True)
            except ValueError:  # a quote of the sentence around it
                continue


PARSERS: dict[str, Callable[[], ArgumentParser]] = {"jobs/generate.py": generate_parser, "jobs/split.py": split_parser}
"""Jobs whose options are not those of every job."""


def job_options(job: str) -> set[str]:
    """The options that a job knows."""
    known = PARSERS.get(job, partial(job_parser, Path(job).stem, ""))()
    return set(re.findall(r"(?<![\w-])--[\w-]+", known.format_help()))


def script_options(script: str) -> set[str]:
    """The options that a script's own text knows."""
    return set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", (PROJECT / script).read_text(encoding="utf-8")))


@cache
def lake_command() -> Any:
    """The whole command with its nouns and verbs."""
    main.add_nouns()
    return typer.main.get_command(main.app)


def options_of(words: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if re.match("--[a-z]", word)}


def problem_of_job(words: list[str]) -> str:
    """What is wrong with a line of scripts/spark_submit.sh; "" for nothing."""
    place = next((i for i, word in enumerate(words) if word.startswith("jobs/")), None)
    if place is None:
        return "" if options_of(words) <= script_options(words[0]) else f"unknown option in {words}"
    if not (PROJECT / words[place]).is_file():
        return f"no job {words[place]}"
    unknown = options_of(words[place + 1 :]) - job_options(words[place])
    return f"{words[place]} has no {', '.join(sorted(unknown))}" if unknown else ""


def problem_of_lake(words: list[str]) -> str:
    """What is wrong with a line of the lake command; "" for nothing. Prose may stop at a noun."""
    command, rest = lake_command(), words[1:]
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        if rest[0] in command.commands:
            command, rest = command.commands[rest[0]], rest[1:]
        else:
            names = rest[0].split("|")
            return "" if len(names) > 1 and set(names) <= set(command.commands) else f"lake has no '{rest[0]}'"
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = options_of(rest) - known
    return f"{' '.join(words)} has no {', '.join(sorted(unknown))}" if unknown else ""


def problem_of(words: list[str]) -> str:
    script = words[0]
    if script == "scripts/lake" or script == "lake":
        return problem_of_lake(words)
    if not (PROJECT / script).is_file():
        return f"no script {script}"
    match script:
        case "scripts/spark_submit.sh":
            return problem_of_job(words)
        case "scripts/test.sh":
            missing = [w for w in words[1:] if w.startswith("tests/") and not (PROJECT / w).exists()]
            return f"no {missing[0]}" if missing else ""
        case "scripts/beeline.sh":
            own = script_options(script) | script_options("scripts/live_release.py")
            return "" if options_of(words) <= own else f"unknown option in {words}"
        case _:
            return "" if options_of(words) <= script_options(script) else f"unknown option in {words}"


def rows_below(page: Path, heading: str) -> list[list[str]]:
    """The cells of all tables under a heading, without their first two lines."""
    section = page.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
    heads = {i - 1 for i, row in enumerate(cells) if is_rule(row)}
    return [row for i, row in enumerate(cells) if i not in heads and not is_rule(row)]


def is_rule(row: list[str]) -> bool:
    return all(re.fullmatch(":?-+:?", cell) for cell in row)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("http:", "https:")):
            continue
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        assert goal.exists(), f"{target}: no such file"
        assert not anchor or anchor in anchors(goal), f"{target}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_name_scripts_jobs_and_options_that_exist(page: Path) -> None:
    assert [problem for words in commands(page) if (problem := problem_of(words))] == []


def test_a_wrong_command_is_noticed() -> None:
    wrong = [
        "scripts/nope.sh start",
        "scripts/spark_submit.sh jobs/nope.py --shop online_retail",
        "scripts/spark_submit.sh jobs/run_pipeline.py --shopp online_retail",
        "scripts/lake feeds nope",
        "scripts/lake releases list --shopp x",
        "scripts/servers.sh start thrift --porto 1",
        "scripts/test.sh tests/nope",
    ]
    assert [line for line in wrong if not problem_of(line.split())] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_shops_in_commands_exist_or_are_made_on_the_page(page: Path) -> None:
    made = set(re.findall(r"^shop: (\w+)$", page.read_text(encoding="utf-8"), re.MULTILINE))
    for words in commands(page):
        named = [words[i + 1] for i, word in enumerate(words[:-1]) if word == "--shop"]
        assert set(named) <= SHOPS | made | {STAND_IN, "S"}, f"{' '.join(words)}: no such shop"


def test_every_exit_code_is_in_the_runbook_and_no_other() -> None:
    told = {row[1]: int(row[0]) for row in rows_below(RUNBOOK, "Exit codes")}
    assert told == {code.name: int(code) for code in ExitCode}


def test_kinds_of_errors_in_the_runbook_have_their_exit_codes() -> None:
    kinds = {name.rstrip("_"): kind for name, kind in vars(errors).items() if isinstance(kind, type)}
    for kind, code, *_ in rows_below(RUNBOOK, "Messages"):
        assert issubclass(kinds[kind], LakeError)
        assert int(kinds[kind].exit_code) == int(code), kind


def test_every_kind_of_error_that_is_raised_is_in_the_runbook() -> None:
    told = {row[0] for row in rows_below(RUNBOOK, "Messages")}
    raised: set[str] = set()
    for path in [*(PROJECT / "lake").rglob("*.py"), *(PROJECT / "scripts").rglob("*.py")]:
        raised |= set(re.findall(r"raise (\w+Error_?)\(", path.read_text(encoding="utf-8")))
    known = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, LakeError)}
    assert {name.rstrip("_") for name in raised & known - {"LakeError"}} <= told


def test_every_reason_of_refusal_is_in_the_runbook() -> None:
    told = " ".join(row[0] for row in rows_below(RUNBOOK, "Refused files"))
    codes: set[str] = set()
    for path in (PROJECT / "lake/io").rglob("*.py"):
        codes |= set(re.findall(r'Refused\(\s*"([^"]+)"', path.read_text(encoding="utf-8")))
    assert codes - {"changed"}, "a changed file only waits"
    assert [code for code in sorted(codes - {"changed"}) if code not in told] == []


def test_every_ledger_is_in_the_architecture() -> None:
    tree = ast.parse((PROJECT / "lake/io/ledgers.py").read_text(encoding="utf-8"))
    schemas = next(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.value, ast.Dict)
        and "SCHEMAS" in ast.unparse(node.target)
    )
    names = [ast.literal_eval(key) for key in schemas.keys if key is not None]
    assert [row[0] for row in rows_below(ARCHITECTURE, "Ledgers")] == names


def test_every_crash_point_is_in_the_architecture_in_order() -> None:
    assert [row[0] for row in rows_below(ARCHITECTURE, "Crashes")] == list(crash_points.POINTS)


def test_every_setting_is_told_with_its_default() -> None:
    told = {key: default for key, default, _ in rows_below(SETTINGS, "Settings")}
    shown = {"": "empty", "{}": "none"}
    defaults = {name: str(field.default) for name, field in LakeConfiguration.model_fields.items()}
    assert told == {name: shown.get(default, default) for name, default in defaults.items()}


def test_every_variable_that_is_read_is_told_and_no_other() -> None:
    read: set[str] = set()
    for folder in ("scripts", "lake", "jobs"):
        files = [path for path in (PROJECT / folder).rglob("*") if path.suffix in ("", ".sh", ".py") and path.is_file()]
        for path in files:
            read |= set(re.findall(r"\bLAKE_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    _, _, section = SETTINGS.read_text(encoding="utf-8").partition("\n## Environment variables\n")
    told = set(re.findall(r"`(LAKE_[A-Z_]*[A-Z])`", section))
    assert told == read
    assert {name for words in re.findall("^Respected: (.*)\\.$", LAUNCHER.read_text(encoding="utf-8"), re.MULTILINE)
            for name in words.split(", ")} <= set(re.findall(r"`([A-Z_]+)`", section))  # fmt: skip


def test_every_option_of_the_jobs_is_told_and_no_other() -> None:
    told = {option for row in rows_below(SETTINGS, "Options of the jobs") for option in re.findall("--[a-z-]+", row[0])}
    assert told == job_options("jobs/run_pipeline.py") - {"--help"}


def test_every_required_package_has_its_reason() -> None:
    record = (PROJECT / "docs/adr/0009-dependencies.md").read_text(encoding="utf-8").lower()
    required = (PROJECT / "requirements.in").read_text(encoding="utf-8").lower().split("\n")
    names = [re.split(r"[=<>~ ;\[]", line)[0] for line in required if line and not line.startswith("#")]
    assert [name for name in names if name not in record] == []


def test_every_decision_is_listed() -> None:
    listed = set(LINK.findall((PROJECT / "docs/adr/README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in (PROJECT / "docs/adr").glob("0*.md")}
