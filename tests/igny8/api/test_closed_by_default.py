"""Every route is asked by those who may not: without a login, with a false one, from another site, as a mere viewer.

The routes are those that the application has, so a new one is asked as well.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from automation_client import PREFIX, Automation
from every_route import PRESET, every_route, filled

from igny8_local.stack import Stack


def encoded(**fields: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


UNSIGNED = f"{encoded(alg='none')}.{encoded(sub='admin', role='admin', exp=9_999_999_999)}."
READING = {("POST", "/rules/validate/")}
"""What is sent with POST and changes nothing."""


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, str]]:
    """Method and path of everything that the application answers."""
    return [(route.method, route.path) for route in every_route()]


@pytest.fixture
def anybody(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.ports.airflow_url + PREFIX, timeout=60) as client:
        yield client


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ({}, 401),
        ({"headers": {"Authorization": "Basic YWRtaW46YWRtaW4="}}, 401),
        ({"headers": {"Authorization": "Bearer nonsense"}}, 403),
        ({"headers": {"Authorization": f"Bearer {UNSIGNED}"}}, 403),
        ({"headers": {"Cookie": "_token=nonsense"}}, 403),
    ],
    ids=["none", "basic", "bad token", "unsigned token", "bad cookie"],
)
def test_no_route_without_a_login(
    anybody: httpx.Client, routes: list[tuple[str, str]], login: dict[str, Any], status: int
) -> None:
    for method, path in routes:
        body = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
        answer = anybody.request(method, filled(path), **body, **login)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        told = answer.json()
        assert told["success"] is False
        assert "Log in" in told["error"], told


def test_no_write_from_another_site(
    anybody: httpx.Client, routes: list[tuple[str, str]], login: Callable[[str], Automation], stack: Stack
) -> None:
    bearer = login("admin").http.headers["Authorization"]
    cookie = {"Cookie": f"_token={bearer.removeprefix('Bearer ')}"}
    host = stack.ports.airflow_url.removeprefix("http://")
    assert anybody.get("/rules/", headers=cookie).status_code == 200
    foreign: list[dict[str, str]] = [
        {"Origin": "https://elsewhere.example"},
        {"Origin": f"http://{host}.elsewhere.example"},
        {"Origin": f"http://{host.split(':')[0]}:1"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-site"},
    ]
    for method, path in routes:
        if method == "GET":
            continue
        for headers in foreign:
            answer = anybody.request(method, filled(path), json={}, headers={**cookie, **headers})
            assert answer.status_code == 403, f"{method} {path} {headers}: {answer.status_code} {answer.text}"
            assert answer.json()["errors"][0]["code"] == "cross_site"
    own = {**cookie, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert anybody.post("/rules/validate/", json={}, headers=own).status_code == 200


def test_a_viewer_sees_and_changes_nothing(
    automation: Automation, login: Callable[[str], Automation], routes: list[tuple[str, str]], stack: Stack
) -> None:
    rule = automation.make()
    run = automation.ok("POST", f"/rules/{rule['id']}/execute/", {}, 202)["run_id"]
    automation.finish(rule["id"], run)
    viewer = login("vera")
    own = {**rule, "id": "viewers-own", "name": "V"}
    filled_in = {"save": True, "account": rule["account"], "site": rule["site"]}
    preset = automation.ok("GET", f"/presets/{PRESET}/")["yaml"]
    bodies: dict[str, Any] = {
        "/rules/": own,
        "/rules/estimate/": own,
        "/rules/dry-run/": own,
        "/rules/{rule_id}/": rule,
        "/executions/{run_id}/approvals/{action}/reject/": {"reason": "seen by a viewer"},
        "/presets/import/": {**filled_in, "preset": preset},
        "/presets/{preset_id}/instantiate/": filled_in,
    }
    before = automation.ok("GET", f"/rules/{rule['id']}/")
    for method, path in routes:
        if method == "GET" or (method, path) in READING:
            continue
        where = filled(path, rule_id=rule["id"]).replace("/executions/x/", f"/executions/{run}/")
        if path == "/rules/import/":
            text = automation.http.get(f"/rules/{rule['id']}/export/").text.replace(rule["id"], "viewers-own")
            answer = viewer.http.post(where, content=text, headers={"Content-Type": "application/yaml"})
        elif path == "/events/":
            answer = viewer.http.post(where, json={"id": "e", "type": "viewed"})
            assert answer.status_code == 202, answer.text
            assert answer.json()["data"]["runs"] == []  # it started nothing: there is nothing that a viewer may run
            continue
        elif path.endswith("/rerun/"):
            answer = viewer.http.post(where, json={"mode": "whole"})
        else:
            answer = viewer.http.request(method, where, json=bodies.get(path, {}))
        if answer.status_code in {200, 202} and path.endswith(("/estimate/", "/dry-run/")):
            continue  # these look and change nothing
        assert answer.status_code in {403, 409}, f"{method} {path}: {answer.status_code} {answer.text}"
        if answer.status_code == 409:
            assert path.endswith("/cancel/"), answer.text
        else:
            assert answer.json()["errors"][0]["code"] == "not_allowed"
            assert "permission" in answer.json()["error"]
    assert automation.ok("GET", f"/rules/{rule['id']}/") == before
    for path in (
        "/rules/",
        "/rules/execution-history/",
        "/scheduled-tasks/",
        "/stats/",
        "/dashboard/",
        f"/rules/{rule['id']}/",
    ):
        assert viewer.ok("GET", path)


@pytest.mark.parametrize("username", ["ulla", "otto"])
def test_users_and_operators_make_run_and_delete(
    automation: Automation, login: Callable[[str], Automation], username: str
) -> None:
    user = login(username)
    rule = user.make()
    automation.made.append(rule["id"])
    run = user.ok("POST", f"/rules/{rule['id']}/execute/", {}, 202)["run_id"]
    assert user.finish(rule["id"], run)["status"] == "SUCCESS"
    told = user.ok("GET", f"/executions/{run}/")
    assert told["started_by"] == username
    user.ok("DELETE", f"/rules/{rule['id']}/")
    assert user.ok("GET", "/rules/execution-history/", params={"rule": rule["id"]})[0]["id"] == run
    user.made.clear()


def test_an_ended_login_opens_nothing(stack: Stack) -> None:
    user = Automation.login(stack, "vera")
    with user.http as http:
        cookie = {"Cookie": f"_token={http.headers.pop('Authorization').removeprefix('Bearer ')}"}
        assert http.get("/rules/", headers=cookie).status_code == 200
        httpx.get(f"{stack.ports.airflow_url}/api/v2/auth/logout", headers=cookie)
        assert http.get("/rules/", headers=cookie).status_code == 403
