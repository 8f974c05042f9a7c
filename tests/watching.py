"""Waiting until something has come about, and whether a process lives."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from igny8_local.sessions import started_at

T = TypeVar("T")


def wait_until(look: Callable[[], T], seconds: float = 60, what: str = "") -> T:
    """Look again and again until there is something to see; what was seen last is in the failure."""
    deadline = time.monotonic() + seconds
    pause = 0.02  # what comes at once is seen at once, and what takes long is not kept from it by being looked at
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or look}; last seen: {seen!r}"
        time.sleep(pause)
        pause = min(0.3, pause * 1.5)
    return seen


def alive(pid: int) -> bool:
    return started_at(pid) is not None
