"""The part of WordPress' REST API that publishing takes, with WordPress' answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from igny8_engine.preview.faults import RestFaultError, forbidden
from igny8_engine.preview.media import MediaRoutes
from igny8_engine.preview.params import Asked, read
from igny8_engine.preview.posts import PostRoutes
from igny8_engine.preview.records import Taxonomy
from igny8_engine.preview.shapes import Json, term_json, user_json
from igny8_engine.preview.store import PreviewStore, TermExistsError

NAME: Final = "IGNY8 preview site"
DESCRIPTION: Final = "A stand-in for WordPress: it shows what would be published."


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    content: object
    status: int = 200
    total: int | None = None
    """Of a listing: how many there are in all."""
    per_page: int = 10
    headers: dict[str, str] = field(default_factory=dict)


_NO_META: Final = {"methods": ["GET", "POST"], "schema": {"properties": {"meta": {"properties": {}}}}}
"""What a collection says of its fields to those who ask whether they can be written: none of any plugin."""

Handler = Callable[[Asked, int], Answer]


class Entries(Protocol):
    """A collection of posts, pages or images."""

    def listing(self, asked: Asked) -> tuple[list[Json], int]:
        """Those asked for, and how many there are."""
        ...

    def one(self, asked: Asked, number: int) -> Json:
        """The one with that id."""
        ...

    def create(self, asked: Asked) -> Json:
        """Make one."""
        ...

    def change(self, asked: Asked, number: int) -> Json:
        """Change one."""
        ...

    def delete(self, asked: Asked, number: int) -> Json:
        """Remove one."""
        ...


class Rest:
    """Answers every request below ``/wp-json/`` and ``?rest_route=``."""

    def __init__(self, store: PreviewStore) -> None:
        self._store = store
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []
        self._add("GET", "/", self._index)
        self._add("GET", "/wp/v2/users/me", self._me)
        self._add_taxonomy("category", "categories")
        self._add_taxonomy("post_tag", "tags")
        self._add_entries("posts", PostRoutes(store, "post"))
        self._add_entries("pages", PostRoutes(store, "page"))
        self._add_entries("media", MediaRoutes(store))

    async def answer(self, request: Request, route: str) -> Response:
        """Answer a request for a route, such as ``/wp/v2/posts``."""
        try:
            asked = await read(request, self._store)
            answer = await run_in_threadpool(self._dispatch, request.method, "/" + route.strip("/"), asked)
        except RestFaultError as fault:
            return JSONResponse(fault.body(), fault.status)
        headers = dict(answer.headers)
        if answer.total is not None:
            headers["X-WP-Total"] = str(answer.total)
            headers["X-WP-TotalPages"] = str(-(-answer.total // answer.per_page))
        return JSONResponse(_cut(answer.content, asked.texts("_fields")), answer.status, headers)

    def _add(self, method: str, path: str, handler: Handler) -> None:
        self._routes.append((method, re.compile(path.replace("ID", r"(?P<id>\d{1,15})")), handler))

    def _add_taxonomy(self, taxonomy: Taxonomy, path: str) -> None:
        self._add("GET", f"/wp/v2/{path}", lambda asked, _: self._terms(taxonomy, asked))
        self._add("POST", f"/wp/v2/{path}", lambda asked, _: self._add_term(taxonomy, asked))
        self._add("GET", f"/wp/v2/{path}/ID", lambda asked, number: self._term(taxonomy, asked, number))

    def _add_entries(self, name: str, entries: Entries) -> None:
        self._add("GET", f"/wp/v2/{name}", lambda asked, _: _page(asked, *entries.listing(asked)))
        self._add("POST", f"/wp/v2/{name}", lambda asked, _: _created(asked, name, entries.create(asked)))
        self._add("GET", f"/wp/v2/{name}/ID", lambda asked, number: Answer(entries.one(asked, number)))
        self._add("OPTIONS", f"/wp/v2/{name}", lambda _, __: Answer(_NO_META))
        for method in ("POST", "PUT", "PATCH"):
            self._add(method, f"/wp/v2/{name}/ID", lambda asked, number: Answer(entries.change(asked, number)))
        self._add("DELETE", f"/wp/v2/{name}/ID", lambda asked, number: Answer(entries.delete(asked, number)))

    def _dispatch(self, method: str, route: str, asked: Asked) -> Answer:
        for known, pattern, handler in self._routes:
            if known == method and (match := pattern.fullmatch(route)):
                return handler(asked, int(match.groupdict().get("id") or 0))
        raise RestFaultError(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _index(self, asked: Asked, _: int) -> Answer:
        home = asked.base.rstrip("/")
        return Answer(
            {
                "name": NAME,
                "description": DESCRIPTION,
                "url": home,
                "home": home,
                "gmt_offset": 0,
                "timezone_string": "UTC",
                "namespaces": ["wp/v2"],
                "authentication": {"application-passwords": {}},
                "routes": {},
            }
        )

    def _me(self, asked: Asked, _: int) -> Answer:
        if asked.account is None:
            raise forbidden("rest_not_logged_in", "You are not currently logged in.", logged_in=False)
        return Answer(user_json(asked.account, asked.base, editing=asked.editing))

    def _terms(self, taxonomy: Taxonomy, asked: Asked) -> Answer:
        limit, offset = asked.page()
        found = self._store.terms(taxonomy, search=asked.text("search") or "", slugs=asked.texts("slug"))
        shown = [term_json(term, asked.base) for term in found[offset : offset + limit]]
        return Answer(shown, total=len(found), per_page=limit)

    def _term(self, taxonomy: Taxonomy, asked: Asked, number: int) -> Answer:
        term = self._store.term(taxonomy, number)
        if term is None:
            raise RestFaultError(404, "rest_term_invalid", "Term does not exist.")
        return Answer(term_json(term, asked.base))

    def _add_term(self, taxonomy: Taxonomy, asked: Asked) -> Answer:
        needed = "manage_categories" if taxonomy == "category" else "edit_posts"
        asked.refuse_unless(
            asked.may(needed), "rest_cannot_create", "Sorry, you are not allowed to create terms in this taxonomy."
        )
        name = (asked.text("name") or "").strip()
        if not name:
            raise RestFaultError(400, "rest_missing_callback_param", "Missing parameter(s): name", params=["name"])
        if len(name) > 200:  # noqa: PLR2004 - the width of WordPress' column
            raise RestFaultError(500, "db_insert_error", "Could not insert term into the database.")
        try:
            term = self._store.add_term(
                taxonomy,
                name,
                slug=asked.text("slug") or "",
                parent=asked.whole("parent") or 0,
                description=asked.text("description") or "",
            )
        except TermExistsError as error:
            raise RestFaultError(
                400,
                "term_exists",
                "A term with the name provided already exists with this parent.",
                term_id=error.term_id,
            ) from error
        return Answer(term_json(term, asked.base), 201)


def _page(asked: Asked, shown: Sequence[object], total: int) -> Answer:
    per_page, offset = asked.page()
    if offset and offset >= total:
        raise RestFaultError(
            400,
            "rest_post_invalid_page_number",
            "The page number requested is larger than the number of pages available.",
        )
    return Answer(list(shown), total=total, per_page=per_page)


def _created(asked: Asked, collection: str, made: dict[str, object]) -> Answer:
    return Answer(made, 201, headers={"Location": f"{asked.base}wp-json/wp/v2/{collection}/{made['id']}"})


def _cut(content: object, names: tuple[str, ...]) -> object:
    """Only the fields asked for."""
    if not names:
        return content
    if isinstance(content, list):
        return [_cut(part, names) for part in content]
    wanted = {name.partition(".")[0] for name in names}
    return {name: value for name, value in content.items() if name in wanted} if isinstance(content, dict) else content
