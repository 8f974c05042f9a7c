"""The JSON of the preview site's REST API, in WordPress' shapes."""

from __future__ import annotations

from html import escape, unescape

from igny8_engine.html import plain_text, sanitize
from igny8_engine.preview.records import Account, Entry, Term
from igny8_engine.preview.roles import CAPABILITIES

Json = dict[str, object]


def link_of(entry: Entry, base: str) -> str:
    """The address of an entry's page."""
    if entry.type == "attachment" or entry.status == "publish":
        return f"{base}{entry.slug}/"
    return f"{base}?p={entry.id}"


def excerpt_of(entry: Entry, words: int = 40) -> str:
    """What an entry is about, as text: its excerpt, or its first words."""
    if entry.excerpt:
        return plain_text(sanitize(entry.excerpt))
    all_words = plain_text(sanitize(entry.content)).split()
    return " ".join(all_words[:words]) + (" …" if len(all_words) > words else "")


def post_json(entry: Entry, base: str, *, categories: list[Term], tags: list[Term], editing: bool) -> Json:
    """A post or page. With ``editing`` its texts are there as they were written, too."""
    answer: Json = {
        "id": entry.id,
        "date": entry.created,
        "date_gmt": entry.created,
        "modified": entry.modified,
        "modified_gmt": entry.modified,
        "slug": entry.slug,
        "status": entry.status,
        "type": entry.type,
        "link": link_of(entry, base),
        "title": _text(entry.title, escape(unescape(entry.title)), editing=editing),
        "content": {**_text(entry.content, sanitize(entry.content), editing=editing), "protected": False},
        "excerpt": {
            **_text(entry.excerpt, f"<p>{escape(excerpt_of(entry))}</p>\n", editing=editing),
            "protected": False,
        },
        "author": entry.author,
        "featured_media": entry.featured_media,
        "meta": [],
    }
    if entry.type == "post":
        answer |= {"categories": [term.id for term in categories], "tags": [term.id for term in tags]}
    return answer


def media_json(entry: Entry, base: str, *, editing: bool, filesize: int) -> Json:
    """An uploaded image, of so many bytes."""
    url = f"{base}wp-content/uploads/{entry.file}"
    return {
        "id": entry.id,
        "date": entry.created,
        "date_gmt": entry.created,
        "modified": entry.modified,
        "modified_gmt": entry.modified,
        "slug": entry.slug,
        "status": entry.status,
        "type": "attachment",
        "link": link_of(entry, base),
        "title": _text(entry.title, escape(unescape(entry.title)), editing=editing),
        "author": entry.author,
        "caption": _text(entry.excerpt, escape(entry.excerpt), editing=editing),
        "alt_text": entry.alt,
        "media_type": "image",
        "mime_type": entry.mime,
        "source_url": url,
        "media_details": {
            "width": entry.width,
            "height": entry.height,
            "file": entry.file,
            "filesize": filesize,
            "sizes": {
                "full": {
                    "file": entry.file.rpartition("/")[2],
                    "width": entry.width,
                    "height": entry.height,
                    "mime_type": entry.mime,
                    "source_url": url,
                }
            },
        },
    }


def term_json(term: Term, base: str) -> Json:
    """A category or tag. Its name is HTML-escaped, as WordPress has it."""
    folder = "category" if term.taxonomy == "category" else "tag"
    return {
        "id": term.id,
        "count": term.count,
        "description": term.description,
        "link": f"{base}{folder}/{term.slug}/",
        "name": term.name,
        "slug": term.slug,
        "taxonomy": term.taxonomy,
        "parent": term.parent,
        "meta": [],
    }


def user_json(account: Account, base: str, *, editing: bool) -> Json:
    """The user who asks."""
    answer: Json = {"id": account.id, "name": account.login, "slug": account.login, "link": base}
    if editing:
        capabilities = dict.fromkeys(sorted(CAPABILITIES[account.role]), True)
        answer |= {"username": account.login, "roles": [account.role], "capabilities": capabilities}
    return answer


def _text(raw: str, rendered: str, *, editing: bool) -> Json:
    return {"raw": raw, "rendered": rendered} if editing else {"rendered": rendered}
