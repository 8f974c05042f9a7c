"""The collections of items that actions work on, and the fields by which a selector can choose among them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

FieldType = Literal["integer", "number", "text", "boolean", "date-time"]
Named = Literal["sector", "cluster", "idea", "article", "page"]
"""What has a name by which people know it, and a number by which items say that they belong to it."""


class Collection(StrEnum):
    """A collection of items that the engine keeps for each account and site."""

    KEYWORDS = "keywords"
    CLUSTERS = "clusters"
    IDEAS = "ideas"
    TASKS = "tasks"
    CONTENT = "content"
    IMAGES = "images"
    PAGES = "pages"


@dataclass(frozen=True, slots=True)
class ItemField:
    """A field of an item that conditions and orderings may name."""

    type: FieldType
    description: str
    of: Named | None = None
    """What the field's number is that of."""

    @property
    def has_values(self) -> bool:
        """Whether people choose among the values that there are: texts, and what has a name."""
        return self.type == "text" or self.of is not None


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """What rules may know of a collection."""

    singular: str
    statuses: tuple[str, ...]
    fields: dict[str, ItemField]


_ID = ItemField("integer", "The item's number.")
_STATUS = ItemField("text", "Where the item stands on its way.")
_CREATED = ItemField("date-time", "When the item was made, in ISO 8601 and UTC.")
_COMMON = {"id": _ID, "status": _STATUS, "created_at": _CREATED}

COLLECTIONS: dict[Collection, CollectionInfo] = {
    Collection.KEYWORDS: CollectionInfo(
        "keyword",
        ("new", "clustered"),
        _COMMON
        | {
            "phrase": ItemField("text", "The search phrase."),
            "volume": ItemField("integer", "Searches a month."),
            "difficulty": ItemField("number", "How hard it is to rank for, 0 to 100."),
            "intent": ItemField("text", "informational, commercial, transactional or navigational."),
            "sector_id": ItemField("integer", "The sector the keyword was put in.", "sector"),
            "cluster_id": ItemField("integer", "The cluster the keyword is in.", "cluster"),
        },
    ),
    Collection.CLUSTERS: CollectionInfo(
        "cluster",
        ("new", "mapped"),
        _COMMON
        | {
            "name": ItemField("text", "The cluster's name, after its main keyword."),
            "keyword_count": ItemField("integer", "How many keywords it holds."),
            "volume": ItemField("integer", "Searches a month of all its keywords."),
            "difficulty": ItemField("number", "The mean difficulty of its keywords, 0 to 100."),
            "opportunity": ItemField("number", "Volume weighed by how easy the cluster is to rank for."),
            "sector_id": ItemField("integer", "The sector the cluster is in.", "sector"),
        },
    ),
    Collection.IDEAS: CollectionInfo(
        "idea",
        ("new", "scheduled", "written"),
        _COMMON
        | {
            "title": ItemField("text", "The working title."),
            "keyword": ItemField("text", "The main keyword."),
            "volume": ItemField("integer", "Searches a month of the main keyword."),
            "cluster_id": ItemField("integer", "The cluster the idea comes from.", "cluster"),
        },
    ),
    Collection.TASKS: CollectionInfo(
        "task",
        ("queued", "completed", "skipped"),
        _COMMON
        | {
            "title": ItemField("text", "The working title."),
            "idea_id": ItemField("integer", "The idea to be written.", "idea"),
            "cluster_id": ItemField("integer", "The cluster the idea comes from.", "cluster"),
        },
    ),
    Collection.CONTENT: CollectionInfo(
        "article",
        ("draft", "optimized", "published", "withdrawn"),
        _COMMON
        | {
            "kind": ItemField("text", "article or page."),
            "title": ItemField("text", "The title."),
            "slug": ItemField("text", "The last part of its address."),
            "word_count": ItemField("integer", "Words in the text."),
            "seo_score": ItemField("integer", "The score of the last optimisation, 0 to 100; missing before it."),
            "has_image": ItemField("boolean", "Whether it has a featured image."),
            "cluster_id": ItemField("integer", "The cluster the text comes from.", "cluster"),
            "updated_at": ItemField("date-time", "When the text was last changed, in ISO 8601 and UTC."),
            "published_at": ItemField("date-time", "When it was first published, in ISO 8601 and UTC."),
        },
    ),
    Collection.IMAGES: CollectionInfo(
        "image",
        ("ready",),
        _COMMON
        | {
            "content_id": ItemField("integer", "The article the image belongs to.", "article"),
            "provider": ItemField("text", "What made it: card or model."),
            "alt": ItemField("text", "What it shows, for those who cannot see it."),
        },
    ),
    Collection.PAGES: CollectionInfo(
        "page",
        ("planned", "written"),
        _COMMON
        | {
            "title": ItemField("text", "The page's title."),
            "slug": ItemField("text", "The last part of its address."),
            "parent_id": ItemField("integer", "The page above it.", "page"),
            "cluster_id": ItemField("integer", "The cluster the page is about.", "cluster"),
        },
    ),
}

_SCHEMAS: dict[FieldType, dict[str, str]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "text": {"type": "string"},
    "boolean": {"type": "boolean"},
    "date-time": {"type": "string", "format": "date-time"},
}


def field_schemas(collection: Collection) -> dict[str, JsonValue]:
    """The fields by which a selector can choose among a collection's items, each as a JSON schema."""
    info = COLLECTIONS[collection]
    return {
        name: {
            **_SCHEMAS[field.type],
            "description": field.description,
            **_values(name, field, info.statuses),
        }
        for name, field in info.fields.items()
    }


def _values(name: str, field: ItemField, statuses: tuple[str, ...]) -> dict[str, JsonValue]:
    if name == "status":
        return {"enum": list(statuses)}
    return {"x-values": field.of or "text"} if field.has_values else {}


def fact_names() -> dict[str, str]:
    """The names of the facts that a rule's conditions may use, each with a sentence on what it is.

    For every collection its total and the number in each status (``keywords.new``), and the credits of the account.
    What an event brings is found below ``event`` besides.
    """
    names: dict[str, str] = {}
    for collection, info in COLLECTIONS.items():
        names[f"{collection}.total"] = f"How many {collection} the site has."
        for status in info.statuses:
            names[f"{collection}.{status}"] = f"How many {collection} of the site are {status}."
    names["credits.balance"] = "How many credits the account can still spend."
    names["credits.spent_today"] = "How many credits the account has spent since midnight UTC."
    return names
