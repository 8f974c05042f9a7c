"""Processes forked from one that has imported what they need: they are as if they had been started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from igny8_local.errors import CommandFailedError, NotHealthyError, ProcessEndedError
from igny8_local.forks import UNKNOWN, Forks
from igny8_local.paths import REPOSITORY, Home
from igny8_local.processes import Child, Processes
from watching import alive, wait_until

SAYS = """
import json, os, sys, time, imported
print(json.dumps({
    "arguments": sys.argv[1:], "name": __name__, "environment": dict(os.environ), "importer": imported.PROCESS,
    "pid": os.getpid(), "session": os.getsid(0), "input": sys.stdin.read(),
    "open": sorted(os.readlink(f"/proc/self/fd/{each}").partition(":")[0] for each in os.listdir("/proc/self/fd")
                   if os.path.islink(f"/proc/self/fd/{each}")),
}), flush=True)
"""
ENDS = "import sys; sys.exit(int(sys.argv[1]))"
SLEEPS = "import time; print('ready', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)


@dataclass
class Forking:
    """Children, and what they are forked from."""

    processes: Processes
    forks: Forks
    environment: dict[str, str]

    def fork(self, name: str, *command: str, **environment: str) -> Child:
        return self.processes.fork(self.forks, name, command, self.environment | environment)


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "imported.py").write_text("import os\nPROCESS = os.getpid()\n")
    for name, text in {"says": SAYS, "ends": ENDS, "sleeps": SLEEPS, "stubborn": STUBBORN}.items():
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "a home")


@pytest.fixture
def environment(modules: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join((str(modules), str(REPOSITORY / "include")))}


@pytest.fixture
def forking(home: Home, environment: dict[str, str]) -> Iterator[Forking]:
    with Processes(home) as processes:
        yield Forking(processes, processes.start_forks("server", ["imported"], environment), environment)


def test_it_is_the_module_with_its_arguments_environment_and_log(forking: Forking) -> None:
    child = forking.fork("says", "says", "a", "b c", OWN="väl\nue")
    forking.processes.finish(child, 20)
    said = json.loads(child.log.read_text())
    assert (said["arguments"], said["name"], said["input"]) == (["a", "b c"], "__main__", "")
    assert said["environment"] == forking.environment | {"OWN": "väl\nue"}
    assert said["pid"] == said["session"] == child.pid
    assert said["importer"] not in {child.pid, os.getpid()}
    assert "socket" not in said["open"], "it holds an end of what others are told by"


@pytest.mark.parametrize("code", [0, 3])
def test_how_it_ends_is_known(forking: Forking, code: int) -> None:
    child = forking.fork("ends", "ends", str(code))
    wait_until(lambda: child.exit_code is not None, 20)
    assert child.exit_code == code
    if code:
        with pytest.raises(CommandFailedError):
            forking.processes.finish(child, 20)
    else:
        forking.processes.finish(child, 20)


def test_one_that_is_killed_is_noticed_and_the_next_of_its_name_begins(forking: Forking) -> None:
    first = forking.fork("sleeps", "sleeps")
    wait_until(lambda: "ready" in first.log.read_text(), 20)
    forking.processes.check()
    os.kill(first.pid, signal.SIGSEGV)
    wait_until(lambda: first.exit_code == -signal.SIGSEGV, 20)
    with pytest.raises(ProcessEndedError, match="sleeps was ended by signal 11"):
        forking.processes.check()
    forking.processes.kill("sleeps")
    second = forking.fork("sleeps", "sleeps")
    wait_until(lambda: "ready" in second.log.read_text(), 20)
    assert first.log.with_suffix(".log.1").exists()


def test_all_end_together_also_one_that_will_not(forking: Forking) -> None:
    willing, stubborn = forking.fork("sleeps", "sleeps"), forking.fork("stubborn", "stubborn")
    wait_until(lambda: all("ready" in each.log.read_text() for each in (willing, stubborn)), 20)
    forking.processes.stop("sleeps")
    assert willing.exit_code == -signal.SIGTERM
    forking.processes.kill("stubborn")
    assert stubborn.exit_code == -signal.SIGKILL
    assert not alive(willing.pid)
    assert not alive(stubborn.pid)


def test_it_is_ready_once_all_is_imported(home: Home, modules: Path, environment: dict[str, str]) -> None:
    go = modules / "go"
    (modules / "slow.py").write_text(
        f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.02)\n"
    )
    with Processes(home) as processes:
        forks = processes.start_forks("server", ["slow"], environment)
        with pytest.raises(NotHealthyError, match="it still imports"):
            processes.wait_ready("server", forks.refusal, 0.3)
        go.touch()
        processes.wait_ready("server", forks.refusal, 20)
        assert forks.refusal() is None


def test_without_the_server_nothing_is_forked_and_what_was_is_still_looked_after(forking: Forking, home: Home) -> None:
    child = forking.fork("sleeps", "sleeps")
    server = next(pid for pid, *_ in json.loads(home.running.read_text()) if pid != child.pid)
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: not alive(server), 20)
    assert child.exit_code is None
    with pytest.raises(ProcessEndedError, match="server was ended by signal 9"):
        forking.fork("another", "sleeps")
    forking.processes.kill("sleeps")
    assert child.exit_code == UNKNOWN
    assert not alive(child.pid)


def test_what_cannot_be_imported_is_said(home: Home) -> None:
    with Processes(home) as processes:
        forks = processes.start_forks("server", ["nowhere"], {"PYTHONPATH": str(REPOSITORY / "include")})
        with pytest.raises(ProcessEndedError, match=r"(?s)server.*No module named 'nowhere'"):
            processes.fork(forks, "sleeps", ["sleeps"], {})


def test_kill_9_of_the_parent_leaves_neither_the_server_nor_its_forks(home: Home, environment: dict[str, str]) -> None:
    code = f"""
from pathlib import Path
from igny8_local.paths import Home
from igny8_local.processes import Processes
with Processes(Home(Path({str(home.path)!r}))) as processes:
    environment = {environment!r}
    forks = processes.start_forks("server", ["imported"], environment)
    processes.fork(forks, "sleeps", ["sleeps"], environment)
    print("up", flush=True)
    __import__("time").sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(REPOSITORY / "include")},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "up\n"
        pids = [pid for pid, *_ in json.loads(home.running.read_text())]
        assert len(pids) == 2
        parent.kill()
    wait_until(lambda: not any(alive(pid) for pid in pids), 20)
