"""Processes that outlive the command that started them: written down with start time, ended only by that record."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lake.errors import EnvironmentError_
from lake.io.locks import process_start

PATIENCE_SECONDS = 180.0
GRACE_SECONDS = 30.0


@dataclass(frozen=True)
class Server:
    """A server as it was written down: its address, and the pid and start time of each of its processes."""

    name: str
    address: str
    processes: Mapping[str, tuple[int, str]]

    def runs(self) -> bool:
        """Whether every one of its processes lives; a pid that was given to another process does not count."""
        return bool(self.processes) and all(process_start(pid) == start for pid, start in self.processes.values())


@dataclass(frozen=True)
class Place:
    """The folder of one server: its record, its logs, its files."""

    name: str
    folder: Path

    def recorded(self) -> Server | None:
        """What was written down at the last start; None when nothing was, or nothing readable."""
        try:
            found = json.loads((self.folder / "server.json").read_text())
            processes = {name: (int(pid), str(start)) for name, (pid, start) in found["processes"].items()}
            return Server(found["name"], found["address"], processes)
        except (OSError, ValueError, KeyError):
            return None

    def record(self, address: str, started: Mapping[str, subprocess.Popen[bytes]]) -> Server:
        """Write down what has been started, before it is waited for, so that a killed start can be stopped."""
        processes = {name: (process.pid, process_start(process.pid) or "") for name, process in started.items()}
        server = Server(self.name, address, processes)
        partial = self.folder / "server.json.partial"
        partial.write_text(json.dumps(asdict(server), indent=1))
        partial.replace(self.folder / "server.json")
        return server

    def log(self, process: str) -> Path:
        """The log of one of its processes."""
        return self.folder / f"{process}.log"

    def launch(
        self, process: str, command: Sequence[str], environment: Mapping[str, str], keep_open: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a process of its own session, without a terminal, output in its log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log(process).open("wb") as log:
            return subprocess.Popen(
                list(command), cwd=self.folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True, pass_fds=tuple(keep_open),
            )  # fmt: skip

    def await_answer(self, server: Server, answers: Callable[[], bool], port_option: str = "--port") -> None:
        """Wait until the server answers. EnvironmentError_ names the log when a process ends or time runs out."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answers():
            dead = [name for name, (pid, start) in server.processes.items() if not lives(pid, start)]
            if dead or time.monotonic() > deadline:
                stop(server, self)
                log = self.log(dead[0] if dead else next(iter(server.processes)))
                happened = "ended at its start" if dead else f"did not answer in {PATIENCE_SECONDS:.0f} s"
                raise EnvironmentError_(f"{self.name} {happened}: look into {log} (is {port_option} taken?)")
            time.sleep(0.3)


def lives(pid: int, start: str) -> bool:
    """Whether this very process lives; a child that has ended but was not waited for does not."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    return process_start(pid) == start


def stop(server: Server, place: Place) -> None:
    """End the recorded processes, in the order they were started backwards: asked first, killed after 30 s."""
    for pid, start in reversed(list(server.processes.values())):
        if not lives(pid, start):
            continue
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while lives(pid, start) and time.monotonic() < deadline:
            time.sleep(0.1)
        if lives(pid, start):
            os.kill(pid, signal.SIGKILL)
    (place.folder / "server.json").unlink(missing_ok=True)


def choose_ports(first: int, count: int) -> int:
    """The first of `count` free neighbouring ports: `first`, or for 0 any. EnvironmentError_ when one is taken."""
    candidates = [first] if first else random.sample(range(20000, 32000), 200)
    for candidate in candidates:
        taken = [port for port in range(candidate, candidate + count) if not is_free(port)]
        if not taken:
            return candidate
    raise EnvironmentError_(f"port {taken[0]} on 127.0.0.1 is taken: choose another with --port (0 takes a free one)")


def is_free(port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
