"""scripts/servers.sh start|stop|status [SERVER] [options]: chooses the server; its module knows how."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from lake.errors import EnvironmentError_, ExitCode, LakeError
from lake.settings import Settings, is_remote, load_settings
from local_servers import databases, hdfs, standalone, thrift
from local_servers.processes import Place, Server, stop

SERVERS = ("thrift", "hdfs", "standalone", "postgres", "mariadb")
PROJECT = Path(os.environ["LAKE_HOME"])


def main() -> int:
    """Returns the exit code; what went wrong is one line on stderr."""
    arguments = _arguments()
    try:
        settings = load_settings(PROJECT, root=arguments.root, load=arguments.load)
        places = {name: place_of(name, settings) for name in ([arguments.server] if arguments.server else SERVERS)}
        if arguments.verb == "status":
            return show_status(places)
        for name, place in places.items():
            if arguments.verb == "start":
                print(start_server(name, place, settings, arguments.port).address)
            else:
                stop_server(place, purge=arguments.purge)
    except LakeError as error:
        print(f"servers.sh: {error}", file=sys.stderr)
        return int(error.exit_code)
    except OSError as error:
        print(f"servers.sh: {error}: give the right to write there, or free some space", file=sys.stderr)
        return int(ExitCode.CONFIGURATION)
    return 0


def place_of(name: str, settings: Settings) -> Place:
    """The folder of a server: under the root whose tables it serves; for a remote root, under its local folder."""
    if name == "hdfs" and is_remote(settings.root):
        raise EnvironmentError_(f"--root {settings.root} is remote: give hdfs a local folder to keep its files in")
    return Place(name, settings.local_dir / ".servers" / name)


def start_server(name: str, place: Place, settings: Settings, port: int | None) -> Server:
    """The running server: as it is, or started now."""
    recorded = place.recorded()
    if recorded and recorded.runs():
        return recorded
    if recorded:
        stop(recorded, place)  # what is left of a start that was killed
    place.folder.mkdir(parents=True, exist_ok=True)
    match name:
        case "thrift":
            default = int(os.environ.get("LAKE_THRIFT_PORT", "10000"))
            return thrift.start(place, settings, default if port is None else port)
        case "hdfs":
            return hdfs.start(place, PROJECT / ".servers" / "hdfs", 9820 if port is None else port)
        case "postgres":
            return databases.start_postgres(place, 5433 if port is None else port)
        case "mariadb":
            return databases.start_mariadb(place, 3307 if port is None else port)
        case _:
            return standalone.start(place, 7077 if port is None else port)


def stop_server(place: Place, purge: bool) -> None:
    """End what was started; nothing when nothing runs."""
    recorded = place.recorded()
    if recorded:
        stop(recorded, place)
    if purge:
        shutil.rmtree(place.folder, ignore_errors=True)


def show_status(places: dict[str, Place]) -> int:
    """One line a server; 0 when all that were asked for run."""
    found = {name: place.recorded() for name, place in places.items()}
    running = {name: server for name, server in found.items() if server and server.runs()}
    for name in places:
        server = running.get(name)
        pids = " ".join(str(pid) for pid, _ in server.processes.values()) if server else ""
        print(f"{name}: runs at {server.address} (pid {pids})" if server else f"{name}: does not run")
    return int(ExitCode.DONE if len(running) == len(places) else ExitCode.CONFIGURATION)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/servers.sh")
    parser.add_argument("verb", choices=("start", "stop", "status"))
    parser.add_argument("server", choices=SERVERS, nargs="?")
    parser.add_argument("--root")
    parser.add_argument("--port", type=int)
    parser.add_argument("--load", choices=("short", "heavy"), default="heavy")
    parser.add_argument("--purge", action="store_true")
    arguments = parser.parse_args()
    if arguments.verb == "start" and not arguments.server:
        parser.error(f"start which server? one of {', '.join(SERVERS)}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
