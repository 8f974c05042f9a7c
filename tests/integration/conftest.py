"""What the integration tests share: rules on one running system, driven over HTTP only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from driving import Account, Rules, as_operator, connect

from igny8_engine.accounts import create_account
from igny8_local.stack import Stack


@pytest.fixture
def rules(stack: Stack, rules_folder: Path) -> Iterator[Rules]:
    """The rules to add to; those that a test has written are gone after it."""
    with stack.airflow() as airflow:
        rules = Rules(stack, airflow, rules_folder)
        yield rules
        rules.remove(*rules.written)


@pytest.fixture
def new_account(stack: Stack) -> Iterator[Callable[[str, int], Account]]:
    """Makes an account with a site ``shop``, and Airflow's connection to the engine for it."""
    opened: list[httpx.Client] = []

    def make(name: str, granted: int) -> Account:
        key = as_operator(stack, lambda session: create_account(session, name, granted))
        http = httpx.Client(base_url=stack.ports.engine_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)
        opened.append(http)
        account = Account(name, http)
        account.call("POST", "/v1/sites", json={"slug": "shop", "name": "Shop"})
        connect(stack, name, stack.ports.engine_url, key)
        return account

    yield make
    for http in opened:
        http.close()


@pytest.fixture
def automation(stack: Stack) -> Iterator[httpx.Client]:
    url = stack.ports.airflow_url
    login = {"username": "admin", "password": stack.access.password}
    token = httpx.post(f"{url}/auth/token", json=login, timeout=60).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{url}/api/v1/automation", headers=headers, timeout=60) as client:
        yield client
