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
from datetime import UTC, datetime
from html import escape
from typing import Literal
from urllib.parse import unquote

from pydantic import JsonValue

from igny8_engine.wordpress.answers import Post, Taxonomy
from igny8_engine.wordpress.article import (
    ArticleToPublish,
    Dropped,
    OnEdited,
    Picture,
    Published,
    PublishWarning,
    Receipt,
    as_words,
)
from igny8_engine.wordpress.client import KEY, WordPressClient
from igny8_engine.wordpress.connection import Fields
from igny8_engine.wordpress.errors import RejectedError, RoleRefusedError, WordPressError
from igny8_engine.wordpress.ours import known_post, marked_posts, try_search
from igny8_engine.wordpress.pictures import Pictures, look_after
from igny8_engine.wordpress.readback import differences, has_other_terms, seo_differences, squeezed, state_of
from igny8_engine.wordpress.seo import SeoAdapter, seo_adapter

Save = Callable[[Receipt], Awaitable[None]]
Change = Literal["created", "updated", "unchanged", "skipped"]

_LIVE = frozenset({"publish", "future", "private"})
_LONGEST_TERM = 200
"""The width of WordPress' column; it answers longer names with a fault that looks like a broken database."""


async def publish_article(
    client: WordPressClient,
    article: ArticleToPublish,
    receipt: Receipt | None,
    *,
    save: Save,
    on_edited: OnEdited = "skip",
) -> Published:
    """Bring an article to a site: make its post, or change the post that it has there.

    Args:
        client: The site.
        article: What shall be there.
        receipt: What ``save`` was last given for this article and site; ``None`` the first time.
        save: Stores the receipt. Awaited after each step, so that a crash loses none.
        on_edited: What becomes of a post that people have changed on the site since, when the article has changed too.

    The caller sees to it that no article is published to the same site twice at the same time.

    Raises:
        WordPressError: by cause; ``retryable`` tells whether the same call may succeed later. What has been done so far
            is in the receipt.
    """
    return await _Publication(client, article, receipt or Receipt(), save, on_edited).run()


