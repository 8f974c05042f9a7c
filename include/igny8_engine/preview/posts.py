"""Posts and pages over the REST API of the preview site."""

from __future__ import annotations

from typing import Literal

from igny8_engine.preview.faults import RestFaultError, invalid
from igny8_engine.preview.params import STATUSES, Asked
from igny8_engine.preview.records import DEFAULT_CATEGORY, Account, Entry, Taxonomy
from igny8_engine.preview.shapes import Json, post_json
from igny8_engine.preview.store import PreviewStore

_LIVE = frozenset({"publish", "future", "private"})


class PostRoutes:
    """The posts, or the pages, of a preview site."""

    def __init__(self, store: PreviewStore, type_: Literal["post", "page"]) -> None:
        self._store = store
        self._type = type_
        self._plural = f"{type_}s"

    def listing(self, asked: Asked) -> tuple[list[Json], int]:
        """The posts asked for, and how many there are."""
        found, total = self._store.entries(asked.wanted(self._type))
        return [self._json(entry, asked) for entry in found], total

    def one(self, asked: Asked, number: int) -> Json:
        """One post, if whoever asks may see it."""
        entry = self._entry(number)
        if asked.editing or entry.status != "publish":
            asked.refuse_unless(
                self._may_edit(asked.account, entry),
                "rest_forbidden_context" if asked.editing else "rest_forbidden",
                f"Sorry, you are not allowed to {'edit' if asked.editing else 'view'} this post.",
            )
        return self._json(entry, asked)

    def create(self, asked: Asked) -> Json:
        """Make a post."""
        asked.refuse_unless(
            asked.may(f"edit_{self._plural}"),
            "rest_cannot_create",
            "Sorry, you are not allowed to create posts as this user.",
        )
        changes = self._changes(asked, None)
        if not any(changes.get(name) for name in ("title", "content", "excerpt")):
            raise RestFaultError(400, "empty_content", "Content, title, and excerpt are empty.")
        terms = self._terms(asked)
        if self._type == "post":
            terms.setdefault("category", (DEFAULT_CATEGORY,))
        author = asked.account.id if asked.account else 0
        entry = self._store.write(None, self._type, author, changes, terms)
        return self._json(entry, asked, editing=True)

    def change(self, asked: Asked, number: int) -> Json:
        """Change the given fields of a post."""
        entry = self._entry(number)
        asked.refuse_unless(
            self._may_edit(asked.account, entry), "rest_cannot_edit", "Sorry, you are not allowed to edit this post."
        )
        changes = self._changes(asked, entry)
        if entry.status == "trash" and "status" in changes and "slug" not in changes:
            changes["slug"] = entry.slug.removesuffix("__trashed")
        entry = self._store.write(number, self._type, entry.author, changes, self._terms(asked))
        return self._json(entry, asked, editing=True)

    def delete(self, asked: Asked, number: int) -> Json:
        """Put a post into the trash, or, with ``force``, remove it."""
        entry = self._entry(number)
        asked.refuse_unless(
            self._may_edit(asked.account, entry),
            "rest_cannot_delete",
            "Sorry, you are not allowed to delete this post.",
        )
        if str(asked.given.get("force", "")).lower() in {"1", "true"}:
            self._store.delete(number)
            return {"deleted": True, "previous": self._json(entry, asked, editing=True)}
        if entry.status == "trash":
            raise RestFaultError(410, "rest_already_trashed", "The post has already been deleted.")
        changes = {"status": "trash", "slug": f"{entry.slug}__trashed"}
        return self._json(self._store.write(number, self._type, entry.author, changes), asked, editing=True)

    def _entry(self, number: int) -> Entry:
        entry = self._store.entry(number)
        if entry is None or entry.type != self._type:
            raise RestFaultError(404, "rest_post_invalid_id", "Invalid post ID.")
        return entry

    def _may_edit(self, account: Account | None, entry: Entry) -> bool:
        if account is None or not account.may(f"edit_{self._plural}"):
            return False
        if entry.author != account.id:
            return account.may(f"edit_others_{self._plural}")
        return entry.status not in _LIVE or account.may(f"edit_published_{self._plural}")

    def _changes(self, asked: Asked, before: Entry | None) -> dict[str, str | int]:
        changes: dict[str, str | int] = {}
        for name in ("title", "content", "excerpt", "slug", "status"):
            found = asked.text(name)
            if found is not None:
                changes[name] = found
        status = changes.get("status")
        if status is not None and status not in STATUSES:
            raise invalid("status", f"status is not one of {', '.join(STATUSES)}.")
        if status in _LIVE:
            asked.refuse_unless(
                asked.may(f"publish_{self._plural}"),
                "rest_cannot_publish",
                "Sorry, you are not allowed to publish posts in this post type.",
            )
        if status == "future":
            changes["status"] = "publish"
        media_id = asked.whole("featured_media")
        if media_id is not None:
            media = self._store.entry(media_id) if media_id else None
            if media is not None and media.type == "attachment":
                changes["featured_media"] = media_id
            elif media_id == 0 or before is None:
                changes["featured_media"] = 0
        return changes

    def _terms(self, asked: Asked) -> dict[Taxonomy, tuple[int, ...]]:
        if self._type == "page":
            return {}
        given: dict[Taxonomy, tuple[int, ...] | None] = {
            "category": asked.ids("categories"),
            "post_tag": asked.ids("tags"),
        }
        return {taxonomy: ids for taxonomy, ids in given.items() if ids is not None}

    def _json(self, entry: Entry, asked: Asked, *, editing: bool = False) -> Json:
        return post_json(
            entry,
            asked.base,
            categories=self._store.terms_of(entry.id, "category"),
            tags=self._store.terms_of(entry.id, "post_tag"),
            editing=editing or asked.editing,
        )
