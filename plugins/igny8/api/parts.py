"""What the routes share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from pydantic import JsonValue
from starlette.requests import ClientDisconnect

from igny8.api.envelope import Fault, Refusal
from igny8.api.errors import MalformedRequestError, TooLargeError
from igny8.rules import RuleInvalidError, RuleStore
from igny8.rules.document import decode, parse

PREFIX: Final = "/api/v1/automation"
"""Where Airflow's API server mounts the REST API."""
MAX_BODY: Final = 1_048_576
"""The largest body that is read, in bytes."""

REFUSALS: Final[dict[int | str, dict[str, object]]] = {
    "4XX": {"model": Refusal, "description": "The request was refused; the body says why and what to do."},
    "5XX": {"model": Refusal, "description": "It could not be done now; the body says why and what to do."},
}
"""What every route may answer besides."""


def _store(request: Request) -> RuleStore:
    store: RuleStore = request.app.state.store
    return store


Store = Annotated[RuleStore, Depends(_store)]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many entries come before it."""
        return (self.number - 1) * self.size


def _page(
    page: Annotated[int, Query(ge=1, le=1_000_000, description="The number of the page, from 1.")] = 1,
    page_size: Annotated[int, Query(ge=1, le=500, description="How many entries a page holds.")] = 50,
) -> Page:
    return Page(page, page_size)


WantedPage = Annotated[Page, Depends(_page)]


async def read_body(request: Request) -> bytes:
    """The body of a request.

    Raises:
        TooLargeError: when it is larger than :data:`MAX_BODY`; no more than that is read.
        MalformedRequestError: when the connection ends before it.
    """
    too_large = TooLargeError(f"The body is larger than the {MAX_BODY:,} bytes that are read at most.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BODY:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise too_large
    except ClientDisconnect as error:
        raise MalformedRequestError("The connection ended before the whole body was there.") from error
    return bytes(body)


async def read_document(request: Request) -> dict[str, JsonValue]:
    """The body of a request as an object: JSON, or YAML where the content type says so.

    Raises:
        TooLargeError: when it is too large.
        MalformedRequestError: when it is not an object, or cannot be read at all; with line and column.
    """
    body = await read_body(request)
    return read_yaml(body) if "yaml" in request.headers.get("content-type", "") else read_json(body)


def read_json(body: bytes) -> dict[str, JsonValue]:
    """A JSON body as an object.

    Raises:
        MalformedRequestError: when it cannot be read, or is no object; with line and column.
    """
    try:
        document: JsonValue = json.loads(body, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise MalformedRequestError(f"The body is not UTF-8: {error.reason} at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        message = f"The body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise _malformed(message, error.lineno, error.colno) from error
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError(f"The body is not JSON that can be used: {error}.") from error
    if not isinstance(document, dict):
        raise MalformedRequestError(f"The body must be a JSON object, and is {_kind(document)}.")
    return document


def read_yaml(body: bytes) -> dict[str, JsonValue]:
    """A YAML body as an object.

    Raises:
        MalformedRequestError: when it cannot be read, or is no mapping; with line and column.
    """
    try:
        return dict(parse(decode(body)).data)
    except RuleInvalidError as error:
        first = error.problems[0]
        raise _malformed(f"The body is not YAML that can be used: {first.message}", first.line, first.column) from error


def _malformed(message: str, line: int | None, column: int | None) -> MalformedRequestError:
    fault = Fault(path="", message=message, code=MalformedRequestError.code, line=line, column=column)
    return MalformedRequestError(message, [fault])


def _no_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is not a JSON number")


def _kind(value: JsonValue) -> str:
    return {list: "a list", str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
