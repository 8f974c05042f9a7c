"""Write the text of planned pages."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from igny8.actions.base import ActionParams, ActionType, Output, Price
from igny8.actions.events import PAGES_WRITTEN
from igny8.actions.items import Collection
from igny8.actions.params import ItemIds, Items

_PRICE = Price(credits=30, per="page")


class GeneratePageContentParams(ActionParams):
    """Which pages to write."""

    page_ids: Annotated[ItemIds | None, Items(Collection.PAGES, ("page_ids",))] = Field(
        default=None,
        description="The planned pages to write. Left out, they come from the action above that puts out page_ids.",
    )

    def price(self) -> Price:
        """What it costs."""
        return _PRICE


GENERATE_PAGE_CONTENT = ActionType(
    name="generate_page_content",
    title="Generate page content",
    description="Writes the text of each planned page.",
    params=GeneratePageContentParams,
    outputs=(
        Output("page_ids", "The pages that were written.", Collection.PAGES),
        Output("content_ids", "The texts that were written, one for each page.", Collection.CONTENT),
    ),
    prices=(str(_PRICE),),
    emits=(PAGES_WRITTEN,),
    phrase="write the texts of {page_ids}",
)
