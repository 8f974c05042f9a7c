"""When the clock starts a rule next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from igny8.api.access import CurrentCaller
from igny8.api.envelope import Envelope, answer
from igny8.api.parts import Store
from igny8.api.shelf import find
from igny8.dagfactory.clock import next_runs
from igny8.rules import Rule

router = APIRouter(prefix="/rules", tags=["rules"])

SHOWN: Final = 5
"""How many of the next runs are told unless said otherwise."""


class NextRuns(BaseModel):
    """When the clock starts a rule next."""

    timezone: str = Field(description="The time zone of the rule.")
    next_runs: list[AwareDatetime] = Field(
        description=(
            "When the clock starts it next, with the offset of that time zone: what Airflow's scheduler will find. "
            "Quiet hours and excluded dates are left out. Empty for a rule that no clock starts."
        )
    )


@router.get("/{rule_id}/next-runs/", response_model=Envelope[NextRuns], operation_id="get_next_runs")
def get_next_runs(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    rule_id: str,
    count: Annotated[int, Query(ge=1, le=50, description="How many at most.")] = SHOWN,
) -> JSONResponse:
    """When the clock starts a rule next. Of one that is not saved, ``POST rules/validate/`` tells the same."""
    rule = find(store, caller, rule_id).usable.rule
    return answer(request, NextRuns(timezone=rule.timezone, next_runs=coming(rule, count)))


def coming(rule: Rule, count: int = SHOWN) -> list[datetime]:
    """The next runs of a rule from now on, in its time zone."""
    zone = ZoneInfo(rule.timezone)
    return [at.astimezone(zone) for at in next_runs(rule, datetime.now(UTC), count)]
