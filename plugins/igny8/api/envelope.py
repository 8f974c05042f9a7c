"""The envelope of every answer, and how answers are put into it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Final, Generic, Literal, TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, JsonValue
from pydantic_core import to_json

T = TypeVar("T")

REQUEST_ID_HEADER: Final = "X-Request-ID"
_REQUEST_ID: Final = re.compile(r"^[A-Za-z0-9._-]{1,100}$")


class Envelope(BaseModel, Generic[T]):
    """An answer about one thing."""

    success: Literal[True] = True
    data: T
    request_id: str = Field(description="Names this request in the server's log; X-Request-ID of the request if given.")


class Meta(BaseModel):
    """Which part of a list an answer holds."""

    count: int = Field(description="How many entries there are in all.")
    page: int = Field(description="The number of this page, from 1.")
    page_size: int = Field(description="How many entries a page holds.")
    next: str | None = Field(description="The address of the next page, or null on the last one.")


class Listing(BaseModel, Generic[T]):
    """A page of a list."""

    success: Literal[True] = True
    data: list[T]
    meta: Meta
    request_id: str = Field(description="Names this request in the server's log; X-Request-ID of the request if given.")


class Fault(BaseModel):
    """One thing that is wrong with a request, or with a rule."""

    path: str = Field(description="Where it is, for example actions[2].type; empty for the whole.")
    message: str = Field(description="What is wrong, as a full sentence.")
    value: JsonValue = Field(default=None, description="The value that is wrong, where there is one.")
    suggestion: str | None = Field(default=None, description="What was probably meant.")
    code: str = Field(description="What programs tell the kinds of faults apart by.")
    line: int | None = Field(default=None, description="The line in the YAML, from 1, where the rule came as YAML.")
    column: int | None = Field(default=None, description="The column in that line, from 1.")


class Conflict(BaseModel):
    """Both sides, when somebody else was faster."""

    expected_revision: int = Field(description="The revision that the request started from; 0 for a new rule.")
    current_revision: int | None = Field(description="The revision that is stored; null when the rule is gone.")
    current: str | None = Field(description="The stored rule as YAML.")
    proposed: str | None = Field(description="The rule of the request as YAML; null for a deletion.")


class Refusal(BaseModel):
    """An answer that says why a request was not carried out."""

    success: Literal[False] = False
    error: str = Field(description="What was wrong, and what to do, in a sentence.")
    errors: list[Fault] = Field(description="Everything that was wrong, one by one.")
    conflict: Conflict | None = Field(default=None, description="Both sides of a 409 about a rule's revision.")
    request_id: str = Field(description="Names this request in the server's log.")


def request_id(request: Request) -> str:
    """The id of a request: the caller's own where it is a plain word, otherwise a new one."""
    known = getattr(request.state, "request_id", None)
    if known is None:
        given = request.headers.get(REQUEST_ID_HEADER, "")
        known = given if _REQUEST_ID.match(given) else uuid.uuid4().hex
        request.state.request_id = known
    return str(known)


def answer(request: Request, data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An answer about one thing."""
    return _respond(request, {"success": True, "data": data}, status, headers)


def page_of(request: Request, data: Sequence[object], count: int, page: int, page_size: int) -> JSONResponse:
    """A page of a list that has ``count`` entries in all."""
    more = page * page_size < count
    following = str(request.url.include_query_params(page=page + 1).replace(scheme="", netloc="")) if more else None
    meta = Meta(count=count, page=page, page_size=page_size, next=following)
    return _respond(request, {"success": True, "data": data, "meta": meta})


def refuse(
    request: Request,
    status: int,
    error: str,
    faults: Sequence[Fault] = (),
    *,
    conflict: Conflict | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An answer that says why a request was not carried out."""
    body: dict[str, object] = {"success": False, "error": error, "errors": list(faults)}
    if conflict is not None:
        body["conflict"] = conflict
    return _respond(request, body, status, headers)


def _respond(
    request: Request, body: dict[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    name = request_id(request)
    return _Answer({**body, "request_id": name}, status, {**(headers or {}), REQUEST_ID_HEADER: name})


class _Answer(JSONResponse):
    """Written by pydantic's own serializer: a page of rules takes FastAPI's encoder longer than all the rest."""

    def render(self, content: object) -> bytes:
        return to_json(content)
