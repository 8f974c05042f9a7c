"""Publish articles to a WordPress site."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from igny8.actions.base import ActionParams, ActionType, Output, Price
from igny8.actions.drip import Drip
from igny8.actions.events import CONTENT_PUBLISHED
from igny8.actions.items import Collection
from igny8.actions.params import IdValue, ItemIds, Items, MomentValue

PostStatus = Literal["draft", "pending", "private", "publish", "future"]
OnEdited = Literal["skip", "ask", "overwrite"]

_PRICE = Price(credits=5, per="post")


class PublishToWordPressParams(ActionParams):
    """What to publish, and where."""

    content_ids: Annotated[ItemIds | None, Items(Collection.CONTENT, ("content_ids",))] = Field(
        default=None,
        description="The articles to publish. Left out, they come from the action above that puts out content_ids.",
    )
    integration_id: IdValue = Field(description="The connected WordPress site to publish to.")
    status: PostStatus = Field(
        default="draft", description="The status that the posts get in WordPress; future needs publish_at or drip."
    )
    publish_at: MomentValue | None = Field(
        default=None,
        description="When posts with the status future go live. Without an offset it is meant in the site's own time.",
    )
    drip: Drip | None = Field(
        default=None,
        description=(
            "Posts with the status future go live one after the other, so many a day. Each takes the next free time of "
            "the site, whatever rule it comes from."
        ),
    )
    author: str | None = Field(
        default=None,
        min_length=1,
        max_length=250,
        description=(
            "Whose posts they are: the name of a user of the WordPress site. The connected user must be an Editor "
            "there. Left out, they are the connected user's."
        ),
    )
    on_edited: OnEdited = Field(
        default="skip",
        description=(
            "What becomes of a post that people have changed on the site, when its article has changed too: skip "
            "leaves it and says so, ask leaves it until a person has approved that it is replaced, overwrite replaces "
            "it and says so."
        ),
    )

    internal_links: int = Field(
        default=3,
        ge=0,
        le=20,
        description=(
            "How many links to other posts that are live on the site are put into each text at most, at words that are "
            "in it; 0 puts none."
        ),
    )

    canonical_integration_id: IdValue | None = Field(
        default=None,
        description=(
            "The connected WordPress that has the originals: each post names the original's address as its canonical "
            "one, where the site's SEO plugin has a field for it. Left out, each post is an original."
        ),
    )

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        if self.status == "future" and self.publish_at is None and self.drip is None:
            raise ValueError("the status future needs publish_at, when the posts shall go live, or drip")
        if self.drip is not None and self.status != "future":
            raise ValueError(f"drip spreads scheduled posts: it needs the status future, not {self.status}")
        if self.drip is not None and self.publish_at is not None:
            raise ValueError("publish_at and drip exclude each other: both say when the posts go live")
        return self

    def price(self) -> Price:
        """What it costs."""
        return _PRICE


PUBLISH_TO_WORDPRESS = ActionType(
    name="publish_to_wordpress",
    title="Publish to WordPress",
    description=(
        "Publishes each article with its image, categories and tags, or saves it there as a draft. "
        "An article that is there already is updated, never posted twice."
    ),
    params=PublishToWordPressParams,
    outputs=(
        Output("post_ids", "The WordPress posts, in the order of the articles."),
        Output("post_urls", "The addresses of the posts."),
    ),
    prices=(str(_PRICE),),
    emits=(CONTENT_PUBLISHED,),
    phrase="publish {content_ids} to WordPress with the status {status}",
)
