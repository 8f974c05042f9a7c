"""The child processes of one system: started apart from the terminal, watched, and ended together."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from igny8_local.errors import AlreadyRunningError, CommandFailedError, NotHealthyError, ProcessEndedError
from igny8_local.forks import Forked, Forks
from igny8_local.paths import Home
from igny8_local.sessions import end_sessions, started_at

GRACE: Final = 8.0
"""How long the processes have to end by themselves, in seconds."""

_PAUSE: Final = 0.1
_TAIL: Final = 15

_WHEN_TOLD: Final = ("/bin/sh", "-c", 'read -r go && exec "$@" < /dev/null', "sh")
"""Becomes the command once a line comes, and ends when none can come any more."""

Probe = Callable[[], str | None]
"""Says why something is not ready yet, or None when it is."""


@dataclass(slots=True)
class Child:
    """A process that was started, the leader of a session of its own."""

    name: str
    log: Path
    stop_signal: int
    _process: subprocess.Popen[bytes] | Forked

    @property
    def pid(self) -> int:
        """The process id, which is the session's id too."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended (a signal as a negative number), or None while it runs."""
        return self._process.poll()

    def check(self) -> None:
        """Make sure that it still runs.

        Raises:
            ProcessEndedError: when it doesn't; with the last lines of its log.
        """
        code = self.exit_code
        if code is not None:
            raise ProcessEndedError(self.name, code, self.log, tail(self.log))


