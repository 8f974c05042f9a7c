"""What is installed, reachable and configured: one check for each thing that has to be right, with what mends it."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal

import httpx
from pydantic import JsonValue

from igny8.actions import ACTION_TYPES, BROKEN_ACTIONS, BUILT_IN
from igny8.cli.answers import Account
from igny8.cli.calls import AutomationApi, EngineApi, part
from igny8.cli.errors import CommandError, NoSystemError
from igny8.cli.places import CHECKOUT, airflow, engine, rules_folder
from igny8.cli.rule_files import read_paths

_PYTHONS: Final = ((3, 11), (3, 12))
_PIN: Final = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<pin>[^\s;]+)(?:\s*;(?P<marker>[^\\\n]+))?", re.MULTILINE
)
_SHOWN: Final = 3
_PORTS: Final = {"AIRFLOW_PORT": "8080", "ENGINE_PORT": "8800"}
_LOW: Final = 100
_UP: Final = "Start it: igny8 up"
_PATIENCE: Final = 10.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "warn", "fail"]
    found: str
    """What it is like, in a few words."""
    fix: str | None = None
    """What to do where something is to be done."""


def examine(url: str | None, token: str | None, engine_url: str | None, engine_key: str | None) -> list[Check]:
    """Look at everything. Nothing is changed, and no check hinders another."""
    return [
        _python(),
        _packages(),
        _actions(),
        _rules(),
        *_airflow(url, token),
        *_engine(engine_url, engine_key),
        *_ports(),
    ]


def _python() -> Check:
    found = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro} in {sys.prefix}"
    if sys.version_info[:2] in _PYTHONS:
        return Check("Python", "ok", found)
    return Check("Python", "fail", found, "It has to be 3.11 or 3.12: remove .venv, then make up")


def _packages() -> Check:
    pinned = CHECKOUT / "requirements.txt"
    if not pinned.is_file():
        return Check("Packages", "ok", "not compared: nothing is pinned where this command is installed")
    wanted = _pins(pinned.read_text(encoding="utf-8"))
    installed = {name: _version(name) for name in wanted}
    missing = [f"{name} is missing" for name, have in installed.items() if have is None]
    other = [
        f"{name} {have} (wanted {wanted[name]})" for name, have in installed.items() if have and have != wanted[name]
    ]
    wrong = [*missing, *other]
    if not wrong:
        return Check("Packages", "ok", f"{len(wanted)} as pinned")
    more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    found = f"{', '.join(wrong[:_SHOWN])}{more}"
    return Check(
        "Packages", "fail" if missing else "warn", found, "Install what requirements.txt pins: touch it, then make up"
    )


def _pins(text: str) -> dict[str, str]:
    """The packages that a requirements file pins for this machine."""
    from packaging.markers import Marker

    return {
        found["name"]: found["pin"]
        for found in _PIN.finditer(text)
        if not found["marker"] or Marker(found["marker"].strip()).evaluate()
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _actions() -> Check:
    """Whether the actions that installed packages bring can be used."""
    own = [name for name in ACTION_TYPES if name not in BUILT_IN]
    more = f", and {', '.join(own)}" if own else ""
    if BROKEN_ACTIONS:
        broken = " ".join(str(action) for action in BROKEN_ACTIONS)
        return Check("Actions", "fail", broken, "Mend or uninstall the package; all other actions can be used")
    return Check("Actions", "ok", f"{len(BUILT_IN)} that come along{more}")


def _rules() -> Check:
    folder = rules_folder()
    try:
        files = read_paths([folder])
    except CommandError as error:
        return Check("Rules", "fail", str(error), "Make the folder, or say where it is: IGNY8_RULES_PATH")
    broken = [file for file in files if file.problems]
    found = f"{len(files) - len(broken)} good, {len(broken)} broken in {folder}"
    if broken:
        return Check("Rules", "fail", found, f"See what is wrong: igny8 rules validate {folder}")
    if not files:
        return Check("Rules", "warn", f"none in {folder}", "Write one: igny8 rules new my-rule")
    return Check("Rules", "ok", found)


def _airflow(url: str | None, token: str | None) -> Iterator[Check]:
    try:
        system = airflow(url, token)
    except NoSystemError as error:
        yield Check("Airflow", "fail", "nothing says where it is", str(error))
        return
    except CommandError as error:
        yield Check("Airflow", "fail", str(error), _UP)
        return
    try:
        with httpx.Client(base_url=system.url, timeout=_PATIENCE) as http:
            seen = http.get("/api/v2/version")
            health = http.get("/api/v2/monitor/health")
        running = str(seen.json()["version"])
        parts = health.json()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield Check("Airflow", "fail", f"{system.url} does not answer ({error or type(error).__name__})", _UP)
        return
    except (ValueError, KeyError, TypeError):
        yield Check("Airflow", "fail", f"what answers at {system.url} is no Airflow", "Give its address with --url")
        return
    wanted = _version("apache-airflow")
    if wanted in {None, running}:
        yield Check("Airflow", "ok", f"{running} at {system.url}")
    else:
        yield Check(
            "Airflow", "warn", f"{running} at {system.url}", f"The rules are made for Airflow {wanted}: update it"
        )
    yield _parts(parts)
    with AutomationApi(system) as api:
        if not system.token:
            try:
                api.login()
            except CommandError as error:
                yield Check("Login", "fail", str(error), "Set IGNY8_TOKEN, or IGNY8_USERNAME and IGNY8_PASSWORD")
                return
            yield Check("Login", "ok", f"user {system.username}")
        try:
            api.call("GET", "rules/", params={"page_size": 1})
        except CommandError as error:
            yield Check("Automation API", "fail", str(error), "Airflow's plugins folder has to be that of this project")
            return
        yield Check("Automation API", "ok", "answers" if not system.token else "answers, and accepts the token")


def _parts(health: JsonValue) -> Check:
    """Whether Airflow's other processes live."""
    states = {
        name: part.get("status")
        for name in ("scheduler", "dag_processor", "triggerer")
        if isinstance(health, dict) and isinstance(part := health.get(name), dict)
    }
    silent = [name.replace("_", " ") for name, state in states.items() if state != "healthy"]
    if silent or not states:
        fix = "Look into their logs (.igny8/logs); rules run only with all three"
        return Check("Airflow's parts", "fail", f"no sign of life: {', '.join(silent) or 'of any'}", fix)
    return Check("Airflow's parts", "ok", f"{', '.join(name.replace('_', ' ') for name in states)} live")


