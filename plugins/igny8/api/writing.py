"""From the body of a request to the rule that is saved."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from igny8.api.envelope import Fault
from igny8.api.errors import InvalidRequestError
from igny8.api.views import BrokenRuleView, RuleFacts
from igny8.rules import Rule
from igny8.rules.model import ACTION_LISTS, RESERVED_IDS, SLUG, assign_ids

EXPECTED_REVISION: Final = "expected_revision"
_DERIVED: Final = (set(RuleFacts.model_fields) | set(BrokenRuleView.model_fields)) - set(Rule.model_fields)
"""What answers tell of a rule and nobody can set; a client that sends back what it got need not take it out."""
_SLUG: Final = re.compile(SLUG)


def take_expected_revision(document: dict[str, JsonValue], if_match: str | None) -> int | None:
    """The revision that a write starts from, by the body's ``expected_revision`` or the header ``If-Match``.

    Raises:
        InvalidRequestError: when it is no number, or the two differ.
    """
    given = document.pop(EXPECTED_REVISION, None)
    in_body = given if isinstance(given, int) and not isinstance(given, bool) and given >= 0 else None
    if given is not None and in_body is None:
        message = "expected_revision is the number of the revision that the change starts from, or 0 for a new rule."
        raise _invalid(EXPECTED_REVISION, message, given)
    if if_match is None or if_match.strip() == "*":
        return in_body
    tag = if_match.strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdecimal() and len(tag) < 10):  # noqa: PLR2004 - a revision, not any number
        raise _invalid("If-Match", 'If-Match holds the ETag of the rule as it was read, for example "3".', if_match)
    if in_body is not None and in_body != int(tag):
        raise _invalid(EXPECTED_REVISION, "expected_revision and If-Match name different revisions.", in_body)
    return int(tag)


def as_written(document: Mapping[str, JsonValue], stored: Mapping[str, JsonValue] | None) -> dict[str, JsonValue]:
    """A rule's fields as they are to be stored: without what is derived, and without defaults nobody wrote.

    Args:
        document: The body's fields.
        stored: The rule as it is stored, whose spelled-out defaults stay.

    Raises:
        InvalidRequestError: when ``is_active`` is neither true nor false.
    """
    stored = stored or {}
    written = {name: value for name, value in document.items() if name not in _DERIVED}
    written = _apply_is_active(written, document.get("is_active"), stored.get("status", "active") if stored else None)
    for name, field in Rule.model_fields.items():
        if name in written and name not in stored and not field.is_required():
            default: object = field.get_default(call_default_factory=True, validated_data={})
            if written[name] is None or written[name] == default:
                del written[name]
    lists = {name: actions for name in ACTION_LISTS if isinstance(actions := written.get(name), list)}
    before = [stored.get(name) for name in lists]
    named_before = [action for actions in before if isinstance(actions, list) for action in actions]
    kept = _actions_as_written([action for actions in lists.values() for action in actions], named_before)
    for name, actions in lists.items():
        written[name], kept = kept[: len(actions)], kept[len(actions) :]
    return written


def _apply_is_active(written: dict[str, JsonValue], is_active: JsonValue, before: JsonValue) -> dict[str, JsonValue]:
    """Off is a rule that is kept ready, on is one that runs. A status that says the same is left alone.

    A client that reads a rule and sends it back has both: what it changed counts, so an is_active that says what is
    stored already (``before``; ``None`` for a new rule) does not undo a new status.

    Raises:
        InvalidRequestError: when it is neither true nor false.
    """
    if is_active is None:
        return written
    if not isinstance(is_active, bool):
        raise _invalid(
            "is_active", "is_active is true for a rule that runs, and false for one that does not.", is_active
        )
    status = written.get("status", "active")
    if (status == "active") == is_active or (before not in (None, status) and (before == "active") == is_active):
        return written
    return {**written, "status": "active" if is_active else "paused"}


def _actions_as_written(actions: Sequence[JsonValue], before: Sequence[JsonValue]) -> list[JsonValue]:
    """The actions without ids that would be given anyway, and without empty fields, unless they were written so."""
    given = [_text(action, "id") for action in actions]
    unnamed = assign_ids([(None, _text(action, "type") or "") for action in actions])
    named_before = {_text(action, "id") for action in before} - {None}
    result: list[JsonValue] = []
    for action, own, automatic in zip(actions, given, unnamed, strict=True):
        if not isinstance(action, dict):
            result.append(action)
            continue
        kept: dict[str, JsonValue] = {name: value for name, value in action.items() if value is not None}
        if own == automatic and own not in named_before:
            kept.pop("id", None)
        if kept.get("params") == {}:
            del kept["params"]
        result.append(kept)
    return result


def free_id(name: JsonValue, taken: Collection[str]) -> str:
    """An id made of a rule's name that no other rule has."""
    plain = unicodedata.normalize("NFKD", name if isinstance(name, str) else "").encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-")
    stem = slug if _SLUG.match(slug) else "rule"
    number, candidate = 1, stem
    while candidate in taken or candidate in RESERVED_IDS:
        number += 1
        candidate = f"{stem}-{number}"
    return candidate


def _text(value: JsonValue, name: str) -> str | None:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None


def _invalid(path: str, message: str, value: JsonValue) -> InvalidRequestError:
    return InvalidRequestError(message, [Fault(path=path, message=message, value=value, code="invalid")])
