"""A rule's history: one immutable file for each time that it was saved."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import yaml

from igny8.rules.errors import RuleStoreError

FOUND_IN_FILE: Final = "unknown (found in the file)"
"""The author of a change that was not made through the store, for example by an editor or by git."""

_DIGEST: Final = re.compile(rb"^digest: ([0-9a-f]{64})$", re.MULTILINE)
HEAD: Final = 256
"""How many bytes at a revision file's beginning hold its digest and whether the rule was deleted."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a rule, and who saved it."""

    rule_id: str
    number: int
    author: str
    saved_at: datetime | None
    """When it was saved, in UTC; ``None`` for a change by hand that has not been recorded yet."""
    data: bytes
    """The rule's file as it was; for a deletion what was deleted."""
    deleted: bool = False
    """Whether this is the deletion of the rule."""

    @property
    def text(self) -> str:
        """The rule as YAML."""
        return self.data.decode("utf-8-sig", "replace")

    @property
    def digest(self) -> str:
        """The SHA-256 of the file."""
        return digest(self.data)


def digest(data: bytes) -> str:
    """The SHA-256 of a file, as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def now() -> datetime:
    """The time to write into a revision."""
    return datetime.now(UTC).replace(microsecond=0)


def encode(revision: Revision) -> bytes:
    """The revision as a file: a YAML mapping that people can read, from which the rule comes back byte for byte."""
    saved_at = revision.saved_at or now()
    head: dict[str, object] = {
        "revision": revision.number,
        "deleted": revision.deleted,
        "digest": revision.digest,
        "author": revision.author,
        "saved_at": saved_at.isoformat(),
    }
    text = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1 << 20)
    return (text + _document(revision.data)).encode()


def decode(rule_id: str, data: bytes, path: str) -> Revision:
    """Read a revision's file.

    Raises:
        RuleStoreError: when the file is not what :func:`encode` wrote.
    """
    try:
        content = yaml.load(data, Loader=yaml.BaseLoader)  # noqa: S506 - the base loader makes texts only
        encoded = content.get("document_base64")
        document: bytes = content["document"].encode() if encoded is None else base64.b64decode(encoded, validate=True)
        revision = Revision(
            rule_id=rule_id,
            number=int(content["revision"]),
            author=content["author"],
            saved_at=datetime.fromisoformat(content["saved_at"]),
            data=document,
            deleted=content["deleted"] == "true",
        )
        intact = content["digest"] == revision.digest
    except (yaml.YAMLError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise RuleStoreError(path, f"this revision cannot be read: {error}") from error
    if not intact:
        raise RuleStoreError(path, "this revision was changed after it was written: its digest does not fit.")
    return revision


def live_digest(head: bytes) -> str | None:
    """The digest of the rule's file after this revision, from the revision file's first bytes; ``None`` if deleted."""
    found = _DIGEST.search(head)
    return found[1].decode() if found and b"\ndeleted: false\n" in head else None


def _document(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"document_base64: {base64.b64encode(data).decode()}\n"
    body = "".join(f"  {line}" if line.strip("\n") else line for line in text.splitlines(keepends=True))
    block = f"document: |2{'+' if text.endswith(chr(10)) else '-'}\n{body}\n"
    if text.endswith("\n"):
        block = block[:-1]
    if _reads_back(block, text):
        return block
    # Odd spaces, line ends or control characters: a quoted text keeps them all.
    return yaml.safe_dump({"document": text}, default_style='"', width=1 << 30)


def _reads_back(block: str, text: str) -> bool:
    try:
        content = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 - the base loader makes texts only
    except (yaml.YAMLError, ValueError):
        return False
    return isinstance(content, dict) and content.get("document") == text
