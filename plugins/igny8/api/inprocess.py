"""Airflow's public REST API as the caller of a request, without leaving the process.

What changes runs goes this way: Airflow checks the caller's permissions once more, writes its audit log and tells its
listeners.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import httpx
from fastapi import Request
from pydantic import JsonValue
from starlette.types import ASGIApp, Receive, Scope, Send

from igny8.api.errors import ApiError, ConflictError, NotAllowedError, NotFoundError

_ROOT = "igny8.root_app"


class RememberRootApp:
    """A middleware of Airflow's own app. Inside a mounted one ``scope["app"]`` is that: the outer is noted here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the app and go on."""
        if scope["type"] == "http":
            scope[_ROOT] = scope["app"]
        await self._app(scope, receive, send)


async def call_airflow(request: Request, method: str, path: str, body: Mapping[str, JsonValue]) -> JsonValue:
    """Call ``/api/v2/<path>`` as the caller of the request.

    Raises:
        NotAllowedError, NotFoundError, ConflictError, ApiError: what Airflow refused, in its own words.
    """
    token = request.headers.get("authorization") or f"Bearer {request.cookies.get('_token', '')}"
    transport = httpx.ASGITransport(app=request.scope[_ROOT], raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport,
        base_url=f"http://{request.headers.get('host', 'localhost')}/api/v2/",
        headers={"authorization": token, "accept-encoding": "identity"},
        timeout=60,
    ) as airflow:
        response = await airflow.request(method, path, json=body)
    if response.is_success:
        answer: JsonValue = response.json() if response.content else None
        return answer
    raise _refusal(response)


def part(text: str) -> str:
    """A run's or Dag's id as a part of a path."""
    return quote(text, safe="")


def _refusal(response: httpx.Response) -> ApiError:
    try:
        detail = response.json().get("detail")
    except ValueError:
        detail = None
    message = f"Airflow refuses this: {detail if isinstance(detail, str) else f'it answered {response.status_code}'}."
    match response.status_code:
        case 401 | 403:
            return NotAllowedError(message)
        case 404:
            return NotFoundError(message)
        case 409:
            return ConflictError(message)
    return ApiError(message)
