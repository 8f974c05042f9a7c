"""Calls to the REST API of one WordPress site: where it is, who calls, what is repeated, and what went wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final, Literal, TypeVar

import httpx
from pydantic import JsonValue, TypeAdapter, ValidationError

from igny8_engine.wordpress.answers import Index, Kind, Taxonomy, User
from igny8_engine.wordpress.errors import (
    NoRestApiError,
    RateLimitedError,
    SiteMovedError,
    UnavailableError,
    WordPressError,
)
from igny8_engine.wordpress.faults import is_json, lost, parsed, refused, unreadable

T = TypeVar("T")
Fields = Mapping[str, JsonValue | Sequence[int]]
Method = Literal["GET", "POST", "PUT", "DELETE", "OPTIONS"]

_ADAPTERS: Final[dict[object, TypeAdapter[Any]]] = {}
"""How answers are read, by what they are: to find it out costs as much as to read one."""

_NOT_HOME: Final = frozenset({"wp-json", "wp-admin", "wp-login.php", "index.php"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a site is waited for, in seconds."""

    attempts: int = 4
    """How often a call is sent at most, if sending it again is harmless."""
    timeout: float = 30.0
    """How long one call may take."""
    first_wait: float = 0.5
    """The wait before the second attempt; it doubles with each."""
    longest_wait: float = 60.0
    """The longest wait between two attempts. A site that asks for more is not waited for: the call fails."""


@dataclass(slots=True)
class SiteMemory:
    """What a client has learned of a site and need not ask again for a while."""

    pretty: bool | None = None
    """Whether the API is at ``/wp-json/``, and not only at ``?rest_route=`` (sites without pretty permalinks)."""
    index: Index | None = None
    user: User | None = None
    authors: dict[str, User | None] = field(default_factory=dict)
    """Whom posts may be by, by name in small letters; ``None`` for a name that nobody there has."""
    writable: dict[Kind, frozenset[str]] = field(default_factory=dict)
    """Which fields a post or page has; those in ``meta`` as ``meta.<name>``."""
    finds_drafts: dict[Kind, bool] = field(default_factory=dict)
    """Whether the site's own search has found a post a moment after it was made, by the marker in its text."""
    uploads: dict[str, asyncio.Lock] = field(default_factory=dict)
    """Held while an image is looked for and uploaded, by the hash of its bytes: several articles may have it."""
    terms: dict[tuple[Taxonomy, str], int] = field(default_factory=dict)
    """The ids of categories and tags by name, in small letters."""


