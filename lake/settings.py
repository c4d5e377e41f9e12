"""What a run is told from outside: roots, profile, load, session settings; each value knows where it came from.

Command line > environment (LAKE_<KEY>) > conf/profiles/<profile>.yaml > conf/lake.yaml > built-in.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lake.errors import ContractError
from lake.names import NAME, Zone

Load = Literal["short", "heavy"]
URI = re.compile(r"([a-z][a-z0-9+.-]+):/")


class Setting(BaseModel):
    """A Spark SQL setting: one value, or one for each load, and the reason for it.

    `small`: the value, with the short load, while the shop is small: see `small_below_records_per_table`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str | int | float | bool | None = None
    short: str | int | float | bool | None = None
    heavy: str | int | float | bool | None = None
    small: str | int | float | bool | None = None
    why: str = Field(min_length=1)

    def for_load(self, load: Load) -> str | None:
        """The value as Spark reads it; None where this load leaves Spark's own default."""
        chosen = {"short": self.short, "heavy": self.heavy}[load]
        return _as_spark_reads(self.value if chosen is None else chosen)

    def for_small(self) -> str | None:
        """The value for small shops; None where they have no other."""
        return _as_spark_reads(self.small)


def _as_spark_reads(value: str | float | bool | None) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


class LakeConfiguration(BaseModel):
    """The keys of conf/lake.yaml and of profiles (which hold only what differs)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: str = Field(default=".lake", description="folder (relative: to the project) or URI that holds all shops")
    roots: dict[Zone, str] = Field(default={}, description="another root for a zone")
    profile: Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")] = "local"
    load: Load = Field(default="short", description="read by scripts/spark_submit.sh before the JVM starts")
    database_prefix: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]*)?$")] = Field(
        default="", description="before every database name: separates tests and environments in one metastore"
    )
    publication_format: Literal["contract", "orc", "parquet"] = Field(
        default="contract", description="`contract`: what each table's YAML says"
    )
    lock_silence_minutes: int = Field(
        default=15, ge=1, description="a silent lock on HDFS may be taken over after that"
    )
    keep_releases: int = Field(default=5, ge=1, description="finished releases that maintain keeps beside the live one")
    release_grace_hours: int = Field(default=24, ge=0, description="a retired release's database is kept so long")
    retention_hours: int = Field(default=168, ge=0, description="VACUUM keeps files of older Delta versions so long")
    small_below_records_per_table: int = Field(
        default=2_500, ge=0, description="a shop with fewer raw records a table is small: some session settings differ"
    )
    session: dict[str, Setting] = Field(default={}, description="Spark SQL settings, each with its why")


@dataclass(frozen=True)
class Settings:
    """The values that hold for one run."""

    project: Path
    configuration: LakeConfiguration
    origins: Mapping[str, str]

    @property
    def load(self) -> Load:
        """`short` or `heavy`."""
        return self.configuration.load

    @property
    def root(self) -> str:
        """The root of everything: a plain absolute path, or a URI."""
        return located(self.configuration.root, self.project)

    @property
    def database_prefix(self) -> str:
        """What stands before every database name."""
        return self.configuration.database_prefix

    def origin(self, key: str) -> str:
        """Where the value of a key (`root`, `roots.raw`, `session.spark.sql.shuffle.partitions`) came from."""
        return self.origins.get(key, "built-in")

    def zone_uri(self, shop: str, zone: Zone | str) -> str:
        """`<root>/<shop>/<zone>`, the zone's own root first; a plain absolute path on a local disk."""
        name = Zone(zone)
        root = self.configuration.roots.get(name)
        return f"{located(root, self.project) if root else self.root}/{shop}/{name.value}"

    @property
    def local_dir(self) -> Path:
        """The folder on the local disk for what cannot lie on the root (locks, metastore): one per root."""
        if not is_remote(self.root):
            return Path(self.root.removeprefix("file:"))
        readable = re.sub(r"[^A-Za-z0-9]+", "_", self.root).strip("_")[:40]
        return self.project / ".lake" / f".{readable}_{hashlib.sha256(self.root.encode()).hexdigest()[:8]}"

    @property
    def metastore_dir(self) -> Path:
        """The embedded metastore's folder, on the local disk, one per root (no shop's name starts with a dot)."""
        return self.local_dir / ".metastore"

    @property
    def metastore_lock(self) -> Path:
        """The lock file of the embedded metastore."""
        return self.metastore_dir / "metastore.lock"

    def writer_lock(self, shop: str) -> str:
        """The lock file that every writing command of the shop holds: a path, or a URI where the root is remote."""
        return f"{self.root if is_remote(self.root) else self.local_dir}/{shop}/writer.lock"

    @property
    def session(self) -> dict[str, str]:
        """The Spark SQL settings for this load."""
        chosen = {name: setting.for_load(self.load) for name, setting in self.configuration.session.items()}
        return {name: value for name, value in chosen.items() if value is not None}

    def session_of(self, records: int, tables: int) -> dict[str, str]:
        """The settings that depend on the shop's raw records and tables, with the values for so many."""
        small = {name: setting.for_small() for name, setting in self.configuration.session.items()}
        is_small = self.load == "short" and records < tables * self.configuration.small_below_records_per_table
        usual = self.session
        differing = {name: value for name, value in small.items() if value is not None and name in usual}
        return {name: value if is_small else usual[name] for name, value in differing.items()}


