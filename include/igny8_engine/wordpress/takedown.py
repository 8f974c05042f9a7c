"""Take an article down from a site: back to a draft, to private, or into the trash.

The proof is that of publishing: the article's posts are looked for before anything is changed, what is about to be done
is stored first, after a failure the site is looked at before it is believed, and what it has then is read back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal

from igny8_engine.wordpress.answers import Kind, Post
from igny8_engine.wordpress.article import PublishWarning, Receipt, marker_of
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.errors import RejectedError, WordPressError
from igny8_engine.wordpress.ours import known_post, marked_posts
from igny8_engine.wordpress.pictures import look_after

DownTo = Literal["draft", "private", "trash"]
"""Where a post is taken down to. From the trash people can bring it back."""
TakedownChange = Literal["taken_down", "unchanged", "gone"]

_NO_TRASH = "rest_trash_not_supported"


@dataclass(frozen=True, slots=True)
class ArticleOnSite:
    """An article, by what its posts are found by."""

    key: str
    slug: str
    kind: Kind

    @property
    def marker(self) -> str:
        """The comment in the content that says whose article it is."""
        return marker_of(self.key)


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What has become of an article's post."""

    change: TakedownChange
    """``unchanged``: it was down already; ``gone``: there is no post of it any more."""
    post_id: int | None
    status: str | None
    """As the site has it; nothing where there is no post."""
    receipt: Receipt
    warnings: tuple[PublishWarning, ...] = ()


async def take_down(
    client: WordPressClient,
    article: ArticleOnSite,
    receipt: Receipt,
    to: DownTo,
    *,
    before: Callable[[Receipt], Awaitable[None]],
) -> TakenDown:
    """Take an article's post down. One that is down already, or gone, is said to be so.

    Args:
        client: The site.
        article: The article.
        receipt: What is known of it on the site.
        to: Where to. A post in the trash stays there, wherever to.
        before: Awaited with the receipt just before the site is changed, to store that it is about to be.

    The caller sees to it that the article is not published to the site at the same time.

    Raises:
        WordPressError: by cause. The post may be down nevertheless; the same call again finds out.
    """
    await client.user()  # reading is allowed to strangers as well, so that refused credentials would show late
    known = await known_post(client, article, receipt)
    posts = {post.id: post for post in ([known] if known else []) + await marked_posts(client, article)}
    warnings: list[PublishWarning] = []
    left = {number: post for number, post in posts.items() if post.status not in {to, "trash"}}
    if not posts:
        return TakenDown("gone", None, None, receipt, tuple(await _foreign(client, article, receipt)))
    if left:
        # Without its fingerprint the article counts as changed, so that it can be published again as it is.
        receipt = replace(receipt, fingerprint=None)
        await before(receipt)
    for post in left.values():
        found = await _set(client, article.kind, post, to)
        posts[post.id] = found or post.model_copy(update={"status": "trash"})
        if found is not None and found.status != to:
            warnings.append(PublishWarning("status", f"The post {post.id} is {found.status} on the site, not {to}."))
    if len(left) > 1:
        numbers = ", ".join(map(str, left))
        warnings.append(PublishWarning("twins", f"The article was there several times; taken down were {numbers}."))
    first = next(iter(posts.values()))
    if not left and first.status != to:
        warnings.append(PublishWarning("trash", "The post is in the trash already and stays there."))
    return TakenDown("taken_down" if left else "unchanged", first.id, first.status, receipt, tuple(warnings))


async def _set(client: WordPressClient, kind: Kind, post: Post, to: DownTo) -> Post | None:
    """Bring the post there, and read back what the site has then."""

    async def reached() -> Post | None:
        found = await client.post(kind, post.id)
        return found if found is not None and found.status == to else None

    try:
        if to == "trash":
            await client.trash_post(kind, post.id)
        else:
            await client.update_post(kind, post.id, {"status": to})
    except WordPressError as error:
        found = await look_after(client, error, reached)
        if found is not None:
            return found
        if isinstance(error, RejectedError) and error.wp_code == _NO_TRASH:
            raise RejectedError(
                client.site,
                "has no trash: what is deleted there is gone for good, so nothing was deleted",
                hint="Take the article down to a draft, or delete it in WordPress.",
                wp_code=error.wp_code,
            ) from error
        raise
    return await client.post(kind, post.id)


async def _foreign(client: WordPressClient, article: ArticleOnSite, receipt: Receipt) -> list[PublishWarning]:
    """Whether a post has the id that the article's had, but nothing says any more that it is the article's."""
    if receipt.post_id is None or await client.post(article.kind, receipt.post_id) is None:
        return []
    message = f"The post {receipt.post_id} has neither the article's marker nor its slug any more; it was left alone."
    return [PublishWarning("marker", message)]
