"""Reads `conf/` into one checked catalogue; all problems are reported together, before data is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from lake.contracts.catalogue import Catalogue
from lake.contracts.entity import Entity
from lake.contracts.feed import Feed
from lake.contracts.kpi import Kpi
from lake.contracts.lint import lint
from lake.contracts.lint.foreign_keys import foreign_key_problems
from lake.contracts.lint.kpis import kpi_problems
from lake.contracts.lint.scope import Scope, Sourced
from lake.contracts.lint.table_sql import sql_problems
from lake.contracts.lint.tables import in_dependency_order, table_problems
from lake.contracts.problems import Problem, did_you_mean, raise_problems
from lake.contracts.shop import Shop
from lake.contracts.strict import Strict
from lake.contracts.table import Table
from lake.contracts.validation import validated
from lake.contracts.yaml_source import Document, read_document
from lake.errors import ContractError

Model = TypeVar("Model", bound=Strict)


@dataclass
class Reading:
    """What was found so far: problems, and names whose file is broken (no follow-up messages about those)."""

    project: Path
    problems: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def read(self, path: Path, model: type[Model], schema: str) -> Sourced[Model] | None:
        """The contract in that file, or None and its problems noted."""
        shown = path.relative_to(self.project).as_posix() if path.is_relative_to(self.project) else str(path)
        document, problems = read_document(path, shown)
        found: Model | None = None
        if document.content is not None:
            found, wrong = validated(document, model)
            problems += [*wrong, *schema_problems(document, schema)]
        self.problems += problems
        if found is None:
            self.broken.add(path.stem)
            return None
        place = path.parent.name if schema == "shop" else path.stem
        if (name := getattr(found, schema)) != place:
            self.problems.append(
                document.problem((schema,), f"'{name}' lies in '{place}'; the two names must be equal")
            )
        return Sourced(found, document)

    def read_all(self, folder: Path, model: type[Model], schema: str) -> Iterator[Sourced[Model]]:
        """The contracts of all YAML files in the folder and below, in the order of their paths."""
        for path in sorted(folder.rglob("*.y*ml")):
            found = self.read(path, model, schema)
            if found is not None:
                yield found


def schema_problems(document: Document, schema: str) -> Iterator[Problem]:
    """The first line must name the JSON Schema, so that editors complete and check the file."""
    up = "../" * (len(Path(document.file).parent.parts) - 1)
    expected = f"{up}schema/{schema}.json" if document.file.startswith("conf/") else None
    if document.schema is None:
        wanted = expected or f".../schema/{schema}.json"
        text = f"the first line names no schema; write '# yaml-language-server: $schema={wanted}'"
        yield Problem(document.file, 1, "", text)
    elif expected and document.schema != expected:
        yield Problem(document.file, 1, "", f"the schema is '{document.schema}'; it must be '{expected}'")


def sql_folder(conf: Path) -> Traversable:
    """Where the SQL of the tables lies: beside `conf/`, else in the package (also when that is a zip on a cluster)."""
    beside = conf.parent / "lake" / "sql"
    return beside if beside.is_dir() else files("lake").joinpath("sql")


def list_shops(conf: Path) -> list[str]:
    """The names of the shops under `conf/shops`, sorted."""
    return sorted(path.parent.name for path in (conf / "shops").glob("*/shop.yaml"))


def load_catalogue(conf: Path, shop: str) -> Catalogue:
    """The checked contracts of one shop; a ContractError has one line for each problem in any of its files."""
    if shop not in list_shops(conf):
        raise ContractError(f"{conf}/shops: no shop '{shop}'; {did_you_mean(shop, list_shops(conf))}")
    catalogue, problems = check_shop(conf, shop)
    raise_problems(problems)
    assert catalogue is not None
    return catalogue


def load_tables(conf: Path) -> dict[str, Table]:
    """The tables alone, in dependency order, without any shop; ContractError as for a catalogue."""
    scope, reading = read_scope(conf, None)
    checked = [*table_problems(scope), *foreign_key_problems(scope), *sql_problems(scope)]
    raise_problems([*reading.problems, *checked])
    return in_dependency_order({name: found.model for name, found in scope.tables.items()})


def load_kpis(conf: Path) -> dict[str, Kpi]:
    """The KPI dictionary, without any shop; ContractError as for a catalogue, a stale kpi_sheet.sql aside."""
    scope, reading = read_scope(conf, None)
    raise_problems([*reading.problems, *kpi_problems(scope)])
    return {name: found.model for name, found in scope.kpis.items()}


def check_shop(conf: Path, shop: str) -> tuple[Catalogue | None, list[Problem]]:
    """The catalogue (None where a file is broken) and all problems; warnings are inside the catalogue."""
    return checked(*read_scope(conf, shop))


def checked(scope: Scope, reading: Reading) -> tuple[Catalogue | None, list[Problem]]:
    """As `check_shop`, of contracts that were read before."""
    problems, warnings = lint(scope)
    problems += reading.problems
    if problems or scope.shop is None:
        return None, problems
    feeds = {name: found.model for name, found in scope.feeds.items()}
    provided = scope.provided
    tables = {name: found.model for name, found in scope.tables.items() if provided.issuperset(found.model.requires)}
    catalogue = Catalogue(
        shop=scope.shop.model,
        feeds={name: feed for name, feed in feeds.items() if feed.enabled},
        disabled_feeds={name: feed for name, feed in feeds.items() if not feed.enabled},
        entities={name: found.model.as_provided(provided) for name, found in scope.entities.items()},
        tables=in_dependency_order(tables),
        absent={name: found.model for name, found in scope.tables.items() if name not in tables},
        kpis={name: found.model for name, found in scope.kpis.items()},
        warnings=tuple(warnings),
    )
    return catalogue, []


def read_scope(conf: Path, shop: str | None) -> tuple[Scope, Reading]:
    """All files of the shop (None: of no shop) and the shared ones, read and validated one by one."""
    reading = Reading(conf.absolute().parent)
    conf = conf.absolute()
    found = reading.read(conf / "shops" / shop / "shop.yaml", Shop, "shop") if shop else None
    feeds = reading.read_all(conf / "shops" / shop / "feeds", Feed, "feed") if shop else ()
    feeds_by_name = {feed.model.feed: feed for feed in feeds}
    entities = {
        entity.model.entity: entity for entity in reading.read_all(conf / "entities", Entity, "entity")
    }
    tables = {table.model.table: table for table in reading.read_all(conf / "tables", Table, "table")}
    kpis = {kpi.model.kpi: kpi for kpi in reading.read_all(conf / "kpis", Kpi, "kpi")}
    return Scope(found, feeds_by_name, entities, tables, frozenset(reading.broken), sql_folder(conf), kpis), reading
