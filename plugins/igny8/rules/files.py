"""What the files of a rule store turn out to be, and to whom an id belongs that several of them claim."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from igny8.rules.check import read_rule
from igny8.rules.document import Document, decode, parse
from igny8.rules.errors import Problem, RuleInvalidError
from igny8.rules.folders import Folder
from igny8.rules.locate import locate
from igny8.rules.model import SLUG, Rule
from igny8.rules.structure import problem_at

DUPLICATE: Final = "duplicate_rule"
"""The code of the problem that another file has the same id."""

_SLUG: Final = re.compile(SLUG)


@dataclass(slots=True)
class RuleFile:
    """A file of the store and what it turned out to be: a rule, or something with problems."""

    relative: str
    data: bytes | None = None
    """Its bytes; ``None`` when there is no such file or it cannot be read."""
    rule: Rule | None = None
    rule_id: str | None = None
    """The id that it claims, also where the rest of it is broken."""
    problems: tuple[Problem, ...] = ()

    @property
    def text(self) -> str:
        """Its text as far as it is one."""
        return (self.data or b"").decode("utf-8-sig", "replace")

    @property
    def is_duplicate(self) -> bool:
        """Whether it lost its id to another file, or nobody has it."""
        return any(problem.code == DUPLICATE for problem in self.problems)

    @property
    def _rank(self) -> tuple[int, int]:
        """The smaller, the better its claim: nearer the root, .yaml before .yml."""
        path = PurePosixPath(self.relative)
        return len(path.parts), path.suffix != ".yaml"

    @property
    def _bears_its_name(self) -> bool:
        return PurePosixPath(self.relative).stem == self.rule_id


def is_rule_id(text: str) -> bool:
    """Whether a rule can have this id; anything else never gets near a file's path."""
    return _SLUG.match(text) is not None and not text.endswith("\n")


def read_file(folder: Folder, relative: str) -> RuleFile:
    """Read one file; that it is not there, or cannot be read or used, is in the result."""
    try:
        data = folder.read(relative)
    except OSError as error:
        message = f"The file cannot be read: {error.strerror or error}."
        return RuleFile(relative, problems=(Problem("", message, "unreadable"),))
    return RuleFile(relative) if data is None else read_data(relative, data)


def read_data(relative: str, data: bytes) -> RuleFile:
    """What bytes are that stand, or could stand, in a file of that path; that they can't be used is in the result."""
    try:
        rule = read_rule(data, relative)
    except RuleInvalidError as error:
        return RuleFile(relative, data, rule_id=_readable_id(data), problems=error.problems)
    return RuleFile(relative, data, rule, rule.id)


def read_files(folder: Folder, needle: bytes = b"") -> list[RuleFile]:
    """Read all files in which the bytes occur; of several with the same id at most one is left with a rule.

    Raises:
        OSError: when the folder cannot be listed.
    """
    files: list[RuleFile] = []
    for relative in folder.files():
        if needle and needle not in _bytes(folder, relative):
            continue
        file = read_file(folder, relative)
        if file.data is not None or file.problems:
            files.append(file)
    settle(files)
    return files


def settle(files: Iterable[RuleFile]) -> None:
    """Leave each id to the file that bears its name nearest the root; the others are broken, or all are."""
    claims: dict[str, list[RuleFile]] = defaultdict(list)
    for file in files:
        if file.rule_id is not None:
            claims[file.rule_id].append(file)
    for rule_id, rivals in claims.items():
        if len(rivals) > 1:
            _settle(rule_id, rivals)


def _settle(rule_id: str, rivals: list[RuleFile]) -> None:
    named = sorted((file for file in rivals if file._bears_its_name), key=lambda file: file._rank)  # noqa: SLF001
    keeps = named[0] if named and (len(named) == 1 or named[0]._rank < named[1]._rank) else None  # noqa: SLF001
    paths = " and ".join(file.relative for file in rivals)
    for file in rivals:
        if file is keeps:
            continue
        if keeps is None:
            message = f"The id '{rule_id}' stands in {paths}. Give all but one of them another id."
        else:
            message = f"The id '{rule_id}' is that of {keeps.relative} already. Give {file.relative} another id."
        document = _document(file.data or b"")
        problem = problem_at(("id",), DUPLICATE, message, rule_id)
        file.problems = (*locate([problem], document.root if document else None), *file.problems)
        file.rule = None


def _bytes(folder: Folder, relative: str) -> bytes:
    try:
        return folder.read(relative) or b""
    except OSError:
        return b""  # what cannot be read claims no id


def _document(data: bytes) -> Document | None:
    try:
        return parse(decode(data))
    except RuleInvalidError:
        return None


def _readable_id(data: bytes) -> str | None:
    document = _document(data)
    found = document.data.get("id") if document else None
    return found if isinstance(found, str) and is_rule_id(found) else None
