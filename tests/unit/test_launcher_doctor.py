"""Each check of the machine sees what is wrong and says what to do."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest

from lake import doctor
from tests.unit.launcher import write_program


def test_an_old_java_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(tmp_path / "bin" / "java", "#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    check = doctor.check_java()
    assert not check.is_fine and '"11.0.2"' in check.found and "JAVA_HOME" in str(check.remedy)


def test_a_java_that_is_not_there_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert not doctor.check_java().is_fine


def test_a_package_in_another_version_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("pytest==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0 \\\n")
    check = doctor.check_virtual_environment(lock)
    assert not check.is_fine and "pytest" in check.found and "no-such-package missing" in check.found


def test_a_missing_jar_and_other_bytes_are_told_apart(tmp_path: Path) -> None:
    listing = tmp_path / "jars.sha256"
    listing.write_text(f"# a comment\n{hashlib.sha256(b'right').hexdigest()}  a.jar  group:a:1\n")
    assert "missing" in doctor.check_jars(listing, tmp_path).found
    (tmp_path / "a.jar").write_bytes(b"wrong")
    assert "another SHA-256" in doctor.check_jars(listing, tmp_path).found
    (tmp_path / "a.jar").write_bytes(b"right")
    assert doctor.check_jars(listing, tmp_path).is_fine


def test_too_little_room_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.check_room(tmp_path / "not yet made").is_fine
    monkeypatch.setattr(doctor, "ROOM_NEEDED", 1 << 62)
    assert not doctor.check_room(tmp_path).is_fine


def test_a_root_that_cannot_be_a_folder_is_seen(tmp_path: Path) -> None:
    assert doctor.check_rights(tmp_path / "new", "x").is_fine
    (tmp_path / "file").touch()
    assert not doctor.check_rights(tmp_path / "file" / "root", "x").is_fine


def test_a_port_taken_by_a_stranger_is_seen(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        assert not doctor.check_port(port, tmp_path / "metastore.lock").is_fine
    assert doctor.check_port(port, tmp_path / "metastore.lock").is_fine
