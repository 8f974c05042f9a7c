"""Where rules work: the accounts and sites that they name."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from igny8.api.access import CurrentCaller
from igny8.api.envelope import Envelope, answer
from igny8.api.parts import Store
from igny8.api.shelf import Entry, visible
from igny8.api.views import readable
from igny8.rules import StoredRule

router = APIRouter(tags=["rules"])


class RulePlace(BaseModel):
    """A site that rules work on."""

    model_config = ConfigDict(frozen=True)

    account: str = Field(description="The account.")
    site: str = Field(description="Its site.")


@router.get("/places/", response_model=Envelope[list[RulePlace]], operation_id="list_places")
def list_places(request: Request, caller: CurrentCaller, store: Store) -> JSONResponse:
    """Every account and site that a rule names that you may see, broken rules included as far as they can be read."""
    found = {place for entry in visible(store, caller) if (place := _place(entry)) is not None}
    return answer(request, sorted(found, key=lambda place: (place.account, place.site)))


def _place(entry: Entry) -> RulePlace | None:
    if isinstance(entry.found, StoredRule):
        return RulePlace(account=entry.found.rule.account, site=entry.found.rule.site)
    document = readable(entry.found.text)
    account, site = document.get("account"), document.get("site")
    return RulePlace(account=account, site=site) if isinstance(account, str) and isinstance(site, str) else None
