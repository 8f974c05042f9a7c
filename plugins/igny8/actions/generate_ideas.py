"""Derive article ideas from clusters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from igny8.actions.base import ActionParams, ActionType, Output, Price
from igny8.actions.items import Collection
from igny8.actions.params import ItemIds, Items

_PRICE = Price(credits=15, per="cluster")


class GenerateIdeasParams(ActionParams):
    """Which clusters to find ideas for."""

    cluster_ids: Annotated[ItemIds | None, Items(Collection.CLUSTERS, ("cluster_ids",))] = Field(
        default=None,
        description=(
            "The clusters to find ideas for. Left out, they come from the action above that puts out cluster_ids."
        ),
    )
    ideas_per_cluster: int = Field(default=1, strict=True, ge=1, le=5, description="How many ideas each cluster gives.")

    def price(self) -> Price:
        """What it costs."""
        return _PRICE


GENERATE_IDEAS = ActionType(
    name="generate_ideas",
    title="Generate ideas",
    description=(
        "Finds article ideas in each cluster, with title, main keyword and outline, and queues a writing task for each."
    ),
    params=GenerateIdeasParams,
    outputs=(
        Output("idea_ids", "The ideas that were found.", Collection.IDEAS),
        Output("task_ids", "The writing tasks that were queued, one for each idea.", Collection.TASKS),
    ),
    prices=(str(_PRICE),),
    phrase="find ideas for {cluster_ids}",
)
