"""What the content engine says of the accounts: their credits, how long these last, and whether their sites work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from igny8.api.content import IntegrationView, integrations_of
from igny8.api.dashboard import Balance, Concern, running_low
from igny8.engine import EngineClient
from igny8.errors import EngineCallError, EngineRefusalError
from igny8.execution.connection import engine_client

RATE_DAYS: Final = 7
"""Over how many days what an account spends a day is averaged."""
_PATIENCE: Final = 5.0
"""How long an account is asked about, in seconds: the rest of the dashboard waits for it."""
_AT_ONCE: Final = 8


async def ask(sites: Mapping[str, set[str]]) -> tuple[list[Balance], list[Concern]]:
    """The balance of each account, and what is wrong there. What cannot be asked is told, and keeps nothing else back.

    Args:
        sites: The sites of each account that are looked at.
    """
    few = asyncio.Semaphore(_AT_ONCE)

    async def one(account: str) -> tuple[Balance, list[Concern]]:
        async with few:
            return await _ask(account, sorted(sites[account]))

    answers = await asyncio.gather(*(one(account) for account in sorted(sites)))
    return [balance for balance, _ in answers], [concern for _, concerns in answers for concern in concerns]


async def _ask(account: str, sites: list[str]) -> tuple[Balance, list[Concern]]:
    try:
        async with asyncio.timeout(_PATIENCE):
            client = await engine_client(account)
            held = (await client.account()).credits
            per_day = await _spent_per_day(client)
            integrations = [(site, each) for site in sites for each in await _integrations(client, site)]
    except TimeoutError:
        return _unknown(account, f"The engine has not answered for the account '{account}' in {_PATIENCE:g} seconds.")
    except EngineCallError as error:
        return _unknown(account, str(error))
    balance = Balance(
        account=account,
        balance=held.balance,
        reserved=held.reserved,
        spent_per_day=per_day,
        days_left=round(held.balance / per_day, 1) if per_day else None,
        problem=None,
    )
    concerns = [
        Concern(
            kind="integration",
            message=f"The WordPress '{each.name}' of the site '{site}' takes no articles, by its last probe.",
            account=account,
            site=site,
        )
        for site, each in integrations
        if each.works is False
    ]
    return balance, [*running_low(balance), *concerns]


def _unknown(account: str, problem: str) -> tuple[Balance, list[Concern]]:
    balance = Balance(account=account, balance=None, reserved=None, spent_per_day=None, days_left=None, problem=problem)
    return balance, [Concern(kind="engine", message=problem, account=account)]


async def _spent_per_day(client: EngineClient) -> float | None:
    try:
        return round((await client.spending(RATE_DAYS)).total / RATE_DAYS, 2)
    except EngineRefusalError:
        return None  # another backend may not tell it


async def _integrations(client: EngineClient, site: str) -> list[IntegrationView]:
    try:
        return await integrations_of(client, site)
    except EngineRefusalError:
        return []  # a site that only the rule knows so far
