"""Plan the pages of a site."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from igny8.actions.base import ActionParams, ActionType, Gives, Output, Price
from igny8.actions.events import PAGES_PLANNED
from igny8.actions.items import Collection
from igny8.actions.params import IdValue

MOST_PAGES: Final = 150
"""How many pages a plan has at most."""

_PRICE = Price(credits=20, per="site")


class GenerateSiteStructureParams(ActionParams):
    """Which site to plan."""

    site_id: IdValue | None = Field(default=None, description="The site to plan. Left out, it is the site of the rule.")

    def price(self) -> Price:
        """What it costs."""
        return _PRICE


GENERATE_SITE_STRUCTURE = ActionType(
    name="generate_site_structure",
    title="Generate site structure",
    description=(
        "Plans the pages of a site from its clusters: a tree of pages with titles, addresses and what each is about."
    ),
    params=GenerateSiteStructureParams,
    outputs=(
        Output(
            "page_ids",
            "The pages that were planned, parents before children.",
            Collection.PAGES,
            Gives(1, MOST_PAGES),
        ),
    ),
    prices=(str(_PRICE),),
    emits=(PAGES_PLANNED,),
    phrase="plan the pages of the site",
)
