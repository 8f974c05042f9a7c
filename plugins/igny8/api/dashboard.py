"""What the dashboard shows: how the rules did, how long the credits last, and what somebody should look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, Literal, get_args

from pydantic import BaseModel, Field

from igny8.api.approvals import Approval
from igny8.api.runs import RunTimes
from igny8.api.shelf import Entry
from igny8.api.statistics import Statistics
from igny8.dagfactory.ids import account_of, rule_of
from igny8.rules import BrokenRule

ConcernKind = Literal["approval", "engine", "credits", "integration", "broken_rule", "failing_rule"]
_ORDER: Final = get_args(ConcernKind)
LOW_DAYS: Final = 7
"""An account whose credits last no longer than that many days is worth a look."""
SHOWN: Final = 100
"""How many concerns are told one by one."""


class Concern(BaseModel):
    """Something that somebody should look at."""

    kind: ConcernKind = Field(
        description=(
            "approval: a run waits for a person. engine: the content engine does not answer for an account. credits: "
            "an account's credits end soon. integration: a WordPress takes no articles. broken_rule: a rule cannot be "
            "used. failing_rule: the last runs of a rule failed."
        )
    )
    message: str = Field(description="What it is, in a sentence.")
    account: str = Field(description="The account.")
    automation_rule: str | None = Field(default=None, description="The rule that it is about, where it is about one.")
    run_id: str | None = Field(default=None, description="The run that waits.")
    site: str | None = Field(default=None, description="The site that it is about, where it is about one.")
    since: datetime | None = Field(default=None, description="Since when, where that is known.")


class Balance(BaseModel):
    """The credits of an account, and how long they last."""

    account: str = Field(description="The account.")
    balance: int | None = Field(description="What it can spend; null where the engine could not be asked.")
    reserved: int | None = Field(description="What is set aside for jobs that have not ended.")
    spent_per_day: float | None = Field(
        description=(
            "What it spent a day on average over the last seven days, whatever for; null where the engine does not "
            "tell it."
        )
    )
    days_left: float | None = Field(
        description="For how many days the balance lasts at that rate; null where nothing was spent."
    )
    problem: str | None = Field(description="Why the engine could not be asked.")


class Dashboard(BaseModel):
    """How the rules do, at a glance."""

    days: int = Field(description="How many days the figures are of, with today.")
    figures: Statistics = Field(description="How the runs of these days went, and what they cost.")
    balances: list[Balance] = Field(description="The accounts whose rules you see, by name.")
    attention: list[Concern] = Field(description="What somebody should look at, the most urgent first.")
    attention_count: int = Field(description="How much there is of it in all; the first 100 are listed.")


def in_order(concerns: Iterable[Concern]) -> list[Concern]:
    """The most urgent first: people who wait, then what keeps many runs from working, then single rules."""
    return sorted(concerns, key=lambda each: (_ORDER.index(each.kind), each.account, each.automation_rule or ""))


def waiting(approvals: Iterable[Approval]) -> list[Concern]:
    """The runs that wait for a person."""
    return [
        Concern(
            kind="approval",
            message=each.subject,
            account=each.account,
            automation_rule=each.automation_rule,
            run_id=each.run_id,
            since=each.asked_at,
        )
        for each in approvals
    ]


def broken(entries: Iterable[Entry]) -> list[Concern]:
    """The rules that cannot be used."""
    return [
        Concern(
            kind="broken_rule",
            message=_first_of(entry.found),
            account=account_of(entry.dag_id) or "",
            automation_rule=entry.rule_id,
        )
        for entry in entries
        if isinstance(entry.found, BrokenRule)
    ]


def failing(runs: Iterable[RunTimes], dag_ids: Collection[str]) -> list[Concern]:
    """Those of the Dags whose last runs failed, or were stopped by a limit, since one was completed."""
    judged: defaultdict[str, list[RunTimes]] = defaultdict(list)
    for run in sorted(runs, key=lambda each: each.scheduled_at, reverse=True):
        if run.dag_id in dag_ids and run.status in {"completed", "failed", "stopped_by_budget"}:
            judged[run.dag_id].append(run)
    found: list[Concern] = []
    for dag_id, newest_first in judged.items():
        bad = _until_completed(newest_first)
        if not bad:
            continue
        runs_told = "Its last run" if len(bad) == 1 else f"Its last {len(bad)} runs"
        stopped = all(run.status == "stopped_by_budget" for run in bad)
        told = f"{'was' if len(bad) == 1 else 'were'} stopped by a limit on its credits" if stopped else "failed"
        account, rule_id = rule_of(dag_id) or ("", dag_id)
        found.append(
            Concern(
                kind="failing_rule",
                message=f"{runs_told} {told}.",
                account=account,
                automation_rule=rule_id,
                since=bad[-1].scheduled_at,
            )
        )
    return found


def running_low(balance: Balance) -> list[Concern]:
    """Whether an account's credits end soon."""
    name = balance.account
    if balance.balance == 0:
        return [Concern(kind="credits", message=f"The account '{name}' has no credits left.", account=name)]
    if balance.days_left is None or balance.days_left > LOW_DAYS:
        return []
    message = (
        f"The account '{name}' has {balance.balance:,} credits left: enough for about {balance.days_left:g} days at "
        "what it spent lately."
    )
    return [Concern(kind="credits", message=message, account=name)]


def _until_completed(newest_first: Sequence[RunTimes]) -> list[RunTimes]:
    bad: list[RunTimes] = []
    for run in newest_first:
        if run.status == "completed":
            break
        bad.append(run)
    return bad


def _first_of(found: BrokenRule) -> str:
    problems = found.problems
    if not problems:
        return "It cannot be used."
    more = f" And {len(problems) - 1} more." if problems[1:] else ""
    return f"{problems[0].message}{more}"
