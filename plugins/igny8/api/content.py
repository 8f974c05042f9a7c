"""What the content engine keeps for an account, as the API tells it: sites, items, posts, and what is connected."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, Field, JsonValue, create_model

from igny8.actions.items import COLLECTIONS, Collection, FieldType
from igny8.engine import Credits, EngineAnswer, EngineClient, path_part

CollectionName = Literal["keywords", "clusters", "ideas", "tasks", "articles", "images", "pages"]
"""The collections in addresses; texts are called articles there, as people do."""

_TYPES: Final[dict[FieldType, type]] = {
    "integer": int,
    "number": float,
    "text": str,
    "boolean": bool,
    "date-time": datetime,
}
_NEVER_NULL: Final = frozenset({"id", "status", "created_at"})
_SEARCHED: Final = ("phrase", "name", "title", "alt")
"""What is searched, by the first of these that a collection has."""


def collection_of(name: CollectionName) -> Collection:
    """The collection that an address names."""
    return Collection.CONTENT if name == "articles" else Collection(name)


def searched_field(collection: Collection) -> str:
    """The field that a search looks into."""
    return next(name for name in _SEARCHED if name in COLLECTIONS[collection].fields)


class SiteSummary(EngineAnswer):
    """A website of an account, and how much there is for it."""

    slug: str = Field(description="Its name in rules and addresses.")
    name: str = Field(default="", description="Its name as people read it.")
    counts: dict[str, int] = Field(
        default={}, description="How many items there are, by the names that conditions have for it: keywords.new."
    )


class AccountSummary(BaseModel):
    """An account, with its credits and sites."""

    account: str = Field(description="Its name, as rules have it.")
    credits: Credits | None = Field(description="Its credits; null where they cannot be told.")
    sites: list[SiteSummary] = Field(description="Its websites.")
    problem: str | None = Field(description="Why nothing can be told of it, and what to do.")


class Sites(EngineAnswer):
    """The engine's sites of an account."""

    items: list[SiteSummary]


class PostView(EngineAnswer):
    """Where an article is published."""

    integration_id: int = Field(description="The connection that it was published through.")
    post_id: int | None = Field(default=None, description="The number of the post there.")
    post_url: str | None = Field(default=None, description="The address of the post; null until it is whole.")
    post_status: str | None = Field(
        default=None, description="What WordPress calls its state (publish, draft …); null where that is not known."
    )


class SitePost(PostView):
    """A post, with the article that it was made of."""

    content_id: int = Field(description="The article.")
    title: str = Field(default="", description="The article's title.")
    integration: str = Field(default="", description="The name of the connection.")
    updated_at: AwareDatetime | None = Field(default=None, description="When it was last written.")


class SitePosts(EngineAnswer):
    """The engine's posts of a site, a part of them."""

    items: list[SitePost]
    total: int


class Items(EngineAnswer):
    """The engine's items of a collection, a part of them."""

    items: list[dict[str, JsonValue]]
    total: int


class FieldValueView(EngineAnswer):
    """A value that a site's items have in a field."""

    value: str | int = Field(description="The value, as conditions take it.")
    name: str | None = Field(
        default=None, description="The name of what the value is the number of; null for a value that is a text."
    )
    count: int = Field(description="How many items have it.")


class FieldValues(EngineAnswer):
    """The engine's values of a field, a part of them."""

    items: list[FieldValueView]
    total: int


def _item_model(collection: Collection) -> type[EngineAnswer]:
    info = COLLECTIONS[collection]
    fields: dict[str, Any] = {}
    for name, each in info.fields.items():
        known = _TYPES[each.type]
        fields[name] = (known if name in _NEVER_NULL else known | None, Field(description=each.description))
    if collection is Collection.CONTENT:
        fields["posts"] = (list[PostView], Field(default=[], description="Where it is published."))
    return create_model(
        f"{info.singular.capitalize()}Item",
        __base__=EngineAnswer,
        __doc__=f"One of a site's {collection.value}.",
        **fields,
    )


AnyItem: Final[Any] = reduce(or_, (_item_model(each) for each in Collection))
"""An item of any collection, with the fields that rules know of it."""


class Check(EngineAnswer):
    """One thing that was looked at when an article was optimised."""

    name: str = Field(default="", description="What was looked at.")
    passed: bool = Field(default=False, description="Whether it is as it should be.")
    message: str = Field(default="", description="What was found.")


class ArticleView(EngineAnswer):
    """A whole article, as it would be published."""

    id: int
    site: str = Field(default="", description="The slug of its site.")
    fields: dict[str, JsonValue] = Field(default={}, description="The fields that lists have of it.")
    title: str
    slug: str = Field(default="", description="The last part of its address.")
    excerpt: str = Field(default="", description="What it is about, in a sentence or two.")
    meta_title: str = Field(default="", description="The title for search engines.")
    meta_description: str = Field(default="", description="The description for search engines.")
    focus_keyword: str = Field(default="", description="The keyword that it is to be found by.")
    category: str = Field(default="", description="Its category.")
    tags: list[str] = Field(default=[], description="Its tags.")
    html: str = Field(
        description="The body, sanitised by the engine. To be shown as something from elsewhere all the same."
    )
    checks: list[Check] = Field(default=[], description="What was looked at when it was last optimised.")
    image_id: int | None = Field(default=None, description="Its featured image.")
    image_alt: str | None = Field(default=None, description="What that image shows.")
    posts: list[PostView] = Field(default=[], description="Where it is published.")


class FindingView(EngineAnswer):
    """One thing that was looked at on a connected site."""

    name: str = Field(description="What was looked at.")
    level: Literal["ok", "limited", "failed"] = Field(
        description="ok; limited: something will not work or be otherwise; failed: nothing can be published."
    )
    message: str = Field(description="What was found, in a sentence.")
    hint: str | None = Field(default=None, description="What to do about it.")


class IntegrationView(EngineAnswer):
    """A WordPress that a site publishes to."""

    id: int = Field(description="The number that rules name it by.")
    name: str = Field(description="What it is called.")
    kind: str = Field(default="wordpress", description="What it is.")
    url: str = Field(description="The address of its home page.")
    works: bool | None = Field(
        default=None, description="Whether articles can be published there, by the last probe; null before the first."
    )
    findings: list[FindingView] = Field(default=[], description="What the last probe has found.")
    probed_at: AwareDatetime | None = Field(default=None, description="When it was last probed.")


class _Integrations(EngineAnswer):
    items: list[IntegrationView]


async def integrations_of(client: EngineClient, site: str) -> list[IntegrationView]:
    """The WordPress sites that a site publishes to, each with what its last probe has found."""
    return (await client.ask(_Integrations, "GET", f"/v1/sites/{path_part(site)}/integrations")).items


class RejectedRow(EngineAnswer):
    """A row of a file that could not be used."""

    line: int = Field(description="Its line in the file, counted from 1.")
    reason: str = Field(description="Why.")
    text: str = Field(default="", description="What stands there, shortened.")


class ImportReport(EngineAnswer):
    """What became of a file of keywords."""

    added: int = Field(description="Keywords that are new to the site.")
    merged: int = Field(description="Rows whose keyword was there already, in the site or further up in the file.")
    rejected: list[RejectedRow] = Field(
        default=[], description="The first 200 rows that could not be used, with the reason."
    )
    rejected_rows: int = Field(default=0, description="How many rows could not be used in all.")
    format: str = Field(default="", description="What kind of file it was taken for.")
    total_rows: int = Field(default=0, description="How many rows it has, headings aside.")
