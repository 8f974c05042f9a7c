"""``kill -9`` of the engine at each step of a publication to a real WordPress, which is done once nevertheless.

Each of as many articles as there are steps is brought to a step of its own and held there. Then the engine is killed,
and started again.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote_plus

import httpx
from conftest_engine import database_url, migrated
from engine_process import Server, account, charged_once, ended, follow, post, server
from faulty_proxy import FaultyProxy, Seen
from publishing_desk import random_png
from sqlalchemy import func, select, text

from igny8_engine.db.connect import Database
from igny8_engine.db.tables import Content, Image, LedgerEntry, Site
from igny8_engine.wordpress.article import Picture, marker_of
from igny8_engine.wordpress.client import WordPressClient
from igny8_local.wordpress.site import WordPressSite

__all__ = ["database_url", "migrated", "server"]

When = Literal["before", "after"]

CALLS = (
    "GET categories", "POST categories", "GET media", "POST media", "GET posts?search", "POST posts", "POST posts/N",
    "GET posts/N",
)  # fmt: skip
"""What is asked of the site for each article, once the site is known."""
LOOKS = {"GET posts?slug"}
"""What is asked for besides, until the site's search is known to find drafts."""
STEPS: list[tuple[str, When]] = [(call, "before") for call in CALLS]
STEPS += [(call, "after") for call in CALLS if call.startswith("POST") or call == CALLS[-1]]
CHARGE = (CALLS[-1], "before")
"""Where the article is held that goes on until it is to be paid, and is killed there."""


@dataclass
class Publication:
    """An article on its way, and where it is to be held."""

    content_id: int
    key: str
    slug: str
    picture: Picture
    step: tuple[str, When] | None = None
    calls: list[str] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    def is_in(self, words: str) -> bool:
        return any(name in words for name in (self.key, self.slug, self.picture.name))


