"""Processes that are forked from one which has imported what they need."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

from igny8_local.fork_server import READY
from igny8_local.sessions import started_at

_PAUSE: Final = 0.05

UNKNOWN: Final = -signal.SIGKILL
"""The exit code of a process that has ended after the one it was forked from, so that nobody was told."""


class Forked:
    """A process that was forked elsewhere; as much of :class:`subprocess.Popen` as is needed."""

    def __init__(self, talk: socket.socket, command: Sequence[str]) -> None:
        self._talk = talk
        self._command = command
        told = talk.recv(32)
        if not told:
            raise ChildProcessError("the process to fork from has ended")
        self.pid = int(told)
        self._started = started_at(self.pid)
        self._code: int | None = None

    def begin(self) -> None:
        """Let it do its work."""
        with suppress(BrokenPipeError):  # one that has died already is found by its exit code
            self._talk.send(b"g")

    def poll(self) -> int | None:
        """How it ended (a signal as a negative number), or None while it runs."""
        return self._look(0.0)

    def wait(self, seconds: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: when that takes longer than the seconds given.
        """
        code = self._look(seconds)
        if code is None:
            raise subprocess.TimeoutExpired(list(self._command), seconds or 0)
        return code

    def _look(self, seconds: float | None) -> int | None:
        deadline = None if seconds is None else time.monotonic() + seconds
        while self._code is None:
            self._talk.settimeout(None if deadline is None else max(0.0, deadline - time.monotonic()))
            try:
                told = self._talk.recv(32)
            except (BlockingIOError, TimeoutError):
                return None
            if told:
                self._code = int(told)
            elif started_at(self.pid) != self._started:
                self._code = UNKNOWN
            elif deadline is not None and time.monotonic() >= deadline:
                return None
            else:
                time.sleep(_PAUSE)
        self._talk.close()
        return self._code


class Forks:
    """Our end of a fork server: what to start it with, and what it is asked for then."""

    def __init__(self, name: str, modules: Sequence[str]) -> None:
        self.name = name
        """What the server's process is called."""
        self._requests, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ready = False
        self.inherited = (self._theirs.fileno(),)
        """The file descriptors that the server needs of ours."""
        self.command = (sys.executable, "-m", "igny8_local.fork_server", str(self._theirs.fileno()), *modules)

    def refusal(self) -> str | None:
        """Why nothing can be forked yet, or None."""
        if not self._ready:
            with suppress(BlockingIOError, ConnectionResetError):  # of one that has died already its exit code tells
                self._ready = self._requests.recv(len(READY), socket.MSG_DONTWAIT) == READY
        return None if self._ready else "it still imports"

    def started(self) -> None:
        """Let go of the server's end, once it has it: when it ends, what waits for it hears of that."""
        self._theirs.close()

    def close(self) -> None:
        """Let go of ours: the server ends."""
        self._requests.close()

    def fork(self, command: Sequence[str], environment: Mapping[str, str], output: IO[bytes]) -> Forked:
        """A new process, which waits to begin.

        Args:
            command: A module, as ``python -m`` takes it, and its arguments.
            environment: All of its environment. What the modules have read while they were imported stays as it was.
            output: Where it prints to.

        Raises:
            ChildProcessError: when the server has ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            message = json.dumps({"command": list(command), "environment": dict(environment)}).encode()
            try:
                socket.send_fds(self._requests, [message], [output.fileno(), theirs.fileno()])
            except OSError as error:
                raise ChildProcessError("the process to fork from has ended") from error
        return Forked(ours, command)