class _Publication:
    def __init__(
        self, client: WordPressClient, article: ArticleToPublish, receipt: Receipt, save: Save, on_edited: OnEdited
    ) -> None:
        self._on_edited = on_edited
        self._client = client
        self._article = article
        self._receipt = receipt
        self._save = save
        self._warnings: list[PublishWarning] = []
        self._asked: str | None = None
        self._pictures = Pictures(client, self._warn)
        self._fingerprint = article.fingerprint  # of the article as it was given, not with its images' new addresses

    async def run(self) -> Published:
        await self._check_role()
        post = await known_post(self._client, self._article, self._receipt)
        if post is not None and post.status != "trash" and self._receipt.fingerprint == self._fingerprint:
            return self._published(post, "unchanged")
        if post is not None and self._is_edited(post) and not self._may_overwrite(post):
            return self._published(post, "skipped")
        if self._article.picture is not None:
            await self._pictures.check(self._article.picture)
        self._article = replace(self._article, html=await self._pictures.in_text(self._article.html))
        adapter = await seo_adapter(self._client, self._article.kind)
        fields = await self._fields(adapter)
        post = post or await self._find(trusting=True)
        existed = post is not None
        if post is None:
            post = await self._create(fields)
        await self._remember(post_id=post.id, slug=post.slug, fingerprint=None)
        if not existed:
            await try_search(self._client, self._article)
        post = await self._write(post, fields, adapter)
        await self._remember(slug=post.slug, fingerprint=self._fingerprint, written=state_of(post), intended=None)
        return self._published(post, "updated" if existed else "created")

    def _is_edited(self, post: Post) -> bool:
        """Whether people have changed the post since it was last written."""
        if self._receipt.written is None or post.status == "trash":
            return False
        if state_of(post) in {self._receipt.written, self._receipt.intended}:
            return False
        # Without a fingerprint a publication broke off; then the change may be its own.
        broken_off = self._receipt.fingerprint is None
        return not (broken_off and squeezed(post.content.raw or "") == squeezed(self._article.content))

    def _may_overwrite(self, post: Post) -> bool:
        when = f" ({post.modified_gmt} UTC)" if post.modified_gmt else ""
        what = f"The post {post.id} was changed on the site since it was published{when}"
        if self._on_edited == "ask":
            self._asked = f"{what}, and the article has changed too."
            return False
        if self._on_edited == "skip":
            self._warn("edited", f"{what}; it was left as it is there.")
            return False
        self._warn("edited", f"{what}; that was written over.")
        return True

    async def _check_role(self) -> None:
        """Reading is allowed to strangers as well, so that refused credentials would show late or never."""
        user = await self._client.user()
        plural = f"{self._article.kind}s"
        needed = [f"edit_{plural}"]
        if self._article.status in _LIVE:
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

    async def _find(self, *, trusting: bool = False) -> Post | None:
        """The post that carries the marker: searched for, or by its slug where a plugin searches in its own way."""
        found = await marked_posts(self._client, self._article, trusting=trusting)
        if len(found) > 1:
            others = ", ".join(str(post.id) for post in found[1:])
            self._warn("twins", f"The article is there several times; {found[0].id} was changed, not {others}.")
        return found[0] if found else None

    async def _create(self, fields: Fields) -> Post:
        attempt = 1
        uncertain = False
        while True:
            try:
                post = await self._client.create_post(self._article.kind, {**fields, "status": "draft"})
            except WordPressError as error:
                # WordPress may have made the post whatever it says, also when it says no.
                found = await look_after(self._client, error, self._find)
                if found is not None:
                    return found
                if attempt >= self._client.patience.attempts or not await self._client.pause(error, attempt):
                    raise
                uncertain = uncertain or error.maybe_done
                attempt += 1
            else:
                return await self._without_twins(post) if uncertain else post

    async def _without_twins(self, made: Post) -> Post:
        """After a lost call that was thought to have done nothing: the drafts of one article, made into one."""
        found = [post for post in await marked_posts(self._client, self._article) if post.status != "trash"]
        if not found:
            return made
        for twin in found[1:]:
            await self._client.trash_post(self._article.kind, twin.id)
        return found[0]

    async def _write(self, post: Post, fields: Fields, adapter: SeoAdapter | None) -> Post:
        """Give the post all that the article has, its status last of all, and compare what the site has then."""
        wanted = self._article.status
        status: str = wanted
        if post.status in _LIVE and (wanted in {"draft", "pending"} or (wanted == "future" != post.status)):
            status = post.status
            if not (wanted == "future" and _has_come(self._article.publish_at)):
                self._warn("status", f"The post is live already ({status}) and stays so; {wanted} was not applied.")
        if post.status == "trash":
            self._warn("trash", "The post had been thrown into the trash and was brought back.")
        fields = {**fields, "status": status}
        if status == "future" and self._article.publish_at:
            fields["date"] = self._article.publish_at
        elif status == "publish" and (post.status == "future" or post.date_is_ahead):
            fields["date_gmt"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")  # else it waits for its date
        if post.status in _LIVE and _is_numbered(post.slug, self._article.slug):
            # The address that readers know stays, also when the one first asked for has become free.
            del fields["slug"]
        refused = await adapter.write(self._client, post.id, self._article.seo) if adapter is not None else []
        found = await self._update(post.id, fields)
        if has_other_terms(fields, found):  # one that was remembered may have been deleted meanwhile
            self._client.memory.terms.clear()
            fields |= await self._chosen_terms()
            found = await self._update(post.id, fields)
        self._warnings += differences(self._article, fields, found)
        self._warnings += seo_differences(self._article, adapter, found, refused)
        return found

    async def _update(self, post_id: int, fields: Fields) -> Post:
        """Change the post, and read back what it is then."""
        written = await self._client.update_post(self._article.kind, post_id, fields)
        return await self._client.post(self._article.kind, post_id) or written

    async def _fields(self, adapter: SeoAdapter | None) -> dict[str, JsonValue]:
        article = self._article
        fields: dict[str, JsonValue] = {
            "title": as_words(article.title),
            "content": article.content,
            "excerpt": as_words(article.excerpt),
            "slug": article.slug,
        }
        fields |= adapter.fields(article.seo) if adapter is not None else {}
        if await self._client.has_helper():
            meta = fields.get("meta")
            fields["meta"] = {**(meta if isinstance(meta, dict) else {}), KEY: article.key}
        if article.kind == "post":
            fields |= await self._chosen_terms()
        elif article.categories or article.tags:
            self._warn("categories", "Pages have neither categories nor tags; they were left out.")
        if article.parent is not None:
            fields["parent"] = article.parent
        if article.author and (author_id := await self._author(article.author)) is not None:
            fields["author"] = author_id
        if article.picture is not None:
            fields["featured_media"] = await self._featured(article.picture)
        return fields

    async def _author(self, name: str) -> int | None:
        """The user of the site by whom the post shall be, if that is allowed."""
        me = await self._client.user()
        try:
            found = await self._client.author(name)
        except WordPressError as error:
            if error.retryable:
                raise
            # Many sites keep the list of their users closed, each in a way of its own.
            self._warn(
                "author", f"The site does not tell who its users are; the post is {me.name!r}'s, not {name!r}'s."
            )
            return None
        if found is None:
            self._warn("author", f"Nobody on the site who may write is called {name!r}; the post is {me.name!r}'s.")
            return None
        if found.id != me.id and me.capabilities and not me.may(f"edit_others_{self._article.kind}s"):
            self._warn("author", f"{me.name!r} may not write in the name of {name!r}: that takes the role Editor.")
            return None
        return found.id

    async def _featured(self, picture: Picture) -> int:
        known = self._receipt.media_id if self._receipt.media_digest == picture.digest else None
        media = await self._pictures.brought(picture, known)
        await self._remember(media_id=media.id, media_digest=picture.digest)
        return media.id

    async def _chosen_terms(self) -> dict[str, JsonValue]:
        categories = await self._terms("categories", self._article.categories)
        tags = await self._terms("tags", self._article.tags)
        # An empty list would take away what people have chosen on the site.
        return {name: list(ids) for name, ids in (("categories", categories), ("tags", tags)) if ids}

    async def _terms(self, taxonomy: Taxonomy, names: tuple[str, ...]) -> list[int]:
        ids: list[int] = []
        for name in dict.fromkeys(name.strip() for name in names if name.strip()):
            if len(escape(name, quote=False)) > _LONGEST_TERM:
                self._warn(taxonomy, f"{name[:40]!r}… is too long for a name: {_LONGEST_TERM} characters at most.")
                continue
            try:
                term_id = await self._client.term(taxonomy, name)
            except (RoleRefusedError, RejectedError) as error:
                self._warn(taxonomy, f"{name!r} is not on the site and could not be made: {error.message}")
                continue
            if term_id not in ids:
                ids.append(term_id)
        return ids

    def _warn(self, name: Dropped, message: str) -> None:
        self._warnings.append(PublishWarning(name, message))

    async def _remember(self, **known: str | int | None) -> None:
        receipt = replace(self._receipt, **known)  # type: ignore[arg-type]
        if receipt != self._receipt:
            self._receipt = receipt
            await self._save(receipt)

    def _published(self, post: Post, change: Change) -> Published:
        return Published(
            post_id=post.id,
            url=post.link,
            status=post.status,
            change=change,
            receipt=self._receipt,
            warnings=tuple(self._warnings),
            asked=self._asked,
            live_at=post.date_gmt if post.status in {"publish", "future"} else None,
        )


def _is_numbered(found: str, asked: str) -> bool:
    """Whether a slug is the one asked for with the number that WordPress gives when that is taken."""
    return re.fullmatch(re.escape(unquote(asked)) + r"-\d+", unquote(found)) is not None


def _has_come(moment: str) -> bool:
    """Whether a moment is past; one without an offset is in a time zone that is not known here."""
    if not moment:
        return False
    found = datetime.fromisoformat(moment)
    return found.tzinfo is not None and found <= datetime.now(UTC)
