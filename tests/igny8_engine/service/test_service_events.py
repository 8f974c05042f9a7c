"""Events: one for each thing that happens, told once, delivered at least once, shown to their owner only."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

import httpx
import pytest
from conftest_engine import KEY, Engine, ObedientWriter, running
from event_receiver import SECRET, Receiver, received, receiver
from pydantic import ValidationError
from sqlalchemy import select, text, update
from standardwebhooks import Webhook

from igny8.actions import ACTION_TYPES, EVENT_TYPES
from igny8.webhooks import HookSecret
from igny8_engine.db.tables import Event, Site
from igny8_engine.events.deliver import Deliverer, Rhythm
from igny8_engine.events.outbox import Happening, tell
from igny8_engine.preview.store import PreviewStore
from igny8_engine.settings import Settings

__all__ = ["receiver"]

CSV = b"keyword,volume\nespresso machine,100\nbest espresso machine,90\nmilk frother,50\n"
CALM = Rhythm(idle=0.05)
"""Whoever counts deliveries must not take a busy machine for a receiver that does not answer."""
QUICK = Rhythm(patience=0.4, claim=1.5, first_pause=0.05, longest_pause=0.2, idle=0.05)


async def feed(http: httpx.AsyncClient, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
    answer = await http.get("/v1/events", params={"after": after, "limit": limit})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def kinds(value: dict[str, Any]) -> dict[str, type]:
    return {name: type(item) for name, item in value.items()}


async def test_every_action_tells_what_its_contract_says(engine: Engine) -> None:
    path = engine.parts.settings.preview_path
    assert path is not None
    password = PreviewStore(path).add_user("editor")
    engine.parts.http = httpx.AsyncClient(transport=httpx.ASGITransport(engine.app))
    engine.parts.targets._allowed = frozenset({"127.0.0.1"})
    sector = (await engine.http.post("/v1/sites/home/sectors", json={"name": "Machines"})).json()["id"]
    imported = await engine.http.post(f"/v1/sites/home/keywords/import?sector_id={sector}", content=CSV)
    assert imported.json()["added"] == 3
    again = await engine.http.post("/v1/sites/home/keywords/import", content=CSV)
    assert again.json()["added"] == 0
    where = {"content": b"", "new": {"where": []}}
    connected = await engine.http.post(
        "/v1/sites/home/integrations",
        json={"name": "p", "url": "http://127.0.0.1/preview", "username": "editor", "password": password},
    )
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("cluster_keywords", "keyword_ids", {}),
        ("generate_ideas", "cluster_ids", {}),
        ("generate_content", "task_ids", {}),
        ("generate_images", "content_id", {}),
        ("optimize_content", "content_ids", {}),
        ("publish_to_wordpress", "content_ids", {"integration_id": connected.json()["id"], "status": "publish"}),
        ("generate_site_structure", "", {}),
        ("generate_page_content", "page_ids", {}),
    ]
    done = {}
    for kind, name, params in steps:
        job = await engine.run(kind, params | ({name: where["new"]} if name else {}), kind)
        assert (job["state"], job["failed"]) == ("succeeded", 0), job
        done[kind] = job
    found = await feed(engine.http)
    told = Counter(event["type"] for event in found)
    assert told == {
        "keywords.imported": 1,
        "keywords.clustered": 1,
        "ideas.generated": 1,
        "content.written": done["generate_content"]["done"],
        "images.generated": done["generate_images"]["done"],
        "content.optimized": done["optimize_content"]["done"],
        "content.published": done["publish_to_wordpress"]["done"],
        "pages.planned": 1,
        "pages.written": done["generate_page_content"]["done"],
    }
    assert set(told) == set(EVENT_TYPES)
    for kind, action in ACTION_TYPES.items():
        assert {event.name for event in action.emits} <= set(told), kind
    for event in found:
        example = EVENT_TYPES[event["type"]].data
        assert event["data"].keys() == example.keys(), event
        for name, kind_of in kinds(event["data"]).items():
            assert kind_of in {type(example[name]), type(None)}, (event, name)
        assert (event["account"], event["site"]) == ("demo", "home")
    (ideas,) = [event["data"] for event in found if event["type"] == "ideas.generated"]
    assert ideas["task_ids"] == done["generate_ideas"]["outputs"]["task_ids"]
    assert {event["data"]["content_id"] for event in found if event["type"] == "content.written"} == set(
        done["generate_content"]["outputs"]["content_ids"]
    )
    before = len(found)
    rewritten = await engine.run("generate_content", {"task_ids": where["new"]}, "again")
    assert rewritten["done"] == done["generate_content"]["done"]
    assert len(await feed(engine.http)) == before, "nothing was written anew"


async def test_a_job_that_is_cancelled_and_resumed_tells_of_each_item_once(engine: Engine) -> None:
    writer = ObedientWriter(engine.parts.providers.writer)
    engine.write_with(writer)
    tasks = await engine.add_tasks(8)
    async with engine.parts.database.transaction() as session:
        clusters = (await session.scalars(text("select cluster_id from tasks order by id"))).all()
        await session.execute(text("delete from tasks"))
        await session.execute(text("delete from ideas"))
    assert len(tasks) == 8
    let = asyncio.Semaphore(3)
    ideas = writer.ideas

    async def slowly(*given: Any) -> Any:
        await let.acquire()
        return await ideas(*given)

    writer.ideas = slowly  # type: ignore[method-assign]
    params = {"cluster_ids": list(clusters)}
    started = (await engine.start("generate_ideas", params, "i")).json()
    await engine.until(started["id"], lambda job: job["done"] == 3)
    await engine.http.post(f"/v1/jobs/{started['id']}/cancel")
    assert (await engine.ended(started["id"]))["state"] == "cancelled"
    (first,) = await feed(engine.http)
    assert first["data"]["idea_count"] == 3
    for _ in range(20):
        let.release()
    ended = await engine.run("generate_ideas", params, "i", attempt=2)
    assert (ended["state"], ended["done"]) == ("succeeded", 8)
    both = [event["data"] for event in await feed(engine.http)]
    assert [data["idea_count"] for data in both] == [3, 5]
    assert sorted(both[0]["task_ids"] + both[1]["task_ids"]) == sorted(ended["outputs"]["task_ids"])
    assert both[0]["cluster_ids"] + both[1]["cluster_ids"] != clusters or len({*both[0]["cluster_ids"]}) == 3


async def test_the_feed_is_read_on_without_a_gap_and_shows_only_one_s_own(engine: Engine) -> None:
    async with engine.client(await engine.account("other", 10)) as other:
        await other.post("/v1/sites", json={"slug": "home", "name": "Theirs"})
        await other.post("/v1/sites/home/keywords/import", content=CSV)
        (theirs,) = await feed(other)
        assert theirs["account"] == "other"
        assert await feed(engine.http) == []
        await happen(engine, 3)
        mine = await feed(engine.http)
        assert {event["account"] for event in mine} == {"demo"}
        assert [event["id"] for event in await feed(other)] == [theirs["id"]]
        assert await feed(other, after=mine[0]["position"] - 1) == []
    # A transaction that began before others and is committed after they were read.
    late = engine.parts.database.transaction()
    session = await late.__aenter__()
    site = (await session.scalars(select(Site).where(Site.name == "Home Espresso"))).one()
    happening = Happening(EVENT_TYPES["pages.planned"], {"job_id": 1, "page_count": 0, "page_ids": []})
    await tell(session, site.account_id, site.id, "late", happening)
    await happen(engine, 2, "early")
    seen = await feed(engine.http, after=mine[-1]["position"])
    assert len(seen) == 2
    await late.__aexit__(None, None, None)
    page = (await engine.http.get("/v1/events", params={"after": seen[-1]["position"], "limit": 1})).json()
    assert [event["type"] for event in page["items"]] == ["pages.planned"]
    assert (await engine.http.get("/v1/events", params={"after": page["next"]})).json() == {
        "items": [],
        "next": page["next"],
    }


async def test_the_same_happening_is_written_once_and_not_at_all_when_it_is_undone(engine: Engine) -> None:
    await happen(engine, 1)
    await happen(engine, 1)
    with pytest.raises(LookupError):
        await happen(engine, 1, "undone", fails=True)
    assert len(await feed(engine.http)) == 1


async def happen(engine: Engine, count: int, prefix: str = "key", *, fails: bool = False) -> None:
    """So many events, each known by the prefix and a number."""
    async with engine.parts.database.transaction() as session:
        site = (await session.scalars(select(Site).where(Site.name == "Home Espresso"))).one()
        for number in range(count):
            data: dict[str, Any] = {"number": number, "text": "Grüße ☕"}
            await tell(
                session,
                site.account_id,
                site.id,
                f"{prefix}{number}",
                Happening(EVENT_TYPES["keywords.imported"], data),
            )
        if fails:
            raise LookupError("undone")


async def delivered(engine: Engine, receiver: Receiver, count: int, deliverers: int = 1, rhythm: Rhythm = CALM) -> None:
    """Deliver until so many events are delivered."""
    made = [
        Deliverer(engine.parts.database, receiver.url, [HookSecret.read(SECRET)], rhythm) for _ in range(deliverers)
    ]
    tasks = [asyncio.create_task(deliverer.run()) for deliverer in made]
    try:
        async with asyncio.timeout(20):
            while sum(event["delivery"]["state"] == "delivered" for event in await feed(engine.http)) < count:
                assert not any(task.done() for task in tasks), tasks
                await asyncio.sleep(0.05)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_event_is_delivered_signed_as_the_feed_shows_it(engine: Engine, receiver: Receiver) -> None:
    await happen(engine, 1)
    await delivered(engine, receiver, 1)
    ((headers, body),) = receiver.seen
    (shown,) = await feed(engine.http)
    # The reference library refuses what is changed, unsigned, or signed with another secret.
    delivery = Webhook(SECRET).verify(body, headers)
    assert delivery == {name: shown[name] for name in ("id", "type", "timestamp", "account", "site", "data")}
    assert headers["webhook-id"] == shown["id"]
    assert shown["id"].startswith("evt_")
    with pytest.raises(Exception, match="No matching signature"):
        Webhook("whsec_" + "A" * 32).verify(body, headers)
    assert shown["delivery"] == {"state": "delivered", "attempts": 1, "error": None}


async def test_a_receiver_that_misbehaves_gets_every_event_in_the_end(engine: Engine, receiver: Receiver) -> None:
    failures: dict[str, int] = Counter()

    async def misbehave(_: int, headers: dict[str, str], body: bytes) -> bytes:
        number = json.loads(body)["data"]["number"]
        failures[headers["webhook-id"]] += 1
        if failures[headers["webhook-id"]] > 2:
            return await received(0, {}, b"")
        match number % 5:
            case 0:
                return b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
            case 1:
                await asyncio.sleep(1)
                return b""
            case 2:
                return b"HTTP/1.1 200 OK"[: 3 + number]
            case 3:
                return b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
            case _:
                return b"nonsense\r\n\r\n"

    receiver.answer = misbehave
    await happen(engine, 10)
    await delivered(engine, receiver, 10, rhythm=QUICK)
    assert len(receiver.ids()) == 10
    assert all(count >= 3 for count in receiver.ids().values())
    async with engine.parts.database.transaction() as session:
        assert set(await session.scalars(select(Event.error))) == {None}


async def test_a_receiver_that_asks_for_peace_is_left_alone(engine: Engine, receiver: Receiver) -> None:
    times: list[float] = []

    async def busy(count: int, _: dict[str, str], __: bytes) -> bytes:
        times.append(asyncio.get_running_loop().time())
        if len(times) == 1:
            return b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
        return await received(count, {}, b"")

    receiver.answer = busy
    await happen(engine, 1)
    task = asyncio.create_task(Deliverer(engine.parts.database, receiver.url, [HookSecret.read(SECRET)], QUICK).run())
    try:
        async with asyncio.timeout(10):
            await receiver.until(1)
            await happen(engine, 1, "other")
            await receiver.until(3)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert times[1] - times[0] >= 0.95, "also the other event waits"


async def test_several_deliverers_do_not_deliver_the_same_event_at_once(engine: Engine, receiver: Receiver) -> None:
    await happen(engine, 40)
    await delivered(engine, receiver, 40, deliverers=3)
    assert set(receiver.ids().values()) == {1}
    assert len(receiver.ids()) == 40


async def test_what_a_deliverer_had_claimed_when_it_died_is_delivered_by_the_next(
    engine: Engine, receiver: Receiver
) -> None:
    await happen(engine, 2)
    dead = Deliverer(engine.parts.database, receiver.url, [HookSecret.read(SECRET)], QUICK)
    assert len(await dead._claim(2)) == 2
    assert await dead._claim(2) == []
    await delivered(engine, receiver, 2)
    assert set(receiver.ids().values()) == {1}
    assert {event["delivery"]["attempts"] for event in await feed(engine.http)} == {2}


async def test_after_days_it_gives_up_and_says_so(
    engine: Engine, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(_: int, __: dict[str, str], ___: bytes) -> bytes:
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    receiver.answer = gone
    await happen(engine, 2)
    async with engine.parts.database.transaction() as session:
        await session.execute(
            update(Event).where(Event.key == "key0").values(created_at=text("now() - interval '73 hours'"))
        )
    task = asyncio.create_task(Deliverer(engine.parts.database, receiver.url, [HookSecret.read(SECRET)], QUICK).run())
    async with asyncio.timeout(10):
        await receiver.until(4)  # the young one is tried again and again
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    old, young = await feed(engine.http)
    assert old["delivery"] == {"state": "given_up", "attempts": 1, "error": f"{receiver.url} answered 404."}
    assert young["delivery"]["state"] == "pending"
    assert f"The event {old['id']} (keywords.imported) is given up after 1 attempts" in caplog.text
    removed = await engine.http.delete("/v1/jobs", params={"older_than_days": 1})
    assert removed.json() == {"removed": 0, "events": 1}
    removed = await engine.http.delete("/v1/jobs", params={"older_than_days": 0})
    assert removed.json() == {"removed": 0, "events": 0}, "what is still to be delivered stays"
    assert [event["id"] for event in await feed(engine.http)] == [young["id"]]


async def test_the_worker_delivers_at_once_and_without_an_address_nothing(
    database_url: str, receiver: Receiver
) -> None:
    settings = Settings(database=database_url, secret_key=KEY, events_url=receiver.url, events_secret=SECRET)
    async with running(settings) as engine:
        await engine.http.post("/v1/sites/home/keywords/import", content=CSV)
        async with asyncio.timeout(5):
            await receiver.until(1)
    async with running(Settings(database=database_url, secret_key=KEY)) as engine:
        await happen(engine, 1)
        (_, kept) = await feed(engine.http)
        assert kept["delivery"] == {"state": "pending", "attempts": 0, "error": None}
    assert len(receiver.seen) == 1


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"events_url": "http://a.example"}, "IGNY8_EVENTS_SECRET is not"),
        ({"events_secret": "whsec_short"}, "no webhook secret"),
        ({"events_secret": "plain text that is long enough to be one"}, "no webhook secret"),
        ({"events_url": "ftp://a.example", "events_secret": SECRET}, "pattern"),
    ],
)
def test_settings_that_would_not_deliver_are_refused(more: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings(database="postgresql:///x", **more)