def is_remote(uri: str) -> bool:
    """Whether the URI names another file system than the local disk."""
    match = URI.match(uri)
    return match is not None and match.group(1) != "file"


def located(place: str, project: Path) -> str:
    """A folder or URI as Spark and Hadoop take it literally, without a closing slash.

    Hadoop's `Path(String)` does not decode: blanks, colons and umlauts stay as they are, so a folder becomes a plain
    absolute path, and a `file:` URI (which may be percent-encoded) becomes `file:` and the decoded path.
    """
    match = URI.match(place)
    if match is None:
        return os.path.abspath(project / Path(place).expanduser())  # noqa: PTH100 - resolve() follows links
    if match.group(1) == "file":
        path = unquote(re.sub(r"^file:(//(localhost)?(?=/))?", "", place))
        return "file:" + os.path.normpath(re.sub("^/+", "/", path))
    return place.rstrip("/")


def load_settings(
    project: Path, profile: str | None = None, environment: Mapping[str, str] | None = None, **command_line: object
) -> Settings:
    """The settings of a run; options that are None do not count. ContractError where a key is wrong."""
    environment = os.environ if environment is None else environment
    project = project.absolute()
    options = {key: value for key, value in command_line.items() if value is not None}
    lake = _layer_of_file(project, "conf/lake.yaml")
    outer = [_flat(options, "command line"), _flat_environment(environment)]
    name = profile or environment.get("LAKE_PROFILE") or lake.get("profile", ("local", ""))[0]
    chosen = _layer_of_file(project, f"conf/profiles/{name}.yaml", must_exist=name != "local")
    given = {"profile": (profile, "command line")} if profile else {}
    merged: dict[str, tuple[Any, str]] = {}
    for layer in (lake, chosen, *reversed(outer), given):
        merged.update(layer)
    return Settings(project, _configuration(merged), {key: origin for key, (_, origin) in merged.items()})


def _configuration(merged: Mapping[str, tuple[Any, str]]) -> LakeConfiguration:
    nested: dict[str, Any] = {}
    for key, (value, _) in merged.items():
        head, _, rest = key.partition(".")
        if rest:
            nested.setdefault(head, {})[rest] = value
        else:
            nested[key] = value
    try:
        return LakeConfiguration.model_validate(nested)
    except ValidationError as error:
        raise ContractError("\n".join(_problem_line(merged, e["loc"], e["msg"]) for e in error.errors())) from None


def _problem_line(merged: Mapping[str, tuple[Any, str]], loc: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in loc if part != "[key]")
    known = [name for name in merged if key == name or key.startswith(f"{name}.")]
    where = merged[known[0]][1] if known else "settings"
    fix = (
        f"known keys are {', '.join(LakeConfiguration.model_fields)}" if "Extra inputs" in message else "mend the value"
    )
    return f"{where}: {key}: {message[:1].lower()}{message[1:]}; {fix}"


def _flat(values: Mapping[str, Any], origin: str) -> dict[str, tuple[Any, str]]:
    """One entry a key, maps one level deep (`roots.raw`), so that each level wins by itself."""
    flat: dict[str, tuple[Any, str]] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat.update({f"{key}.{inner}": (content, origin) for inner, content in value.items()})
        else:
            flat[key] = (value, origin)
    return flat


def _flat_environment(environment: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    """LAKE_<KEY> and LAKE_ROOTS_<ZONE>; other LAKE_ names belong to the scripts."""
    simple = [key for key in LakeConfiguration.model_fields if key not in ("roots", "session")]
    names = {f"LAKE_{key.upper()}": key for key in simple}
    names |= {f"LAKE_ROOTS_{zone.name}": f"roots.{zone.value}" for zone in Zone}
    found = {key: environment[name] for name, key in names.items() if environment.get(name)}
    return {key: (value, f"environment LAKE_{key.upper().replace('.', '_')}") for key, value in found.items()}


def _layer_of_file(project: Path, name: str, must_exist: bool = False) -> dict[str, tuple[Any, str]]:
    """The keys of a YAML file; a missing file holds none, unless it was asked for by name."""
    import yaml

    path = project / name
    if not path.exists():
        if must_exist:
            known = sorted(p.stem for p in (project / "conf/profiles").glob("*.yaml"))
            raise ContractError(f"{name}: no such profile; known are {', '.join(known) or 'none'}")
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{name}: not valid YAML ({error}); mend the text") from None
    if not isinstance(content, dict):
        raise ContractError(f"{name}: must be a map of keys and values")
    return _flat(content, name)
