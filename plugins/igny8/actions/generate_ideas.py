"""Derive article ideas from clusters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from igny8.actions.base import ActionParams, ActionType, Gives, Output, Price
from igny8.actions.events import IDEAS_GENERATED
from igny8.actions.items import Collection
from igny8.actions.params import ItemIds, Items
from igny8.actions.topic_memory import TopicMemory

_PRICE = Price(credits=15, per="cluster")
_MOST = 5


class GenerateIdeasParams(ActionParams):
    """Which clusters to find ideas for."""

    cluster_ids: Annotated[ItemIds | None, Items(Collection.CLUSTERS, ("cluster_ids",))] = Field(
        default=None,
        description=(
            "The clusters to find ideas for. Left out, they come from the action above that puts out cluster_ids."
        ),
    )
    ideas_per_cluster: int = Field(
        default=1, strict=True, ge=1, le=_MOST, description="How many ideas each cluster gives."
    )
    topic_memory: TopicMemory | None = Field(
        default=None,
        description=(
            "How close ideas may come to what the site has or plans. Left out, the rule's topic memory counts."
        ),
    )

    def price(self) -> Price:
        """What it costs."""
        return _PRICE

    @override
    def may_leave_items(self) -> bool:
        """Whether a twin is left out."""
        return self.topic_memory is not None and self.topic_memory.on_twin == "skip"

    @override
    def gives(self, output: Output) -> Gives:
        """As many as are wanted for each cluster, or fewer where no more are found that the site doesn't have."""
        return Gives(0 if self.may_leave_items() else 1, self.ideas_per_cluster)


GENERATE_IDEAS = ActionType(
    name="generate_ideas",
    title="Generate ideas",
    description=(
        "Finds article ideas in each cluster, with title, main keyword and outline, and queues a writing task for each."
    ),
    params=GenerateIdeasParams,
    outputs=(
        Output("idea_ids", "The ideas that were found.", Collection.IDEAS, Gives(1, _MOST)),
        Output("task_ids", "The writing tasks that were queued, one for each idea.", Collection.TASKS, Gives(1, _MOST)),
    ),
    prices=(str(_PRICE),),
    emits=(IDEAS_GENERATED,),
    phrase="find ideas for {cluster_ids}",
)
