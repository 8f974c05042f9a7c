"""Publish articles to a WordPress site."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from igny8.actions.base import ActionParams, ActionType, Output, Price
from igny8.actions.events import CONTENT_PUBLISHED
from igny8.actions.items import Collection
from igny8.actions.params import IdValue, ItemIds, Items

PostStatus = Literal["draft", "pending", "private", "publish"]


_PRICE = Price(credits=5, per="post")


class PublishToWordPressParams(ActionParams):
    """What to publish, and where."""

    content_ids: Annotated[ItemIds | None, Items(Collection.CONTENT, ("content_ids",))] = Field(
        default=None,
        description="The articles to publish. Left out, they come from the action above that puts out content_ids.",
    )
    integration_id: IdValue = Field(description="The connected WordPress site to publish to.")
    status: PostStatus = Field(default="draft", description="The status that the posts get in WordPress.")

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
