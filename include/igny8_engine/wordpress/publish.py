"""Publish an article, once.

WordPress has no unique key: the same request twice makes two posts. What prevents it here, in this order: the caller's
lock (one publication of an article to a site at a time), the receipt with the post's id, the marker in the content
which finds the post when the receipt was lost, and a look before every further attempt to create.

A post is created as a draft and gets its status when it is whole, so that readers never see half an article.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from html import escape, unescape
from typing import TypeVar
from urllib.parse import unquote

from igny8_engine.wordpress.answers import Media, Post, Taxonomy
from igny8_engine.wordpress.article import ArticleToPublish, Dropped, Picture, Published, PublishWarning, Receipt
from igny8_engine.wordpress.client import Fields, WordPressClient
from igny8_engine.wordpress.errors import RejectedError, RoleRefusedError, WordPressError

T = TypeVar("T")
Save = Callable[[Receipt], Awaitable[None]]

_LIVE = frozenset({"publish", "future", "private"})
_LONGEST_TERM = 200
"""The width of WordPress' column; it answers longer names with a fault that looks like a broken database."""

_LOOKS_AFTER_LOSS = 4
"""How often is looked for what a lost call may still be making; the waits between add up to 7 first waits."""


async def publish_article(
    client: WordPressClient, article: ArticleToPublish, receipt: Receipt | None, *, save: Save
) -> Published:
    """Bring an article to a site: make its post, or change the post that it has there.

    Args:
        client: The site.
        article: What shall be there.
        receipt: What ``save`` was last given for this article and site; ``None`` the first time.
        save: Stores the receipt. Awaited after each step, so that a crash loses none.

    The caller sees to it that no article is published to the same site twice at the same time.

    Raises:
        WordPressError: by cause; ``retryable`` tells whether the same call may succeed later. What has been done so far
            is in the receipt.
    """
    return await _Publication(client, article, receipt or Receipt(), save).run()


