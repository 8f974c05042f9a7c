"""What the routes share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from pydantic import AfterValidator, AwareDatetime, JsonValue

from igny8.api.bodies import malformed, read_json
from igny8.api.envelope import Refusal
from igny8.api.errors import InvalidRequestError, MalformedRequestError
from igny8.api.views import faults
from igny8.rules import RuleInvalidError, RuleStore
from igny8.rules.document import decode, parse
from igny8.rules.schedule import zone_problems

PREFIX: Final = "/api/v1/automation"
"""Where Airflow's API server mounts the REST API."""
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 9000

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


def _in_range(time: datetime) -> datetime:
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise ValueError(f"The year must be from {_FIRST_YEAR} to {_LAST_YEAR}")
    return time


Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
"""A time that can be reckoned with in any time zone."""


def _zone(
    timezone: Annotated[
        str, Query(max_length=100, description="The time zone, by its IANA name, in which days and months begin.")
    ] = "UTC",
) -> ZoneInfo:
    if found := [*zone_problems(timezone)]:
        raise InvalidRequestError(found[0].message, faults(found))
    return ZoneInfo(timezone)


WantedZone = Annotated[ZoneInfo, Depends(_zone)]


async def read_body(request: Request) -> bytes:
    """The body of a request; one that is too large comes no further than :class:`igny8.api.bodies.CheckBodies`."""
    return await request.body()


async def read_document(request: Request) -> dict[str, JsonValue]:
    """The body of a request as an object: JSON, or YAML where the content type says so.

    Raises:
        MalformedRequestError: when it is not an object, or cannot be read at all; with line and column.
    """
    body = await read_body(request)
    return read_yaml(body) if is_yaml(request) else read_object(body)


def read_object(body: bytes) -> dict[str, JsonValue]:
    """A JSON body as an object.

    Raises:
        MalformedRequestError: when it cannot be read, or is no object; with line and column.
    """
    document = read_json(body)
    if not isinstance(document, dict):
        raise MalformedRequestError(f"The body must be a JSON object, and is {_kind(document)}.")
    return document


def is_yaml(request: Request) -> bool:
    """Whether the body is YAML, as its content type says."""
    return "yaml" in request.headers.get("content-type", "")


def read_yaml(body: bytes) -> dict[str, JsonValue]:
    """A YAML body as an object.

    Raises:
        MalformedRequestError: when it cannot be read, or is no mapping; with line and column.
    """
    try:
        return dict(parse(decode(body)).data)
    except RuleInvalidError as error:
        first = error.problems[0]
        raise malformed(f"The body is not YAML that can be used: {first.message}", first.line, first.column) from error


def _kind(value: JsonValue) -> str:
    return {list: "a list", str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
