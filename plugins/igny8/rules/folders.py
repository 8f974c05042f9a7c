"""Where the files of a rule store are: a folder on a disk, or a place that object storage knows."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from igny8.rules.document import MAX_BYTES
from igny8.rules.revisions import HEAD, digest, live_digest

if TYPE_CHECKING:  # whoever has such a path has imported upath already; the others are spared its third of a second
    from upath import UPath
    from upath.extensions import ProxyUPath

RulePath: TypeAlias = "Path | UPath | ProxyUPath"

Stamp: TypeAlias = tuple[int, ...]

REVISIONS: Final = ".revisions"
PRESETS: Final = "presets"
_CLOCK_STEP: Final = 50_000_000
"""More than the nanoseconds between two ticks of a disk's clock."""
_SUFFIXES: Final = (".yaml", ".yml")


class Folder(Protocol):
    """What a rule store needs of the place its files are in. Paths are relative, with slashes."""

    def path(self, relative: str) -> RulePath:
        """The whole path of a file."""

    def files(self) -> list[str]:
        """The files that may hold rules, sorted; folders that cannot be listed are among them."""

    def stamp(self, relative: str) -> Stamp | None:
        """What changes whenever the file does, without reading it; ``None`` where the place has no such thing."""

    def read(self, relative: str) -> bytes | None:
        """A file's bytes, at most one more than a rule may have; ``None`` when there is no such file."""

    def read_head(self, relative: str) -> bytes:
        """The beginning of a revision's file."""

    def read_whole(self, relative: str) -> bytes:
        """All bytes of a revision's file."""

    def revision_numbers(self, rule_id: str) -> list[int]:
        """The numbers of the revisions that are recorded, in order."""

    def lock(self) -> AbstractContextManager[None]:
        """Keeps all others from saving where the place allows that."""

    def create(self, relative: str, data: bytes) -> bool:
        """Make a file that nobody else has made; false when it is there already."""

    def commit(self, rule: str, data: bytes | None, revision: str, record: bytes) -> bool:
        """Put a rule's file in place, or remove it, and record the revision: both, whatever happens in between.

        False, and nothing done, when that revision exists already.
        """

    def recover(self, rule_id: str, rule: str) -> None:
        """Finish or undo what a process that died has left half done; called under the lock."""


def open_folder(root: RulePath) -> Folder:
    """The folder at a path; a ``file://`` URL and a plain path are the same."""
    if isinstance(root, Path):
        return LocalFolder(root)
    if root.protocol in {"", "file", "local"}:
        return LocalFolder(Path(root.path))
    return RemoteFolder(root)


def _is_rule_file(parts: tuple[str, ...]) -> bool:
    hidden = any(part.startswith(".") for part in parts)
    return not hidden and parts[-1].endswith(_SUFFIXES) and (len(parts) == 1 or parts[0] != PRESETS)


def _numbers(names: Iterator[str]) -> list[int]:
    return sorted(int(name[:-5]) for name in names if name.endswith(".yaml") and name[:-5].isdecimal())


