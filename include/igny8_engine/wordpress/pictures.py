"""The images of an article on a site: each uploaded once, known by the hash of its bytes, with its alternative text."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from html import unescape
from typing import Final, TypeVar

from PIL import Image, UnidentifiedImageError

from igny8_engine.errors import EngineError
from igny8_engine.html import ShownImage, images_in, with_images
from igny8_engine.wordpress.answers import Media
from igny8_engine.wordpress.article import Dropped, Picture, as_words
from igny8_engine.wordpress.client import KEY, MediaText, WordPressClient
from igny8_engine.wordpress.errors import UploadRefusedError, WordPressError
from igny8_engine.wordpress.readback import squeezed

T = TypeVar("T")
Warn = Callable[[Dropped, str], None]

LARGEST: Final = 20_000_000
"""How many bytes an image in a text may have that is taken over from elsewhere."""

_DECODED: Final = 40_000_000
"""How many pixels an image may have to be decoded only to see whether it is whole."""

_FORMATS: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
_TOLD: Final[Mapping[MediaText, tuple[Dropped, str]]] = {
    "alt_text": ("image_alt", "alternative text"),
    "title": ("image_title", "title"),
    "caption": ("image_caption", "caption"),
}
"""How it is told that an image has another text than it was given."""
_NOT_STORED: Final = "rest_upload_sideload_error"
_LOOKS_AFTER_LOSS: Final = 4
"""How often is looked for what a lost call may still be making; the waits between add up to 7 first waits."""


async def look_after(
    client: WordPressClient, error: WordPressError, look: Callable[[], Awaitable[T | None]]
) -> T | None:
    """Look whether a failed call has done its work after all, or is still at it."""
    found = await look()
    for attempt in range(1, _LOOKS_AFTER_LOSS if error.maybe_done else 1):
        if found is not None:
            break
        await client.pause(error, attempt)
        found = await look()
    return found


class Pictures:
    """Brings images to one site; what could not be done goes to ``warn``."""

    def __init__(self, client: WordPressClient, warn: Warn) -> None:
        self._client = client
        self._warn = warn

    async def check(self, picture: Picture) -> None:
        """See whether the image is one, before anything is sent: WordPress would say no only when all else is there.

        Raises:
            UploadRefusedError: it is none that WordPress takes.
        """
        try:
            await asyncio.to_thread(_media_type, picture.data)
        except ValueError as error:
            raise UploadRefusedError(
                self._client.site,
                f"the image {picture.filename} ({len(picture.data):,} bytes) is not sent: {error}",
                hint="Make the image anew, or publish without one.",
            ) from error

    async def brought(self, picture: Picture, known_id: int | None = None) -> Media:
        """The image on the site: the one of that id if it is this one, else found by its hash, else uploaded."""
        async with self._client.memory.uploads.setdefault(picture.digest, asyncio.Lock()):
            return await self._brought(picture, known_id)

    async def _brought(self, picture: Picture, known_id: int | None) -> Media:
        media = await self._known(picture, known_id) or await self._find(picture)
        wanted: dict[MediaText, str] = {"alt_text": picture.alt}
        if media is None:
            # Its title and caption are people's to change once it is there.
            wanted |= {name: text for name, text in _texts(picture).items() if text}
            media = await self._upload(picture)
        key = picture.digest if await self._client.has_helper() else None
        missing = _differing(media, wanted)
        if not missing and (key is None or media.meta.get(KEY) == key):
            return media
        media = await self._client.describe_media(media.id, _as_words(missing), key=key)
        for name, text in _differing(media, wanted).items():
            warning, called = _TOLD[name]
            self._warn(warning, f"The image's {called} is {_text_of(media, name)!r}, not {text!r}.")
        return media

    async def in_text(self, html: str) -> str:
        """The text with its images on the site. One that can't be brought there stays where it is, with a warning."""
        moved: dict[str, str] = {}
        for address, shown in images_in(html).items():
            if address.startswith(f"{self._client.site}/"):
                continue
            try:
                moved[address] = (await self.brought(await self._fetched(address, shown))).source_url
            except (EngineError, ValueError) as error:
                self._warn("image", f"The image {address} in the text stays where it is: {error}")
        return with_images(html, moved) if moved else html

    async def _fetched(self, address: str, shown: ShownImage) -> Picture:
        """The image at an address.

        Raises:
            EngineError: it may not be called, or does not answer.
            ValueError: there is no image that WordPress takes.
        """
        data = await self._client.fetch(address, LARGEST)
        media_type = await asyncio.to_thread(_media_type, data)
        return Picture(data, media_type, shown.alt, title=shown.title or shown.alt, caption=shown.caption)

    async def _known(self, picture: Picture, media_id: int | None) -> Media | None:
        media = await self._client.media(media_id) if media_id is not None else None
        if media is None or not _is_of(media, picture):
            return None
        return media if await self._cut_off(media, picture) is None else None

    async def _find(self, picture: Picture) -> Media | None:
        found: list[Media] = []
        if await self._client.has_helper():
            found = await self._client.find_media(key=picture.digest)
        if not any(_is_of(media, picture) for media in found):
            found = await self._client.find_media(search=picture.name)
        for media in found:
            if _is_of(media, picture) and await self._cut_off(media, picture) is None:
                return media
        return None

    async def _cut_off(self, media: Media, picture: Picture) -> str | None:
        """What is wrong with an image that the site has the beginning of only; that is removed there.

        WordPress does not look whether its disk takes what it writes: when that is full, a part of the file becomes the
        image, and the answer says that all is well. What a plugin has made smaller is no part.
        """
        if media.media_details.filesize == len(picture.data):
            return None
        try:
            kept = await self._client.fetch(media.uploaded_url, len(picture.data))
        except EngineError:  # larger, or not for everybody to see: nothing says that it is cut off
            return None
        if not kept or len(kept) == len(picture.data) or not picture.data.startswith(kept):
            return None
        cut = f"{len(kept):,} of {len(picture.data):,} bytes"
        try:
            await self._client.delete_media(media.id)
        except WordPressError as error:
            return f"{cut} (media item {media.id}, which could not be deleted: {error.message})"
        return cut

    async def _upload(self, picture: Picture) -> Media:
        attempt = 1
        while True:
            try:
                media = await self._client.upload_media(
                    picture.data,
                    media_type=picture.media_type,
                    filename=picture.filename,
                    texts={"slug": picture.name, **_as_words({"alt_text": picture.alt, **_texts(picture)})},
                )
            except WordPressError as error:
                found = await look_after(self._client, error, lambda: self._find(picture))
                if found is not None:
                    return found
                # WordPress makes a month's folder without a lock, and refuses one of two first uploads at once.
                was_raced = attempt == 1 and isinstance(error, UploadRefusedError) and error.wp_code == _NOT_STORED
                last = attempt >= self._client.patience.attempts
                if not was_raced and (last or not await self._client.pause(error, attempt)):
                    raise
                attempt += 1
                continue
            if (cut := await self._cut_off(media, picture)) is not None:
                raise UploadRefusedError(
                    self._client.site,
                    f"keeps only a part of the image {picture.filename}: {cut}",
                    hint="The site's disk is probably full: let the host make room, then publish again.",
                )
            return media


