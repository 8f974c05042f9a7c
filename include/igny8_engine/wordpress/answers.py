"""What a WordPress site answers, as far as we read it. What else it says is ignored."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Kind = Literal["post", "page"]
Taxonomy = Literal["categories", "tags"]


def _map(found: object) -> object:
    # PHP writes an empty map as an empty list.
    return found if isinstance(found, dict) else {}


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Text(_Answer):
    """A text in both its forms. ``raw`` is what was written, and is there for those who may edit."""

    raw: str | None = None
    rendered: str = ""


class User(_Answer):
    """The user that the credentials belong to."""

    id: int
    name: str = ""
    capabilities: Annotated[dict[str, bool], BeforeValidator(_map)] = Field(default_factory=dict)

    def may(self, capability: str) -> bool:
        """Whether the user has a capability, such as ``publish_posts``."""
        return self.capabilities.get(capability, False)


class Term(_Answer):
    """A category or a tag. The name is HTML-escaped, as WordPress stores it."""

    id: int
    name: str
    slug: str = ""


class Media(_Answer):
    """An uploaded file."""

    id: int
    slug: str = ""
    alt_text: str = ""
    source_url: str = ""
    title: Text = Text()


class Post(_Answer):
    """A post or a page, as those see it who may edit it."""

    id: int
    slug: str
    status: str
    link: str = ""
    title: Text = Text()
    content: Text = Text()
    categories: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()
    featured_media: int = 0


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
