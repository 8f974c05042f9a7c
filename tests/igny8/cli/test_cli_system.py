"""How the command finds a system, and what it does where there is none."""

from __future__ import annotations

import http.server
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

Igny8 = Callable[..., Result]

OF_AIRFLOW = [
    ("rules", "list"),
    ("rules", "show", "a"),
    ("rules", "run", "a"),
    ("rules", "export", "a"),
    ("rules", "import", "-"),
    ("runs", "list"),
    ("runs", "show", "a"),
    ("runs", "cancel", "a"),
    ("runs", "rerun", "a"),
    ("events", "send", "a.b"),
]
OF_THE_ENGINE = [
    ("accounts", "credits"),
    ("keywords", "import", "-", "--site", "a"),
    ("sites", "connect", "a", "https://blog.example", "--username", "b", "--password", "c"),
    ("sites", "import", "a"),
    ("sites", "unpublish", "a", "1"),
    ("sites", "trash", "a", "1"),
]
RULE = "id: a\nname: A\naccount: b\nsite: c\ntrigger: manual\nactions: [{type: generate_site_structure}]\n"


@pytest.mark.parametrize("command", [*OF_AIRFLOW, *OF_THE_ENGINE], ids=lambda command: " ".join(command[:2]))
def test_without_a_system_every_command_says_what_to_do(
    igny8: Igny8, command: tuple[str, ...], unused_port: int
) -> None:
    unknown = igny8(*command, given=RULE)
    assert (unknown.exit_code, unknown.stdout) == (4, "")
    assert "igny8 up" in unknown.stderr
    address = f"http://127.0.0.1:{unused_port}"
    options = ("--url", address, "--token=t") if command in OF_AIRFLOW else ("--engine-url", address)
    silent = igny8(*command, *options, "--json", given=RULE)
    assert (silent.exit_code, silent.stdout) == (4, "")
    assert f"at {address} does not answer (" in silent.stderr
    assert len(silent.stderr.splitlines()) == 1


def test_an_address_that_is_none(igny8: Igny8) -> None:
    for address in ("nonsense", "http://", "http://[::1", "ftp://127.0.0.1"):
        result = igny8("rules", "list", "--url", address, "--token=t")
        assert result.exit_code == 4, address
        assert f"at {address.rstrip('/')} does not answer" in result.stderr


