"""What the preview site holds. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from igny8_engine.preview.roles import CAPABILITIES, Role

EntryType = Literal["post", "page", "attachment"]
Taxonomy = Literal["category", "post_tag"]

PUBLIC: Final = frozenset({"publish"})
DEFAULT_CATEGORY: Final = 1


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the preview site."""

    id: int
    login: str
    role: Role

    def may(self, capability: str) -> bool:
        """Whether the role has a capability."""
        return capability in CAPABILITIES[self.role]


@dataclass(frozen=True, slots=True)
class Entry:
    """A post, a page or an uploaded image; as in WordPress they share one series of ids. Times are UTC, ISO 8601."""

    id: int
    type: EntryType
    status: str
    slug: str
    title: str
    content: str
    excerpt: str
    author: int
    featured_media: int
    created: str
    modified: str
    alt: str = ""
    file: str = ""
    """Of an image: its path in the media folder."""
    mime: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A category or a tag. ``count`` is that of its published posts."""

    id: int
    taxonomy: Taxonomy
    name: str
    slug: str
    parent: int
    description: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for."""

    type: EntryType
    statuses: tuple[str, ...] = ("publish",)
    """None at all means every one."""
    search: str = ""
    slugs: tuple[str, ...] = ()
    include: tuple[int, ...] = ()
    terms: tuple[int, ...] = ()
    """Entries with one of these."""
    author: int | None = None
    """Besides the public ones, only this user's."""
    by: Literal["id", "created", "modified", "title", "slug"] = "created"
    ascending: bool = False
    limit: int = 10
    offset: int = 0
