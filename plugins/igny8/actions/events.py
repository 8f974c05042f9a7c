"""The events that the engine tells of: what each is about, and what it brings.

What a rule would do for one thing at a time (an article) has an event for each; what is about the lot (keywords that
were grouped, ideas to choose from) has one for each job or import. A rule reads an event's data below ``event``:
``event.content_id``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

ENVELOPE: Final = ("id", "type", "timestamp", "account", "site")
"""What every event carries besides its data; no data has a field of these names."""


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event."""

    name: str
    description: str
    """What has happened, in full sentences, for the person who writes a rule."""
    about: str
    """What there is one event for, in the singular: ``article``, ``job``, ``import``."""
    data: dict[str, JsonValue]
    """An example of what it brings; an event has these fields, each of this type or null."""

    def example(self) -> dict[str, JsonValue]:
        """An example of the whole event, as it is delivered."""
        return {
            "id": "evt_0f6a2b0c5d2e4a3f8e1b7c9d6a5f4e3d",
            "type": self.name,
            "timestamp": "2026-03-02T06:00:00.000000Z",
            "account": "demo",
            "site": "home-espresso",
            "data": self.data,
        }


KEYWORDS_IMPORTED: Final = EventType(
    name="keywords.imported",
    description="Keywords were imported into the site. An import that adds no keyword to it is no event.",
    about="import",
    data={"added": 120, "merged": 3, "rejected": 1, "format": "plain", "sector_id": 2},
)
KEYWORDS_CLUSTERED: Final = EventType(
    name="keywords.clustered",
    description="A job has grouped keywords into clusters.",
    about="job",
    data={"job_id": 11, "keyword_count": 120, "cluster_count": 2, "cluster_ids": [31, 32]},
)
IDEAS_GENERATED: Final = EventType(
    name="ideas.generated",
    description="A job has found ideas, and queued a writing task for each.",
    about="job",
    data={
        "job_id": 12,
        "idea_count": 2,
        "idea_ids": [41, 42],
        "task_ids": [51, 52],
        "cluster_ids": [31, 32],
    },
)
CONTENT_WRITTEN: Final = EventType(
    name="content.written",
    description="An article was written.",
    about="article",
    data={
        "job_id": 13,
        "content_id": 61,
        "title": "How to Descale an Espresso Machine",
        "word_count": 1240,
        "task_id": 51,
        "cluster_id": 31,
    },
)
IMAGES_GENERATED: Final = EventType(
    name="images.generated",
    description="The featured image of an article was made.",
    about="image",
    data={"job_id": 14, "image_id": 71, "content_id": 61, "provider": "card", "alt": "Descaling, step by step"},
)
CONTENT_OPTIMIZED: Final = EventType(
    name="content.optimized",
    description="An article was checked and repaired.",
    about="article",
    data={
        "job_id": 15,
        "content_id": 61,
        "title": "How to Descale an Espresso Machine",
        "word_count": 1260,
        "cluster_id": 31,
        "score_before": 71,
        "seo_score": 96,
    },
)
CONTENT_PUBLISHED: Final = EventType(
    name="content.published",
    description=(
        "An article was brought to a WordPress, for the first time or again; change says whether its post was created, "
        "updated or left unchanged, and status what the post is there: draft, pending, private or publish."
    ),
    about="article",
    data={
        "job_id": 16,
        "content_id": 61,
        "title": "How to Descale an Espresso Machine",
        "cluster_id": 31,
        "integration_id": 1,
        "post_id": 81,
        "post_url": "https://blog.example/descale-an-espresso-machine/",
        "status": "publish",
        "change": "created",
    },
)
PAGES_PLANNED: Final = EventType(
    name="pages.planned",
    description="The pages of the site were planned.",
    about="job",
    data={"job_id": 17, "page_count": 2, "page_ids": [91, 92]},
)
PAGES_WRITTEN: Final = EventType(
    name="pages.written",
    description="The text of a planned page was written.",
    about="page",
    data={"job_id": 18, "page_id": 91, "content_id": 62, "title": "Home", "word_count": 420, "cluster_id": 31},
)

EVENT_TYPES: Final[dict[str, EventType]] = {
    event.name: event
    for event in (
        KEYWORDS_IMPORTED,
        KEYWORDS_CLUSTERED,
        IDEAS_GENERATED,
        CONTENT_WRITTEN,
        IMAGES_GENERATED,
        CONTENT_OPTIMIZED,
        CONTENT_PUBLISHED,
        PAGES_PLANNED,
        PAGES_WRITTEN,
    )
}
"""Every event that the engine tells of, by its name. Rules may wait for others too, which other programs send."""


def similar_event(name: str) -> str | None:
    """The engine's event that was probably meant by a name, where the name is none of them."""
    near = difflib.get_close_matches(name, EVENT_TYPES, n=1, cutoff=0.8)
    return None if name in EVENT_TYPES or not near else near[0]


def run_event(delivered: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What a rule's run is given as ``event``: the data of a delivered event, with the envelope beside it.

    Where another program's event has data of the envelope's names, its data counts.

    Args:
        delivered: The event as it was delivered: ``id``, ``type``, ``timestamp``, ``account``, ``site``, ``data``.
    """
    data = delivered.get("data")
    return {
        **{name: delivered[name] for name in ENVELOPE if name in delivered},
        **(data if isinstance(data, dict) else {}),
    }
