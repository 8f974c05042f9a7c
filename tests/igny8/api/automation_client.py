"""A client of the REST API that knows no more than the plan: paths, JSON and the envelope."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from igny8_local.stack import Stack

PREFIX = "/api/v1/automation"
ROLES = {"admin": "admin", "otto": "op", "ulla": "user", "vera": "viewer"}
"""The users of the stack, with their roles in Airflow's SimpleAuthManager."""


def token(url: str, username: str, password: str) -> str:
    answer = httpx.post(f"{url}/auth/token", json={"username": username, "password": password}, timeout=60)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["access_token"])


def password_of(stack: Stack, username: str) -> str:
    passwords: dict[str, str] = json.loads((stack.home.airflow / "passwords.json").read_text())
    return passwords[username]


@dataclass
class Automation:
    """One user's calls."""

    url: str
    http: httpx.Client
    made: list[str] = field(default_factory=list)
    """The ids of the rules that were made."""

    @classmethod
    def login(cls, stack: Stack, username: str) -> Automation:
        return cls.open(stack.ports.airflow_url, username, password_of(stack, username))

    @classmethod
    def open(cls, url: str, username: str, password: str) -> Automation:
        headers = {"Authorization": f"Bearer {token(url, username, password)}"}
        return cls(url, httpx.Client(base_url=url + PREFIX, headers=headers, timeout=60))

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Send it, and make sure that the answer is in the envelope, whatever it says."""
        if body is not None:
            options["json"] = body
        answer = self.http.request(method, path, **options)
        told = answer.json()
        assert told["success"] is answer.is_success, told
        assert told["request_id"] == answer.headers["x-request-id"]
        if answer.is_success:
            assert "data" in told
        else:
            assert told["error"].strip().endswith((".", "!", "?")), told
            assert told["errors"], told
            for fault in told["errors"]:
                assert fault["message"].strip(), told
                assert fault["code"], told
            assert "Traceback" not in answer.text
        return answer

    def ok(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        """The data of an answer that has this status."""
        answer = self.send(method, path, body, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["data"]

    def refused(self, method: str, path: str, body: Any = None, status: int = 422, **options: Any) -> dict[str, Any]:
        """The refusal, which has this status."""
        answer = self.send(method, path, body, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    def make(self, **fields: Any) -> dict[str, Any]:
        """Make a rule with one harmless action; left out, its name and so its id are new ones."""
        rule = self.ok("POST", "/rules/", {**rule_fields(), "name": f"Tried {secrets.token_hex(4)}", **fields}, 201)
        self.made.append(rule["id"])
        return dict(rule)

    def finish(self, rule_id: str, run_id: str, seconds: float = 90) -> dict[str, Any]:
        """Follow a run to its end, by its progress."""
        deadline = time.monotonic() + seconds
        while True:
            seen = self.ok("GET", f"/rules/{rule_id}/progress/", params={"run_id": run_id})
            if seen["status"] in {"SUCCESS", "FAILURE"}:
                return dict(seen)
            assert time.monotonic() < deadline, seen
            time.sleep(0.3)


def rule_fields() -> dict[str, Any]:
    """The least that the plan's client says of a rule; it costs nothing and changes nothing when it runs."""
    return {
        "name": "Tried",
        "account": "demo",
        "site": "home-espresso",
        "trigger": "manual",
        "actions": [{"type": "cluster_keywords", "params": {"keyword_ids": []}}],
    }