class _Publication:
    def __init__(self, client: WordPressClient, article: ArticleToPublish, receipt: Receipt, save: Save) -> None:
        self._client = client
        self._article = article
        self._receipt = receipt
        self._save = save
        self._warnings: list[PublishWarning] = []

    async def run(self) -> Published:
        await self._check_role()
        post = await self._known_post()
        if post is not None and post.status != "trash" and self._receipt.fingerprint == self._article.fingerprint:
            return self._published(post, "unchanged")
        fields = await self._fields()
        post = post or await self._find()
        existed = post is not None
        if post is None:
            post = await self._create(fields)
        await self._remember(post_id=post.id, slug=post.slug, fingerprint=None)
        post = await self._write(post, fields)
        await self._remember(slug=post.slug, fingerprint=self._article.fingerprint)
        return self._published(post, "updated" if existed else "created")

    async def _check_role(self) -> None:
        """Reading is allowed to strangers as well, so that refused credentials would show late or never."""
        user = await self._client.user()
        plural = f"{self._article.kind}s"
        needed = [f"edit_{plural}"]
        if self._article.status in {"publish", "private"}:
            needed.append(f"publish_{plural}")
        if self._article.picture is not None:
            needed.append("upload_files")
        missing = [capability for capability in needed if not user.may(capability)]
        # Without any, the site keeps them to itself; it will say no by itself then.
        if user.capabilities and missing:
            raise RoleRefusedError(
                self._client.site,
                f"the connected user {user.name!r} lacks what this takes: {', '.join(missing)}",
                hint="Give the user the role Editor in WordPress (Author is enough for posts without new categories).",
            )

    async def _known_post(self) -> Post | None:
        """The post of the receipt, if it is still there and still ours: ids start anew when a site is set up anew."""
        if self._receipt.post_id is None:
            return None
        post = await self._client.post(self._article.kind, self._receipt.post_id)
        if post is None or not (self._is_marked(post) or _same_slug(post.slug, self._receipt.slug)):
            return None
        return post

    async def _find(self) -> Post | None:
        """The post that carries the marker: searched for, or by its slug where a plugin searches in its own way."""
        found = await self._marked()
        if len(found) > 1:
            others = ", ".join(str(post.id) for post in found[1:])
            self._warn("twins", f"The article is there several times; {found[0].id} was changed, not {others}.")
        return found[0] if found else None

    async def _marked(self) -> list[Post]:
        article = self._article
        found = await self._client.find_posts(article.kind, search=article.key)
        if not any(self._is_marked(post) for post in found) and article.slug:
            found = await self._client.find_posts(article.kind, slug=article.slug)
        ours = [post for post in found if self._is_marked(post)]
        return sorted(ours, key=lambda post: (post.status == "trash", post.id))

    def _is_marked(self, post: Post) -> bool:
        return self._article.marker in (post.content.raw or "")

    async def _create(self, fields: Fields) -> Post:
        attempt = 1
        uncertain = False
        while True:
            try:
                post = await self._client.create_post(self._article.kind, {**fields, "status": "draft"})
            except WordPressError as error:
                # WordPress may have made the post whatever it says, also when it says no.
                found = await self._look_after(error, self._find)
                if found is not None:
                    return found
                if attempt >= self._client.patience.attempts or not await self._client.pause(error, attempt):
                    raise
                uncertain = uncertain or error.maybe_done
                attempt += 1
            else:
                return await self._without_twins(post) if uncertain else post

    async def _look_after(self, error: WordPressError, look: Callable[[], Awaitable[T | None]]) -> T | None:
        """Look whether a failed call has done its work after all, or is still at it."""
        found = await look()
        for attempt in range(1, _LOOKS_AFTER_LOSS if error.maybe_done else 1):
            if found is not None:
                break
            await self._client.pause(error, attempt)
            found = await look()
        return found

    async def _without_twins(self, made: Post) -> Post:
        """After a lost call that was thought to have done nothing: the drafts of one article, made into one."""
        found = [post for post in await self._marked() if post.status != "trash"]
        if not found:
            return made
        for twin in found[1:]:
            await self._client.trash_post(self._article.kind, twin.id)
        return found[0]

    async def _write(self, post: Post, fields: Fields) -> Post:
        wanted = self._article.status
        status: str = wanted
        if post.status in _LIVE and wanted in {"draft", "pending"}:
            status = post.status
            self._warn("status", f"The post is live already ({post.status}) and stays so; {wanted} was not applied.")
        if post.status == "trash":
            self._warn("trash", "The post had been thrown into the trash and was brought back.")
        fields = {**fields, "status": status}
        if post.status in _LIVE and _is_numbered(post.slug, self._article.slug):
            # The address that readers know stays, also when the one first asked for has become free.
            del fields["slug"]
        written = await self._client.update_post(self._article.kind, post.id, fields)
        self._compare(written, fields, status)
        return written

    async def _fields(self) -> Fields:
        article = self._article
        fields: dict[str, str | int | list[int]] = {
            "title": article.title,
            "content": article.content,
            "excerpt": article.excerpt,
            "slug": article.slug,
        }
        if article.kind == "post":
            # An empty list would take away what people have chosen on the site.
            if categories := await self._terms("categories", article.categories):
                fields["categories"] = categories
            if tags := await self._terms("tags", article.tags):
                fields["tags"] = tags
        elif article.categories or article.tags:
            self._warn("categories", "Pages have neither categories nor tags; they were left out.")
        if article.picture is not None:
            fields["featured_media"] = await self._media(article.picture)
        return fields

    async def _terms(self, taxonomy: Taxonomy, names: tuple[str, ...]) -> list[int]:
        ids: list[int] = []
        for name in dict.fromkeys(name.strip() for name in names if name.strip()):
            if len(escape(name, quote=False)) > _LONGEST_TERM:
                self._warn(taxonomy, f"{name[:40]!r}… is too long for a name: {_LONGEST_TERM} characters at most.")
                continue
            try:
                term = await self._client.find_term(taxonomy, name)
                term_id = term.id if term else await self._client.create_term(taxonomy, name)
            except (RoleRefusedError, RejectedError) as error:
                self._warn(taxonomy, f"{name!r} is not on the site and could not be made: {error.message}")
                continue
            if term_id not in ids:
                ids.append(term_id)
        return ids

    async def _media(self, picture: Picture) -> int:
        media = await self._known_media(picture) or await self._find_media(picture) or await self._upload(picture)
        await self._remember(media_id=media.id, media_digest=picture.digest)
        if unescape(media.alt_text) != picture.alt:
            media = await self._client.describe_media(media.id, alt_text=picture.alt)
            if _squeezed(media.alt_text) != _squeezed(picture.alt):
                self._warn("image_alt", f"The image's alternative text is {media.alt_text!r}, not {picture.alt!r}.")
        return media.id

    async def _known_media(self, picture: Picture) -> Media | None:
        if self._receipt.media_id is None or self._receipt.media_digest != picture.digest:
            return None
        media = await self._client.media(self._receipt.media_id)
        return media if media is not None and _is_of(media, picture) else None

    async def _find_media(self, picture: Picture) -> Media | None:
        found = await self._client.find_media(picture.name)
        return next((media for media in found if _is_of(media, picture)), None)

    async def _upload(self, picture: Picture) -> Media:
        attempt = 1
        while True:
            try:
                return await self._client.upload_media(
                    picture.data, media_type=picture.media_type, filename=picture.filename
                )
            except WordPressError as error:
                found = await self._look_after(error, lambda: self._find_media(picture))
                if found is not None:
                    return found
                if attempt >= self._client.patience.attempts or not await self._client.pause(error, attempt):
                    raise
                attempt += 1

    def _compare(self, post: Post, fields: Fields, status: str) -> None:
        """Name what the site has otherwise than asked: WordPress drops what it does not know without a word."""
        article = self._article
        title = unescape(post.title.raw or "")
        if _squeezed(title) != _squeezed(unescape(article.title)):
            self._warn("title", f"The title is {title!r}, not {article.title!r}.")
        if article.slug and unquote(post.slug) != unquote(article.slug):
            self._warn("slug", f"The slug is {unquote(post.slug)!r}, not {article.slug!r}: taken, too long or changed.")
        raw = post.content.raw or ""
        if article.marker not in raw:
            self._warn("marker", "The site takes the article's marker out; only the stored receipt can find the post.")
        elif _squeezed(raw).replace(" />", "/>") != _squeezed(article.content):
            self._warn("content", "The site changed the HTML, as it does for users who may not post all of it.")
        for taxonomy, found in (("categories", post.categories), ("tags", post.tags)):
            wanted = fields.get(taxonomy)
            if isinstance(wanted, list) and set(found) != set(wanted):
                name: Dropped = "categories" if taxonomy == "categories" else "tags"
                self._warn(name, f"The {taxonomy} are {sorted(found)}, not {sorted(wanted)} (ids).")
        if (media_id := fields.get("featured_media")) is not None and post.featured_media != media_id:
            self._warn("featured_image", f"The featured image is {post.featured_media}, not {media_id} (ids).")
        if post.status != status:
            self._warn("status", f"The status is {post.status}, not {status}.")

    def _warn(self, name: Dropped, message: str) -> None:
        self._warnings.append(PublishWarning(name, message))

    async def _remember(self, **known: str | int | None) -> None:
        receipt = replace(self._receipt, **known)  # type: ignore[arg-type]
        if receipt != self._receipt:
            self._receipt = receipt
            await self._save(receipt)

    def _published(self, post: Post, change: str) -> Published:
        return Published(
            post_id=post.id,
            url=post.link,
            status=post.status,
            change="created" if change == "created" else "updated" if change == "updated" else "unchanged",
            receipt=self._receipt,
            warnings=tuple(self._warnings),
        )


def _is_of(media: Media, picture: Picture) -> bool:
    """Whether the file is the picture: its slug, its title or its file is named by the picture's hash."""
    file = media.source_url.rpartition("/")[2]
    return any(name.startswith(picture.name) for name in (media.slug, media.title.raw or "", file))


def _same_slug(found: str, known: str | None) -> bool:
    return known is not None and unquote(found).removesuffix("__trashed") == unquote(known)


def _is_numbered(found: str, asked: str) -> bool:
    """Whether a slug is the one asked for with the number that WordPress gives when that is taken."""
    return re.fullmatch(re.escape(unquote(asked)) + r"-\d+", unquote(found)) is not None


def _squeezed(text: str) -> str:
    return " ".join(text.split())