class LocalFolder:
    """A folder on a disk. Saving is serialised by a file lock, and survives the death of the process at any point."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, relative: str) -> Path:
        """The whole path of a file."""
        return self.root / relative

    def files(self) -> list[str]:
        """The files that may hold rules, sorted; folders that cannot be listed are among them."""
        found: list[str] = []

        def unlisted(error: OSError) -> None:
            if Path(error.filename) == self.root:
                raise error
            found.append(Path(error.filename).relative_to(self.root).as_posix())

        for folder, folders, names in os.walk(self.root, onerror=unlisted):
            here = Path(folder).relative_to(self.root).parts
            folders[:] = [name for name in folders if not name.startswith(".")]
            if not here:
                folders[:] = [name for name in folders if name != PRESETS]
            found += ["/".join((*here, name)) for name in names if _is_rule_file((*here, name))]
        return sorted(found)

    def stamp(self, relative: str) -> Stamp | None:
        """What changes whenever the file does: a save replaces it, an editor may write into it.

        Nothing for a file that changed in this moment: the clock of a disk is too coarse to tell a second change.
        """
        try:
            seen = os.stat(os.path.join(self.root, relative))  # noqa: PTH116, PTH118 - a thousand at a time
        except OSError:
            return None
        if time.time_ns() - max(seen.st_mtime_ns, seen.st_ctime_ns) < _CLOCK_STEP:
            return None
        return seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns

    def read(self, relative: str) -> bytes | None:
        """A file's bytes, at most one more than a rule may have; ``None`` when there is no such file."""
        path = self.root / relative
        try:
            # Opening a pipe would wait for a writer for ever, were it not for O_NONBLOCK.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            if path.is_symlink():
                raise
            return None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(0, "it is not a regular file")
            return file.read(MAX_BYTES + 1)

    def read_head(self, relative: str) -> bytes:
        """The beginning of a revision's file."""
        with (self.root / relative).open("rb") as file:
            return file.read(HEAD)

    def read_whole(self, relative: str) -> bytes:
        """All bytes of a revision's file."""
        return (self.root / relative).read_bytes()

    def revision_numbers(self, rule_id: str) -> list[int]:
        """The numbers of the revisions that are recorded, in order."""
        try:
            return _numbers(iter(os.listdir(self.root / REVISIONS / rule_id)))  # noqa: PTH208 - names are enough
        except FileNotFoundError:
            return []

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps all other processes and threads from saving."""
        folder = self.root / REVISIONS
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def create(self, relative: str, data: bytes) -> bool:
        """Make a file that is not there; false when it is. Called under the lock."""
        if (self.root / relative).exists():
            return False
        self._write(relative, data)
        return True

    def commit(self, rule: str, data: bytes | None, revision: str, record: bytes) -> bool:
        """Put a rule's file in place, or remove it, and record the revision. Called under the lock.

        The record is written first under another name and gets its own only when the rule's file is in place. Readers
        who come in between see the new rule under the new revision's number; if the process dies in between,
        :meth:`recover` gives the record its name.
        """
        if (self.root / revision).exists():
            return False
        pending = _pending(revision)
        self._write(pending, record)
        if data is None:
            (self.root / rule).unlink(missing_ok=True)
            _sync_folder((self.root / rule).parent)
        else:
            self._write(rule, data)
        self._rename(pending, revision)
        return True

    def recover(self, rule_id: str, rule: str) -> None:
        """Record the revision whose rule was put in place before its process died; drop what did not get so far."""
        for folder, mine in ((REVISIONS + "/" + rule_id, ""), (Path(rule).parent.as_posix(), Path(rule).name)):
            for leftover in (self.root / folder).glob(f".{mine}*.tmp"):
                leftover.unlink(missing_ok=True)
        for pending in (self.root / REVISIONS / rule_id).glob(".*.pending"):
            number = pending.name.removeprefix(".").removesuffix(".pending")
            revision = f"{REVISIONS}/{rule_id}/{number}.yaml"
            data = self.read(rule)
            saved = live_digest(pending.read_bytes()[:HEAD]) == (None if data is None else digest(data))
            if saved and not (self.root / revision).exists():
                self._rename(_pending(revision), revision)
            else:
                pending.unlink(missing_ok=True)

    def _write(self, relative: str, data: bytes) -> None:
        """Write a file so that it is there whole and for good, or not at all."""
        target = self.root / relative
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(target.parent.parent)
        temporary = target.parent / f".{target.name}.{secrets.token_hex(6)}.tmp"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            with os.fdopen(descriptor, "wb") as file:
                with suppress(FileNotFoundError):
                    os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)

    def _rename(self, old: str, new: str) -> None:
        (self.root / old).replace(self.root / new)
        _sync_folder((self.root / new).parent)


def _pending(revision: str) -> str:
    folder, _, name = revision.rpartition("/")
    return f"{folder}/.{name.removesuffix('.yaml')}.pending"


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class RemoteFolder:
    """A place in object storage, which replaces files whole. Making the revision's file first is the lock.

    Should the process die between the two, the history holds a revision that was never in force; nothing else is lost.
    """

    def __init__(self, root: UPath | ProxyUPath) -> None:
        self.root = root

    def path(self, relative: str) -> UPath | ProxyUPath:
        """The whole path of a file."""
        return self.root / relative

    def files(self) -> list[str]:
        """The files that may hold rules, sorted."""
        base = self.root.path.rstrip("/") + "/"
        found = [path.path.removeprefix(base) for path in self.root.rglob("*")] if self.root.exists() else []
        return sorted(name for name in found if _is_rule_file(tuple(name.split("/"))))

    def stamp(self, relative: str) -> Stamp | None:  # noqa: ARG002 - each would be a request of its own
        """Nothing: object storage has no cheap one that is the same everywhere."""
        return None

    def read(self, relative: str) -> bytes | None:
        """A file's bytes, at most one more than a rule may have; ``None`` when there is no such file."""
        try:
            with (self.root / relative).open("rb") as file:
                data: bytes = file.read(MAX_BYTES + 1)
                return data
        except FileNotFoundError:
            return None

    def read_head(self, relative: str) -> bytes:
        """The beginning of a revision's file."""
        with (self.root / relative).open("rb") as file:
            data: bytes = file.read(HEAD)
            return data

    def read_whole(self, relative: str) -> bytes:
        """All bytes of a revision's file."""
        data: bytes = (self.root / relative).read_bytes()
        return data

    def revision_numbers(self, rule_id: str) -> list[int]:
        """The numbers of the revisions that are recorded, in order."""
        folder = self.root / REVISIONS / rule_id
        return _numbers(path.name for path in folder.iterdir()) if folder.exists() else []

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Nothing: whoever makes a revision's file has won."""
        yield

    def create(self, relative: str, data: bytes) -> bool:
        """Make a file that nobody else has made; false when it is there already."""
        path = self.root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            return False
        return True

    def commit(self, rule: str, data: bytes | None, revision: str, record: bytes) -> bool:
        """Record the revision, and then put the rule's file in place or remove it."""
        if not self.create(revision, record):
            return False
        if data is None:
            (self.root / rule).unlink(missing_ok=True)
        else:
            (self.root / rule).parent.mkdir(parents=True, exist_ok=True)
            (self.root / rule).write_bytes(data)
        return True

    def recover(self, rule_id: str, rule: str) -> None:
        """Nothing: no half-done state can be told from a change by hand."""
