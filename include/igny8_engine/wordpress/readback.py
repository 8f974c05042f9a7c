"""What a site has after a publication, compared with what was sent: WordPress drops what it does not know silently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Final
from urllib.parse import unquote

from igny8_engine.wordpress.answers import Post
from igny8_engine.wordpress.article import ArticleToPublish, Dropped, PublishWarning
from igny8_engine.wordpress.client import KEY
from igny8_engine.wordpress.connection import Fields
from igny8_engine.wordpress.seo import SeoAdapter, SeoField

_SEO_NAMES: Final[Mapping[SeoField, Dropped]] = {
    "title": "seo_title",
    "description": "seo_description",
    "focus_keyword": "seo_focus_keyword",
    "canonical": "canonical",
}


def differences(article: ArticleToPublish, sent: Fields, post: Post) -> list[PublishWarning]:
    """Name what the post has otherwise than it was sent."""
    return [PublishWarning(name, message) for name, message in (*_texts(article, post), *_choices(sent, post))]


def has_other_terms(sent: Fields, post: Post) -> bool:
    """Whether the post has other categories or tags than it was sent."""
    return any(name in {"categories", "tags"} for name, _ in _choices(sent, post))


def _texts(article: ArticleToPublish, post: Post) -> Iterator[tuple[Dropped, str]]:
    title, excerpt = unescape(post.title.raw or ""), unescape(post.excerpt.raw or "")
    if squeezed(title) != squeezed(unescape(article.title)):
        yield "title", f"The title is {title!r}, not {article.title!r}."
    if article.slug and unquote(post.slug) != unquote(article.slug):
        yield "slug", f"The slug is {unquote(post.slug)!r}, not {article.slug!r}: taken, too long or changed."
    raw = post.content.raw or ""
    if article.marker not in raw:
        yield "marker", "The site takes the article's marker out; only the stored receipt can find the post."
    elif squeezed(raw).replace(" />", "/>") != squeezed(article.content):
        yield "content", "The site changed the HTML, as it does for users who may not post all of it."
    if squeezed(excerpt) != squeezed(unescape(article.excerpt)):
        yield "excerpt", f"The excerpt is {excerpt!r}, not {article.excerpt!r}."


def _choices(sent: Fields, post: Post) -> Iterator[tuple[Dropped, str]]:
    if isinstance(categories := sent.get("categories"), list) and set(post.categories) != set(categories):
        yield "categories", f"The categories are {sorted(post.categories)}, not {categories} (ids)."
    if isinstance(tags := sent.get("tags"), list) and set(post.tags) != set(tags):
        yield "tags", f"The tags are {sorted(post.tags)}, not {tags} (ids)."
    if (media_id := sent.get("featured_media")) is not None and post.featured_media != media_id:
        yield "featured_image", f"The featured image is {post.featured_media}, not {media_id} (ids)."
    if (author_id := sent.get("author")) is not None and post.author != author_id:
        yield "author", f"The post is by user {post.author}, not by user {author_id} (ids)."
    if (parent := sent.get("parent")) is not None and post.parent != parent:
        yield "parent", f"The page is below {post.parent or 'no other'}, not below {parent} (ids)."
    if post.status != (status := sent.get("status")):
        yield "status", f"The status is {post.status}, not {status}."
    meta = sent.get("meta")
    if isinstance(meta, Mapping) and KEY in meta and post.meta.get(KEY) != meta[KEY]:
        yield "key", "The site does not keep the article's key; it is found again by the marker in its text."


def seo_differences(
    article: ArticleToPublish, adapter: SeoAdapter | None, post: Post, refused: Iterable[SeoField]
) -> list[PublishWarning]:
    """Name the SEO texts that the site has not taken. ``refused`` are those that the plugin was told by itself."""
    told = article.seo.told()
    if not told:
        return []
    if adapter is None or not adapter.writable:
        why = "no SEO plugin and not ours either" if adapter is None else "an SEO plugin that keeps its fields closed"
        names = ", ".join(told).replace("_", " ")
        return [PublishWarning("seo", f"The site has {why}; not sent: {names}.")]
    # Our plugin, where there is no other, needs no keyword.
    needed = [name for name in told if adapter.plugin != "igny8" or name != "focus_keyword"]
    closed = [name for name in needed if name not in adapter.writable]
    found = [
        PublishWarning(_SEO_NAMES[name], f"The site's SEO plugin has no field that takes the {name.replace('_', ' ')}.")
        for name in closed
    ]
    for name in dict.fromkeys([*adapter.differing(post, article.seo), *refused]):
        message = f"The site did not take the SEO {name.replace('_', ' ')} {told[name]!r}."
        found.append(PublishWarning(_SEO_NAMES[name], message))
    return found


def state_of(post: Post) -> str:
    """A hash of everything in a post that people change: texts, terms and image."""
    told = [post.title.raw, post.content.raw, post.excerpt.raw, post.slug.removesuffix("__trashed")]
    chosen = [sorted(post.categories), sorted(post.tags), post.featured_media, post.parent]
    return hashlib.sha256(json.dumps([told, chosen]).encode()).hexdigest()


def squeezed(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())
