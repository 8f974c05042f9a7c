"""Ends the system's processes when the one that started them is gone, however it went.

Runs as ``python -m igny8_local.watchdog``. Its standard input comes from the starter: a line ``+<session>
<signal>`` for every process session that is started, ``-<session>`` for every one that was ended. When the input
ends, the starter is gone; what is left of the sessions gets its signal, and after :data:`GRACE` is killed. The other
end of the input can't be forgotten: the kernel closes it even after ``kill -9``.
"""

from __future__ import annotations

import signal
import sys
from typing import Final, TextIO

from igny8_local.sessions import end_sessions

GRACE: Final = 8.0
"""How long the processes have to end by themselves, in seconds."""


def watch(lines: TextIO) -> dict[int, int]:
    """Read to the end of the input: the sessions that are left, each with the signal that asks it to end."""
    left: dict[int, int] = {}
    for line in lines:
        if line.startswith("+"):
            session, number = line[1:].split()
            left[int(session)] = int(number)
        else:
            left.pop(int(line[1:]), None)
    return left


def main() -> None:
    """Watch until the starter is gone, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it has to live longer than its starter
    end_sessions(watch(sys.stdin), GRACE)


if __name__ == "__main__":
    main()
