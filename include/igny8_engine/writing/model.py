"""What a writer is given and what it returns. Plain values: no database, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Intent = Literal["informational", "commercial", "transactional", "navigational"]


@dataclass(frozen=True, slots=True)
class KeywordFact:
    """A search phrase and what is known of it; ``None`` is not known."""

    phrase: str
    volume: int | None = None
    """Searches a month."""
    difficulty: float | None = None
    """How hard it is to rank for, 0 to 100."""
    intent: Intent | None = None


@dataclass(frozen=True, slots=True)
class ClusterBrief:
    """A cluster as a writer sees it, its keywords by volume, largest first."""

    name: str
    keywords: tuple[KeywordFact, ...]
    site_name: str
    neighbours: tuple[str, ...] = ()
    """The names of the site's other clusters: what the text may point to and should not repeat."""


@dataclass(frozen=True, slots=True)
class IdeaDraft:
    """An article to be written."""

    title: str
    keyword: str
    """The main keyword."""
    outline: tuple[str, ...]
    """The headings of the sections, in order."""
    questions: tuple[str, ...]
    """The questions that the article answers at its end."""
    summary: str
    """One or two sentences on what the article is for."""


@dataclass(frozen=True, slots=True)
class ArticleBrief:
    """What is needed to write one article."""

    idea: IdeaDraft
    cluster: ClusterBrief


@dataclass(frozen=True, slots=True)
class PageBrief:
    """What is needed to write one page of a site."""

    title: str
    purpose: str
    site_name: str
    cluster: ClusterBrief | None
    children: tuple[str, ...] = ()
    """The titles of the pages below it."""


@dataclass(frozen=True, slots=True)
class TextDraft:
    """A written article or page. ``html`` holds the body only, from the introduction on, with h2 and h3 headings."""

    title: str
    slug: str
    excerpt: str
    meta_title: str
    meta_description: str
    focus_keyword: str
    html: str
    category: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PagePlan:
    """A page of a planned site. ``key`` and ``parent_key`` tie the tree together within one plan."""

    key: str
    parent_key: str | None
    title: str
    slug: str
    purpose: str
    cluster_name: str | None
    """The cluster that the page is about, by its name; ``None`` for pages such as About."""


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the same site that a text may link to."""

    title: str
    url: str
    keyword: str


@dataclass(frozen=True, slots=True)
class OptimizeBrief:
    """A text to be checked and repaired."""

    text: TextDraft
    keywords: tuple[KeywordFact, ...]
    """The keywords of the text's cluster."""
    image_alt: str | None
    """The alt text of the featured image; ``None`` without an image, empty when it lacks one."""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at when a text is scored."""

    name: str
    passed: bool
    points: int
    """What it counts; the points of all checks add up to 100."""
    message: str
    """What was seen, in one sentence."""


@dataclass(frozen=True, slots=True)
class Optimized:
    """The repaired text, with what was changed and the score before and after (0 to 100)."""

    text: TextDraft
    image_alt: str | None
    changes: tuple[str, ...]
    score_before: int
    score_after: int
    checks: tuple[Check, ...] = field(default=())


class Writer(Protocol):
    """Writes from clusters. Raises :class:`igny8_engine.errors.ProviderFailedError` when it cannot."""

    @property
    def provider(self) -> str:
        """``offline``, or the name of the model."""
        ...

    async def ideas(self, cluster: ClusterBrief, count: int, taken: Sequence[str]) -> list[IdeaDraft]:
        """Up to ``count`` ideas, none with a title in ``taken``."""
        ...

    async def article(self, brief: ArticleBrief) -> TextDraft:
        """Write an article."""
        ...

    async def page(self, brief: PageBrief) -> TextDraft:
        """Write a page."""
        ...

    async def structure(self, site_name: str, clusters: Sequence[ClusterBrief]) -> list[PagePlan]:
        """Plan the pages of a site, parents before children."""
        ...

    async def optimize(self, brief: OptimizeBrief) -> Optimized:
        """Score and repair a text."""
        ...


@dataclass(frozen=True, slots=True)
class ImageBrief:
    """An image to be made for a text."""

    title: str
    keyword: str
    category: str
    site_name: str
    width: int
    height: int
    """Both in pixels."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A made image."""

    data: bytes
    media_type: str
    """``image/png``, ``image/jpeg`` or ``image/webp``."""
    width: int
    height: int
    alt: str
    provider: str
    """``card``, or the name of the model."""


class Illustrator(Protocol):
    """Makes images. Raises :class:`igny8_engine.errors.ProviderFailedError` when it cannot."""

    @property
    def provider(self) -> str:
        """``card``, or the name of the model."""
        ...

    async def draw(self, brief: ImageBrief) -> ImageFile:
        """Make one image."""
        ...