class _Recorder(http.server.BaseHTTPRequestHandler):
    """Answers everything with one page, and remembers what was sent."""

    def do_POST(self) -> None:
        self.server.sent.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))  # type: ignore[attr-defined]
        self._answer()

    def do_GET(self) -> None:
        self.server.sent.append((self.path, dict(self.headers), b""))  # type: ignore[attr-defined]
        self._answer()

    def _answer(self) -> None:
        page = b"<html>a router's login</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def other_server() -> Iterator[http.server.ThreadingHTTPServer]:
    """A web server that is neither Airflow nor the engine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Recorder) as server:
        server.sent = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_secrets_of_the_local_system_go_to_no_other_address(
    igny8: Igny8, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other_server: http.server.ThreadingHTTPServer
) -> None:
    access = {
        "airflow_url": "http://127.0.0.1:1", "username": "admin", "password": "hunter2",
        "engine_url": "http://127.0.0.1:2", "engine_key": "igny8_secret", "account": "demo",
    }  # fmt: skip
    (tmp_path / "access.json").write_text(json.dumps(access))
    monkeypatch.setenv("IGNY8_HOME", str(tmp_path))
    address = f"http://127.0.0.1:{other_server.server_port}"
    assert igny8("rules", "list", "--url", address).exit_code == 3
    assert igny8("accounts", "credits", "--engine-url", address).exit_code == 4
    assert igny8("doctor", "--url", address, "--engine-url", address).exit_code == 1
    assert other_server.sent  # type: ignore[attr-defined]
    assert "hunter2" not in str(other_server.sent)  # type: ignore[attr-defined]
    assert "igny8_secret" not in str(other_server.sent)  # type: ignore[attr-defined]
    (tmp_path / "access.json").write_text("[")
    assert "access.json can't be read" in igny8("rules", "list").stderr


def test_another_server_is_told_from_airflow_and_the_engine(
    igny8: Igny8, monkeypatch: pytest.MonkeyPatch, other_server: http.server.ThreadingHTTPServer
) -> None:
    address = f"http://127.0.0.1:{other_server.server_port}"
    monkeypatch.setenv("IGNY8_URL", address)
    monkeypatch.setenv("IGNY8_ENGINE_URL", address)
    monkeypatch.setenv("AIRFLOW_PORT", str(other_server.server_port))
    monkeypatch.setenv("ENGINE_PORT", "many")
    monkeypatch.setenv("IGNY8_USERNAME", "someone")
    assert igny8("rules", "list").exit_code == 4
    assert igny8("rules", "list", "--token=t").exit_code == 4
    assert igny8("accounts", "credits").exit_code == 4
    examined = json.loads(igny8("doctor", "--json").stdout)
    assert not examined["ok"]
    checks = {check["name"]: check for check in examined["checks"]}
    assert checks["Airflow"]["state"] == checks["Engine"]["state"] == "fail"
    assert "is no Airflow" in checks["Airflow"]["found"]
    assert checks["Port for Airflow"]["state"] == "warn"
    assert checks["Port for the engine"]["found"] == "ENGINE_PORT=many"
    assert checks["Rules"]["state"] == "ok", "those of the checkout"
    assert checks["Packages"]["state"] == "ok"


def test_the_doctor_compares_packages_with_what_is_pinned(
    igny8: Igny8, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from igny8.cli import doctor

    monkeypatch.setattr(doctor, "CHECKOUT", tmp_path)
    pinned = (
        'typer==0.0.1\nrich[x]==0.0.2 ; python_version > "3"\nno-such-package==1\nother==1 ; python_version < "3"\n'
    )
    (tmp_path / "requirements.txt").write_text(f"# made\n{pinned}    # via it\n")
    checks = {check["name"]: check for check in json.loads(igny8("doctor", "--json").stdout)["checks"]}
    packages = checks["Packages"]
    assert packages["state"] == "fail"
    assert packages["found"].startswith("no-such-package is missing, typer ")
    assert "rich" in packages["found"]
    assert "other" not in packages["found"]


@pytest.mark.parametrize(
    ("command", "becomes"),
    [
        (("up",), ["igny8_local", "up"]),
        (("up", "--json"), ["igny8_local", "up", "--json"]),
        (
            ("demo", "--exit", "--keywords", "k.csv", "--json"),
            ["igny8_local", "demo", "--exit", "--keywords=k.csv", "--json"],
        ),
        (
            ("accounts", "create", "acme", "--credits", "5", "--exist-ok"),
            ["igny8_local", "engine", "accounts", "create", "acme", "--credits=5", "--exist-ok"],
        ),
        (("accounts", "credits", "acme", "--add", "5"), ["igny8_local", "engine", "accounts", "grant", "acme", "5"]),
    ],
)
def test_other_programs_are_become(
    igny8: Igny8, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], becomes: list[str]
) -> None:
    become: list[list[str]] = []

    def execv(program: str, arguments: list[str]) -> None:
        become.append([program, *arguments])
        raise SystemExit(0)

    monkeypatch.setattr(os, "execv", execv)
    monkeypatch.delenv("IGNY8_ENGINE_DATABASE", raising=False)
    igny8(*command)
    assert become == [[sys.executable, sys.executable, "-m", *becomes]]
    if becomes[1] == "engine":
        monkeypatch.setenv("IGNY8_ENGINE_DATABASE", "postgresql:///igny8")
        igny8(*command)
        assert become[1] == [sys.executable, sys.executable, "-m", "igny8_engine", *becomes[2:]]
