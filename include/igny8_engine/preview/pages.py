"""The pages of the preview site, as a browser gets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from igny8_engine.html import sanitize, word_count
from igny8_engine.preview.params import STATUSES, account_of
from igny8_engine.preview.records import Account, Entry, Taxonomy, Term, Wanted
from igny8_engine.preview.rest import NAME
from igny8_engine.preview.shapes import excerpt_of
from igny8_engine.preview.store import PreviewStore

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' https: data:; style-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PER_PAGE: Final = 13
"""A large card and twelve: full rows at three, two and one to a row."""
_WORDS_A_MINUTE: Final = 220
_STYLE: Final = Path(__file__).parent / "static" / "style.css"


@dataclass(frozen=True, slots=True)
class Card:
    """An entry as the listings show it."""

    title: str
    url: str
    excerpt: str
    when: str
    date: str
    category: str
    category_url: str
    image: str
    alt: str
    status: str


class Pages:
    """Renders the pages of one store. Links begin with the path below which the site is mounted."""

    def __init__(self, store: PreviewStore) -> None:
        self._store = store
        self._templates = Environment(
            loader=PackageLoader("igny8_engine.preview"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def home(self, request: Request) -> Response:
        """The newest articles; with ``?p=``, the entry of that id, also a draft for those who log in."""
        number = request.query_params.get("p") or request.query_params.get("page_id")
        if number is not None:
            return self._by_id(request, number)
        return self._listing(request, Wanted(type="post"), title="", intro="As readers would see them.")

    def drafts(self, request: Request) -> Response:
        """What is not published, for those who log in."""
        account = account_of(request, self._store)
        if account is None or not account.may("edit_posts"):
            return self._login(request)
        hidden = tuple(status for status in STATUSES if status != "publish")
        wanted = Wanted(type="post", statuses=hidden, by="modified")
        if not account.may("edit_others_posts"):
            wanted = replace(wanted, author=account.id)
        return self._listing(request, wanted, title="Drafts", intro="Only those who are logged in see these.")

    def category(self, request: Request, slug: str) -> Response:
        """The articles of a category."""
        return self._term(request, "category", slug)

    def tag(self, request: Request, slug: str) -> Response:
        """The articles with a tag."""
        return self._term(request, "post_tag", slug)

    def _term(self, request: Request, taxonomy: Taxonomy, slug: str) -> Response:
        found = self._store.terms(taxonomy, slugs=(_stored(slug),))
        if not found:
            return self.missing(request)
        what = "Category" if taxonomy == "category" else "Tag"
        return self._listing(
            request, Wanted(type="post", terms=(found[0].id,)), title=unescape(found[0].name), intro=what
        )

    def article(self, request: Request, path: str) -> Response:
        """A published article or page; its address ends with a slash."""
        slug = path.strip("/")
        if not path.endswith("/"):
            return RedirectResponse(f"{_root(request)}/{quote(slug)}/", status_code=301)
        entry = self._store.entry_at(_stored(slug))
        if entry is None or entry.status != "publish" or entry.type == "attachment":
            return self.missing(request)
        return self._article(request, entry)

    def image(self, request: Request, file: str) -> Response:
        """An uploaded image."""
        entry = self._store.image_at(file)
        path = self._store.media_folder / entry.file if entry else None
        if entry is None or path is None or not path.is_file():
            return self.missing(request)
        return FileResponse(path, media_type=entry.mime, headers={"Cache-Control": "public, max-age=3600"})

    def style(self) -> Response:
        """The style sheet."""
        return FileResponse(_STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=600"})

    def missing(self, request: Request) -> Response:
        """There is no such page."""
        return self._page(request, "missing.html", {"title": "Page not found"}, status=404)

    def _by_id(self, request: Request, number: str) -> Response:
        entry = self._store.entry(int(number)) if number.isdecimal() and len(number) < 16 else None  # noqa: PLR2004
        if entry is not None and entry.type == "attachment":
            entry = None
        if entry is not None and entry.status == "publish":
            return RedirectResponse(f"{_root(request)}/{entry.slug}/", status_code=301)
        account = account_of(request, self._store)
        # Strangers are not told which drafts there are.
        if account is None or not account.may("edit_posts"):
            return self._login(request)
        others = account.may("edit_others_posts")
        if entry is None or entry.status == "trash" or not (others or entry.author == account.id):
            return self.missing(request)
        return self._article(request, entry, account)

    def _login(self, request: Request) -> Response:
        page = self._page(request, "login.html", {"title": "Log in to see drafts"}, status=401)
        page.headers["WWW-Authenticate"] = f'Basic realm="{NAME}", charset="UTF-8"'
        return page

    def _listing(self, request: Request, wanted: Wanted, *, title: str, intro: str) -> Response:
        asked = request.query_params.get("page", "1")
        number = int(asked) if asked.isdecimal() and 0 < len(asked) < 7 else 1  # noqa: PLR2004
        found, total = self._store.entries(replace(wanted, limit=_PER_PAGE, offset=_PER_PAGE * (max(1, number) - 1)))
        if not found and number > 1:
            return self.missing(request)
        context = {
            "title": title,
            "intro": intro,
            "cards": [self._card(entry, _root(request)) for entry in found],
            "total": total,
            "number": number,
            "pages": -(-total // _PER_PAGE),
        }
        return self._page(request, "listing.html", context)

    def _article(self, request: Request, entry: Entry, account: Account | None = None) -> Response:
        root = _root(request)
        categories = self._store.terms_of(entry.id, "category")
        related: list[Card] = []
        if categories:
            near = Wanted(type="post", terms=tuple(term.id for term in categories), limit=4)
            found, _ = self._store.entries(near)
            related = [self._card(other, root) for other in found if other.id != entry.id][:3]
        context = {
            "title": unescape(entry.title),
            "card": self._card(entry, root),
            "body": Markup(sanitize(entry.content)),  # noqa: S704 - sanitised
            "minutes": max(1, round(word_count(entry.content) / _WORDS_A_MINUTE)),
            "categories": [_linked(term, root) for term in categories],
            "tags": [_linked(term, root) for term in self._store.terms_of(entry.id, "post_tag")],
            "related": related,
            "draft": account is not None,
            "is_page": entry.type == "page",
        }
        return self._page(request, "article.html", context)

    def _card(self, entry: Entry, root: str) -> Card:
        image = self._store.entry(entry.featured_media) if entry.featured_media else None
        categories = self._store.terms_of(entry.id, "category")
        name, url = _linked(categories[0], root) if categories else ("", "")
        when = datetime.fromisoformat(entry.created).replace(tzinfo=UTC)
        return Card(
            title=unescape(entry.title) or "(no title)",
            url=f"{root}/{entry.slug}/" if entry.status == "publish" else f"{root}/?p={entry.id}",
            excerpt=excerpt_of(entry, 28),
            when=when.isoformat(),
            date=f"{when.day} {when:%B %Y}",
            category=name,
            category_url=url,
            image=f"{root}/wp-content/uploads/{quote(image.file)}" if image else "",
            alt=image.alt if image else "",
            status=entry.status,
        )

    def _page(self, request: Request, template: str, context: Mapping[str, object], status: int = 200) -> Response:
        root = _root(request)
        menu = [_linked(term, root) for term in self._store.terms("category") if term.count]
        html = self._templates.get_template(template).render(
            {"site": NAME, "root": root, "menu": menu, "here": str(request.scope["path"]), **context}
        )
        return HTMLResponse(html, status, dict(SECURITY_HEADERS))


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _stored(slug: str) -> str:
    """A slug out of an address, as it is stored: other scripts percent-encoded in lower case."""
    return quote(slug, safe="").lower()


def _linked(term: Term, root: str) -> tuple[str, str]:
    folder = "category" if term.taxonomy == "category" else "tag"
    return unescape(term.name), f"{root}/{folder}/{term.slug}/"