class Processes:
    """All children of one home folder; a context that leaves none of them behind."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._children: dict[str, Child] = {}
        self._lock: IO[str] | None = None
        self._watchdog: subprocess.Popen[str] | None = None
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        self._home.make()
        self._take_home()
        self._end_leftovers()
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "igny8_local.watchdog"],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(*self._children)
        if self._watchdog is not None:
            if self._watchdog.stdin is not None:
                self._watchdog.stdin.close()
            self._watchdog.wait()
        self._closing.close()
        if self._lock is not None:
            self._lock.close()

    def _take_home(self) -> None:
        lock = self._home.lock.open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise AlreadyRunningError(self._home.path, int(holder) if holder.isdecimal() else None) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _end_leftovers(self) -> None:
        """End what an earlier run left that could not end it itself. Only processes that are surely its own."""
        try:
            recorded: list[tuple[int, str, int]] = json.loads(self._home.running.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return
        ours = {pid: number for pid, started, number in recorded if started_at(pid) == started}
        if ours:
            end_sessions(ours, GRACE)
        self._home.running.unlink()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        user: str | None = None,
        stop_signal: int = signal.SIGTERM,
        inherited: Sequence[int] = (),
    ) -> Child:
        """Start a process; what it prints goes to ``logs/<name>.log``, the earlier run's to ``<name>.log.1``.

        It begins its work only when the watchdog knows it: a kill of ours at any moment leaves no stray.
        """
        with self._new_log(name).open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - this package's own commands
                [*_WHEN_TOLD, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd="/",
                start_new_session=True,
                user=user,
                group=None if user is None else _group(user),
                extra_groups=None if user is None else [],
                pass_fds=inherited,
            )
        return self._add(name, process, stop_signal)

    def start_forks(self, name: str, modules: Sequence[str], environment: Mapping[str, str]) -> Forks:
        """Start a process that imports modules, for :meth:`fork`."""
        forks = Forks(name, modules)
        self._closing.callback(forks.close)
        self.start(name, forks.command, environment, inherited=forks.inherited)
        forks.started()
        return forks

    def fork(self, forks: Forks, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start ``python -m <command>`` from a process that has imported what it needs; else as :meth:`start` does.

        Raises:
            ProcessEndedError: when the process to fork from has ended.
        """
        with self._new_log(name).open("wb") as output:
            try:
                process = forks.fork(command, environment, output)
            except ChildProcessError:
                self._children[forks.name]._process.wait(GRACE)  # noqa: SLF001 - the two are one
                self.check()
                raise
        return self._add(name, process, signal.SIGTERM)

    def _new_log(self, name: str) -> Path:
        log = self._home.logs / f"{name}.log"
        with suppress(FileNotFoundError):
            log.replace(log.with_suffix(".log.1"))
        return log

    def _add(self, name: str, process: subprocess.Popen[bytes] | Forked, stop_signal: int) -> Child:
        child = Child(name, self._home.logs / f"{name}.log", stop_signal, process)
        self._children[name] = child
        self._record()
        self._tell(f"+{child.pid} {stop_signal}")
        _begin(process)
        return child

    def remove_at_end(self, folder: Path) -> None:
        """Remove a temporary folder once all children have ended."""
        self._closing.callback(shutil.rmtree, folder, ignore_errors=True)

    def finish(self, child: Child, seconds: float) -> None:
        """Wait until a command has done its work.

        Raises:
            CommandFailedError: when it fails.
            NotHealthyError: when it takes longer than the seconds given.
        """
        try:
            code = child._process.wait(seconds)  # noqa: SLF001 - the two are one
        except subprocess.TimeoutExpired:
            raise NotHealthyError(child.name, seconds, "it still runs", child.log, tail(child.log)) from None
        self._forget(child)
        if code:
            raise CommandFailedError(child.name, code, child.log, tail(child.log))

    def wait_ready(self, name: str, probe: Probe, seconds: float) -> None:
        """Wait until the probe has nothing to say any more, watching all children meanwhile.

        Raises:
            ProcessEndedError: when a child ends.
            NotHealthyError: when it takes longer than the seconds given.
        """
        child = self._children[name]
        deadline = time.monotonic() + seconds
        while (reason := probe()) is not None:
            self.check()
            if time.monotonic() > deadline:
                raise NotHealthyError(child.name, seconds, reason, child.log, tail(child.log))
            time.sleep(_PAUSE)

    def check(self) -> None:
        """Make sure that all children still run.

        Raises:
            ProcessEndedError: for one that doesn't.
        """
        for child in self._children.values():
            child.check()

    def kill(self, name: str) -> None:
        """``kill -9``, to a child and all of its own children."""
        child = self._children[name]
        end_sessions({child.pid: signal.SIGKILL}, 0)
        self._forget(child)

    def stop(self, *names: str) -> None:
        """Ask the children to end, the last started first; kill what still lives after :data:`GRACE`.

        PostgreSQL has to be stopped after those who use it, so children go in two steps: all but the first, then it.
        """
        wanted = [self._children[name] for name in names if name in self._children]
        for step in (wanted[1:], wanted[:1]):
            end_sessions({child.pid: child.stop_signal for child in step}, GRACE)
            for child in step:
                self._forget(child)

    def _forget(self, child: Child) -> None:
        child._process.wait()  # noqa: SLF001 - the two are one
        del self._children[child.name]
        self._record()
        self._tell(f"-{child.pid}")

    def _record(self) -> None:
        recorded = [(child.pid, started_at(child.pid), child.stop_signal) for child in self._children.values()]
        draft = self._home.running.with_suffix(".new")
        draft.write_text(json.dumps(recorded), encoding="utf-8")
        draft.replace(self._home.running)

    def _tell(self, line: str) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.write(f"{line}\n")


def _begin(process: subprocess.Popen[bytes] | Forked) -> None:
    if isinstance(process, Forked):
        process.begin()
    elif process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as words:  # one that has died already is found by its exit code
            words.write(b"go\n")


def tail(log: Path, lines: int = _TAIL) -> str:
    """The last lines of a log."""
    with suppress(FileNotFoundError):
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    return ""


def _group(user: str) -> int:
    import pwd  # noqa: PLC0415 - only there on Unix, and only needed by root

    return pwd.getpwnam(user).pw_gid
