"""Which posts of a site are an article's: known by the receipt, the marker in the text, or the key of our plugin."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import unquote

from igny8_engine.wordpress.answers import Kind, Post
from igny8_engine.wordpress.article import Receipt
from igny8_engine.wordpress.client import KEY, WordPressClient


class Marked(Protocol):
    """An article, as far as its posts are known by it."""

    @property
    def key(self) -> str:
        """What tells the article from all others."""

    @property
    def slug(self) -> str:
        """The last part of its address, as it was asked for."""

    @property
    def kind(self) -> Kind:
        """Whether it is a post or a page."""

    @property
    def marker(self) -> str:
        """The comment in the content that says whose article it is."""


async def known_post(client: WordPressClient, article: Marked, receipt: Receipt) -> Post | None:
    """The post of the receipt, if it is still there and still ours: ids start anew when a site is set up anew."""
    if receipt.post_id is None:
        return None
    post = await client.post(article.kind, receipt.post_id)
    if post is None or not (is_marked(article, post) or _same_slug(post.slug, receipt.slug)):
        return None
    return post


async def marked_posts(client: WordPressClient, article: Marked, *, trusting: bool = False) -> list[Post]:
    """The posts that carry the marker or the key, those in the trash last.

    They are searched for, and by their slug too, since a plugin may search in its own way. ``trusting`` leaves that out
    where the site's search has been seen to find what was made a moment ago.
    """
    found: list[Post] = []
    if await client.has_helper():
        found = await client.find_posts(article.kind, key=article.key)
    if not any(is_marked(article, post) for post in found):
        found = await client.find_posts(article.kind, search=article.key)
    is_sure = trusting and client.memory.finds_drafts.get(article.kind, False)
    if not any(is_marked(article, post) for post in found) and article.slug and not is_sure:
        found = await client.find_posts(article.kind, slug=article.slug)
    ours = [post for post in found if is_marked(article, post)]
    return sorted(ours, key=lambda post: (post.status == "trash", post.id))


async def try_search(client: WordPressClient, article: Marked) -> None:
    """See whether the site's search finds the article's post, which was made just now. Once for each kind."""
    if article.kind not in client.memory.finds_drafts:
        found = await client.find_posts(article.kind, search=article.key)
        client.memory.finds_drafts[article.kind] = any(is_marked(article, post) for post in found)


def is_marked(article: Marked, post: Post) -> bool:
    """Whether a post says of itself that it is the article's."""
    return article.marker in (post.content.raw or "") or post.meta.get(KEY) == article.key


def _same_slug(found: str, known: str | None) -> bool:
    return known is not None and unquote(found).removesuffix("__trashed") == unquote(known)
