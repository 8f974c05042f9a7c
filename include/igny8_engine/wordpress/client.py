"""The REST API of one WordPress site: posts, pages, media, categories, tags, and who we are there."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Iterable, Mapping
from html import escape, unescape
from typing import Final, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import JsonValue

from igny8_engine.wordpress.answers import (
    ApplicationPassword,
    HelperSite,
    Index,
    Kind,
    Media,
    Post,
    SeoTexts,
    Taxonomy,
    Term,
    User,
)
from igny8_engine.wordpress.connection import Fields, RestConnection
from igny8_engine.wordpress.errors import (
    CredentialsRefusedError,
    NoRestApiError,
    NotFoundError,
    RejectedError,
    UnavailableError,
)

T = TypeVar("T")
MediaText = Literal["alt_text", "title", "caption", "slug"]

HELPER: Final = "igny8/v1"
"""The API of our plugin for WordPress."""

KEY: Final = "igny8_key"
"""The meta field, and the filter of listings, that the plugin adds: whose article a post is."""

EVERY_STATUS: Final = "publish,future,draft,pending,private,trash"
"""All that a post can be in. WordPress' own ``any`` leaves the trash out."""

_PATHS: Final[Mapping[Kind, str]] = {"post": "posts", "page": "pages"}
POST_FIELDS: Final = (
    "id,slug,status,link,date_gmt,modified_gmt,title.raw,content.raw,excerpt.raw,categories,tags,featured_media,author,"
    "parent,meta,aioseo_meta_data"
)
"""What we read of a post. What is rendered is the dearest part of an answer, and nothing that we compare."""
MEDIA_FIELDS: Final = "id,slug,alt_text,source_url,title.raw,caption,media_details,meta"  # these have no parts there
_PAGE = 100
_LONGEST_PARAM: Final = 1_500
"""How many characters of an address one parameter may take: some servers take 4,000 for all of it."""