class RestConnection:
    """Sends calls as one user, with an application password.

    What only reads, and what may be done twice with the same result, is repeated when the site is unavailable or asks
    for a pause. What creates something is sent once: whoever creates has to look before asking again.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        http: httpx.AsyncClient,
        patience: Patience | None = None,
        memory: SiteMemory | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.site = _home(url)
        """The address of the site's home page, without a slash at its end."""
        self.patience = patience or Patience()
        self._http = http
        self._username, self._password = username, password
        self._auth = httpx.BasicAuth(username, password)
        self._sleep = sleep
        self.memory = memory or SiteMemory()

    async def pause(self, error: WordPressError, attempt: int) -> bool:
        """Wait as long as the site asks for, or longer with each attempt (from 1).

        Returns at once with False when it is no use: the cause will not pass, or the site asks for too long a wait.
        """
        if not isinstance(error, UnavailableError | RateLimitedError):
            return False
        wait = error.retry_after
        if wait is None:
            wait = self.patience.first_wait * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)
            wait = min(wait, self.patience.longest_wait)
        if wait > self.patience.longest_wait:
            return False
        await self._sleep(wait)
        return True

    async def call(
        self,
        method: Method,
        path: str,
        *,
        namespace: str = "wp/v2",
        params: Mapping[str, str] | None = None,
        json: Fields | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeat: bool = True,
    ) -> httpx.Response:
        """Send a call and return its answer, which is JSON; ``repeat`` says whether it may be sent again."""
        pretty = await self.find_api()

        async def send() -> httpx.Response:
            url, query = self._address(f"{namespace}/{path}", pretty=pretty)
            response = await self._send(
                method, url, params={**query, **(params or {})}, json=json, content=content, headers=headers
            )
            if not is_json(response):
                raise unreadable(self.site, response, "a page in place of JSON")
            return response

        return await self._persist(send) if repeat else await send()

    async def _persist(self, send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        attempt = 1
        while True:
            try:
                return await send()
            except (UnavailableError, RateLimitedError) as error:
                if attempt >= self.patience.attempts or not await self.pause(error, attempt):
                    raise
                attempt += 1

    async def _send(
        self,
        method: Method,
        url: str,
        *,
        params: Mapping[str, str],
        json: Fields | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            response = await self._http.request(
                method,
                url,
                params=params,
                json=json,
                content=content,
                headers={"Accept": "application/json", "Cache-Control": "no-cache", **(headers or {})},
                auth=self._auth,
                timeout=self.patience.timeout,
                follow_redirects=False,
            )
        except httpx.TransportError as error:
            raise lost(self.site, error) from error
        except httpx.DecodingError as error:
            raise UnavailableError(self.site, f"sent what cannot be unpacked ({error})", maybe_done=True) from error
        if not response.is_success:
            raise refused(self.site, response)
        return response

    def _address(self, route: str, *, pretty: bool) -> tuple[str, dict[str, str]]:
        if pretty:
            return f"{self.site}/wp-json/{route}", {}
        return f"{self.site}/", {"rest_route": f"/{route}"}

    async def find_api(self) -> bool:
        """Find out where the API is: whether at ``/wp-json/``."""
        if self.memory.pretty is None:
            try:
                self.memory.index = await self._read_index(pretty=True)
                self.memory.pretty = True
            except (NoRestApiError, SiteMovedError) as error:
                try:
                    self.memory.index = await self._read_index(pretty=False)
                except NoRestApiError:
                    raise error from None
                self.memory.pretty = False
        return self.memory.pretty

    async def _read_index(self, *, pretty: bool) -> Index:
        url, query = self._address("", pretty=pretty)
        response = await self._persist(lambda: self._send("GET", url, params=query))
        # Sites without pretty permalinks answer /wp-json/ with a page of theirs.
        found = self.read(response, dict[str, object]) if is_json(response) else {}
        namespaces = found.get("namespaces")
        if not isinstance(namespaces, list) or "wp/v2" not in namespaces:
            raise NoRestApiError(
                self.site,
                "the answer there is not that of a WordPress REST API (no wp/v2 among its namespaces)",
                hint="Give the address of the site's home page.",
            )
        return self.read(response, Index)

    def read(self, response: httpx.Response, answer: type[T]) -> T:
        """The answer as a value of that type."""
        try:
            if answer not in _ADAPTERS:
                _ADAPTERS[answer] = TypeAdapter(answer)
            found: T = _ADAPTERS[answer].validate_python(parsed(response))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the answer"
            raise unreadable(self.site, response, f"something unexpected ({where}: {first['msg']})") from error
        except ValueError as error:
            raise unreadable(self.site, response, str(error)) from error
        return found


def _home(url: str) -> str:
    """The address of the site's home page, from any of the addresses that people copy."""
    try:
        given = httpx.URL(url.strip())
    except httpx.InvalidURL:
        given = httpx.URL()
    if given.scheme not in {"http", "https"} or not given.host:
        raise NoRestApiError(
            repr(url),
            "is no web address",
            hint="Give the address of the site's home page, from http:// or https:// on.",
        )
    segments = list(takewhile(lambda segment: segment not in _NOT_HOME, given.path.split("/")))
    return str(given.copy_with(path="/".join(segments), query=None, fragment=None, userinfo=b"")).rstrip("/")
