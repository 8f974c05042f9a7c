"""How the rules do, at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from igny8.api import balances
from igny8.api.access import Caller, CurrentCaller
from igny8.api.approvals import pending
from igny8.api.dashboard import SHOWN, Concern, Dashboard, broken, failing, in_order, waiting
from igny8.api.envelope import Envelope, answer
from igny8.api.parts import Store, WantedZone
from igny8.api.routes.executions import readable_dags
from igny8.api.runs import RunFilter, run_times
from igny8.api.shelf import visible
from igny8.api.statistics import Statistics, credits_spent, summed
from igny8.dagfactory.ids import account_of
from igny8.rules import RuleStore, StoredRule

router = APIRouter(tags=["statistics"])


@dataclass(frozen=True, slots=True)
class _Records:
    figures: Statistics
    concerns: list[Concern]
    more: int
    """Approvals that are counted and not listed."""
    sites: dict[str, set[str]]
    """The sites of each account whose rules are seen."""


@router.get("/dashboard/", response_model=Envelope[Dashboard], operation_id="get_dashboard")
async def get_dashboard(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    zone: WantedZone,
    days: Annotated[int, Query(ge=1, le=90, description="Of how many days, with today.")] = 30,
    rule: Annotated[str | None, Query(max_length=200, description="Only this rule.")] = None,
    account: Annotated[str | None, Query(max_length=200, description="Only this account's rules.")] = None,
) -> JSONResponse:
    """How the rules that you may see did, how long their accounts' credits last, and what somebody should look at."""
    seen = await run_in_threadpool(_records, store, caller, span_of(days, datetime.now(UTC), zone), rule, account)
    found, concerns = await balances.ask(seen.sites)
    attention = in_order([*seen.concerns, *concerns])
    told = Dashboard(
        days=days,
        figures=seen.figures,
        balances=found,
        attention=attention[:SHOWN],
        attention_count=len(attention) + seen.more,
    )
    return answer(request, told)


@dataclass(frozen=True, slots=True)
class Span:
    """Some days of a time zone, up to now."""

    since: datetime
    until: datetime
    zone: ZoneInfo


def span_of(days: int, now: datetime, zone: ZoneInfo) -> Span:
    """So many days, with the one that it is now in that zone; they begin at midnight there, summer time or not."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return Span((today - timedelta(days=days - 1)).astimezone(UTC), now, zone)


def _records(store: RuleStore, caller: Caller, span: Span, rule: str | None, account: str | None) -> _Records:
    dag_ids = readable_dags(store, caller, rule, account)
    entries = [
        entry
        for entry in visible(store, caller)
        if (rule is None or entry.rule_id == rule) and (account is None or (account_of(entry.dag_id) or "") == account)
    ]
    runs = run_times(RunFilter(dag_ids, since=span.since, until=span.until))
    spent = credits_spent(dag_ids, span.since, span.until, span.zone)
    approvals, count = pending(dag_ids, SHOWN, 0)
    sites: dict[str, set[str]] = {}
    for entry in entries:
        if isinstance(entry.found, StoredRule):
            sites.setdefault(entry.found.rule.account, set()).add(entry.found.rule.site)
    stored = {entry.dag_id for entry in entries}
    return _Records(
        figures=summed(runs, spent, span.since, span.until, span.zone),
        concerns=[*waiting(approvals), *broken(entries), *failing(runs, stored)],
        more=count - len(approvals),
        sites=sites,
    )
