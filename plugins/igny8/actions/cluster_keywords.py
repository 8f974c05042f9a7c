"""Group keywords into clusters by what they are about."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from igny8.actions.base import ActionParams, ActionType, Gives, Output, Price
from igny8.actions.events import KEYWORDS_CLUSTERED
from igny8.actions.items import Collection
from igny8.actions.params import IdValue, ItemIds, Items

_PRICE = Price(credits=10, per="keyword", batch=100)


class ClusterKeywordsParams(ActionParams):
    """What to cluster."""

    keyword_ids: Annotated[ItemIds | None, Items(Collection.KEYWORDS, ("keyword_ids",))] = Field(
        default=None,
        description="The keywords to group. Left out, they come from the action above that puts out keyword_ids.",
    )
    sector_id: IdValue | None = Field(
        default=None, description="Only keywords of this sector are grouped, and the clusters belong to it."
    )

    def price(self) -> Price:
        """What it costs."""
        return _PRICE


CLUSTER_KEYWORDS = ActionType(
    name="cluster_keywords",
    title="Cluster keywords",
    description="Groups keywords that ask for the same thing into clusters and names each after its main keyword.",
    params=ClusterKeywordsParams,
    outputs=(
        Output(
            "cluster_ids",
            "The clusters that were made, largest opportunity first.",
            Collection.CLUSTERS,
            Gives(1, 1, least_of_all=True),
        ),
    ),
    prices=(str(_PRICE),),
    emits=(KEYWORDS_CLUSTERED,),
    phrase="cluster {keyword_ids}",
)
