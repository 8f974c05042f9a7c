"""Whatever is sent: a refusal that says what to do, and never a rule that is half written.

The routes are those that the application has, so a new one is sent all of this as well.
"""

from __future__ import annotations

import json
import re
import secrets
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from automation_client import PREFIX, Automation, rule_fields
from every_route import Route, every_route

JSON = {"Content-Type": "application/json"}
YAML = {"Content-Type": "application/yaml"}
DEEP = b'{"name": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"

UNREADABLE: dict[str, bytes] = {
    "nothing": b" ",
    "half": b'{"name": "x"',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "not a number": b'{"name": NaN}',
    "infinite": b'{"name": 1e999}',
    "many digits": b'{"name": ' + b"9" * 5000 + b"}",
    "a name twice": b'{"name": "x", "name": "y"}',
    "a name twice, inside": b'{"data": {"a": 1, "a": 2}, "context": {"a": 1, "a": 2}}',
    "NUL": b'{"id": "x", "type": "y", "data": {"a": "\\u0000"}, "context": {"a": "\\u0000"}}',
    "a NUL as name": b'{"id": "x", "type": "y", "data": {"\\u0000": 1}, "context": {"\\u0000": 1}}',
    "half a character": b'{"id": "x", "type": "y", "data": {"a": "\\ud800"}, "context": {"a": ["\\ud800"]}}',
    "not UTF-8": b'{"name": "\xff"}',
    "too deep": DEEP,
    "deep": b'{"context": ' + b'{"a": ' * 100 + b"1" + b"}" * 101,
}
GOOD_JSON = {"a list", "a number", "null"}
"""What only those refuse who read a body, because it is not an object."""
IMPORT = "/rules/import/"
"""Takes YAML."""
FILE = "/content/keywords/import/"
"""Takes a file of any kind; tests/igny8/api/test_content.py sends it what it should not."""
WRONG_TYPE = [{"a": [1]}]
"""What no field of any body takes."""


@pytest.fixture
def rule(automation: Automation) -> dict[str, Any]:
    return automation.make()


@pytest.fixture
def untouched(rule: dict[str, Any], rules_folder: Path) -> Iterator[None]:
    """Makes sure that nothing in the store is other than before."""

    def everything() -> dict[str, bytes]:
        return {
            str(path.relative_to(rules_folder)): path.read_bytes()
            for path in rules_folder.rglob("*")
            if path.is_file() and path.name != ".lock"
        }

    before = everything()
    yield
    assert everything() == before


@pytest.fixture(scope="module")
def routes() -> list[Route]:
    return every_route()


@pytest.fixture(scope="module")
def writes(routes: list[Route]) -> list[Route]:
    """All routes that change something, or look at something that was sent."""
    found = [route for route in routes if route.method != "GET"]
    assert {"/rules/", "/rules/{rule_id}/", "/events/", IMPORT, FILE} <= {route.path for route in found}
    return [route for route in found if route.path != FILE]


def test_ten_megabytes_are_too_much(
    automation: Automation, rule: dict[str, Any], untouched: None, writes: list[Route]
) -> None:
    large = json.dumps({**rule_fields(), "description": "x" * 10_000_000}).encode()

    def parts() -> Iterator[bytes]:
        yield from (large[start : start + 65_536] for start in range(0, len(large), 65_536))

    for number, route in enumerate(writes):
        content = parts() if number % 2 else large  # the one says how long it is
        path = route.filled(rule_id=rule["id"])
        told = automation.refused(route.method, path, content=content, headers=JSON, status=413)
        assert "1,048,576 bytes" in told["error"]
    automation.refused("POST", IMPORT, content=large, headers=YAML, status=413)
    automation.refused("POST", "/rules/", content=parts(), headers=JSON, status=413)


def test_what_cannot_be_read(
    automation: Automation, rule: dict[str, Any], untouched: None, writes: list[Route]
) -> None:
    for route in writes:
        left_out = set() if route.path != IMPORT else set(UNREADABLE)  # YAML is taken for what it is
        if route.fields is None:
            left_out |= {*GOOD_JSON, "nothing"}
        elif not route.needs_body:
            left_out |= {"nothing", "null"}
        for what in UNREADABLE.keys() - left_out:
            path = route.filled(rule_id=rule["id"])
            answer = automation.send(route.method, path, content=UNREADABLE[what], headers=JSON)
            told = answer.json()
            assert told["errors"][0]["code"] in {"malformed", "invalid", "missing"}, (route, what, told)
            expected = {400} if what not in GOOD_JSON else {400, 422}
            assert answer.status_code in expected, f"{what}: {route} {answer.status_code} {answer.text}"
    automation.refused("POST", IMPORT, content=UNREADABLE["not UTF-8"], headers=YAML, status=400)