def _media_type(data: bytes) -> str:
    """What kind of image it is.

    Raises:
        ValueError: it is none that WordPress takes, or not a whole one.
    """
    try:
        with Image.open(io.BytesIO(data), formats=list(_FORMATS)) as image:
            media_type = _FORMATS[image.format or ""]
            if image.format == "PNG":
                image.verify()  # reads all of it
            elif image.width * image.height <= _DECODED:
                image.draft(None, (1, 1))  # a JPEG need not be decoded in its full size
                image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, KeyError) as error:
        raise ValueError("it is no image that WordPress takes, or not a whole one") from error
    return media_type


def _as_words(texts: Mapping[MediaText, str]) -> dict[MediaText, str]:
    return {name: as_words(text) for name, text in texts.items()}


def _texts(picture: Picture) -> dict[MediaText, str]:
    return {"title": picture.title, "caption": picture.caption}


def _text_of(media: Media, name: MediaText) -> str:
    told = {"alt_text": media.alt_text, "title": media.title.raw, "caption": media.caption.raw}
    return unescape(told[name] or "")


def _differing(media: Media, wanted: Mapping[MediaText, str]) -> dict[MediaText, str]:
    """Those of the texts that the image does not have."""
    return {name: text for name, text in wanted.items() if squeezed(_text_of(media, name)) != squeezed(text)}


def _is_of(media: Media, picture: Picture) -> bool:
    """Whether the file is the picture: its key is the picture's hash, or its slug, title or file is named by it."""
    file = media.source_url.rpartition("/")[2]
    named = any(name.startswith(picture.name) for name in (media.slug, media.title.raw or "", file))
    return named or media.meta.get(KEY) == picture.digest