def _engine(url: str | None, key: str | None) -> Iterator[Check]:
    try:
        system = engine(url, key)
    except NoSystemError as error:
        yield Check("Engine", "fail", "nothing says where it is", str(error))
        return
    except CommandError as error:
        yield Check("Engine", "fail", str(error), _UP)
        return
    with EngineApi(system) as api:
        try:
            health = api.call("GET", "health")
        except CommandError as error:
            yield Check("Engine", "fail", str(error), _UP)
            return
        answer = health if isinstance(health, dict) else {}
        writes = f"{answer.get('version')} at {system.url}, writes with {answer.get('provider')}"
        if answer.get("status") == "ok":
            yield Check("Engine", "ok", writes)
        else:
            yield Check("Engine", "fail", f"its database {answer.get('database')}", "Look into the engine's log")
        try:
            account = api.as_model(Account, api.call("GET", "account"))
        except CommandError as error:
            fix = "Give the account's key in IGNY8_ENGINE_KEY. A new one: igny8 accounts create NAME --exist-ok"
            yield Check("Engine key", "fail", str(error), fix)
            return
        yield Check("Engine key", "ok", f"of the account {account.account}")
        yield _credits(account)
        yield _sites(api)


def _credits(account: Account) -> Check:
    found = f"{account.credits.balance:,} left, {account.credits.reserved:,} reserved"
    if account.credits.balance >= _LOW:
        return Check("Credits", "ok", found)
    return Check("Credits", "warn", found, f"Add some: igny8 accounts credits {account.account} --add 1000")


def _sites(api: EngineApi) -> Check:
    """Which sites are connected with a WordPress."""
    try:
        sites = [str(site["slug"]) for site in _items(api.call("GET", "sites"))]
        connected = {
            site: [str(found["url"]) for found in _items(api.call("GET", f"sites/{part(site)}/integrations"))]
            for site in sites
        }
    except CommandError as error:
        return Check("WordPress", "fail", str(error), "Look into the engine's log")
    without = [site for site, urls in connected.items() if not urls]
    listed = "; ".join(f"{site}: {', '.join(urls)}" for site, urls in connected.items() if urls)
    connect = "igny8 sites connect SITE ADDRESS --username USER"
    if not sites:
        return Check("WordPress", "warn", "the account has no sites", "Make one: POST /v1/sites of the engine")
    if without:
        found = f"{listed}; none for {', '.join(without)}" if listed else f"none for {', '.join(without)}"
        return Check("WordPress", "warn", found, f"Connect it to publish there: {connect}")
    return Check("WordPress", "ok", listed)


def _items(answer: JsonValue) -> list[dict[str, JsonValue]]:
    items = answer.get("items") if isinstance(answer, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _ports() -> Iterator[Check]:
    """Whether the local system's ports are its own or free."""
    for variable, otherwise in _PORTS.items():
        text = os.environ.get(variable, "").strip() or otherwise
        what = "Airflow" if variable == "AIRFLOW_PORT" else "the engine"
        name = f"Port for {what}"
        if not text.isdecimal() or not 0 < int(text) < 1 << 16:
            yield Check(name, "fail", f"{variable}={text}", "A port is a number from 1 to 65535")
            continue
        if not _listens(int(text)):
            yield Check(name, "ok", f"{text} is free")
        elif _is_ours(variable, int(text)):
            yield Check(name, "ok", f"{text}, {what} listens on it")
        else:
            fix = f"End the program that listens there, or choose another: {variable}={int(text) + 1} igny8 up"
            yield Check(name, "warn", f"{text} is in use by something else", fix)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_ours(variable: str, port: int) -> bool:
    path = "/api/v2/version" if variable == "AIRFLOW_PORT" else "/v1/health"
    try:
        return "version" in httpx.get(f"http://127.0.0.1:{port}{path}", timeout=_PATIENCE).json()
    except (httpx.HTTPError, ValueError, TypeError):
        return False
