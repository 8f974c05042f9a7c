"""The OpenAPI document, its examples, and the page that shows it."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest
from automation_client import PREFIX, Automation

from igny8.api.examples import Example, examples

STORED = Path(__file__).resolve().parents[3] / "docs" / "automation-openapi.json"
VOLATILE = re.compile(
    r"_at$|^(duration.*|since|until|at|day|id|request_id|file|next_runs|attention_count"
    r"|balance|body|secret|fingerprint|url)$"
)
"""Fields that are never the same twice."""
STATE = {"balances", "attention", "findings", "has_dag"}
"""Fields that tell how the whole system is at the moment, such as whether it has read a new rule yet; their shape is
checked against the schema."""
LONG = {"list_action_types", "get_rule_schema", "list_event_types", "list_presets", "get_preset", "list_accounts"}
"""Operations whose answers are documents of their own, or tell of all that there is."""
FURTHER = dict.fromkeys(("approve", "preview_article"), "needs a run whose approval costs credits")
FURTHER |= dict.fromkeys(("list_posts", "get_article", "get_image_file"), "needs an article")
FURTHER |= dict.fromkeys(("receive_webhook", "receive_system_webhook"), "is signed for the moment that it is sent at")
FURTHER |= {"list_places": "tells of whatever rules there are"}
"""Operations without an example, and why; other tests make what these need. docs/webhooks.md shows the last two."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    from igny8.api.app import create_app

    return create_app().openapi()


@pytest.fixture
def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each operation, by its id."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_the_stored_document_is_up_to_date() -> None:
    from igny8.api.app import create_app
    from igny8.api.openapi import document_text

    assert document_text(create_app()) == STORED.read_text(), (
        "run: PYTHONPATH=plugins python -m igny8.api > docs/automation-openapi.json"
    )


def test_the_served_document_is_that_one(document: dict[str, Any], automation: Automation) -> None:
    served = automation.http.get("/openapi.json").json()
    assert "DrawLotsAction" in served["components"]["schemas"], "what is installed where it is served is in it"
    assert without_own_actions(served) == {**document, "servers": [{"url": PREFIX}]}


def without_own_actions(value: Any) -> Any:
    """A document without the action that is installed for the running system only."""
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if "DrawLots" not in key and not is_own(each)}
        return {key: without_own_actions(each) for key, each in kept.items()}
    return [without_own_actions(each) for each in value if not is_own(each)] if isinstance(value, list) else value


def is_own(value: Any) -> bool:
    name = value.get("$ref", "") if isinstance(value, dict) else value
    return isinstance(name, str) and "DrawLots" in name


def test_every_operation_is_described(operations: dict[str, tuple[str, str, dict[str, Any]]]) -> None:
    shown = {example.operation: example for example in reversed(examples())}
    assert shown.keys() | FURTHER.keys() == operations.keys()
    assert shown.keys().isdisjoint(FURTHER)
    for name, (_, path, operation) in operations.items():
        assert operation["description"].strip(), name
        assert operation["security"] or path.startswith("/hooks/"), name  # these ask for a signature
        assert {"4XX", "5XX"} <= set(operation["responses"]), name
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["in"] == "path", (name, parameter)
        if name in shown:
            good = operation["responses"][str(shown[name].status)]
            assert name in LONG or all("example" in content for content in good["content"].values()), name
            assert "requestBody" not in operation or any(
                "example" in content for content in operation["requestBody"]["content"].values()
            ), name


@pytest.fixture
def told(
    automation: Automation, operations: dict[str, tuple[str, str, dict[str, Any]]]
) -> list[tuple[Example, httpx.Response]]:
    """Every example with the answer that the running system gave."""
    answers: list[tuple[Example, httpx.Response]] = []
    due: dict[str, str] = {}
    for example in examples():
        method, path, _ = operations[example.operation]
        for name, value in example.path.items():
            path = path.replace(f"{{{name}}}", quote(due.get(name, value), safe=""))
        headers = dict(example.headers)
        content: dict[str, Any] = {}
        if isinstance(example.body, str):
            content, headers = {"content": example.body.encode()}, {**headers, "Content-Type": example.text}
        elif example.body is not None:
            content = {"json": example.body}
        answer = automation.http.request(method, path, params=example.query, headers=headers, **content)
        answers.append((example, answer))
        assert answer.status_code == example.status, f"{example.operation}: {answer.status_code} {answer.text}"
        data = answer.json()["data"] if answer.headers["content-type"] == "application/json" else None
        due |= never_the_same(example.operation, data)
        if example.operation == "create_rule":
            automation.made.append(data["id"])
        if answer.status_code == 202:
            for run in data.get("runs", [data]):
                settle(automation, run["automation_rule"], run["run_id"])
    return answers


def never_the_same(operation: str, data: Any) -> dict[str, str]:
    """What of an answer stands in the paths of later calls, and is another one each time."""
    match operation:
        case "list_scheduled_tasks":
            return {"task_id": data[0]["id"]}
        case "list_integrations":
            return {"integration_id": str(data[0]["id"])}
        case "create_hook_secret":
            return {"fingerprint": data["fingerprint"]}
    return {}


def settle(automation: Automation, rule_id: str, run_id: str, seconds: float = 180) -> None:
    """Wait until a run is over, or waits for a person."""
    deadline = time.monotonic() + seconds
    while True:
        seen = automation.ok("GET", f"/rules/{rule_id}/progress/", params={"run_id": run_id})
        waiting = automation.ok("GET", "/approvals/", params={"rule": rule_id})
        if seen["status"] in {"SUCCESS", "FAILURE"} or run_id in {each["run_id"] for each in waiting}:
            return
        assert time.monotonic() < deadline, seen
        time.sleep(0.3)


def test_the_examples_happen_as_shown(
    told: list[tuple[Example, httpx.Response]],
    document: dict[str, Any],
    operations: dict[str, tuple[str, str, dict[str, Any]]],
) -> None:
    for example, answer in told:
        if isinstance(example.answer, str):
            assert answer.text == example.answer, example.operation
            continue
        content = operations[example.operation][2]["responses"][str(example.status)]["content"]
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        for body in (answer.json(), example.answer):
            if body is not None:
                jsonschema.Draft202012Validator(schema).validate(body)
        if example.answer is not None:
            assert plain(answer.json()) == plain(example.answer), example.operation


def plain(value: Any, name: str = "") -> Any:
    """A value without what is never the same twice."""
    if isinstance(value, dict):
        return {key: plain(each, key) for key, each in value.items() if key not in STATE}
    if isinstance(value, list):
        return [plain(each, name) for each in value]
    if value is not None and VOLATILE.search(name):
        return type(value).__name__ if not isinstance(value, int | float) else "number"
    return value


class Links(HTMLParser):
    """Collects what a page loads, and what stands in it as script."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value for name, value in attrs if name in {"src", "href"} and value]
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        assert self.tags[-1:] != ["script"] or not data.strip(), "the policy lets no inline script run"


def test_the_page_loads_nothing_from_elsewhere(automation: Automation) -> None:
    page = automation.http.get("/docs")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    links = Links()
    links.feed(page.text)
    assert len(links.loaded) == 3
    for link in links.loaded:
        assert "//" not in link
        loaded = automation.http.get(f"/{link}")
        assert loaded.status_code == 200
        assert loaded.headers["content-type"].split(";")[0] in {"text/javascript", "text/css"}
        assert loaded.text.strip()
    for name in ("redoc.standalone.js", "..%2Fcore.py", "%2E%2E%2F__init__.py", "x"):
        assert automation.http.get(f"/docs/{name}").status_code == 404