class Crossing(FaultyProxy):
    """Holds calls where their publications are to be held; those of an engine that is dead do not arrive."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.publications: list[Publication] = []
        self.is_dead = False
        self._posts: dict[str, Publication] = {}

    async def _forward(self, seen: Seen) -> httpx.Response:
        words = unquote_plus(seen.path) + seen.headers.get("content-disposition", "") + seen.body.decode("latin-1")
        number = re.search(r"/posts/(\d+)", seen.path)
        found = self._posts.get(number[1]) if number else None
        found = found or next((one for one in self.publications if one.is_in(words)), None)
        call = _call(seen)
        await self._cross(found, call, "before")
        answer = await super()._forward(seen)
        if found is not None and call == "POST posts":
            self._posts[str(answer.json()["id"])] = found
        await self._cross(found, call, "after")
        return answer

    async def _cross(self, publication: Publication | None, call: str, when: When) -> None:
        if publication is None:
            return
        if when == "before":
            publication.calls.append(call)
        if publication.step != (call, when):
            return
        publication.step = None
        publication.held.set()
        await publication.go.wait()
        if self.is_dead:
            raise ConnectionResetError("whoever asked is dead")


def _call(seen: Seen) -> str:
    path, _, query = seen.path.removeprefix("/wp-json/wp/v2/").partition("?")
    asked = re.search(r"\b(search|slug)=", query) if path == "posts" and seen.method == "GET" else None
    return f"{seen.method} {re.sub(r'[0-9]+', 'N', path)}{'?' + asked[1] if asked else ''}"


async def add_article(database: Database, step: tuple[str, When] | None = None) -> Publication:
    slug = f"step-{uuid.uuid4().hex[:12]}"
    picture = Picture(random_png(), "image/png", "A cup")
    async with database.transaction() as session:
        site_id = (await session.scalars(select(Site.id))).one()
        content = Content(
            site_id=site_id, kind="article", title=f"On {slug}", slug=slug, excerpt="Short.", meta_title="",
            meta_description="", focus_keyword="", category=f"Kind of {slug}", tags=[],
            html="<p>Finer is slower.</p>", word_count=3,
        )  # fmt: skip
        session.add(content)
        await session.flush()
        session.add(
            Image(
                site_id=site_id, content_id=content.id, provider="card", made_by="card", media_type="image/png",
                width=64, height=36, alt="A cup", data=picture.data,
            )
        )  # fmt: skip
        await session.refresh(content)
        return Publication(content.id, content.key, slug, picture, step)


@asynccontextmanager
async def nothing_is_paid(database: Database) -> AsyncIterator[None]:
    """Have whoever writes into the ledger wait."""
    async with database.engine.connect() as connection:
        await connection.execute(text("lock table ledger in exclusive mode"))
        yield
        await connection.rollback()


async def until_somebody_would_pay(database: Database) -> None:
    waiting = text("select count(*) from pg_locks where not granted and relation = 'ledger'::regclass")
    async with asyncio.timeout(60):
        while True:
            async with database.transaction() as session:
                if await session.scalar(waiting):
                    return
            await asyncio.sleep(0.05)


async def test_killed_at_each_step_of_a_publication_it_is_done_once(
    server: Server, wordpress: WordPressSite, http: httpx.AsyncClient
) -> None:
    proxy = Crossing(wordpress.url)
    async with proxy.running(), account(server) as (engine, database):
        server.settings = {
            "IGNY8_ALLOWED_HOSTS": proxy.url.removeprefix("http://"),
            "IGNY8_ENGINE_PUBLISH_AT_ONCE": "32",
            "IGNY8_ENGINE_LEASE": "1",
        }
        await server.start()
        login, password = wordpress.login("editor")
        body = {"name": "w", "url": proxy.url, "username": login, "password": password}
        connected = (await engine.post("/v1/sites/home/integrations", json=body)).json()

        async def publish(publications: list[Publication], key: str) -> dict[str, object]:
            proxy.publications += publications
            contents = [one.content_id for one in publications]
            params = {"content_ids": contents, "integration_id": connected["id"], "status": "publish"}
            return await post(engine, "publish_to_wordpress", params, key)

        unharmed = await add_article(database)
        assert (await follow(engine, await publish([unharmed], "unharmed"), ended))["state"] == "succeeded"
        assert set(unharmed.calls) - LOOKS == set(CALLS), "the steps of a publication are others by now"

        paying = await add_article(database, CHARGE)
        killed = [await add_article(database, step) for step in STEPS]
        job = await publish([*killed, paying], "killed")
        async with asyncio.timeout(120):
            for one in (*killed, paying):
                await one.held.wait()
        async with nothing_is_paid(database):
            paying.go.set()
            await until_somebody_would_pay(database)
            server.kill()
        proxy.is_dead = True
        for one in killed:
            one.go.set()

        await server.start()
        done = await follow(engine, job, ended)
        assert (done["state"], done["done"]) == ("succeeded", len(killed) + 1), server.log()
        await charged_once(database, done["id"], 5, len(killed) + 1)
        async with database.transaction() as session:
            paid = select(func.count()).where(LedgerEntry.kind == "settle", LedgerEntry.job_id == done["id"])
            assert await session.scalar(paid) == len(killed) + 1

        site = WordPressClient(wordpress.url, login, password, http=http)
        results = {item["id"]: item["result"] for item in done["items"]}
        for one, step in zip((*killed, paying), (*STEPS, "the charge"), strict=True):
            result = results[one.content_id]
            found = await site.find_posts("post", search=one.key)
            [found] = [each for each in found if marker_of(one.key) in (each.content.raw or "")]
            assert (found.id, found.status, found.slug) == (result["post_id"], "publish", one.slug), step
            [image] = await site.find_media(search=one.picture.name)
            assert (found.featured_media, image.alt_text) == (image.id, "A cup"), step
            assert len(found.categories) == 1, step
            assert result["warnings"] == [], step
