"""Make a featured image for each article."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from igny8.actions.base import ActionParams, ActionType, Output, Price
from igny8.actions.events import IMAGES_GENERATED
from igny8.actions.items import Collection
from igny8.actions.params import ItemIds, Items

_CREDITS = {
    "card": {"1200x630": 1, "1600x900": 2, "1024x1024": 1},
    "model": {"1200x630": 3, "1600x900": 4, "1024x1024": 3},
}


class GenerateImagesParams(ActionParams):
    """Which articles to illustrate, and how."""

    content_id: Annotated[ItemIds | None, Items(Collection.CONTENT, ("content_ids",))] = Field(
        default=None,
        description="The articles to illustrate, one or many. Left out, they come from the action above.",
    )
    provider: Literal["card", "model"] = Field(
        default="card",
        description="What makes the image: a title card that the engine draws, or the image model it is connected to.",
    )
    size: Literal["1200x630", "1600x900", "1024x1024"] = Field(
        default="1200x630", description="The image's width and height in pixels."
    )

    def price(self) -> Price:
        """What an image costs, by what makes it and by its size."""
        return Price(credits=_CREDITS[self.provider][self.size], per="image")


GENERATE_IMAGES = ActionType(
    name="generate_images",
    title="Generate images",
    description="Makes a featured image with an alt text for each article.",
    params=GenerateImagesParams,
    outputs=(
        Output("image_ids", "The images that were made.", Collection.IMAGES),
        Output("content_ids", "The articles that were given, to be handed on.", Collection.CONTENT),
    ),
    prices=tuple(
        f"{Price(amount, 'image')} ({provider}, {size})"
        for provider, sizes in _CREDITS.items()
        for size, amount in sizes.items()
    ),
    emits=(IMAGES_GENERATED,),
    phrase="illustrate {content_id}",
)
