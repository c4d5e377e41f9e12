"""Every exception of the project, named by what the reader must do next. Each knows its exit code."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a job or command returns to the shell (docs/runbook.md)."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    CONFIGURATION = 3
    QUALITY_GATE = 4
    NO_INPUT = 5
    LOCKED = 6


class LakeError(Exception):
    """The root: the message is one line (or one line per problem) that names the place and the fix."""

    exit_code: ExitCode = ExitCode.UNEXPECTED


class UsageError_(LakeError):
    """Mend the command line."""

    exit_code = ExitCode.USAGE


class ContractError(LakeError):
    """Mend the YAML."""

    exit_code = ExitCode.CONFIGURATION


class EnvironmentError_(LakeError):
    """Mend the machine: Java, a jar, a right, the disk, a server."""

    exit_code = ExitCode.CONFIGURATION


class SourceError(LakeError):
    """A delivery is missing or unreadable: ask the sender."""

    exit_code = ExitCode.QUALITY_GATE


class NoInputError(LakeError):
    """Nothing to read in the asked range: look at landing."""

    exit_code = ExitCode.NO_INPUT


class SchemaDriftError(SourceError):
    """A file carries columns that its feed does not declare: add them, or declare `unknown_columns: keep`."""


class QualityGateError(LakeError):
    """Look in quarantine, then mend the rules, replay, or accept the delivery."""

    exit_code = ExitCode.QUALITY_GATE


class ReconciliationError(LakeError):
    """The balances do not add up: nothing is published; run `lake audit` and report it."""

    exit_code = ExitCode.QUALITY_GATE


class ReleaseError(LakeError):
    """A release cannot be made, shown or switched; the message says what to do."""

    exit_code = ExitCode.CONFIGURATION


class ReleaseHoldError(LakeError):
    """A rollback holds publication until `lake releases resume`."""

    exit_code = ExitCode.QUALITY_GATE


class LockedError(LakeError):
    """Another run writes: wait for it; the message says by whom the lock is held."""

    exit_code = ExitCode.LOCKED
