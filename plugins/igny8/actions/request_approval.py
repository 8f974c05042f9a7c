"""Ask people which articles may go on."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from igny8.actions.base import ActionParams, ActionType, Gives, Output, Price
from igny8.actions.items import Collection
from igny8.actions.params import ItemIds, Items

LONGEST_WAIT: Final = 720
"""How long an answer may be waited for, in hours."""

_PRICE = Price(credits=0, per="article")


class RequestApprovalParams(ActionParams):
    """What is put to approval, and how long the answer is waited for."""

    content_ids: Annotated[ItemIds | None, Items(Collection.CONTENT, ("content_ids",))] = Field(
        default=None,
        description="The articles to approve. Left out, they come from the action above that puts out content_ids.",
    )
    timeout_hours: float = Field(
        default=72,
        gt=0,
        le=LONGEST_WAIT,
        description="How long the answer is waited for, in hours; no answer by then means no.",
    )

    def price(self) -> Price:
        """What it costs."""
        return _PRICE


REQUEST_APPROVAL = ActionType(
    name="request_approval",
    title="Request approval",
    description=(
        "Shows title, excerpt and a link of every article to people, who approve all of them or some, or reject them "
        "with a reason. Only those that are approved are handed on; the others stay as they are."
    ),
    params=RequestApprovalParams,
    outputs=(Output("content_ids", "The articles that were approved.", Collection.CONTENT, Gives(least=0)),),
    prices=(str(_PRICE),),
    emits=(),
    phrase="have a person approve {content_ids} within {timeout_hours} hours",
)