class WordPressClient(RestConnection):
    """Speaks to one site as one user.

    Every method raises the errors of :mod:`igny8_engine.wordpress.errors`, by cause.
    """

    async def index(self) -> Index:
        """What the site says of itself. Asked once, then remembered."""
        await self.find_api()
        return self.memory.index or Index()

    async def user(self) -> User:
        """Who we are on the site: the one sound check of the credentials. Asked once, then remembered."""
        if self.memory.user is None:
            answer = await self.call("GET", "users/me", params={"context": "edit"})
            self.memory.user = self.read(answer, User)
        return self.memory.user

    async def revoke_password(self) -> bool:
        """Revoke the application password that this client has: no call with it is good any more.

        False when the site knows it no more already. WordPress 5.7 and newer.
        """
        passwords = "users/me/application-passwords"
        try:
            known = self.read(await self.call("GET", f"{passwords}/introspect"), ApplicationPassword)
        except CredentialsRefusedError:
            return False
        except (NotFoundError, NoRestApiError) as error:
            hint = "Revoke it there by hand, and say here that it is not to be revoked."
            raise NotFoundError(
                self.site, "the site does not let passwords be revoked from outside", hint=hint
            ) from error
        await self.call("DELETE", f"{passwords}/{quote(known.uuid, safe='')}", repeat=False)
        return True

    async def author(self, name: str) -> User | None:
        """The user of that name, by whom posts may be; upper and lower case count as the same.

        ``None`` when nobody is called so who may write. Asked once, then remembered.
        """
        wanted = _plain(name).casefold()
        if wanted not in self.memory.authors:
            params = {"who": "authors", "search": _plain(name), "_fields": "id,name,slug"}
            found = await self._all("users", params, User)
            same = [user for user in found if wanted in {_plain(user.name).casefold(), user.slug.casefold()}]
            self.memory.authors[wanted] = min(same, key=lambda user: user.id, default=None)
        return self.memory.authors[wanted]

    async def writable(self, kind: Kind) -> frozenset[str]:
        """The names of the fields that posts or pages have; those in ``meta`` as ``meta.<name>``.

        Whatever else is sent, WordPress drops without a word. Asked once, then remembered.
        """
        if kind not in self.memory.writable:
            answer = self.read(await self.call("OPTIONS", _PATHS[kind]), dict[str, object])
            fields = _mapping(_mapping(answer.get("schema")).get("properties"))
            meta = _mapping(_mapping(fields.get("meta")).get("properties"))
            self.memory.writable[kind] = frozenset([*fields, *(f"meta.{name}" for name in meta)])
        return self.memory.writable[kind]

    async def has_helper(self) -> bool:
        """Whether our plugin is active on the site."""
        return HELPER in (await self.index()).namespaces

    async def helper(self) -> HelperSite:
        """What our plugin says of the site."""
        return self.read(await self.call("GET", "site", namespace=HELPER), HelperSite)

    async def post(self, kind: Kind, post_id: int) -> Post | None:
        """A post or page, also from the trash; ``None`` when there is none with that id."""
        try:
            params = {"context": "edit", "_fields": POST_FIELDS}
            answer = await self.call("GET", f"{_PATHS[kind]}/{post_id}", params=params)
        except NotFoundError:
            return None
        return self.read(answer, Post)

    async def find_posts(
        self, kind: Kind, *, search: str | None = None, slug: str | None = None, key: str | None = None
    ) -> list[Post]:
        """The posts in whatever status, the trash too, that have the words in them, or the slug.

        ``key`` is what our plugin finds them by; a site without it answers with all posts.
        """
        params = {"context": "edit", "status": EVERY_STATUS, "orderby": "id", "order": "asc", "_fields": POST_FIELDS}
        if search is not None:
            params["search"] = search
        if slug is not None:
            params["slug"] = slug
        if key is not None:
            params[KEY] = key
        return await self._all(_PATHS[kind], params, Post)

    async def list_posts(self, kind: Kind, page: int, size: int = _PAGE) -> tuple[list[Post], int]:
        """A page of all posts but those in the trash, in the order of their ids, and how many there are in all.

        Pages are counted from 1 and have 100 posts at most; the posts come without their texts. After the last page
        there are empty ones.
        """
        params = {
            "context": "edit",
            "status": EVERY_STATUS.removesuffix(",trash"),
            "orderby": "id",
            "order": "asc",
            "_fields": "id,slug,status,link,title,categories,tags",
            "per_page": str(size),
            "page": str(page),
        }
        try:
            answer = await self.call("GET", _PATHS[kind], params=params)
        except RejectedError as error:
            if error.wp_code != "rest_post_invalid_page_number":
                raise
            return [], (await self.list_posts(kind, 1, 1))[1]
        posts = self.read(answer, list[Post])
        total: str = answer.headers.get("x-wp-total", "")
        return posts, int(total) if total.isdecimal() else len(posts)

    async def term_names(self, taxonomy: Taxonomy, ids: Iterable[int]) -> dict[int, str]:
        """The names of categories or tags, as people read them; of those that there are."""
        wanted = sorted(set(ids))
        names: dict[int, str] = {}
        for start in range(0, len(wanted), _PAGE):
            included = ",".join(map(str, wanted[start : start + _PAGE]))
            found = await self._all(taxonomy, {"include": included, "_fields": "id,name,slug"}, Term)
            names |= {term.id: _plain(term.name) for term in found}
        return names

    async def create_post(self, kind: Kind, fields: Fields) -> Post:
        """Make a post or page. Sent once only; after a failure it may be there nevertheless."""
        answer = await self.call("POST", _PATHS[kind], params={"_fields": POST_FIELDS}, json=fields, repeat=False)
        return self.read(answer, Post)

    async def update_post(self, kind: Kind, post_id: int, fields: Fields) -> Post:
        """Change the given fields of a post or page; brings it back from the trash if ``status`` is among them."""
        answer = await self.call("POST", f"{_PATHS[kind]}/{post_id}", params={"_fields": POST_FIELDS}, json=fields)
        return self.read(answer, Post)

    async def trash_post(self, kind: Kind, post_id: int) -> None:
        """Move a post to the trash, from where people can bring it back."""
        try:
            await self.call("DELETE", f"{_PATHS[kind]}/{post_id}")
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

    async def term(self, taxonomy: Taxonomy, name: str) -> int:
        """The id of the category or tag with that name, made if it is not there. Remembered once it is known."""
        known = (taxonomy, _plain(name).casefold())
        if known not in self.memory.terms:
            found = await self.find_term(taxonomy, name)
            self.memory.terms[known] = found.id if found else await self.create_term(taxonomy, name)
        return self.memory.terms[known]

    async def create_term(self, taxonomy: Taxonomy, name: str) -> int:
        """The id of the category or tag with that name, made if it is not there. May be repeated: names are unique."""
        try:
            return self.read(await self.call("POST", taxonomy, json={"name": name}), Term).id
        except RejectedError as error:
            if error.wp_code == "term_exists" and error.term_id is not None:
                return error.term_id
            raise

    async def media(self, media_id: int) -> Media | None:
        """An uploaded file; ``None`` when there is none with that id."""
        try:
            params = {"context": "edit", "_fields": MEDIA_FIELDS}
            answer = await self.call("GET", f"media/{media_id}", params=params)
        except NotFoundError:
            return None
        return self.read(answer, Media)

    async def find_media(self, *, search: str | None = None, key: str | None = None) -> list[Media]:
        """The uploaded files that have the words in their title or text, or with our plugin: that have the key."""
        params = {"context": "edit", "orderby": "id", "order": "asc", "_fields": MEDIA_FIELDS}
        if search is not None:
            params["search"] = search
        if key is not None:
            params[KEY] = key
        return await self._all("media", params, Media)

    async def fetch(self, url: str, limit: int) -> bytes:
        """What is at an address anywhere, without our credentials.

        Raises:
            UnavailableError: it cannot be had, or has more bytes than the limit.
        """
        data = bytearray()
        try:
            async with self._http.stream("GET", url, timeout=self.patience.timeout, follow_redirects=True) as response:
                if not response.is_success:
                    raise UnavailableError(url, f"answers {response.status_code}", maybe_done=False)
                async for part in response.aiter_bytes():
                    data += part
                    if len(data) > limit:
                        raise UnavailableError(url, f"has more than {limit:,} bytes", maybe_done=False)
        except httpx.HTTPError as error:
            raise UnavailableError(url, f"cannot be had ({error or type(error).__name__})", maybe_done=False) from error
        return bytes(data)

    async def set_rank_math(self, post_id: int, meta: Mapping[str, str]) -> None:
        """Set Rank Math's fields of a post or page, which it takes at an address of its own and does not show."""
        body: Fields = {"objectType": "post", "objectID": post_id, "meta": dict(meta)}
        await self.call("POST", "updateMeta", namespace="rankmath/v1", json=body)

    async def set_seopress(self, post_id: int, *, title: str, description: str) -> SeoTexts:
        """Set SEOPress' fields of a post or page, and return what it has then."""
        path = f"posts/{post_id}/title-description-metas"
        body: Fields = {"title": title, "description": description}
        await self.call("PUT", path, namespace="seopress/v1", json=body)
        return self.read(await self.call("GET", path, namespace="seopress/v1"), SeoTexts)

    async def upload_media(
        self, data: bytes, *, media_type: str, filename: str, texts: Mapping[MediaText, str] | None = None
    ) -> Media:
        """Upload a file. Sent once only; after a failure it may be there nevertheless. ``filename`` is plain ASCII.

        Texts that are too long for an address are left out.
        """
        headers = {"Content-Type": media_type, "Content-Disposition": f'attachment; filename="{filename}"'}
        params = {"_fields": MEDIA_FIELDS}
        params |= {name: text for name, text in (texts or {}).items() if 0 < len(quote(text)) <= _LONGEST_PARAM}
        answer = await self.call("POST", "media", params=params, content=data, headers=headers, repeat=False)
        return self.read(answer, Media)

    async def delete_media(self, media_id: int) -> None:
        """Delete an uploaded file for good."""
        try:
            await self.call("DELETE", f"media/{media_id}", params={"force": "true"})
        except NotFoundError:
            return

    async def describe_media(self, media_id: int, texts: Mapping[MediaText, str], *, key: str | None = None) -> Media:
        """Set texts of an image, and with our plugin its key."""
        fields: dict[str, JsonValue] = {str(name): text for name, text in texts.items()}
        if key is not None:
            fields["meta"] = {KEY: key}
        answer = await self.call("POST", f"media/{media_id}", params={"_fields": MEDIA_FIELDS}, json=fields)
        return self.read(answer, Media)

    async def accepts_password_in_body(self) -> bool:
        """Whether the site takes the credentials over XML-RPC, which has them in the body and not in a header."""
        body = xmlrpc.client.dumps((self._username, self._password), "wp.getUsersBlogs").encode()
        try:
            response = await self._http.post(
                f"{self.site}/xmlrpc.php",
                content=body,
                headers={"Content-Type": "text/xml"},
                timeout=self.patience.timeout,
                follow_redirects=False,
            )
        except httpx.TransportError:
            return False
        return response.is_success and b"<fault>" not in response.content and b"isAdmin" in response.content

    async def _all(self, path: str, params: Mapping[str, str], answer: type[T]) -> list[T]:
        found: list[T] = []
        page = 1
        while True:
            response = await self.call("GET", path, params={**params, "per_page": str(_PAGE), "page": str(page)})
            found += self.read(response, list[answer])  # type: ignore[valid-type]
            pages = response.headers.get("x-wp-totalpages", "")
            if not pages.isdecimal() or page >= int(pages):
                return found
            page += 1


def _mapping(found: object) -> Mapping[str, object]:
    return found if isinstance(found, dict) else {}


def _plain(name: str) -> str:
    return " ".join(unescape(name).split())
