"""How the rules do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from igny8.api.access import CurrentCaller
from igny8.api.envelope import Envelope, answer
from igny8.api.parts import Moment, Store, WantedZone
from igny8.api.routes.executions import readable_dags
from igny8.api.statistics import Statistics, statistics

router = APIRouter(tags=["statistics"])

USUAL_SPAN: Final = timedelta(days=30)


@router.get("/stats/", response_model=Envelope[Statistics], operation_id="get_statistics")
def get_statistics(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    zone: WantedZone,
    since: Annotated[Moment | None, Query(description="From then on; left out, the last 30 days.")] = None,
    until: Annotated[Moment | None, Query(description="Until then; left out, now.")] = None,
    rule: Annotated[str | None, Query(max_length=200, description="Only this rule.")] = None,
    account: Annotated[str | None, Query(max_length=200, description="Only this account's rules.")] = None,
) -> JSONResponse:
    """Success and error rates, durations and credits: in all, by rule, by account and by day."""
    end = until or datetime.now(UTC)
    begin = since or end - USUAL_SPAN
    return answer(request, statistics(readable_dags(store, caller, rule, account), begin, end, zone))
