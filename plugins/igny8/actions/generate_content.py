"""Write an article for each task."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from igny8.actions.base import ActionParams, ActionType, Gives, Output, Price
from igny8.actions.events import CONTENT_WRITTEN
from igny8.actions.items import Collection
from igny8.actions.params import ItemIds, Items
from igny8.actions.topic_memory import TopicMemory

_PRICE = Price(credits=50, per="article")


class GenerateContentParams(ActionParams):
    """Which tasks to write."""

    task_ids: Annotated[ItemIds | None, Items(Collection.TASKS, ("task_ids",))] = Field(
        default=None,
        description="The writing tasks to complete. Left out, they come from the action above that puts out task_ids.",
    )
    topic_memory: TopicMemory | None = Field(
        default=None,
        description=(
            "How close articles may come to what the site has or plans. Left out, the rule's topic memory counts."
        ),
    )

    def price(self) -> Price:
        """What it costs."""
        return _PRICE

    @override
    def may_leave_items(self) -> bool:
        """Whether a twin is left out, or may be when people are asked."""
        return self.topic_memory is not None and self.topic_memory.on_twin != "keep"

    @override
    def gives(self, output: Output) -> Gives:
        """One article for each task, or none where a twin is left out."""
        return Gives(0, 1) if self.may_leave_items() else output.gives


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
