"""What the dashboard finds worth a look, and what it says while the content engine does not answer as it should."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from automation_client import Automation

from igny8.api import balances
from igny8.api.dashboard import Balance, Concern, failing, in_order, running_low
from igny8.api.routes.dashboard import span_of
from igny8.api.run_statuses import ExecutionStatus
from igny8.api.runs import RunTimes
from igny8.api.statistics import summed
from igny8.engine import EngineClient
from igny8.errors import NoEngineConnectionError

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
TOMORROW = NOON.date() + timedelta(days=1)


def ran(dag_id: str, *statuses: ExecutionStatus) -> list[RunTimes]:
    """Runs, the newest first, an hour apart."""
    return [RunTimes(dag_id, status, NOON - timedelta(hours=ago), 1.0) for ago, status in enumerate(statuses)]


def test_a_rule_fails_since_a_run_of_it_was_completed_last() -> None:
    runs = [
        *ran("rule__acme__mended", "completed", "failed"),
        *ran("rule__acme__fails", "running", "failed", "skipped", "failed", "cancelled", "failed", "completed"),
        *ran("rule__acme__poor", "stopped_by_budget", "completed", "failed"),
        *ran("rule__acme__idle", "skipped", "skipped"),
        *ran("rule__acme__gone", "failed"),
    ]
    stored = {f"rule__acme__{name}" for name in ("mended", "fails", "poor", "idle")}
    found = {each.automation_rule: each for each in failing(reversed(runs), stored)}
    assert {rule: each.message for rule, each in found.items()} == {
        "fails": "Its last 3 runs failed.",
        "poor": "Its last run was stopped by a limit on its credits.",
    }
    assert found["fails"].since == NOON - timedelta(hours=5)


def test_what_the_dearest_rules_cost_is_told_by_day() -> None:
    spent = [(f"rule__acme__r{number}", day, number) for number in range(9) for day in (NOON.date(), TOMORROW)]
    told = summed([], [*spent, ("rule__acme__r3", TOMORROW + timedelta(days=1), 100)], NOON, NOON, ZoneInfo("UTC"))
    assert [each.automation_rule for each in told.spending] == ["r3", "r8", "r7", "r6", "r5", "r4", "r2"]
    assert told.spending[1].days == {NOON.date(): 8, TOMORROW: 8}
    assert told.total.credits == 2 * sum(range(9)) + 100


@pytest.mark.parametrize(
    ("zone", "since", "day"),
    [
        ("UTC", "2026-10-20T00:00:00+00:00", "2026-10-26"),
        ("Asia/Tokyo", "2026-10-20T15:00:00+00:00", "2026-10-27"),  # there it is the next day already
        ("Europe/Berlin", "2026-10-20T22:00:00+00:00", "2026-10-27"),  # summer time has ended meanwhile
    ],
)
def test_days_are_those_of_the_time_zone(zone: str, since: str, day: str) -> None:
    now = datetime(2026, 10, 26, 23, 30, tzinfo=UTC)
    span = span_of(7, now, ZoneInfo(zone))
    assert (span.since, span.until) == (datetime.fromisoformat(since), now)
    told = summed([RunTimes("rule__acme__r", "completed", now, 1.0)], [], span.since, span.until, span.zone)
    assert ([str(each.day) for each in told.days], told.timezone) == ([day], zone)


@pytest.mark.parametrize(
    ("left", "days", "told"),
    [
        (0, None, "has no credits left"),
        (0, 0.0, "has no credits left"),
        (700, 7.0, "700 credits left: enough for about 7 days"),
        (710, 7.1, None),
        (10, None, None),
    ],
)
def test_credits_that_end_soon_are_told(left: int, days: float | None, told: str | None) -> None:
    found = running_low(
        Balance(account="acme", balance=left, reserved=0, spent_per_day=100, days_left=days, problem=None)
    )
    assert [told in each.message for each in found if told] == ([True] if told else [])
    assert len(found) == (told is not None)


def test_who_waits_comes_first() -> None:
    kinds = ["failing_rule", "broken_rule", "credits", "approval", "engine"]
    concerns = [Concern.model_validate({"kind": kind, "message": kind, "account": "a"}) for kind in kinds]
    assert [each.kind for each in in_order(concerns)] == [
        "approval", "engine", "credits", "broken_rule", "failing_rule",
    ]  # fmt: skip


ANSWERS = {
    "/v1/account": {"account": "acme", "credits": {"balance": 300, "reserved": 20, "spent_today": 0}},
    "/v1/account/spending": {"since": "2026-11-20", "days": [], "total": 700},
    "/v1/sites/shop/integrations": {
        "items": [
            {"id": 1, "name": "blog", "url": "https://blog.example", "works": False},
            {"id": 2, "name": "new", "url": "https://new.example"},
        ]
    },
}


@pytest.fixture
async def engine(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Another backend of the same contract, over a socket; some of its accounts fare badly."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1].partition("?")[0]
        account = head.lower().split("authorization: bearer ")[1].split("\r\n")[0]
        if account == "silent":
            await asyncio.sleep(60)
        status, body = "200 OK", ANSWERS.get(path, {})
        if account == "down":
            status = "500 Oh"
        elif path not in ANSWERS or (account == "old" and path == "/v1/account/spending"):
            status, body = "404 Not Found", {"error": {"code": "not_found", "message": "There is no such thing."}}
        text = json.dumps(body)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient() as http:

        async def client(account: str) -> EngineClient:
            if account == "nowhere":
                raise NoEngineConnectionError(account)
            return EngineClient(http, f"http://127.0.0.1:{port}", account, account, "igny8_engine")

        monkeypatch.setattr(balances, "engine_client", client)
        monkeypatch.setattr(balances, "_PATIENCE", 0.5)
        yield
    server.close()


@pytest.mark.usefixtures("engine")
async def test_each_account_is_told_of_whatever_becomes_of_the_others() -> None:
    sites = {name: {"shop", "planned"} for name in ("acme", "old", "down", "silent", "nowhere")}
    found, concerns = await balances.ask(sites)
    by_account = {each.account: each for each in found}
    acme = by_account["acme"]
    assert (acme.balance, acme.reserved, acme.spent_per_day, acme.days_left, acme.problem) == (300, 20, 100, 3, None)
    assert (by_account["old"].balance, by_account["old"].spent_per_day, by_account["old"].days_left) == (
        300,
        None,
        None,
    )
    for name, why in (("down", "answered 500"), ("silent", "0.5 seconds"), ("nowhere", "no connection")):
        assert by_account[name].balance is None
        assert why in (by_account[name].problem or "")
    assert sorted((each.account, each.kind) for each in concerns) == [
        ("acme", "credits"), ("acme", "integration"),
        ("down", "engine"), ("nowhere", "engine"),
        ("old", "integration"), ("silent", "engine"),
    ]  # fmt: skip
    assert [each.site for each in concerns if "'blog' of the site 'shop'" in each.message] == ["shop", "shop"]


def test_the_dashboard_of_a_running_system(automation: Automation) -> None:
    rule = automation.make()
    run = automation.ok("POST", f"/rules/{rule['id']}/execute/", {}, 202)["run_id"]
    assert automation.finish(rule["id"], run)["expected_duration"] is None, "it is the first"
    told = automation.ok("GET", "/dashboard/", params={"days": 2, "rule": rule["id"]})
    assert told["figures"]["total"]["by_status"]["completed"] == 1
    assert [day["runs"] for day in told["figures"]["days"]] == [1]
    [balance] = told["balances"]
    assert (balance["account"], balance["problem"]) == ("demo", None)
    assert balance["balance"] > 0
    assert automation.send("GET", "/dashboard/", params={"days": 0}).status_code == 422
    # Of the two zones it is another day at any time.
    days = [
        automation.ok("GET", path, params={"rule": rule["id"], "timezone": zone})
        for path in ("/dashboard/", "/stats/")
        for zone in ("Pacific/Kiritimati", "Etc/GMT+11")
    ]
    figures = [each.get("figures", each) for each in days]
    assert [each["timezone"] for each in figures] == ["Pacific/Kiritimati", "Etc/GMT+11"] * 2
    east, west, *again = [[day["day"] for day in each["days"]] for each in figures]
    assert east != west
    assert again == [east, west]
    for path in ("/dashboard/", "/stats/", "/rules/"):
        [fault] = automation.refused("GET", path, params={"timezone": "Europe/Berlim"})["errors"]
        assert (fault["path"], fault["suggestion"]) == ("timezone", "Europe/Berlin")
