"""Imports modules once and forks processes from itself, which have them from their first moment on.

Runs as ``python -m igny8_local.fork_server <file descriptor> <module> …``. The descriptor is a socket on which requests
come (see :class:`igny8_local.forks.Forks`): each names a module and its arguments, an environment, a file for what the
process prints, and a socket of its own. On that the process tells its id, and begins when it is told to; its exit code
comes last. The server says on the descriptor when it has imported all, and ends when no more requests can come, or on
SIGTERM once its processes have ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from setproctitle import setproctitle

LONGEST_REQUEST: Final = 1 << 18
"""In bytes; an environment takes most of it."""

READY: Final = b"ready"


@dataclass(frozen=True, slots=True)
class Program:
    """What a forked process is to be."""

    command: Sequence[str]
    """A module, as ``python -m`` takes it, and its arguments."""
    environment: Mapping[str, str]


class ForkServer:
    """Takes requests, forks, and tells of the ends."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._talks: dict[int, socket.socket] = {}
        self._ending = False
        self._awake, self._wake = socket.socketpair()
        self._wake.setblocking(False)

    def serve(self) -> Program | None:
        """Serve until the end. In a forked process it returns too: with what that is to do."""
        signal.set_wakeup_fd(self._wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._end)
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_READ)
            selector.register(self._awake, selectors.EVENT_READ)
            while not (self._ending and not self._talks):
                for key, _ in selector.select():
                    if key.fileobj is self._awake:
                        self._awake.recv(4096)
                        self._reap()
                        continue
                    message, descriptors, _, _ = socket.recv_fds(self._requests, LONGEST_REQUEST, 2)
                    if not message:
                        return None
                    program = self._fork(message, *descriptors)
                    if program is not None:
                        return program
        return None

    def _end(self, *_: object) -> None:
        self._ending = True

    def _fork(self, message: bytes, output: int, descriptor: int) -> Program | None:
        talk = socket.socket(fileno=descriptor)
        pid = os.fork()
        if pid:
            os.close(output)
            self._talks[pid] = talk
            return None
        for other in (self._requests, self._awake, self._wake, *self._talks.values()):
            other.close()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        for stream in (1, 2):
            os.dup2(output, stream)
        os.close(output)
        with talk:
            talk.send(str(os.getpid()).encode())
            if not talk.recv(1):
                os._exit(0)  # who asked for it is gone
        return Program(**json.loads(message))

    def _reap(self) -> None:
        while self._talks:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._talks.pop(pid) as talk, suppress(BrokenPipeError):
                talk.send(str(os.waitstatus_to_exitcode(status)).encode())


def main() -> None:
    """Import, serve, and in a forked process be the module that was asked for."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    requests.set_inheritable(False)
    for name in sys.argv[2:]:
        importlib.import_module(name)
    if threading.active_count() > 1:
        raise RuntimeError(f"what was imported has started threads, which a fork loses: {threading.enumerate()}")
    gc.collect()
    gc.freeze()  # so that the collector leaves what is shared alone, and it stays shared
    requests.send(READY)
    program = ForkServer(requests).serve()
    if program is not None:
        # Before the environment moves, which is how the title's place is found.
        setproctitle(f"python -m {' '.join(program.command)}")
        os.environ.clear()
        os.environ.update(program.environment)
        module, *sys.argv[1:] = program.command
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
