"""What rules may spend: counted exactly, however many of their jobs start at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from conftest_engine import Engine
from sqlalchemy import func, select, update

from igny8_engine.db.tables import Account, Job, LedgerEntry, Task
from igny8_engine.errors import ItemFailedError

IDEAS = 15
"""What the ideas of one cluster cost."""


async def balanced(engine: Engine) -> tuple[int, int]:
    """What the accounts together can spend and have set aside, when the ledger says the same."""
    sums = [
        select(func.sum(column)).scalar_subquery()
        for column in (
            Account.balance,
            Account.reserved,
            LedgerEntry.amount,
            LedgerEntry.reserved_change,
            Job.reserved,
        )
    ]
    async with engine.parts.database.transaction() as session:
        balance, reserved, moved, set_aside, of_jobs = (await session.execute(select(*sums))).one()
    assert (moved, set_aside) == (balance, reserved)
    assert (of_jobs or 0) == reserved
    return int(balance), int(reserved)


async def clusters_of(engine: Engine, count: int) -> list[int]:
    tasks = await engine.add_tasks(count)
    async with engine.parts.database.transaction() as session:
        return [(await session.scalars(select(Task.cluster_id).where(Task.id == task))).one() or 0 for task in tasks]


async def at_once(engine: Engine, jobs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Start these jobs, bodies by their keys, all at once; each when all are over."""

    async def start(key: str, body: dict[str, Any]) -> int:
        answer = await engine.http.post("/v1/jobs", headers={"Idempotency-Key": key}, json={"site": "home", **body})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    ids = await asyncio.gather(*(start(key, body) for key, body in jobs.items()))
    open_jobs = select(func.count()).where(Job.state.in_(("queued", "running")))
    async with asyncio.timeout(120):
        while await _scalar(engine, open_jobs):
            assert (await balanced(engine))[0] >= 0
            await asyncio.sleep(0.1)
    return {key: (await engine.http.get(f"/v1/jobs/{job}")).json() for key, job in zip(jobs, ids, strict=True)}


async def _scalar(engine: Engine, statement: Any) -> Any:
    async with engine.parts.database.transaction() as session:
        return await session.scalar(statement)


class Silent:
    """A writer that nothing comes of, so that nothing is charged."""

    provider = "silent"

    async def ideas(self, *_: object) -> None:
        raise ItemFailedError("no ideas today")


def ideas(cluster: int, **budget: Any) -> dict[str, Any]:
    limits = {"budget": {"rule": "r", "run": "rule__demo__r/1", **budget}} if budget else {}
    return {"type": "generate_ideas", "params": {"cluster_ids": [cluster], "ideas_per_cluster": 1}, **limits}


async def test_two_hundred_at_once_on_a_small_balance(engine: Engine) -> None:
    clusters = await clusters_of(engine, 20)
    async with engine.parts.database.transaction() as session:
        account = (await session.scalars(select(Account))).one()
        account.balance = 100
        await session.execute(update(LedgerEntry).values(amount=100))  # as if it had never been granted more
    jobs = await at_once(engine, {f"run/{number}/ideas": ideas(clusters[number % 20]) for number in range(200)})
    spent = sum(job["credits"]["charged"] for job in jobs.values())
    refused = [job for job in jobs.values() if job["state"] == "failed"]
    assert {job["error"]["code"] for job in refused} == {"insufficient_credits"}
    assert spent == IDEAS * 6, "as many as can be paid, and not one more"
    assert await balanced(engine) == (100 - spent, 0)
    exceeded = refused[0]["error"]["exceeded"]
    assert exceeded["limit"] == "balance"
    assert exceeded["allowed"] < exceeded["needed"] == IDEAS


