"""What can go wrong when the system is started on one machine, each as a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

from igny8.cli.exits import ExitCode


class LocalError(Exception):
    """The base of everything that this package raises; its text is meant for the person at the terminal."""

    code = ExitCode.UNREACHABLE
    """What the command ends with."""


class PortTakenError(LocalError):
    """A port that the system needs is in use."""

    code = ExitCode.REFUSED

    def __init__(self, port: int, purpose: str, variable: str, holder: str | None) -> None:
        self.port = port
        self.variable = variable
        held = f" (by {holder})" if holder else ""
        super().__init__(
            f"Port {port}, which {purpose} needs, is already in use{held}. "
            f"End that program, or choose another port: {variable}={port + 1}"
        )


class BadSettingError(LocalError):
    """An environment variable has a value that can't be used."""

    code = ExitCode.USAGE

    def __init__(self, variable: str, value: str, reason: str) -> None:
        super().__init__(f"{variable}={value!r} can't be used: {reason}")


class EnvironmentFileError(LocalError):
    """A line of a KEY=VALUE file is none."""

    code = ExitCode.USAGE

    def __init__(self, path: Path, line: int, text: str) -> None:
        super().__init__(f"{path}, line {line}: {text!r} is not of the form KEY=VALUE.")


class AlreadyRunningError(LocalError):
    """Another process has the system up on the same home folder."""

    code = ExitCode.REFUSED

    def __init__(self, home: Path, pid: int | None) -> None:
        by = f" by process {pid}" if pid else ""
        super().__init__(
            f"The system is already up on {home}{by}. Stop that one with Ctrl-C first, "
            "or give this one a home of its own: IGNY8_HOME=another-folder"
        )


class NotRunningError(LocalError):
    """The system is not up on the home folder."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"No system is up on {home}. Start it (make up), or say where it is: IGNY8_HOME. "
            "For an engine elsewhere, give its database in IGNY8_ENGINE_DATABASE."
        )


class ProcessEndedError(LocalError):
    """A child process ended while the system was starting or running."""

    def __init__(self, name: str, code: int, log: Path, tail: str) -> None:
        self.name = name
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        super().__init__(f"{name} {how}. The last lines of {log}:\n{_indented(tail)}")


class NotHealthyError(LocalError):
    """A child process runs but doesn't answer as it should in the time it has."""

    def __init__(self, name: str, seconds: float, last: str, log: Path, tail: str) -> None:
        self.name = name
        super().__init__(
            f"{name} was not ready after {seconds:.0f} seconds ({last}). The last lines of {log}:\n{_indented(tail)}"
        )


class CommandFailedError(LocalError):
    """A command that sets something up failed."""

    def __init__(self, name: str, code: int, log: Path, tail: str) -> None:
        super().__init__(f"{name} failed with exit code {code}. The last lines of {log}:\n{_indented(tail)}")


class PostgresSetupError(LocalError):
    """PostgreSQL's data folder or its user can't be made."""

    code = ExitCode.PROBLEMS

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"PostgreSQL can't be set up: {what}: {reason.strip()}")


class AirflowAnswerError(LocalError):
    """Airflow's REST API answered with something else than asked for."""

    def __init__(self, request: str, status: int, text: str) -> None:
        self.status = status
        super().__init__(f"Airflow answered {request} with {status}: {text[:500]}")


class EngineAnswerError(LocalError):
    """The content engine answered with an error."""

    def __init__(self, request: str, status: int, text: str) -> None:
        self.status = status
        super().__init__(f"The content engine answered {request} with {status}: {text[:500]}")


class NoRuleError(LocalError):
    """The rule that is to be run isn't among Airflow's Dags."""

    code = ExitCode.PROBLEMS

    def __init__(self, dag_id: str, seconds: float, problems: str) -> None:
        super().__init__(f"Airflow has no Dag {dag_id} after {seconds:.0f} seconds. {problems}".strip())


class SiteRefusedError(LocalError):
    """Nothing can be published to the WordPress that the user names."""

    code = ExitCode.REFUSED

    def __init__(self, url: str, reasons: str) -> None:
        super().__init__(f"Nothing can be published to {url}: {reasons}")


class KeywordsFileError(LocalError):
    """The keyword file that the user names can't be read."""

    code = ExitCode.USAGE

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The keyword file {path} can't be read: {reason}")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines()) or "    (nothing)"
