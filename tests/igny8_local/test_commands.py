"""The commands as a user runs them: one demonstration, a second start, and the ways it can end."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from igny8_local.access import Access
from igny8_local.paths import REPOSITORY, Home
from igny8_local.ports import Ports
from watching import wait_until

pytestmark = pytest.mark.timeout(600)

PORTS = Ports.free()
PARTS = 7
"""PostgreSQL, the engine, and Airflow's four with the one that they are forked from."""
ANSWERS = {
    "run_state", "seconds", "keywords", "clusters", "ideas", "articles", "images", "posts", "post_urls", "credits",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(open_tmp_path: Path) -> Home:
    """One home for all tests that start the system, since only its first start takes long; its path needs quoting."""
    return Home(open_tmp_path / "a home, so 100% odd")


@pytest.fixture
def untouched(tmp_path: Path) -> Home:
    """A home that nothing was started on."""
    return Home(tmp_path / "untouched")


def environment(home: Home, **more: str) -> dict[str, str]:
    return {
        **{
            name: value
            for name, value in os.environ.items()
            if name not in {"IGNY8_RULES_PATH", "EXIT", "KEYWORDS", "WORDPRESS"}
        },
        "IGNY8_HOME": str(home.path),
        "AIRFLOW_PORT": str(PORTS.airflow),
        "ENGINE_PORT": str(PORTS.engine),
        "WORDPRESS_PORT": str(PORTS.wordpress),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "plugins"), str(REPOSITORY / "include")]),
        **more,
    }


def run(home: Home, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "igny8_local", *arguments]
    return subprocess.run(
        command, env=environment(home, **more), cwd="/", capture_output=True, text=True, timeout=500, check=False
    )


def left_behind(home: Home) -> list[str]:
    """The commands of all processes that have to do with the home."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and int(entry.name) != os.getpid():
                words = (entry / "cmdline").read_bytes()
                if str(home.path).encode() in words + (entry / "environ").read_bytes():
                    found.append(words.replace(b"\0", b" ").decode())
        except (OSError, ValueError):
            continue
    return found


@contextmanager
def started(home: Home, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A command that stays, from its first moment on."""
    command = [sys.executable, "-m", "igny8_local", *arguments]
    with subprocess.Popen(
        command, env=environment(home, **more), cwd="/", stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            yield program
        finally:
            if program.poll() is None:
                program.terminate()


def until_line(program: subprocess.Popen[str], wanted: str) -> str:
    """What it prints up to the line that holds this."""
    assert program.stdout is not None
    seen = ""
    for line in program.stdout:
        seen += line
        if wanted in line:
            return seen
    raise AssertionError(f"{wanted!r} did not come: {seen}")


def test_a_file_that_is_not_there_is_named_before_anything_starts(untouched: Home) -> None:
    result = run(untouched, "demo", KEYWORDS="/nowhere/words.csv")
    assert result.returncode == 2
    assert "The keyword file /nowhere/words.csv can't be read: No such file or directory" in result.stdout
    assert not untouched.postgres.exists()


@pytest.mark.parametrize(
    ("place", "told"),
    [("joomla", "WORDPRESS='joomla' can't be used"), ("https://example.org", "WORDPRESS_USERNAME='' can't be used")],
)
def test_a_place_that_is_none_is_told_before_anything_starts(untouched: Home, place: str, told: str) -> None:
    result = run(untouched, "demo", WORDPRESS=place)
    assert (result.returncode, told in result.stdout) == (2, True), result.stdout
    assert not untouched.postgres.exists()


def test_a_taken_port_is_told_before_anything_starts(untouched: Home) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = server.getsockname()[1]
        result = run(untouched, "up", ENGINE_PORT=str(taken))
    assert result.returncode == 3
    assert f"Port {taken}" in result.stdout
    assert f"ENGINE_PORT={taken + 1}" in result.stdout
    assert not untouched.postgres.exists()


@pytest.fixture(scope="module")
def demonstration(home: Home) -> subprocess.CompletedProcess[str]:
    """One whole ``make demo EXIT=1``."""
    return run(home, "demo", EXIT="1")


def test_the_demonstration_publishes_every_planned_article(
    home: Home, demonstration: subprocess.CompletedProcess[str]
) -> None:
    result = demonstration
    assert result.returncode == 0, result.stdout + result.stderr
    *lines, last = result.stdout.splitlines()
    answer = json.loads(last)
    assert set(answer) == ANSWERS
    assert answer["run_state"] == "success"
    assert 0 < answer["seconds"] < 90
    assert answer["keywords"] > 250
    assert answer["clusters"] >= 12
    assert answer["ideas"] == answer["articles"] == answer["images"] == answer["posts"] == 8
    assert len(set(answer["post_urls"])) == 8
    assert answer["credits"] == 40 + 8 * (15 + 50 + 1 + 10 + 5)
    shown = "\n".join(lines)
    assert all(url in shown for url in answer["post_urls"])
    assert "Publish to wordpress" in shown
    assert f"Articles go to a real WordPress on this machine: http://127.0.0.1:{PORTS.wordpress}" in shown
    assert all(url.startswith(f"http://127.0.0.1:{PORTS.wordpress}/") for url in answer["post_urls"])
    assert left_behind(home) == []
    assert not home.access.exists()


def test_up_gives_access_and_ctrl_c_leaves_nothing(home: Home, demonstration: subprocess.CompletedProcess[str]) -> None:
    with started(home, "up") as up:
        until_line(up, "Up until Ctrl-C.")
        access = Access.read(home.access)
        assert stat.S_IMODE(home.access.stat().st_mode) == 0o600
        assert access.airflow_url == PORTS.airflow_url
        login = {"username": access.username, "password": access.password}
        assert httpx.post(f"{access.airflow_url}/auth/token", json=login).status_code == 201
        key = {"Authorization": f"Bearer {access.engine_key}"}
        assert httpx.get(f"{access.engine_url}/v1/account", headers=key).json()["account"] == access.account
        for url in json.loads(demonstration.stdout.splitlines()[-1])["post_urls"]:
            page = httpx.get(url)
            assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html"), url

        second = run(home, "up")
        assert second.returncode == 3
        assert f"already up on {home.path} by process {up.pid}" in second.stdout.replace("\n", "")

        up.send_signal(signal.SIGINT)
        assert up.wait(60) == 130
    assert left_behind(home) == []
    assert not home.access.exists()
    PORTS.check()


def test_kill_9_leaves_nothing_either(home: Home) -> None:
    with started(home, "up") as up:
        wait_until(lambda: len(recorded(home)) >= PARTS, 300)
        up.kill()
        up.wait()
        wait_until(lambda: left_behind(home) == [], 60)
    PORTS.check()


def recorded(home: Home) -> list[int]:
    """The ids of the processes that run on the home, by its own records."""
    try:
        return [pid for pid, *_ in json.loads(home.running.read_text())]
    except FileNotFoundError:
        return []


def engine_of(home: Home) -> int | None:
    for pid in recorded(home):
        with suppress(OSError):  # one that has ended
            if b"igny8_engine\0serve" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    return None


def test_a_part_that_dies_ends_the_whole_with_its_log(home: Home) -> None:
    with started(home, "up") as up:
        wait_until(lambda: engine_of(home) is not None, 300)
        os.kill(engine_of(home) or 0, signal.SIGKILL)
        output, _ = up.communicate(timeout=90)
    assert up.returncode == 4
    assert "engine was ended by signal 9" in output
    assert "engine.log" in output
    assert left_behind(home) == []
