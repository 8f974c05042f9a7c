"""What the command's exit codes mean. Every command ends with one of these, and so does whatever it becomes."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    DONE = 0
    PROBLEMS = 1
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    RUN_FAILED = 5
    NOT_FOUND = 6
    INTERRUPTED = 130


MEANINGS: Final = {
    ExitCode.DONE: "done; a run that was waited for is completed or skipped",
    ExitCode.PROBLEMS: "problems were found in rules, tests or the installation",
    ExitCode.USAGE: "the command was not used as its help says",
    ExitCode.REFUSED: "refused: a login that is not valid, or a request that can't be done",
    ExitCode.UNREACHABLE: "Airflow or the content engine does not answer as it should",
    ExitCode.RUN_FAILED: "the run failed or was cancelled, or the demo published too little",
    ExitCode.NOT_FOUND: "what was named does not exist",
    ExitCode.INTERRUPTED: "ended by Ctrl-C",
}


def exit_codes_text() -> str:
    """All exit codes, one in each paragraph, for the help."""
    return "\n\n".join(["Exit codes:", *(f"{code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())])
