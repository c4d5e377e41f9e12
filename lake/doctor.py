"""Checks of the machine: Java, Python, packages, jars, room, rights, ports, locale. Nothing is mended here."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lake.errors import ExitCode
from lake.settings import is_remote, load_settings

PROJECT = Path(__file__).resolve().parents[1]
OLDEST_JAVA = 17
ROOM_NEEDED = 1 << 30
SET_UP = "run scripts/setup.sh"


@dataclass(frozen=True)
class Check:
    """One line of the report: what was looked at, what was found, and what to do unless it is fine."""

    name: str
    found: str
    remedy: str | None = None

    @property
    def is_fine(self) -> bool:
        """Whether nothing needs to be done."""
        return self.remedy is None


def check_all(project: Path = PROJECT) -> list[Check]:
    """Every check, in the order in which they build on each other."""
    settings = load_settings(project)
    root = settings.local_dir
    return [
        check_java(),
        check_python(),
        check_virtual_environment(project / "requirements.lock"),
        check_jars(project / "conf" / "jars.sha256", Path(os.environ.get("LAKE_JARS", project / "jars"))),
        check_room(root),
        check_rights(root, settings.root),
        check_port(int(os.environ.get("LAKE_THRIFT_PORT", "10000")), settings.metastore_lock),
        check_locale(),
    ]


def check_java() -> Check:
    """Java 17 or newer, by JAVA_HOME or on the path."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    remedy = f"set JAVA_HOME to Java {OLDEST_JAVA} or newer (Debian: apt-get install openjdk-17-jre-headless)"
    if program is None:
        return Check("Java", "none", remedy)
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=60).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("Java", f"{program} does not start ({error})", remedy)
    version = re.search(r'version "(?:1\.)?(\d+)[^"]*"', told)
    if version is None or int(version[1]) < OLDEST_JAVA:
        return Check("Java", f"{version[0] if version else 'of unknown version'} at {program}", remedy)
    return Check("Java", f"{version[0]} at {program}")


def check_python() -> Check:
    """Python 3.11 or newer."""
    found = f"{sys.version.split()[0]} at {sys.executable}"
    return Check("Python", found, None if sys.version_info >= (3, 11) else "set LAKE_PYTHON to Python 3.11 or newer")


def check_virtual_environment(lock: Path) -> Check:
    """Every package of the lock is there in the locked version."""
    try:
        locked = dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s\\;]+)", lock.read_text(), re.MULTILINE))
    except OSError:
        return Check("packages", f"{lock} cannot be read", "restore it: git checkout requirements.lock")
    others = [f"{name} {_version(name) or 'missing'}" for name, wanted in locked.items() if _version(name) != wanted]
    if others:
        listed = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        return Check("packages", f"not as requirements.lock says: {listed}", f"remove the folder .venv and {SET_UP}")
    return Check("packages", f"{len(locked)} as requirements.lock says")


def check_jars(listing: Path, folder: Path) -> Check:
    """Every listed jar is there with the listed SHA-256."""
    lines = [line.split() for line in listing.read_text().splitlines() if line.strip() and not line.startswith("#")]
    for wanted, name, *_ in lines:
        if not (folder / name).is_file():
            return Check("jars", f"{folder / name} is missing", f"{SET_UP}, it fetches what is missing")
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != wanted:
            return Check("jars", f"{folder / name} has another SHA-256 than listed", f"remove it and {SET_UP}")
    return Check("jars", f"{len(lines)} in {folder} as conf/jars.sha256 says")


def check_room(root: Path) -> Check:
    """A gigabyte free where the tables and where Spark's temporary files go."""
    places = [root, Path(os.environ.get("SPARK_LOCAL_DIRS", os.environ.get("TMPDIR", "/tmp")).split(",")[0])]
    free = {str(place): shutil.disk_usage(_nearest(place)).free for place in places}
    found = ", ".join(f"{size / (1 << 30):.1f} GB free for {place}" for place, size in free.items())
    return Check("room", found, None if min(free.values()) >= ROOM_NEEDED else "free at least 1 GB there")


def check_rights(folder: Path, root: str) -> Check:
    """The root can be written; of a remote root, the local folder of its locks."""
    nearest = _nearest(folder)
    what = f"{root} (its locks in {folder})" if is_remote(root) else root
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Check("root", f"{what} can be written")
    return Check("root", f"{nearest} cannot be written", "get the right to write there, or choose another LAKE_ROOT")


def check_port(port: int, lock: Path) -> Check:
    """The Thrift Server's port is free, or it is our own server that listens there."""
    from lake.io.locks import owner_of

    endpoint = (owner_of(lock) or {}).get("endpoint")
    if endpoint:
        return Check("Thrift Server", f"runs at {endpoint}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return Check("port", f"{port} is taken by another program", "set LAKE_THRIFT_PORT to a free port")
    return Check("port", f"{port} is free for the Thrift Server")


def check_locale() -> Check:
    """Names of files outside ASCII can be read."""
    encoding = sys.getfilesystemencoding()
    remedy = None if encoding.lower().replace("-", "") == "utf8" else "set LC_ALL=C.UTF-8"
    return Check("locale", f"file names are {encoding}", remedy)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _nearest(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def main() -> int:
    """Prints one line a check; returns 3 when something must be done."""
    checks = check_all()
    for check in checks:
        print(f"{'ok  ' if check.is_fine else 'MEND'}  {check.name}: {check.found}", end="")
        print("" if check.is_fine else f"; {check.remedy}")
    return int(ExitCode.DONE if all(check.is_fine for check in checks) else ExitCode.CONFIGURATION)


if __name__ == "__main__":
    sys.exit(main())
