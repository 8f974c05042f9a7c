"""The REST API of one WordPress site: posts, pages, media, categories, tags, and who we are there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from itertools import takewhile
from typing import Final, Literal, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from igny8_engine.wordpress.answers import Kind, Media, Post, Taxonomy, Term, User
from igny8_engine.wordpress.errors import (
    NoRestApiError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    SiteMovedError,
    UnavailableError,
    WordPressError,
)
from igny8_engine.wordpress.faults import is_json, lost, parsed, refused, unreadable

T = TypeVar("T")
Fields = Mapping[str, str | int | Sequence[int]]
Method = Literal["GET", "POST", "DELETE"]

EVERY_STATUS: Final = "publish,future,draft,pending,private,trash"
"""All that a post can be in. WordPress' own ``any`` leaves the trash out."""

_PATHS: Final[Mapping[Kind, str]] = {"post": "posts", "page": "pages"}
_PAGE = 100
_NOT_HOME = frozenset({"wp-json", "wp-admin", "wp-login.php", "index.php"})


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


class WordPressClient:
    """Speaks to one site as one user, with an application password.

    What only reads, and what may be done twice with the same result, is repeated when the site is unavailable or asks
    for a pause. What creates something is sent once: whoever creates has to look before asking again.

    Every method raises the errors of :mod:`igny8_engine.wordpress.errors`, by cause.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        http: httpx.AsyncClient,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.site = _home(url)
        """The address of the site's home page, without a slash at its end."""
        self.patience = patience or Patience()
        self._http = http
        self._auth = httpx.BasicAuth(username, password)
        self._sleep = sleep
        self._pretty: bool | None = None
        self._user: User | None = None

    async def user(self) -> User:
        """Who we are on the site: the one sound check of the credentials. Asked once, then remembered."""
        if self._user is None:
            answer = await self._call("GET", "users/me", params={"context": "edit"})
            self._user = self._read(answer, User)
        return self._user

    async def post(self, kind: Kind, post_id: int) -> Post | None:
        """A post or page, also from the trash; ``None`` when there is none with that id."""
        try:
            answer = await self._call("GET", f"{_PATHS[kind]}/{post_id}", params={"context": "edit"})
        except NotFoundError:
            return None
        return self._read(answer, Post)

    async def find_posts(self, kind: Kind, *, search: str | None = None, slug: str | None = None) -> list[Post]:
        """The posts in whatever status, the trash too, that have the words in them, or the slug."""
        params = {"context": "edit", "status": EVERY_STATUS, "orderby": "id", "order": "asc"}
        if search is not None:
            params["search"] = search
        if slug is not None:
            params["slug"] = slug
        return await self._all(_PATHS[kind], params, Post)

    async def create_post(self, kind: Kind, fields: Fields) -> Post:
        """Make a post or page. Sent once only; after a failure it may be there nevertheless."""
        return self._read(await self._call("POST", _PATHS[kind], json=fields, repeat=False), Post)

    async def update_post(self, kind: Kind, post_id: int, fields: Fields) -> Post:
        """Change the given fields of a post or page; brings it back from the trash if ``status`` is among them."""
        return self._read(await self._call("POST", f"{_PATHS[kind]}/{post_id}", json=fields), Post)

    async def trash_post(self, kind: Kind, post_id: int) -> None:
        """Move a post to the trash, from where people can bring it back."""
        try:
            await self._call("DELETE", f"{_PATHS[kind]}/{post_id}")
        except NotFoundError:
            return
        except RejectedError as error:
            if error.wp_code != "rest_already_trashed":
                raise

    async def find_term(self, taxonomy: Taxonomy, name: str) -> Term | None:
        """The category or tag with that name, whatever its parent; upper and lower case count as the same."""
        wanted = _plain(name).casefold()
        found = await self._all(taxonomy, {"search": escape(_plain(name), quote=False)}, Term)
        same = [term for term in found if _plain(term.name).casefold() == wanted]
        return min(same, key=lambda term: (_plain(term.name) != _plain(name), term.id), default=None)

    async def create_term(self, taxonomy: Taxonomy, name: str) -> int:
        """The id of the category or tag with that name, made if it is not there. May be repeated: names are unique."""
        try:
            return self._read(await self._call("POST", taxonomy, json={"name": name}), Term).id
        except RejectedError as error:
            if error.wp_code == "term_exists" and error.term_id is not None:
                return error.term_id
            raise

    async def media(self, media_id: int) -> Media | None:
        """An uploaded file; ``None`` when there is none with that id."""
        try:
            answer = await self._call("GET", f"media/{media_id}", params={"context": "edit"})
        except NotFoundError:
            return None
        return self._read(answer, Media)

    async def find_media(self, search: str) -> list[Media]:
        """The uploaded files that have the words in their title or text."""
        return await self._all("media", {"context": "edit", "search": search, "orderby": "id", "order": "asc"}, Media)

    async def upload_media(self, data: bytes, *, media_type: str, filename: str) -> Media:
        """Upload a file. Sent once only; after a failure it may be there nevertheless. ``filename`` is plain ASCII."""
        headers = {"Content-Type": media_type, "Content-Disposition": f'attachment; filename="{filename}"'}
        return self._read(await self._call("POST", "media", content=data, headers=headers, repeat=False), Media)

    async def describe_media(self, media_id: int, *, alt_text: str) -> Media:
        """Set an image's alternative text."""
        return self._read(await self._call("POST", f"media/{media_id}", json={"alt_text": alt_text}), Media)

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

    async def _all(self, path: str, params: Mapping[str, str], answer: type[T]) -> list[T]:
        found: list[T] = []
        page = 1
        while True:
            response = await self._call("GET", path, params={**params, "per_page": str(_PAGE), "page": str(page)})
            found += self._read(response, list[answer])  # type: ignore[valid-type]
            pages = response.headers.get("x-wp-totalpages", "")
            if not pages.isdecimal() or page >= int(pages):
                return found
            page += 1

    async def _call(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Fields | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeat: bool = True,
    ) -> httpx.Response:
        pretty = await self._find_api()

        async def send() -> httpx.Response:
            url, query = self._address(f"wp/v2/{path}", pretty=pretty)
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

    async def _find_api(self) -> bool:
        """Whether the API is at ``/wp-json/``, and not only at ``?rest_route=`` (sites without pretty permalinks)."""
        if self._pretty is None:
            try:
                await self._read_index(pretty=True)
                self._pretty = True
            except (NoRestApiError, SiteMovedError) as error:
                try:
                    await self._read_index(pretty=False)
                except NoRestApiError:
                    raise error from None
                self._pretty = False
        return self._pretty

    async def _read_index(self, *, pretty: bool) -> None:
        url, query = self._address("", pretty=pretty)
        response = await self._persist(lambda: self._send("GET", url, params=query))
        # Sites without pretty permalinks answer /wp-json/ with a page of theirs.
        found = self._read(response, dict[str, object]) if is_json(response) else {}
        namespaces = found.get("namespaces")
        if not isinstance(namespaces, list) or "wp/v2" not in namespaces:
            raise NoRestApiError(
                self.site,
                "the answer there is not that of a WordPress REST API (no wp/v2 among its namespaces)",
                hint="Give the address of the site's home page.",
            )

    def _read(self, response: httpx.Response, answer: type[T]) -> T:
        try:
            return TypeAdapter(answer).validate_python(parsed(response))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the answer"
            raise unreadable(self.site, response, f"something unexpected ({where}: {first['msg']})") from error
        except ValueError as error:
            raise unreadable(self.site, response, str(error)) from error


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


def _plain(name: str) -> str:
    return " ".join(unescape(name).split())
