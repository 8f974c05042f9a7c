"""Looking at processes from outside: whether they live, and waiting until something has become of them."""

from __future__ import annotations

import time
from collections.abc import Callable

from igny8_local.sessions import started_at


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    return started_at(pid) is not None
