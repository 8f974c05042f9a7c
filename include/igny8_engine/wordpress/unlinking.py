"""Take links to what is not there any more out of an article's post.

The proof is that of publishing: the post is known by its id and marker, what is about to be done is stored first, after
a failure the site is looked at before it is believed, and what it has then is read back. Nothing but the links is
changed, and nothing where people have changed the post.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal

from igny8_engine.html import without_links
from igny8_engine.wordpress.answers import Post
from igny8_engine.wordpress.article import Receipt
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.errors import RejectedError, WordPressError
from igny8_engine.wordpress.ours import known_post
from igny8_engine.wordpress.pictures import look_after
from igny8_engine.wordpress.readback import state_of
from igny8_engine.wordpress.takedown import ArticleOnSite

UnlinkChange = Literal["corrected", "unchanged", "edited"]


@dataclass(frozen=True, slots=True)
class Unlinked:
    """What has become of the post."""

    change: UnlinkChange
    """``unchanged``: it leads there no more, or is gone; ``edited``: people have changed it, and it was left alone."""
    post_id: int | None


async def take_links_out(
    client: WordPressClient,
    article: ArticleOnSite,
    receipt: Receipt,
    addresses: Collection[str],
    *,
    save: Callable[[Receipt], Awaitable[None]],
) -> Unlinked:
    """Take the links to some addresses out of an article's post; their words stay.

    Args:
        client: The site.
        article: Whose post it is.
        receipt: What is known of it on the site.
        addresses: Where nothing shall lead to.
        save: Stores the receipt, before the site is changed and after.

    The caller sees to it that the article is not published to the site at the same time.

    Raises:
        WordPressError: by cause. The links may be out nevertheless; the same call again finds out.
    """
    post = await known_post(client, article, receipt)
    if post is None or post.status == "trash":
        return Unlinked("unchanged", None)
    raw = post.content.raw or ""
    content = without_links(raw, addresses)
    if content == raw and receipt.intended is None:
        return Unlinked("unchanged", post.id)
    state = state_of(post)
    if state not in {receipt.written, receipt.intended}:
        return Unlinked("unchanged" if content == raw else "edited", post.id)
    if content != raw:
        # Without its fingerprint the article counts as changed: it was written without the links last.
        intended = state_of(post.model_copy(update={"content": post.content.model_copy(update={"raw": content})}))
        receipt = replace(receipt, fingerprint=None, intended=intended)
        await save(receipt)
        found = await _write(client, article, post.id, content, addresses)
        state = state_of(found)
    await save(replace(receipt, written=state, intended=None))
    return Unlinked("corrected", post.id)


async def _write(
    client: WordPressClient, article: ArticleOnSite, post_id: int, content: str, addresses: Collection[str]
) -> Post:
    async def reached() -> Post | None:
        found = await client.post(article.kind, post_id)
        raw = found.content.raw or "" if found is not None else ""
        return found if found is not None and without_links(raw, addresses) == raw else None

    try:
        await client.update_post(article.kind, post_id, {"content": content})
    except WordPressError as error:
        found = await look_after(client, error, reached)
        if found is None:
            raise
        return found
    found = await reached()
    if found is None:
        raise RejectedError(client.site, f"keeps the links in the post {post_id}", hint="Take them out in WordPress.")
    return found
