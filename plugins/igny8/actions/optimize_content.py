"""Check and repair articles for search engines and readers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from igny8.actions.base import ActionParams, ActionType, Output, Price
from igny8.actions.events import CONTENT_OPTIMIZED
from igny8.actions.items import Collection
from igny8.actions.params import ItemIds, Items

_PRICE = Price(credits=10, per="article")


class OptimizeContentParams(ActionParams):
    """Which articles to optimise."""

    content_ids: Annotated[ItemIds | None, Items(Collection.CONTENT, ("content_ids",))] = Field(
        default=None,
        description="The articles to optimise. Left out, they come from the action above that puts out content_ids.",
    )

    def price(self) -> Price:
        """What it costs."""
        return _PRICE


OPTIMIZE_CONTENT = ActionType(
    name="optimize_content",
    title="Optimize content",
    description=(
        "Scores each article on title, description, headings, keyword use, readability, links and alt texts, "
        "repairs what it can, and says what it changed."
    ),
    params=OptimizeContentParams,
    outputs=(Output("content_ids", "The articles that were optimised.", Collection.CONTENT),),
    prices=(str(_PRICE),),
    emits=(CONTENT_OPTIMIZED,),
    phrase="optimise {content_ids}",
)
