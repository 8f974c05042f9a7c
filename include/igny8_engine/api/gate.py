"""What stands before every request: the API key, and limits on bodies."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from igny8_engine.accounts import Owner, owner_of
from igny8_engine.api.errors import database_refusal, engine_refusal
from igny8_engine.db.connect import Database
from igny8_engine.errors import NotAuthenticatedError, TooLargeError

JSON_LIMIT: Final = 2**20
"""The largest body of a request in bytes, but for keyword files."""
FILE_LIMIT: Final = 10 * 2**20
"""The largest keyword file in bytes."""

_PATIENCE: Final = 128 * 2**20
_OPEN: Final = frozenset({"/v1/health", "/v1/openapi.json", "/v1/docs"})
_IMPORT: Final = "/keywords/import"


class Gate:
    """Lets requests to /v1 through that carry a valid key, and whose bodies are not too large.

    Who comes without a key learns nothing else, not even whether the rest of the request is right.
    """

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and hand it on."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/") or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
            return
        limit = FILE_LIMIT if scope["path"].endswith(_IMPORT) else JSON_LIMIT
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            scope.setdefault("state", {})["owner"] = await self._owner(headers.get(b"authorization", ""))
            length = headers.get(b"content-length", "0")
            if length.isdigit() and int(length) > limit:
                raise _too_large(limit)
        except (NotAuthenticatedError, TooLargeError) as error:
            await _drain(receive)
            await engine_refusal(error)(scope, receive, send)
            return
        except (DBAPIError, PoolTimeoutError) as error:
            await database_refusal(error)(scope, receive, send)
            return
        await self._app(scope, _limited(receive, limit), send)

    async def _owner(self, authorization: str) -> Owner:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise NotAuthenticatedError("The request carries no API key.")
        async with self._database.transaction() as session:
            owner = await owner_of(session, key.strip())
        if owner is None:
            raise NotAuthenticatedError("The API key is not known here.")
        return owner


def _too_large(limit: int) -> TooLargeError:
    if limit == FILE_LIMIT:
        return TooLargeError("A keyword file", limit, hint="Split it into several files; imports add up.")
    return TooLargeError("The body of a request", limit)


async def _drain(receive: Receive) -> None:
    """Read what is being sent, up to a point: whoever is still sending when the connection closes hears no answer."""
    drained = 0
    while drained < _PATIENCE:
        message = await receive()
        drained += len(message.get("body", b""))
        if not message.get("more_body"):
            return


def _limited(receive: Receive, limit: int) -> Receive:
    """The same, but a body that says nothing of its length is cut off too."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            # FastAPI turns every other exception that comes up while it reads a body into one of its own.
            raise HTTPException(TooLargeError.status, _too_large(limit).message)
        return message

    return counted


_bearer = HTTPBearer(auto_error=False, description="An API key of an account.")


def _owner(request: Request, _: Annotated[object, Depends(_bearer)]) -> Owner:
    owner = request.state.owner
    if not isinstance(owner, Owner):
        raise NotAuthenticatedError("The request carries no API key.")
    return owner


CurrentOwner = Annotated[Owner, Depends(_owner)]
"""The account that the request comes from."""
