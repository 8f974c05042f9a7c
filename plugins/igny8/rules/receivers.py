"""What can be wrong with the receivers of a rule's notifications, beyond the form of the single fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from igny8.rules.errors import Location, Problem
from igny8.rules.model import MAX_NOTIFICATIONS
from igny8.rules.structure import problem_at
from igny8.rules.values import JSON


def receiver_problems(notify: JSON) -> Iterator[Problem]:
    """Addresses that no message gets to, and what stands there twice."""
    if not isinstance(notify, list):
        return
    known: dict[str, int] = {}
    for index, each in enumerate(notify[:MAX_NOTIFICATIONS]):
        if not isinstance(each, Mapping):
            continue
        url, occasions = each.get("url"), each.get("on")
        if isinstance(url, str):
            here: Location = ("notify", index, "url")
            first = known.setdefault(url, index)
            if first != index:
                message = f"{url} is notified by notify[{first}] already; put all of its occasions there."
                yield problem_at(here, "duplicate_url", message, url)
            elif (reason := _unusable(url)) is not None:
                yield problem_at(here, "bad_url", f"'{url}' cannot be notified: {reason}.", url)
        if isinstance(occasions, list):
            for place, occasion in enumerate(occasions):
                if isinstance(occasion, str) and occasion in occasions[:place]:
                    message = f"{occasion} stands in the list twice."
                    yield problem_at(("notify", index, "on", place), "duplicate_occasion", message, occasion)


def _unusable(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return "its host or port is none"
    if not named:
        return "its host or port is none"
    if "@" in parts.netloc:
        return "a login in an address would be seen by all who see the rule; the message's signature tells who sends it"
    return None
