"""The store of the rules: one YAML file each in a folder, with a history beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock

from pydantic import JsonValue

from igny8.rules.check import check_rule, read_rule
from igny8.rules.document import dump
from igny8.rules.edit import update_text
from igny8.rules.errors import (
    Problem,
    RevisionConflictError,
    RevisionNotFoundError,
    RuleInvalidError,
    RuleNotFoundError,
    RuleStoreError,
)
from igny8.rules.files import RuleFile, is_rule_id, read_file, read_files, settle
from igny8.rules.folders import REVISIONS, RulePath, Stamp, open_folder
from igny8.rules.model import Rule
from igny8.rules.revisions import FOUND_IN_FILE, Revision, decode, digest, encode, live_digest, now


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as the store holds it."""

    rule: Rule
    text: str
    """The YAML it was read from, with its comments."""
    path: RulePath
    revision: int


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A file of the store that is no usable rule, with everything that is wrong with it."""

    name: str
    """What to call it: the file's path within the store."""
    rule_id: str | None
    """Its id, where that much can be read."""
    path: RulePath
    text: str
    """The file's text; empty when it cannot be read."""
    problems: tuple[Problem, ...]
    revision: int | None = None
    """Its revision, where its id can be read: mending it is a save like any other."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Everything that is in the store; the same one as long as nothing changes, where the folder can tell."""

    rules: list[StoredRule]
    """The usable rules, by id."""
    broken: list[BrokenRule]
    """The files that are not usable, by path."""


