"""Why a command can't do what it was asked for: one sentence for people, an exit code for scripts."""

from __future__ import annotations

from collections.abc import Sequence

from igny8.cli.exits import ExitCode


class CommandError(Exception):
    """The base: the message is shown on stderr, each detail on a line below it, and the command ends with the code."""

    code = ExitCode.PROBLEMS

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        self.details = tuple(details)
        super().__init__(message)


class UsageError(CommandError):
    """What was given to the command can't be used."""

    code = ExitCode.USAGE


class RefusedError(CommandError):
    """Airflow, the engine or this machine refuses what was asked for."""

    code = ExitCode.REFUSED


class NotFoundError(CommandError):
    """What was named does not exist."""

    code = ExitCode.NOT_FOUND


class UnreachableError(CommandError):
    """Nothing answers at an address, or something else than what should be there."""

    code = ExitCode.UNREACHABLE


class NoSystemError(UnreachableError):
    """Nothing says where the system is."""

    def __init__(self, what: str, access: str, options: str) -> None:
        super().__init__(
            f"Nothing says where {what} is: {access} is there only while a system is up on this machine. "
            f"Start one with 'igny8 up', or give {options}."
        )


class RulesInvalidError(CommandError):
    """Rules that were to be used have problems, each of which is a detail."""
