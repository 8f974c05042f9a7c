"""Rule files as a git hook or an editor has them: read and tested with neither Airflow nor the engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import JsonValue

from igny8.cli.errors import UsageError
from igny8.conditions import Finding
from igny8.execution.ledger import sentence
from igny8.rules import Problem, Trial, run_tests
from igny8.rules.document import MAX_BYTES, decode, parse
from igny8.rules.files import RuleFile, read_data, read_file, settle
from igny8.rules.folders import RulePath, open_folder
from igny8.rules.locate import path_text, position

STDIN = "-"


def read_paths(paths: Sequence[str]) -> list[RuleFile]:
    """Read the rules of files and folders, each once; an id that stands in several of them is a problem of these.

    ``-`` is stdin. A folder is read as Airflow reads the folder of the rules: hidden folders and ``presets`` are left
    out. The files bear the paths by which a person at the terminal finds them.

    Raises:
        UsageError: when a path leads nowhere.
    """
    files: dict[str, RuleFile] = {}
    for path in paths:
        for file in _read(path):
            files.setdefault(os.path.normpath(file.relative), file)
    found = list(files.values())
    settle(found)
    return found


def _read(path: str) -> Iterator[RuleFile]:
    if path == STDIN:
        yield read_data(STDIN, sys.stdin.buffer.read(MAX_BYTES + 1))
    elif "://" in path:
        from upath import UPath

        yield from _in_folder(path, UPath(path))
    elif Path(path).is_dir():
        yield from _in_folder(path, Path(path))
    elif Path(path).exists():
        yield read_file(open_folder(Path()), path)
    else:
        raise UsageError(f"There is no file or folder '{path}'.")


def _in_folder(shown: str, root: RulePath) -> Iterator[RuleFile]:
    folder = open_folder(root)
    try:
        names = folder.files()
    except OSError as error:
        raise UsageError(f"The folder '{shown}' can't be listed: {error.strerror or error}.") from error
    for name in names:
        file = read_file(folder, name)
        file.relative = f"{shown.rstrip('/')}/{name}"
        yield file


def problem_line(file: RuleFile, problem: Problem) -> str:
    """``path:line:column: message``, which editors and CI can follow."""
    place = "" if problem.line is not None else "1:1: "
    return f"{file.relative}:{place}{problem}"


def problem_json(file: RuleFile, problem: Problem) -> dict[str, JsonValue]:
    """A problem for programs."""
    return {
        "file": file.relative,
        "line": problem.line or 1,
        "column": problem.column or 1,
        "path": problem.path,
        "message": problem.message,
        "code": problem.code,
        "value": problem.value,
        "suggestion": problem.suggestion,
    }


def finding_line(finding: Finding) -> str:
    """Where a comparison stands in its rule, what it saw and what it asks for."""
    parts = [int(part) if part.isdecimal() else part for part in finding.path.split(".")]
    return f"{path_text(('conditions', *parts))}: {sentence(finding)}"


@dataclass(frozen=True, slots=True)
class FileTrial:
    """A test of a rule, how it went, and where it stands."""

    file: RuleFile
    line: int
    column: int
    trial: Trial

    @property
    def expected(self) -> str:
        """What the test expects and what came of it, in one sentence."""
        if self.trial.error:
            return f"the conditions can't be evaluated: {self.trial.error}"
        outcome = "all conditions hold" if self.trial.matches else "the conditions do not hold"
        wanted = "a match" if self.trial.test.expect == "match" else "no match"
        return f"it expects {wanted}, and {outcome}."

    def as_json(self) -> dict[str, JsonValue]:
        """All of it for programs."""
        return {
            "file": self.file.relative,
            "line": self.line,
            "column": self.column,
            "rule": self.file.rule_id,
            "name": self.trial.test.name,
            "expect": self.trial.test.expect,
            "matches": self.trial.matches,
            "passed": self.trial.passed,
            "error": self.trial.error,
            "findings": [asdict(finding) for finding in self.trial.findings],
        }


def try_files(files: Sequence[RuleFile]) -> list[FileTrial]:
    """Run the tests of all rules among the files."""
    return [trial for file in files for trial in _try(file)]


def _try(file: RuleFile) -> Iterator[FileTrial]:
    if file.rule is None or not file.rule.tests:
        return
    root = parse(decode(file.data or b"")).root
    for index, trial in enumerate(run_tests(file.rule)):
        line, column = position(root, ("tests", index))
        yield FileTrial(file, line, column, trial)
