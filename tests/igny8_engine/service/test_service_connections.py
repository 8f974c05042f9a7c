"""Connecting a real WordPress by command: what is said of it, and how its password is changed and revoked."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx
import pytest
from conftest_engine import KEY, Engine
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select
from test_service_publishing import connected
from test_service_withdrawal import address
from typer.testing import CliRunner, Result

from igny8.cli.app import app
from igny8_engine.db.tables import Integration
from igny8_engine.encryption import PasswordSafe
from igny8_engine.errors import WrongSecretKeyError
from igny8_engine.publications import reencrypt_passwords
from igny8_local.wordpress.site import WordPressSite

__all__ = ["address", "connected"]


async def test_a_password_is_changed_and_revoked_by_command(
    engine: Engine, wordpress: WordPressSite, address: str
) -> None:
    engine.parts.targets._allowed = frozenset({"127.0.0.1"})
    path = f"{wordpress.url}/wp-json/wp/v2/users/me"

    async def new_password() -> str:
        async with httpx.AsyncClient(auth=wordpress.login("editor")) as http:
            made = await http.post(f"{path}/application-passwords", json={"name": uuid.uuid4().hex})
            return str(made.json()["password"])

    async def is_good(password: str) -> bool:
        async with httpx.AsyncClient(auth=("editor", password)) as http:
            return (await http.get(path)).is_success

    async def igny8(*arguments: str, given: str = "", code: int = 0) -> Result:
        options = ("--engine-url", address, "--engine-key", engine.key)
        result = await asyncio.to_thread(CliRunner().invoke, app, ["sites", *arguments, *options], input=f"{given}\n")
        assert result.exit_code == code, result.output
        assert not given or given not in result.output
        return result

    first, second = await new_password(), await new_password()
    shown = await igny8("connect", "home", wordpress.url, "--username=editor", given=first)
    assert "home is connected." in shown.stdout
    assert {"ok", "credentials", "role"} <= set(shown.stdout.split())
    assert "{" not in shown.stdout
    assert "already" in (await igny8("connect", "home", wordpress.url, "--username=editor", given=first, code=3)).stderr

    refused = await igny8("rotate", "home", given="not a password", code=3)
    assert "not know" in refused.stderr or "not accept" in refused.stderr, refused.stderr
    assert await is_good(first)
    assert "the old one is revoked" in (await igny8("rotate", "home", given=second)).stdout
    assert (await is_good(first), await is_good(second)) == (False, True)
    assert "ok" in (await igny8("list", "home")).stdout
    assert json.loads((await igny8("probe", "home", "--json")).stdout)["works"] is True

    third = await new_password()
    await igny8("rotate", "home", "--no-revoke", given=third)
    assert await is_good(second)
    assert "Its password is revoked." in (await igny8("disconnect", "home")).stdout
    assert (await is_good(second), await is_good(third)) == (True, False)
    assert "connected with no WordPress" in (await igny8("list", "home")).stderr

    # What can't be published to is connected and said to be of no use.
    useless = await igny8("connect", "home", wordpress.url, "--username=editor", given=first, code=1)
    assert "fail" in useless.stdout
    assert "Nothing can be published" in useless.stderr
    await igny8("disconnect", "home")  # a password that is revoked already stands in nobody's way


async def test_a_site_that_revokes_nothing_stays_connected(engine: Engine, connected: dict[str, Any]) -> None:
    integration = f"/v1/sites/home/integrations/{connected['id']}"
    refused = await engine.http.delete(integration, params={"revoke": True})
    assert (refused.status_code, "by hand" in refused.json()["error"]["hint"]) == (502, True)
    changed = await engine.http.patch(integration, json={"revoke": True})
    assert (changed.status_code, changed.json()["error"]["problems"][0]["path"]) == (422, "password")
    assert (await engine.http.get("/v1/sites/home/integrations")).json()["total"] == 1
    assert (await engine.http.delete(integration)).status_code == 204


async def test_passwords_are_encrypted_anew_with_another_key(engine: Engine, connected: dict[str, Any]) -> None:
    new = Fernet.generate_key().decode()
    both, only_new = PasswordSafe(SecretStr(f"{new} {KEY}")), PasswordSafe(SecretStr(new))

    async def stored() -> bytes:
        async with engine.parts.database.transaction() as session:
            return (await session.scalars(select(Integration.password))).one()

    with pytest.raises(WrongSecretKeyError):
        only_new.decrypt(await stored(), "preview")
    assert both.decrypt(await stored(), "preview") == connected["password"]
    async with engine.parts.database.transaction() as session:
        assert await reencrypt_passwords(session, both) == 1
    assert only_new.decrypt(await stored(), "preview") == connected["password"]
