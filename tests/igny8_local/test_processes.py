"""Children: logs, early deaths, endings, and what is left when their parent is killed."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from igny8_local import processes as processes_module
from igny8_local.errors import AlreadyRunningError, CommandFailedError, NotHealthyError, ProcessEndedError
from igny8_local.paths import REPOSITORY, Home
from igny8_local.processes import Processes
from watching import alive, wait_until

SLEEPER = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "a home")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_what_a_child_prints_is_in_its_log_and_the_earlier_log_is_kept(home: Home) -> None:
    with Processes(home) as processes:
        for word in ("first", "second"):
            processes.finish(processes.start("talker", python(f"print('{word}')"), {}), 20)
    assert (home.logs / "talker.log").read_text() == "second\n"
    assert (home.logs / "talker.log.1").read_text() == "first\n"


def test_leaving_ends_all_children_and_theirs(home: Home) -> None:
    with Processes(home) as processes:
        child = processes.start("parent", python(PARENT), {})
        wait_until(lambda: child.log.read_text().strip().isdecimal(), 20)
        grandchild = int(child.log.read_text())
        assert alive(child.pid)
        assert alive(grandchild)
    assert not alive(child.pid)
    assert not alive(grandchild)


def test_who_does_not_end_when_asked_is_killed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes_module, "GRACE", 0.5)
    with Processes(home) as processes:
        child = processes.start("stubborn", python(STUBBORN), {})
        wait_until(lambda: "ready" in child.log.read_text(), 20)
    assert not alive(child.pid)
    assert child.exit_code == -signal.SIGKILL


def test_an_early_death_is_told_with_the_last_lines_of_the_log(home: Home) -> None:
    code = "print('\\n'.join(f'line {n}' for n in range(50)), flush=True); raise SystemExit('no table today')"
    with Processes(home) as processes:
        processes.start("waiter", python(code), {})
        with pytest.raises(ProcessEndedError) as caught:
            processes.wait_ready("waiter", lambda: "no answer", 20)
    text = str(caught.value)
    assert "waiter ended with exit code 1" in text
    assert str(home.logs / "waiter.log") in text
    assert "    no table today" in text
    assert "    line 49" in text
    assert "line 20" not in text


def test_a_death_by_signal_says_so(home: Home) -> None:
    with Processes(home) as processes:
        child = processes.start("victim", python(SLEEPER), {})
        os.kill(child.pid, signal.SIGKILL)
        wait_until(lambda: child.exit_code is not None, 20)
        with pytest.raises(ProcessEndedError, match="victim was ended by signal 9"):
            processes.check()


def test_one_that_never_gets_ready_says_why_not(home: Home) -> None:
    with Processes(home) as processes:
        processes.start("slow", python(SLEEPER), {})
        with pytest.raises(NotHealthyError, match=r"slow was not ready after 0 seconds \(it still warms up\)"):
            processes.wait_ready("slow", lambda: "it still warms up", 0.3)


def test_a_command_that_fails_is_told_with_its_log(home: Home) -> None:
    with Processes(home) as processes:
        child = processes.start("migrate", python("raise SystemExit('the disk is full')"), {})
        with pytest.raises(CommandFailedError, match=r"(?s)migrate failed with exit code 1.*the disk is full"):
            processes.finish(child, 20)


def test_a_command_that_takes_too_long_is_told(home: Home) -> None:
    with Processes(home) as processes:
        child = processes.start("migrate", python(SLEEPER), {})
        with pytest.raises(NotHealthyError, match="it still runs"):
            processes.finish(child, 0.2)


def test_a_killed_child_can_be_started_again(home: Home) -> None:
    with Processes(home) as processes:
        first = processes.start("worker", python(PARENT), {})
        wait_until(lambda: first.log.read_text().strip().isdecimal(), 20)
        grandchild = int(first.log.read_text())
        processes.kill("worker")
        assert not alive(first.pid)
        assert not alive(grandchild)
        second = processes.start("worker", python(SLEEPER), {})
        processes.check()
    assert not alive(second.pid)


def test_two_on_one_home_are_refused(home: Home) -> None:
    with (
        Processes(home),
        pytest.raises(AlreadyRunningError, match=rf"already up on .*a home by process {os.getpid()}.*IGNY8_HOME="),
    ):
        Processes(home).__enter__()


def start_and_wait(home: Home) -> tuple[subprocess.Popen[str], list[int]]:
    """A program with two children, one of which has a child too; their process ids."""
    code = f"""
        import sys, time
        from pathlib import Path
        from igny8_local.paths import Home
        from igny8_local.processes import Processes
        with Processes(Home(Path({str(home.path)!r}))) as processes:
            parent = processes.start("parent", [sys.executable, "-c", {PARENT!r}], {{}})
            sleeper = processes.start("sleeper", [sys.executable, "-c", {SLEEPER!r}], {{}})
            while not parent.log.read_text().strip():
                time.sleep(0.05)
            print(parent.pid, sleeper.pid, parent.log.read_text().strip(), flush=True)
            time.sleep(600)
    """
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "include")}
    program = subprocess.Popen(python(textwrap.dedent(code)), stdout=subprocess.PIPE, text=True, env=environment)
    assert program.stdout is not None
    return program, [int(pid) for pid in program.stdout.readline().split()]


def test_when_the_program_is_killed_its_children_end(home: Home) -> None:
    program, children = start_and_wait(home)
    assert len(children) == 3
    assert all(alive(pid) for pid in children)
    program.kill()
    program.communicate()
    wait_until(lambda: not any(alive(pid) for pid in children), 20)


@pytest.mark.parametrize("line", ["_record", "_tell"])
def test_a_kill_in_the_middle_of_a_start_leaves_no_stray(home: Home, line: str) -> None:
    program = textwrap.dedent(f"""
        import os, signal, sys
        from pathlib import Path
        from igny8_local.paths import Home
        from igny8_local.processes import Processes

        class Killed(Processes):
            def {line}(self, *_):
                os.kill(os.getpid(), signal.SIGKILL)

        with Killed(Home(Path(sys.argv[1]))) as processes:
            processes.start("stray", [sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]], {{}})
    """)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "include")}
    killed = subprocess.run([*python(program), str(home.path)], env=environment, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    wait_until(lambda: running_with(str(home.path)) == [], 20)


def running_with(word: str) -> list[str]:
    return [
        entry.name
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and word.encode() in read_if_there(entry / "cmdline").split(b"\0")
    ]


def read_if_there(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def parent_of(pid: str) -> str:
    """The parent of a process; nothing of one that has ended."""
    words = read_if_there(Path("/proc") / pid / "stat").decode().rpartition(")")[2].split()
    return words[1] if words else ""


def test_what_even_the_watchdog_could_not_end_is_ended_at_the_next_start(home: Home) -> None:
    program, children = start_and_wait(home)
    [watchdog] = [pid for pid in running_with("igny8_local.watchdog") if parent_of(pid) == str(program.pid)]
    os.kill(int(watchdog), signal.SIGKILL)
    program.kill()
    program.communicate()
    assert all(alive(pid) for pid in children)
    with Processes(home):
        assert not any(alive(pid) for pid in children)


def test_a_stranger_with_a_recorded_number_is_left_alone(home: Home) -> None:
    stranger = subprocess.Popen(python(SLEEPER))
    try:
        home.make()
        home.running.write_text(json.dumps([[stranger.pid, "1", signal.SIGKILL]]))
        with Processes(home):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
