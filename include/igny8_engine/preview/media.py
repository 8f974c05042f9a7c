"""Images over the REST API of the preview site."""

from __future__ import annotations

import io
import re
from typing import Final

from PIL import Image, UnidentifiedImageError

from igny8_engine.preview.faults import RestFaultError
from igny8_engine.preview.params import Asked
from igny8_engine.preview.records import Entry
from igny8_engine.preview.shapes import Json, media_json
from igny8_engine.preview.store import PreviewStore

_FORMATS: Final = {
    "PNG": ("png", "image/png"),
    "JPEG": ("jpg", "image/jpeg"),
    "WEBP": ("webp", "image/webp"),
    "GIF": ("gif", "image/gif"),
}
_FILENAME: Final = re.compile(r'filename="?([^";]+)"?', re.IGNORECASE)
_NOT_AN_IMAGE: Final = RestFaultError(
    500, "rest_upload_sideload_error", "Sorry, you are not allowed to upload this file type."
)


class MediaRoutes:
    """The images of a preview site. Other files are refused."""

    def __init__(self, store: PreviewStore) -> None:
        self._store = store

    def listing(self, asked: Asked) -> tuple[list[Json], int]:
        """The images asked for, and how many there are."""
        found, total = self._store.entries(asked.wanted("attachment"))
        return [self._json(entry, asked, editing=asked.editing) for entry in found], total

    def one(self, asked: Asked, number: int) -> Json:
        """One image."""
        entry = self._entry(number)
        if asked.editing:
            asked.refuse_unless(
                self._may_edit(asked, entry), "rest_forbidden_context", "Sorry, you are not allowed to edit this post."
            )
        return self._json(entry, asked, editing=asked.editing)

    def create(self, asked: Asked) -> Json:
        """Take an image, sent as the body with its name in ``Content-Disposition``; its other fields in the address."""
        asked.refuse_unless(
            asked.may("upload_files"), "rest_cannot_create", "Sorry, you are not allowed to create posts as this user."
        )
        if not asked.body:
            raise RestFaultError(400, "rest_upload_no_data", "No data supplied.")
        disposition = asked.headers.get("content-disposition", "")
        if not disposition:
            raise RestFaultError(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
        match = _FILENAME.search(disposition)
        if match is None:
            raise RestFaultError(400, "rest_upload_invalid_disposition", "Invalid Content-Disposition supplied.")
        try:
            with Image.open(io.BytesIO(asked.body), formats=list(_FORMATS)) as image:
                extension, mime = _FORMATS[image.format or ""]
                size = image.size
                image.verify()
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, KeyError) as error:
            raise _NOT_AN_IMAGE from error
        name = re.split(r"[/\\]", match[1])[-1].rpartition(".")[0] or "image"
        author = asked.account.id if asked.account else 0
        entry = self._store.add_image(asked.body, name=name, extension=extension, mime=mime, size=size, author=author)
        if changes := _changes(asked):
            entry = self._store.write(entry.id, "attachment", author, changes)
        return self._json(entry, asked, editing=True)

    def change(self, asked: Asked, number: int) -> Json:
        """Change the texts of an image."""
        entry = self._entry(number)
        asked.refuse_unless(
            self._may_edit(asked, entry), "rest_cannot_edit", "Sorry, you are not allowed to edit this post."
        )
        changed = self._store.write(number, "attachment", entry.author, _changes(asked))
        return self._json(changed, asked, editing=True)

    def delete(self, asked: Asked, number: int) -> Json:
        """Remove an image; they have no trash."""
        entry = self._entry(number)
        asked.refuse_unless(
            self._may_edit(asked, entry), "rest_cannot_delete", "Sorry, you are not allowed to delete this post."
        )
        if str(asked.given.get("force", "")).lower() not in {"1", "true"}:
            raise RestFaultError(
                501,
                "rest_trash_not_supported",
                "The post does not support trashing. Set 'force=true' to delete.",
            )
        previous = self._json(entry, asked, editing=True)
        self._store.delete(number)
        return {"deleted": True, "previous": previous}

    def _json(self, entry: Entry, asked: Asked, *, editing: bool) -> Json:
        file = self._store.media_folder / entry.file
        return media_json(entry, asked.base, editing=editing, filesize=file.stat().st_size if file.exists() else 0)

    def _entry(self, number: int) -> Entry:
        entry = self._store.entry(number)
        if entry is None or entry.type != "attachment":
            raise RestFaultError(404, "rest_post_invalid_id", "Invalid post ID.")
        return entry

    def _may_edit(self, asked: Asked, entry: Entry) -> bool:
        own = asked.account is not None and asked.account.id == entry.author
        return asked.may("edit_posts") and (own or asked.may("edit_others_posts"))


def _changes(asked: Asked) -> dict[str, str | int]:
    # A caption is kept as WordPress keeps it: as the excerpt.
    columns = (("title", "title"), ("caption", "excerpt"), ("alt_text", "alt"), ("slug", "slug"))
    return {column: found for name, column in columns if (found := asked.text(name)) is not None}
