"""Write an article for each task."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from igny8.actions.base import ActionParams, ActionType, Output, Price
from igny8.actions.events import CONTENT_WRITTEN
from igny8.actions.items import Collection
from igny8.actions.params import ItemIds, Items

_PRICE = Price(credits=50, per="article")


class GenerateContentParams(ActionParams):
    """Which tasks to write."""

    task_ids: Annotated[ItemIds | None, Items(Collection.TASKS, ("task_ids",))] = Field(
        default=None,
        description="The writing tasks to complete. Left out, they come from the action above that puts out task_ids.",
    )

    def price(self) -> Price:
        """What it costs."""
        return _PRICE


GENERATE_CONTENT = ActionType(
    name="generate_content",
    title="Generate content",
    description=(
        "Writes an article for each task: title, meta description, introduction, sections, questions and answers."
    ),
    params=GenerateContentParams,
    outputs=(Output("content_ids", "The articles that were written.", Collection.CONTENT),),
    prices=(str(_PRICE),),
    emits=(CONTENT_WRITTEN,),
    phrase="write articles for {task_ids}",
)