def test_wrong_types_and_unknown_fields_are_named(
    automation: Automation, rule: dict[str, Any], untouched: None, writes: list[Route]
) -> None:
    """All of them at once, by every route that takes a body."""
    for route in writes:
        if route.fields is None:
            continue
        fields = {*route.fields, "colour"} - ({"id"} if route.method in {"PUT", "PATCH"} else set())
        body = dict.fromkeys(fields, WRONG_TYPE)
        headers = YAML if route.path == IMPORT else JSON
        content = json.dumps(body).encode()
        answer = automation.send(route.method, route.filled(rule_id=rule["id"]), content=content, headers=headers)
        told = answer.json()
        if route.path == "/rules/validate/":
            assert (answer.status_code, told["data"]["valid"]) == (200, False), told
            told = told["data"]
        else:
            assert answer.status_code == 422, f"{route}: {answer.status_code} {answer.text}"
        named = {re.split(r"[.\[]", fault["path"])[0] for fault in told["errors"]}
        assert fields <= named, (route.method, route.path, fields - named)


def test_half_a_body_is_none(automation: Automation) -> None:
    """The connection ends too early: what came until then would be a rule, but not the one that was meant."""
    rule_id = f"half-{secrets.token_hex(4)}"
    text = json.dumps({**rule_fields(), "id": rule_id}).encode()
    host, _, port = automation.url.removeprefix("http://").partition(":")
    head = (
        f"POST {PREFIX}/rules/import/ HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/yaml\r\n"
        f"Authorization: {automation.http.headers['Authorization']}\r\nContent-Length: {len(text) + 40}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + text)
        automation.ok("GET", "/rules/")  # the server has had the time to take it
    for _ in range(3):
        automation.refused("GET", f"/rules/{rule_id}/", status=404)


WRONG: dict[str, Any] = {
    "id": ["../../etc/passwd", "a/b", "a b", "Ä", "\u202e", "", "x" * 81, 5, None, ["x"], "action-types", "con."],
    "name": ["", " ", "a\nb", "x" * 201, 5, {}, "\x7f"],
    "account": ["../demo", "", 1, "DEMO"],
    "site": ["/", {}, "x" * 200],
    "trigger": ["", "webhook", 1, ["manual"]],
    "status": ["running", 1, None.__class__.__name__],
    "schedule": ["never", "* * * * * *", 5, [], ["x"]],
    "timezone": ["Mars/Base", 5, "../../etc/localtime"],
    "event": ["Upper.Case", 5, "x y"],
    "conditions": ["x", [1], [{}], [{"field": "a", "operator": "is_almost", "value": 1}], {"any": 5}],
    "actions": [[], {}, "x", [1], [{}], [{"type": 5}], [{"type": "cluster_keywords", "params": []}], [None]],
    "is_active": ["yes", 1, []],
    "expected_revision": ["1", -1, 1.5, True, []],
    "colour": [1],
}


def test_wrong_values_are_named(automation: Automation, rule: dict[str, Any], untouched: None) -> None:
    for field, values in WRONG.items():
        for value in values:
            if field == "id" and value is None:
                continue  # then it is made of the name
            wanted = {**rule_fields(), "name": "Wrong", field: value}
            if field in {"schedule", "event"}:
                wanted["trigger"] = field
            told = automation.refused("POST", "/rules/", wanted)
            assert any(fault["path"].startswith(field) for fault in told["errors"]), (field, value, told["errors"])
            if field != "id":
                automation.refused("PATCH", f"/rules/{rule['id']}/", {field: value} if field != "event" else wanted)


IDS = [
    "..",
    ".",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "a%2Fb",
    "a/b/c/d",
    "%00",
    "x%00y",
    "%ff",
    "%F0%9F%98%80",
    "%E2%80%AE",
    "rule.yaml",
    ".revisions",
    "%0A",
    "%22%27",
    "x" * 3000,
    "%25s",
    "{rule_id}",
    "-1",
    "%3Cscript%3E",
]
SOME_IDS = ["..", "a%2Fb", "%00", "%F0%9F%98%80", "rule.yaml"]
"""For routes that find what is meant as another one does."""


def test_ids_of_any_kind(automation: Automation, rule: dict[str, Any], untouched: None, routes: list[Route]) -> None:
    connection = HTTPConnection(automation.url.removeprefix("http://"), timeout=60)
    headers = {"Authorization": automation.http.headers["Authorization"], **JSON}
    paths = [
        (route.method, route.filled(**{"rule_id": rule["id"], place: "{}"}))
        for route in routes
        for place in route.places
    ]
    for method, path in [*paths, ("GET", f"/rules/{rule['id']}/progress/?run_id={{}}")]:
        for each in IDS:
            # Not with httpx, which takes dots out of paths.
            connection.request(method, PREFIX + path.format(each), "{}" if method != "GET" else None, headers)
            answer = connection.getresponse()
            text = answer.read()
            if each == "%0A" and answer.status in {307, 404}:
                continue  # a line's end within a path: Airflow takes it for another one
            assert answer.status in {404, 405, 422}, f"{method} {path} {each}: {answer.status} {text!r}"
            told = json.loads(text)
            assert told["success"] is False
            assert told["error"], told
    connection.close()
    for path in ("/rules/?search=%00", "/rules/?account=%00", "/rules/execution-history/?rule=%00", "/stats/?rule=%ff"):
        assert automation.send("GET", path).status_code == 200
    for path in ("/stats/?until=0001-01-02T00:00:00Z", "/stats/?since=0001-01-01T00:00:00%2B14:00"):
        assert "year" in automation.refused("GET", path)["error"]
    automation.refused("GET", f"/rules/{rule['id']}/revisions/{10**40}/")


def test_eight_clients_change_one_rule(automation: Automation, login: Callable[[str], Automation]) -> None:
    """Each adds its own conditions, one at a time, onto what it has read; and changes its own field blindly."""
    rule = automation.make(name="Shared", id=f"shared-{secrets.token_hex(4)}")
    path = f"/rules/{rule['id']}/"
    clients, changes = 8, 2

    def add(number: int) -> int:
        tries = 0
        for change in range(changes):
            mine = {"field": f"event.x{number}_{change}", "operator": "equals", "value": 1}
            while True:
                tries += 1
                read = automation.send("GET", path)
                conditions = [*read.json()["data"]["conditions"], mine]
                answer = automation.send(
                    "PATCH", path, {"conditions": conditions}, headers={"If-Match": read.headers["etag"]}
                )
                if answer.status_code == 200:
                    break
                assert answer.status_code == 409, answer.text
        return tries

    with ThreadPoolExecutor(clients) as pool:
        tries = sum(pool.map(add, range(clients)))
    assert tries >= clients * changes
    after = automation.ok("GET", path)
    assert {condition["field"] for condition in after["conditions"]} == {
        f"event.x{number}_{change}" for number in range(clients) for change in range(changes)
    }
    revisions = automation.ok("GET", f"{path}revisions/")
    assert [revision["revision"] for revision in revisions] == list(range(clients * changes + 1, 0, -1))
    for before, later in ((number, number + 1) for number in range(1, clients * changes + 1)):
        compared = automation.ok("GET", f"{path}revisions/compare/", params={"before": before, "after": later})
        assert len(compared["changes"]) == 1, "every revision adds one condition to the one before"

    fields: list[dict[str, Any]] = [
        {"name": "Renamed"},
        {"description": "Described."},
        {"site": "other-site"},
        {"timezone": "Europe/Berlin"},
        {"is_active": False},
        {"conditions": []},
        {"trigger": "schedule", "schedule": "0 4 * * *"},
        {"actions": [{"type": "cluster_keywords", "id": "group", "params": {"keyword_ids": []}}]},
    ]
    with ThreadPoolExecutor(clients) as pool:
        for answer in pool.map(lambda field: automation.send("PATCH", path, field), fields):
            assert answer.status_code == 200, answer.text
    last = automation.ok("GET", path)
    assert last["revision"] == clients * changes + 1 + len(fields)
    assert (last["name"], last["description"], last["site"]) == ("Renamed", "Described.", "other-site")
    assert (last["timezone"], last["is_active"], last["conditions"]) == ("Europe/Berlin", False, [])
    assert (last["schedule"], last["actions"][0]["id"]) == ("0 4 * * *", "group")


def test_eight_clients_make_rules_of_one_name(automation: Automation) -> None:
    name = f"Crowded {secrets.token_hex(4)}"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: automation.make(name=name)["id"], range(8)))
    stem = re.sub("[^a-z0-9]+", "-", name.lower())
    assert sorted(made) == sorted([stem, *(f"{stem}-{number}" for number in range(2, 9))])
