"""What is published, what is remembered of it, and what came of it. Plain values."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Final, Literal

from igny8_engine.wordpress.answers import Kind
from igny8_engine.wordpress.blocks import to_blocks
from igny8_engine.wordpress.errors import ArticleUnpublishableError
from igny8_engine.wordpress.seo import SeoTexts

PostStatus = Literal["draft", "pending", "private", "publish", "future"]
OnEdited = Literal["skip", "ask", "overwrite"]
"""What becomes of a post that people have changed on the site since: left alone, asked about, or written over."""
Dropped = Literal[
    "title",
    "slug",
    "content",
    "excerpt",
    "marker",
    "key",
    "parent",
    "author",
    "image_title",
    "image_caption",
    "seo",
    "seo_title",
    "seo_description",
    "seo_focus_keyword",
    "canonical",
    "edited",
    "categories",
    "tags",
    "featured_image",
    "image_alt",
    "image",
    "status",
    "twins",
    "trash",
]

_EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
# Neither spaces, quotes, commas nor plus signs: WordPress' search splits there. No "--": it would end the comment.
_KEY: Final = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9._/:]+)*")
_LONGEST_KEY = 190


def marker_of(key: str) -> str:
    """The comment in a post's content that says whose article it is. Readers don't see it."""
    return f"<!-- igny8:{key} -->"


def as_words(text: str) -> str:
    """A text that WordPress shows as it is. It takes titles for HTML, and scripts in them where an Editor writes."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True, slots=True)
class Picture:
    """The featured image of an article."""

    data: bytes
    media_type: str
    """``image/png``, ``image/jpeg``, ``image/webp`` or ``image/gif``."""
    alt: str
    title: str = ""
    """What people find it by in the site's media library; empty: its name."""
    caption: str = ""

    @property
    def digest(self) -> str:
        """The hash of the bytes, 64 hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def name(self) -> str:
        """What the image is found by on the site: its file and its slug there."""
        return f"igny8-{self.digest[:12]}"

    @property
    def filename(self) -> str:
        """The name of the file. Same bytes, same name."""
        return f"{self.name}.{_EXTENSIONS.get(self.media_type, 'bin')}"


@dataclass(frozen=True, slots=True)
class ArticleToPublish:
    """An article as it shall be on the site. ``html`` holds the body only; it is sanitised before it is sent."""

    key: str
    """What tells the article from all others, for ever: letters, digits and ``-._/:``, up to 190 of them."""
    title: str
    slug: str
    html: str
    excerpt: str = ""
    kind: Kind = "post"
    status: PostStatus = "draft"
    categories: tuple[str, ...] = ()
    """Names; pages have none."""
    tags: tuple[str, ...] = ()
    """Names; pages have none."""
    author: str = ""
    """Whose post it is, by the name that the site knows; empty: the connected user's."""
    picture: Picture | None = None
    seo: SeoTexts = field(default_factory=SeoTexts)
    parent: int | None = None
    """Of a page: the id of the page on the site that it is below."""
    publish_at: str = ""
    """When a post with the status ``future`` goes live: ISO 8601; without an offset in the site's own time."""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key) or len(self.key) > _LONGEST_KEY:
            raise ArticleUnpublishableError(
                f"The key {self.key!r} cannot mark an article: letters, digits and single -._/: only, "
                f"at most {_LONGEST_KEY} characters."
            )

    @property
    def marker(self) -> str:
        """The comment in the content that says whose article it is. Readers don't see it."""
        return marker_of(self.key)

    @property
    def content(self) -> str:
        """What the post holds: the body as blocks, and the marker in a block of its own."""
        return f"{to_blocks(self.html)}\n\n<!-- wp:html -->\n{self.marker}\n<!-- /wp:html -->".strip()

    @property
    def fingerprint(self) -> str:
        """The hash of all that is published; the same article with the same status has the same."""
        picture = (self.picture.digest, self.picture.alt) if self.picture else None
        told = [self.kind, self.title, self.slug, self.content, self.excerpt, self.status]
        more = [sorted(self.categories), sorted(self.tags), picture, self.seo.told(), self.parent, self.publish_at]
        more += [self.author] if self.author else []
        everything = json.dumps([*told, *more])
        return hashlib.sha256(everything.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of an article on a site: stored after each step, given back at the next publication."""

    post_id: int | None = None
    slug: str | None = None
    """The slug that the site gave the post."""
    media_id: int | None = None
    media_digest: str | None = None
    """The hash of the image that ``media_id`` is."""
    fingerprint: str | None = None
    """Of the article as it was last written completely; ``None`` until then."""
    written: str | None = None
    """The hash of what the site had after that; another one means that people have changed the post since."""
    intended: str | None = None
    """The hash of what the site shall have after a change to the post as it is there; ``None`` when it is made."""

    def as_json(self) -> dict[str, str | int | None]:
        """The receipt as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Receipt:
        """A receipt from what :meth:`as_json` gave. Values of another type count as unknown."""
        whole = {"post_id", "media_id"}
        known: dict[str, object] = {}
        for name in (item.name for item in fields(cls)):
            value = stored.get(name)
            if isinstance(value, int if name in whole else str):
                known[name] = value
        return cls(**known)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class PublishWarning:
    """Something that is otherwise on the site than the article says."""

    name: Dropped
    message: str
    """What, with both values, in one sentence."""


@dataclass(frozen=True, slots=True)
class Published:
    """An article that is on the site."""

    post_id: int
    url: str
    status: str
    """As the site has it: a post that was live already stays live."""
    change: Literal["created", "updated", "unchanged", "skipped"]
    """``skipped``: people have changed the post on the site, and it was left as it is."""
    receipt: Receipt
    warnings: tuple[PublishWarning, ...] = ()
    asked: str | None = None
    """What people are to be asked before the post is written over; ``None`` where there is nothing to ask."""
    live_at: str | None = None
    """When a post that is live or scheduled went or goes live, as the site says: in UTC and without an offset."""
