"""PostgreSQL and MariaDB on this machine, for tests: each under its own system user, on 127.0.0.1, in a private folder.

Database `shop`, user `shop`; the password is made at the first start and lies beside the data, for the owner only.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lake.errors import EnvironmentError_
from local_servers.processes import Place, Server, choose_ports

NAME = "shop"


def start_postgres(place: Place, port: int) -> Server:
    """Start PostgreSQL and wait until the database answers; makes a new folder first."""
    port, binaries, password = choose_ports(port, 1), _postgres_binaries(), _password(place)
    data, user = place.folder / "data", _user("postgres")
    if not (data / "PG_VERSION").exists():
        _owned(data, user)
        secret = _readable(place.folder / "initial", password, user)
        locale = ("-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync")
        _run([*_as(user), f"{binaries}/initdb", "-D", str(data), "-U", NAME, *locale], place)
        secret.unlink()
    settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={data}", "fsync=off",
                "shared_buffers=64MB"]  # fmt: skip
    options = [word for setting in settings for word in ("-c", setting)]
    process = place.launch("postgres", [*_as(user), f"{binaries}/postgres", "-D", str(data), *options], {})
    server = place.record(f"jdbc:postgresql://127.0.0.1:{port}/{NAME}", {"postgres": process})

    def ask(database: str, query: str) -> bool:
        words = [f"{binaries}/psql", "-h", "127.0.0.1", "-p", str(port), "-U", NAME, "-d", database, "-qtAc", query]
        done = subprocess.run(words, env={**os.environ, "PGPASSWORD": password}, capture_output=True)
        return done.returncode == 0

    place.await_answer(server, lambda: ask("postgres", "select 1"))
    if not ask(NAME, "select 1"):
        ask("postgres", f"create database {NAME}")
    return server


def start_mariadb(place: Place, port: int) -> Server:
    """Start MariaDB and wait until the database answers; makes a new folder first."""
    port, password, user = choose_ports(port, 1), _password(place), _user("mysql")
    server_binary = shutil.which("mariadbd") or _missing("mariadbd", "mariadb-server")
    data, socket = place.folder / "data", place.folder / "data" / "m.sock"
    if not (data / "mysql").exists():
        _owned(data, user)
        install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
                   "--auth-root-authentication-method=normal"]  # fmt: skip
        _run([*_as(user), *install], place)
    options = [
        f"--datadir={data}", f"--socket={socket}", f"--pid-file={data}/m.pid", f"--port={port}",
        "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2",
        "--skip-name-resolve", "--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci",
    ]  # fmt: skip
    process = place.launch("mariadbd", [*_as(user), server_binary, "--no-defaults", *options], {})
    server = place.record(f"jdbc:mariadb://127.0.0.1:{port}/{NAME}", {"mariadbd": process})
    account = f"'{NAME}'@'127.0.0.1'"
    made = (
        f"create database if not exists {NAME}; create user if not exists {account} identified by '{password}'; "
        f"grant all on {NAME}.* to {account}"
    )

    def answers() -> bool:
        words = [*_as(user), "mariadb", "--no-defaults", "-uroot", f"--socket={socket}"]
        return subprocess.run(words, input=made.encode(), capture_output=True).returncode == 0

    place.await_answer(server, answers)
    return server


def _password(place: Place) -> str:
    """The password of the user, made once."""
    path = place.folder / "password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(18))
    return path.read_text()


def _postgres_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    return found[-1].parent if found else Path(_missing("PostgreSQL", "postgresql"))


def _missing(what: str, package: str) -> str:
    raise EnvironmentError_(f"{what} is missing: install it (Debian, Ubuntu: apt-get install {package})")


def _user(name: str) -> str:
    """The system user that the server runs as: neither server runs as root."""
    return name if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _as(user: str) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if os.geteuid() == 0 else []


def _owned(folder: Path, user: str) -> None:
    """Make a folder that only that user may enter; the folders above it may be passed through."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    folder.chmod(0o700)


def _readable(path: Path, text: str, user: str) -> Path:
    """A file that only that user can read."""
    path.touch(mode=0o600)
    path.write_text(text)
    if os.geteuid() == 0:
        shutil.chown(path, user)
    return path


def _run(command: Sequence[str], place: Place) -> None:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).split("\n")[-1][:300]
        raise EnvironmentError_(f"{place.name}: {Path(command[-1]).name} could not be made: {last}")
