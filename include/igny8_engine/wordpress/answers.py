"""What a WordPress site answers, as far as we read it. What else it says is ignored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

Kind = Literal["post", "page"]
Taxonomy = Literal["categories", "tags"]


def _map(found: object) -> object:
    # PHP writes an empty map as an empty list.
    return found if isinstance(found, dict) else {}


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Index(_Answer):
    """What a site says of itself to everybody."""

    name: str = ""
    timezone_string: str = ""
    gmt_offset: float = 0.0
    namespaces: tuple[str, ...] = ()
    """Which APIs there are: WordPress' own, and those of plugins."""
    authentication: Annotated[dict[str, JsonValue], BeforeValidator(_map)] = Field(default_factory=dict)
    """How to log in: without ``application-passwords`` there are none."""

    @property
    def zone(self) -> tzinfo:
        """The site's time zone; without a name it is its offset, in summer and in winter."""
        try:
            return ZoneInfo(self.timezone_string)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return timezone(timedelta(hours=self.gmt_offset))


class HelperSite(_Answer):
    """What our plugin for WordPress says of the site it is in."""

    version: str = ""
    upload_limit: int | None = None
    """Bytes that a file may have."""


class SeoTexts(_Answer):
    """What SEOPress has for a post."""

    title: str = ""
    description: str = ""


class Text(_Answer):
    """A text in both its forms. ``raw`` is what was written, and is there for those who may edit."""

    raw: str | None = None
    rendered: str = ""


class User(_Answer):
    """The user that the credentials belong to."""

    id: int
    name: str = ""
    slug: str = ""
    roles: tuple[str, ...] = ()
    capabilities: Annotated[dict[str, bool], BeforeValidator(_map)] = Field(default_factory=dict)

    def may(self, capability: str) -> bool:
        """Whether the user has a capability, such as ``publish_posts``."""
        return self.capabilities.get(capability, False)


class ApplicationPassword(_Answer):
    """The application password that a call came with."""

    uuid: str
    name: str = ""


class Term(_Answer):
    """A category or a tag. The name is HTML-escaped, as WordPress stores it."""

    id: int
    name: str
    slug: str = ""


class MediaDetails(_Answer):
    """What WordPress has found in an uploaded image."""

    filesize: JsonValue = None
    """How many bytes the shown file has; WordPress 6.0 and newer say so."""
    original_image: JsonValue = None
    """The name of the file as it was uploaded, where a smaller or other one is shown in its place."""


class Media(_Answer):
    """An uploaded file."""

    id: int
    slug: str = ""
    alt_text: str = ""
    source_url: str = ""
    title: Text = Text()
    caption: Text = Text()
    media_details: Annotated[MediaDetails, BeforeValidator(_map)] = MediaDetails()
    meta: Annotated[dict[str, JsonValue], BeforeValidator(_map)] = Field(default_factory=dict)

    @property
    def uploaded_url(self) -> str:
        """Where the file lies as it was uploaded."""
        original = self.media_details.original_image
        return f"{self.source_url.rpartition('/')[0]}/{original}" if isinstance(original, str) else self.source_url


class Post(_Answer):
    """A post or a page, as those see it who may edit it."""

    id: int
    slug: str
    status: str
    link: str = ""
    date_gmt: str | None = None
    """When it goes or went live, in UTC and without an offset; also of what was scheduled and then taken down."""
    modified_gmt: str = ""
    title: Text = Text()
    content: Text = Text()
    excerpt: Text = Text()
    categories: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()
    featured_media: int = 0
    author: int = 0
    parent: int | None = None
    meta: Annotated[dict[str, JsonValue], BeforeValidator(_map)] = Field(default_factory=dict)
    aioseo_meta_data: Annotated[dict[str, JsonValue], BeforeValidator(_map)] = Field(default_factory=dict)
    """The fields of All in One SEO, where it shows them."""

    @property
    def date_is_ahead(self) -> bool:
        """Whether its date is still to come: published now, WordPress would schedule it."""
        return (self.date_gmt or "") > datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Fault(_Answer):
    """What WordPress says when it does not do what it was asked."""

    class Data(_Answer):
        """More on it."""

        status: int | None = None
        term_id: int | None = None
        params: dict[str, str] = Field(default_factory=dict)
        details: dict[str, dict[str, object] | None] = Field(default_factory=dict)

    code: str = ""
    message: str = ""
    data: Annotated[Data, BeforeValidator(_map)] = Data()
