"""What a request to the REST API says: its parameters, wherever they are, and who sends it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request

from igny8_engine.preview.faults import RestFaultError, forbidden, forbidden_status, invalid
from igny8_engine.preview.records import Account, EntryType, Wanted
from igny8_engine.preview.store import PreviewStore

STATUSES: Final = ("publish", "future", "draft", "pending", "private")
LARGEST_BODY: Final = 32 * 1024 * 1024
"""Bytes that one request may bring."""

_MOST = 100
_ORDERS: Final = {"id": "id", "date": "created", "modified": "modified", "title": "title", "slug": "slug"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read."""

    base: str
    """The address of the site, with a slash at its end."""
    account: Account | None
    given: Mapping[str, object]
    """The parameters of the address and, where the body is a JSON object, its fields."""
    body: bytes
    headers: Mapping[str, str]

    @property
    def editing(self) -> bool:
        """Whether the raw texts are asked for."""
        return self.given.get("context") == "edit"

    def may(self, capability: str) -> bool:
        """Whether whoever asks may do that."""
        return self.account is not None and self.account.may(capability)

    def refuse_unless(self, allowed: bool, code: str, message: str) -> None:
        """Raise the refusal that fits whoever asks."""
        if not allowed:
            raise forbidden(code, message, logged_in=self.account is not None)

    def text(self, name: str) -> str | None:
        """A parameter that is a text, or an object with the text as ``raw``."""
        found = self.given.get(name)
        if isinstance(found, Mapping):
            found = found.get("raw")
        if found is None or isinstance(found, str):
            return found
        if isinstance(found, int | float) and not isinstance(found, bool):
            return str(found)
        raise invalid(name, f"{name} is not of type string.")

    def whole(self, name: str) -> int | None:
        """A parameter that is a whole number."""
        found = self.given.get(name)
        if found is None:
            return None
        try:
            return int(str(found))
        except ValueError:
            raise invalid(name, f"{name} is not of type integer.") from None

    def texts(self, name: str) -> tuple[str, ...]:
        """A parameter that is a list of texts, or texts with commas between."""
        found = self.given.get(name)
        parts = found if isinstance(found, list) else str(found).split(",") if found is not None else []
        return tuple(str(part).strip() for part in parts if str(part).strip())

    def ids(self, name: str) -> tuple[int, ...] | None:
        """A parameter that is a list of ids; None when it is not there."""
        if name not in self.given:
            return None
        try:
            return tuple(int(part) for part in self.texts(name))
        except ValueError:
            raise invalid(name, f"{name}[0] is not of type integer.") from None

    def page(self) -> tuple[int, int]:
        """How many are asked for, and how many come before them."""
        per_page, page = self.whole("per_page"), self.whole("page")
        per_page = 10 if per_page is None else per_page
        page = 1 if page is None else page
        if not 1 <= per_page <= _MOST:
            raise invalid("per_page", f"per_page must be between 1 (inclusive) and {_MOST} (inclusive)")
        if page < 1:
            raise invalid("page", "page must be greater than or equal to 1")
        return per_page, per_page * (page - 1)

    def wanted(self, type_: EntryType) -> Wanted:
        """Which entries a listing asks for, if whoever asks may see them."""
        if self.editing:
            self.refuse_unless(
                self.may("edit_pages" if type_ == "page" else "edit_posts"),
                "rest_forbidden_context",
                "Sorry, you are not allowed to edit posts in this post type.",
            )
        by = _ORDERS.get(str(self.given.get("orderby", "date")))
        if by is None:
            raise invalid("orderby", f"orderby is not one of {', '.join(_ORDERS)}.")
        limit, offset = self.page()
        others = self.may("read_private_pages" if type_ == "page" else "read_private_posts")
        return Wanted(
            type=type_,
            statuses=("inherit",) if type_ == "attachment" else self._statuses(type_),
            search=self.text("search") or "",
            slugs=tuple(quote(slug, safe="%").lower() for slug in self.texts("slug")),
            include=self.ids("include") or (),
            terms=(self.ids("categories") or ()) + (self.ids("tags") or ()),
            author=None if others or type_ == "attachment" else (self.account.id if self.account else 0),
            by=by,  # type: ignore[arg-type]
            ascending=self.given.get("order") == "asc",
            limit=limit,
            offset=offset,
        )

    def _statuses(self, type_: EntryType) -> tuple[str, ...]:
        asked = self.texts("status") or ("publish",)
        for status in asked:
            if status not in (*STATUSES, "trash", "any"):
                raise invalid("status", f"status[0] is not one of {', '.join(STATUSES)}.")
        if asked != ("publish",) and not self.may("edit_pages" if type_ == "page" else "edit_posts"):
            raise forbidden_status(logged_in=self.account is not None)
        return STATUSES if "any" in asked else asked


async def read(request: Request, store: PreviewStore) -> Asked:
    """Read a request, body and all.

    Raises:
        RestFaultError: it is too large, or its JSON is broken.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise RestFaultError(413, "rest_upload_file_too_big", f"More than {LARGEST_BODY} bytes are not taken.")
    given: dict[str, object] = dict(request.query_params)
    for name in {key for key in request.query_params if key.endswith("[]")}:
        given[name[:-2]] = request.query_params.getlist(name)
    if request.headers.get("content-type", "").partition(";")[0].strip() == "application/json" and body:
        try:
            sent = json.loads(body)
        except ValueError:
            raise RestFaultError(400, "rest_invalid_json", "Invalid JSON body passed.") from None
        given |= sent if isinstance(sent, dict) else {}
    return Asked(
        base=f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '').rstrip('/')}/",
        account=account_of(request, store),
        given=given,
        body=body,
        headers=request.headers,
    )


def account_of(request: Request, store: PreviewStore) -> Account | None:
    """Who sends a request; None for strangers and for wrong passwords, which WordPress tells apart no better."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return store.account(username, password)
