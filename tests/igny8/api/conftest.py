"""The REST API as its users meet it: over HTTP, on the running system, with a login."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from automation_client import Automation

from igny8_local.stack import Stack


@pytest.fixture(scope="session")
def login(stack: Stack) -> Iterator[Callable[[str], Automation]]:
    """Logs a user of the stack in; each once."""
    known: dict[str, Automation] = {}
    with ExitStack() as opened:

        def get(username: str) -> Automation:
            if username not in known:
                known[username] = Automation.login(stack, username)
                opened.enter_context(known[username].http)
            return known[username]

        yield get


@pytest.fixture
def automation(login: Callable[[str], Automation]) -> Iterator[Automation]:
    """The calls of an admin; the rules that a test makes are deleted after it."""
    user = login("admin")
    yield user
    for rule_id in user.made:
        user.http.delete(f"/rules/{rule_id}/")
    user.made.clear()
