"""Process sessions: each child leads one, so that its own children are found and ended with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PAUSE: Final = 0.05
_AFTER_KILL: Final = 5.0


def members(sessions: frozenset[int]) -> dict[int, list[int]]:
    """The living processes of each session; zombies have ended and don't count."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            fields = stat_fields(int(entry.name))
            if fields is not None and fields[0] != "Z" and int(fields[3]) in sessions:
                found.setdefault(int(fields[3]), []).append(int(entry.name))
    return found


def stat_fields(pid: int) -> list[str] | None:
    """What /proc says of a process, from its state on (see proc(5)); None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def started_at(pid: int) -> str | None:
    """When the process was started, in the kernel's ticks: with its id it names one process for good."""
    fields = stat_fields(pid)
    return None if fields is None or fields[0] == "Z" else fields[19]


def end_sessions(sessions: Mapping[int, int], grace: float) -> None:
    """Send each session's leader its signal; what still lives after the grace (in seconds) is killed.

    When a leader has ended, what is left of its session is killed at once: nobody looks after it any more.
    """
    wanted = frozenset(sessions)
    for leader in wanted:
        _send(leader, sessions[leader])
    deadline = time.monotonic() + grace
    while left := members(wanted):
        for session, pids in left.items():
            if session not in pids or time.monotonic() > deadline:
                for pid in pids:
                    _send(pid, signal.SIGKILL)
        if time.monotonic() > deadline + _AFTER_KILL:
            return
        time.sleep(_PAUSE)


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