async def test_parallel_jobs_never_exceed_a_limit_together(engine: Engine) -> None:
    clusters = await clusters_of(engine, 10)
    limits = ("credits_per_day", "credits_per_run", "approved")

    def body(limit: str, number: int) -> dict[str, Any]:
        run = number if limit == "credits_per_day" else 1
        return ideas(clusters[number], **{limit: 4 * IDEAS + 14}, rule=limit, run=f"rule__demo__{limit}/{run}")

    jobs = await at_once(engine, {f"{limit}/{number}": body(limit, number) for number in range(10) for limit in limits})
    for limit in limits:
        mine = [job for key, job in jobs.items() if key.startswith(limit)]
        assert sorted(job["state"] for job in mine) == ["failed"] * 6 + ["succeeded"] * 4
        stopped = next(job["error"] for job in mine if job["state"] == "failed")
        assert (stopped["code"], stopped["retryable"]) == ("over_budget", False)
        assert stopped["exceeded"] == {"limit": limit, "allowed": 74, "used": 60, "needed": 15}
        assert "60 of them are spent or set aside, and 15 more are needed: 1 too many." in stopped["message"]
    assert await balanced(engine) == (10_000 - 3 * 4 * IDEAS, 0)
    today = "/v1/account/spending/today"
    used = (await engine.http.get(today, params={"rule": "credits_per_day"})).json()
    assert used == {"rule": "credits_per_day", "credits": 4 * IDEAS}
    elsewhere = {"rule": "credits_per_day", "timezone": "Europe/Atlantis"}
    assert (await engine.http.get(today, params=elsewhere)).status_code == 422
    async with engine.client(await engine.account("other", 100)) as other:
        assert (await other.get(today, params={"rule": "credits_per_day"})).json()["credits"] == 0
    # Another run has limits of its own, and another rule a day of its own.
    more = await at_once(
        engine,
        {
            "run": ideas(clusters[0], credits_per_run=IDEAS, approved=IDEAS, rule="approved", run="another"),
            "day": ideas(clusters[0], credits_per_day=IDEAS, rule="another", run="rule__demo__approved/1"),
        },
    )
    assert {job["state"] for job in more.values()} == {"succeeded"}


async def test_what_is_given_back_can_be_spent_again_on_the_same_day(engine: Engine) -> None:
    clusters = await clusters_of(engine, 4)
    writer = engine.parts.providers.writer
    engine.write_with(Silent())
    budget = {"credits_per_day": IDEAS, "timezone": "Pacific/Kiritimati"}
    failed = (await at_once(engine, {"a": ideas(clusters[0], **budget)}))["a"]
    assert (failed["state"], failed["error"]["code"]) == ("failed", "all_items_failed")
    assert await balanced(engine) == (10_000, 0)
    async with engine.parts.database.transaction() as session:
        kept = (await session.scalars(select(LedgerEntry).where(LedgerEntry.rule == "r"))).all()
        today = await session.scalar(select(func.timezone("Pacific/Kiritimati", func.now())))
    assert today is not None
    assert {(entry.kind, entry.day) for entry in kept} == {("reserve", today.date()), ("release", today.date())}
    engine.write_with(writer)
    done = (await at_once(engine, {"b": ideas(clusters[0], **budget)}))["b"]
    assert done["state"] == "succeeded", done["error"]


async def test_a_raised_limit_lets_a_stopped_job_go_on(engine: Engine) -> None:
    clusters = await clusters_of(engine, 2)
    body = ideas(clusters[0], credits_per_run=IDEAS - 1, credits_per_day=IDEAS)
    stopped = (await at_once(engine, {"a": body}))["a"]
    assert stopped["error"]["exceeded"]["limit"] == "credits_per_run"
    raised = {**body, "budget": {**body["budget"], "credits_per_run": IDEAS}}
    again = await engine.run(body["type"], body["params"], "a", budget=raised["budget"])
    assert again["state"] == "failed", "the same attempt is the same job, whatever the limits are by now"
    again = await engine.run(body["type"], body["params"], "a", attempt=2, budget=raised["budget"])
    assert (again["state"], again["credits"]["charged"]) == ("succeeded", IDEAS)

    full = (await at_once(engine, {"b": ideas(clusters[1], credits_per_day=IDEAS)}))["b"]
    assert full["error"]["exceeded"] == {"limit": "credits_per_day", "allowed": IDEAS, "used": IDEAS, "needed": IDEAS}
    async with engine.parts.database.transaction() as session:
        await session.execute(update(LedgerEntry).where(LedgerEntry.rule == "r").values(day=LedgerEntry.day - 1))
    budget = {"rule": "r", "run": "rule__demo__r/1", "credits_per_day": IDEAS}
    tomorrow = await engine.run("generate_ideas", ideas(clusters[1])["params"], "b", attempt=2, budget=budget)
    assert tomorrow["state"] == "succeeded", "a new day has credits of its own"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"timezone": "Europe/Atlantis"}, "budget.timezone"),
        ({"credits_per_run": -1}, "budget.credits_per_run"),
        ({"rule": "a\x00b"}, "budget.rule"),
        ({"credits_per_week": 5}, "budget.credits_per_week"),
    ],
)
async def test_a_budget_that_cannot_be_held_is_refused(engine: Engine, wrong: dict[str, Any], path: str) -> None:
    answer = await engine.start(**ideas(1, **wrong), key="a")
    assert answer.status_code == 422
    assert path in answer.text
