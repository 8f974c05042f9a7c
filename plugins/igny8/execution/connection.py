"""From an account to a client of the content engine, by Airflow's connections."""

from __future__ import annotations

import asyncio
import time
from typing import Final
from weakref import WeakKeyDictionary

import httpx
from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from igny8.engine import EngineClient
from igny8.errors import NoEngineConnectionError

CONNECTION_ID: Final = "igny8_engine"
AIRFLOW_CONNECTION_ID: Final = "igny8_airflow"
"""The connection to Airflow's own REST API, with the login of a user who may read, edit and delete runs."""
REMEMBERED: Final = 30.0
"""How long a connection is used before Airflow is asked for it again, in seconds: each asking costs database queries,
and hundreds of tasks may start at once."""

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()
_remembered: dict[str, tuple[float, Connection]] = {}


async def engine_client(account: str) -> EngineClient:
    """A client that acts for the account.

    The connection ``igny8_engine_<account>`` is asked for first, then ``igny8_engine``: one engine usually serves many
    accounts, each with an API key of its own.

    Raises:
        NoEngineConnectionError: when there is neither.
    """
    known_until, connection = _remembered.get(account, (0.0, None))
    if connection is None or time.monotonic() > known_until:
        connection = await _ask(account)
        _remembered[account] = (time.monotonic() + REMEMBERED, connection)
    return EngineClient(
        _http(),
        connection_url(connection),
        api_key=connection.password or "",
        account=account,
        connection_id=connection.conn_id,
    )


async def _ask(account: str) -> Connection:
    for connection_id in (f"{CONNECTION_ID}_{account}", CONNECTION_ID):
        try:
            connection: Connection = await BaseHook.aget_connection(connection_id)
        except AirflowNotFoundException:
            continue
        return connection
    raise NoEngineConnectionError(account)


def _http() -> httpx.AsyncClient:
    # One pool for all triggers of a process. Long polls each hold a connection, so their number has no limit here.
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = httpx.AsyncClient(limits=httpx.Limits(max_connections=None, max_keepalive_connections=200))
    return _clients[loop]


def connection_url(connection: Connection) -> str:
    """The base URL that an HTTP connection names."""
    host = connection.host or "localhost"
    base = host if "://" in host else f"{connection.schema or 'http'}://{host}"
    return f"{base}:{connection.port}" if connection.port else base