class RuleStore:
    """The rules in a folder: ``**/*.yaml`` except ``presets/`` and hidden folders, their history in ``.revisions/``.

    Files may be changed by hand or by git at any time. Such a change counts as the revision after the latest recorded
    one, and is recorded as found before the next save.

    Args:
        root: The folder: a local path, or a path into object storage. It is made when the first rule is saved.
    """

    def __init__(self, root: RulePath) -> None:
        self.root = root
        self._folder = open_folder(root)
        self._memory: dict[str, tuple[Stamp | None, RuleFile]] = {}
        self._numbered: dict[str, StoredRule] = {}
        self._memory_lock = Lock()
        self._last: tuple[Mapping[str, Stamp | None], Scan] | None = None

    def scan(self) -> Scan:
        """Read all rules. What cannot be read or used is among the broken ones, and never an exception.

        What has not changed since this store read it last is not read again, where the folder can tell.

        Raises:
            RuleStoreError: when the folder itself is not there or cannot be listed.
        """
        try:
            names = self._folder.files()
        except OSError as error:
            raise RuleStoreError(str(self.root), f"the rules cannot be listed: {error}") from error
        # The stamps are taken before the files are read: a change in between is seen the next time.
        stamps = {name: self._folder.stamp(name) for name in names}
        last = self._last
        if last is not None and last[0] == stamps and None not in stamps.values():
            return last[1]
        scan = self._read(stamps)
        self._last = (stamps, scan)
        return scan

    def _read(self, stamps: Mapping[str, Stamp | None]) -> Scan:
        with self._memory_lock:
            files = [self._remembered(name, stamp) for name, stamp in stamps.items()]
            for name in self._memory.keys() - stamps.keys():
                del self._memory[name]
        present = [replace(file) for file in files if file.data is not None or file.problems]
        settle(present)
        rules: list[StoredRule] = []
        broken: list[BrokenRule] = []
        for file in present:
            stored = self._numbered.get(file.relative) if file.rule is not None else None
            if stored is None or stored.rule is not file.rule:
                found = self._stored(file)
                if not isinstance(found, StoredRule):
                    if found.problems:
                        broken.append(self._broken(found))
                    continue
                stored = self._numbered[file.relative] = found
            rules.append(stored)
        for name in self._numbered.keys() - {file.relative for file in present}:
            self._numbered.pop(name, None)
        return Scan(sorted(rules, key=lambda stored: stored.rule.id), broken)

    def _remembered(self, relative: str, stamp: Stamp | None) -> RuleFile:
        known = self._memory.get(relative)
        if known is not None and stamp is not None and known[0] == stamp:
            return known[1]
        file = read_file(self._folder, relative)
        self._memory[relative] = (stamp, file)
        return file

    def get(self, rule_id: str) -> StoredRule:
        """The rule of that id.

        Raises:
            RuleNotFoundError: when there is none.
            RuleInvalidError: when its file is broken.
        """
        file = self._find(rule_id)
        stored = self._stored(file) if file is not None else None
        if isinstance(stored, StoredRule):
            return stored
        if stored is None or not stored.problems:
            raise self._not_found(rule_id)
        raise RuleInvalidError(stored.problems, stored.relative)

    def save(
        self, rule: Rule | Mapping[str, JsonValue] | str, author: str, expected_revision: int | None = None
    ) -> StoredRule:
        """Save a rule, new or changed, for good: when this returns, it survives whatever happens to the process.

        Saving what is stored already changes nothing. A new rule goes to ``<id>.yaml``; a changed one stays where it
        is, with its comments where they can be kept.

        Args:
            rule: The rule, its document, or the YAML text to be stored as it is.
            author: Who saves it, for the history.
            expected_revision: The revision that the caller started from, 0 for a rule that must be new; left out,
                whatever is stored is replaced.

        Raises:
            RuleInvalidError: when it is no usable rule, or its id stands in several files.
            RevisionConflictError: when another revision is stored than the expected one.
            RuleStoreError: when it cannot be written.
        """
        checked = _checked(rule)
        try:
            with self._folder.lock():
                return self._save(checked, rule, author, expected_revision)
        except OSError as error:
            raise RuleStoreError(str(self.root), f"the rule '{checked.id}' cannot be saved: {error}") from error

    def delete(self, rule_id: str, author: str, expected_revision: int | None = None) -> None:
        """Delete a rule's file; its history stays, with the deletion as its last revision.

        Raises:
            RuleNotFoundError: when there is no such rule.
            RuleInvalidError: when its id stands in several files.
            RevisionConflictError: when another revision is stored than the expected one.
            RuleStoreError: when it cannot be deleted.
        """
        try:
            file = self._find(rule_id)
            if file is None or file.data is None:
                raise self._not_found(rule_id)
            with self._folder.lock():
                file = self._prepare(rule_id)
                if file.data is None:
                    raise self._not_found(rule_id)
                self._expect(rule_id, file, expected_revision, None)
                number = self._latest(rule_id) + 1
                deletion = Revision(rule_id, number, author, now(), file.data, deleted=True)
                if not self._folder.commit(file.relative, None, _record(rule_id, number), encode(deletion)):
                    raise self._overtaken(rule_id, number - 1, None)
        except OSError as error:
            raise RuleStoreError(str(self.root), f"the rule '{rule_id}' cannot be deleted: {error}") from error

    def revisions(self, rule_id: str) -> list[Revision]:
        """The history of a rule, the oldest first, also of one that was deleted; a change by hand is its last entry.

        Raises:
            RuleNotFoundError: when there never was such a rule.
            RuleStoreError: when a revision cannot be read.
        """
        found = self._unrecorded(rule_id)
        recorded = [self._read_revision(rule_id, number) for number in self._numbers(rule_id)]
        if not recorded and found is None:
            raise self._not_found(rule_id)
        return recorded if found is None else [*recorded, found]

    def revision(self, rule_id: str, number: int) -> Revision:
        """One revision of a rule.

        Raises:
            RuleNotFoundError: when there never was such a rule.
            RevisionNotFoundError: when it has no revision of that number.
            RuleStoreError: when the revision cannot be read.
        """
        numbers = self._numbers(rule_id)
        if number in numbers:
            return self._read_revision(rule_id, number)
        found = self._unrecorded(rule_id)
        if found is not None and found.number == number:
            return found
        if not numbers and found is None:
            raise self._not_found(rule_id)
        raise RevisionNotFoundError(rule_id, number, found.number if found else numbers[-1])

    def _save(
        self, rule: Rule, given: Rule | Mapping[str, JsonValue] | str, author: str, expected: int | None
    ) -> StoredRule:
        file = self._prepare(rule.id)
        text = given if isinstance(given, str) else _text(given, file)
        current = self._expect(rule.id, file, expected, text)
        path = self._folder.path(file.relative)
        data = text.encode()
        if current is not None and file.data == data:
            return StoredRule(rule, text, path, current)
        number = self._latest(rule.id) + 1
        revision = Revision(rule.id, number, author, now(), data)
        if not self._folder.commit(file.relative, data, _record(rule.id, number), encode(revision)):
            raise self._overtaken(rule.id, expected or number - 1, text)
        return StoredRule(rule, text, path, number)

    def _prepare(self, rule_id: str) -> RuleFile:
        """The file that the rule is in or will be in; what a process that died left half done is tidied up."""
        file = self._find(rule_id)
        if file is None:
            file = read_file(self._folder, f"{rule_id}.yaml")
            if file.data is not None:
                reason = f"this file holds the rule '{file.rule_id}'; rename the file, or give the rule another id."
                raise RuleStoreError(file.relative, reason)
        if file.data is None and file.problems:
            raise RuleStoreError(file.relative, "the file is there and cannot be read, so it is not replaced.")
        if file.is_duplicate:
            raise RuleInvalidError(file.problems, file.relative)
        self._folder.recover(rule_id, file.relative)
        return file

    def _expect(self, rule_id: str, file: RuleFile, expected: int | None, proposed: str | None) -> int | None:
        """Check the expected revision, record a change by hand, and return the current revision."""
        if file.data is None:
            current = None
        else:
            current, recorded = self._number(rule_id, file.data)
        if expected is not None and expected != (current or 0):
            raise RevisionConflictError(
                rule_id,
                expected=expected,
                current=current,
                current_text=None if file.data is None else file.text,
                proposed_text=proposed,
            )
        if current is not None and file.data is not None and not recorded:
            found = Revision(rule_id, current, FOUND_IN_FILE, now(), file.data)
            self._folder.create(_record(rule_id, current), encode(found))
        return current

    def _overtaken(self, rule_id: str, expected: int, proposed: str | None) -> RevisionConflictError:
        """The error for a save in whose very moment somebody else's took its number."""
        file = self._find(rule_id)
        return RevisionConflictError(
            rule_id,
            expected=expected,
            current=self._number(rule_id, file.data)[0] if file and file.data is not None else None,
            current_text=file.text if file and file.data is not None else None,
            proposed_text=proposed,
        )

    def _numbers(self, rule_id: str) -> list[int]:
        return self._folder.revision_numbers(rule_id) if is_rule_id(rule_id) else []

    def _latest(self, rule_id: str) -> int:
        return max(self._numbers(rule_id), default=0)

    def _number(self, rule_id: str, data: bytes) -> tuple[int, bool]:
        """The revision of a rule's file, and whether it is recorded: a change by hand comes after the latest."""
        latest = self._latest(rule_id)
        if latest and live_digest(self._folder.read_head(_record(rule_id, latest))) == digest(data):
            return latest, True
        return latest + 1, False

    def _unrecorded(self, rule_id: str) -> Revision | None:
        file = self._find(rule_id)
        if file is None or file.data is None:
            return None
        number, recorded = self._number(rule_id, file.data)
        return None if recorded else Revision(rule_id, number, FOUND_IN_FILE, None, file.data)

    def _read_revision(self, rule_id: str, number: int) -> Revision:
        relative = _record(rule_id, number)
        try:
            data = self._folder.read_whole(relative)
        except OSError as error:
            raise RuleStoreError(relative, f"this revision cannot be read: {error}") from error
        return decode(rule_id, data, relative)

    def _stored(self, file: RuleFile) -> StoredRule | RuleFile:
        """The rule with its revision; a file without a rule as it is, also when it was deleted in this moment."""
        while file.rule is not None and file.data is not None:
            number, recorded = self._number(file.rule.id, file.data)
            again = file if recorded else read_file(self._folder, file.relative)
            if again.data == file.data:
                return StoredRule(file.rule, file.text, self._folder.path(file.relative), number)
            # It was saved between the reading of the file and that of its history.
            file = again
        return file

    def _broken(self, file: RuleFile) -> BrokenRule:
        numbered = file.rule_id is not None and file.data is not None and not file.is_duplicate
        return BrokenRule(
            name=file.relative,
            rule_id=file.rule_id,
            path=self._folder.path(file.relative),
            text=file.text,
            problems=file.problems,
            revision=self._number(file.rule_id or "", file.data or b"")[0] if numbered else None,
        )

    def _not_found(self, rule_id: str) -> RuleNotFoundError:
        try:
            known = [file.rule_id for file in read_files(self._folder) if file.rule_id]
        except OSError:
            known = []  # where there is no folder there is nothing to suggest
        return RuleNotFoundError(rule_id, known)

    def _find(self, rule_id: str) -> RuleFile | None:
        """The file that has the id; where several claim it the one that keeps it, or any if none does.

        A file ``<id>.yaml`` in the root whose id cannot be read is taken for the rule's own.
        """
        if not is_rule_id(rule_id):
            return None
        own = read_file(self._folder, f"{rule_id}.yaml")
        if own.data is not None and own.rule_id == rule_id:
            return own
        try:
            files = read_files(self._folder, rule_id.encode())
        except FileNotFoundError:
            return None
        claims = [file for file in files if file.rule_id == rule_id]
        if claims:
            return next((file for file in claims if not file.is_duplicate), claims[0])
        return own if own.problems and own.rule_id is None else None


def _checked(rule: Rule | Mapping[str, JsonValue] | str) -> Rule:
    match rule:
        case Rule():
            return check_rule(rule.document())
        case str():
            return read_rule(rule)
    return check_rule(rule)


def _text(given: Rule | Mapping[str, JsonValue], file: RuleFile) -> str:
    document = given.document() if isinstance(given, Rule) else dict(given)
    return dump(document) if file.data is None else update_text(file.text, document)


def _record(rule_id: str, number: int) -> str:
    return f"{REVISIONS}/{rule_id}/{number}.yaml"
