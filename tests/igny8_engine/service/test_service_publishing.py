"""Publishing as a job: what is stored before the first call, what the result says, and what it costs."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from conftest_engine import Engine
from sqlalchemy import select, text, update

from igny8_engine.db.connect import PUBLISHING
from igny8_engine.db.tables import Content, Page, Publication, Site
from igny8_engine.functions.registry import FUNCTIONS
from igny8_engine.preview.store import PreviewStore
from igny8_engine.wordpress.client import WordPressClient

HOME = "http://127.0.0.1/preview"


@pytest.fixture
async def connected(engine: Engine) -> dict[str, Any]:
    """The integration with the preview site, and the login of its editor."""
    assert engine.parts.settings.preview_path is not None
    password = PreviewStore(engine.parts.settings.preview_path).add_user("editor")
    engine.parts.http = httpx.AsyncClient(transport=httpx.ASGITransport(engine.app))
    engine.parts.targets._allowed = frozenset({"127.0.0.1"})
    body = {"name": "preview", "url": HOME, "username": "editor", "password": password}
    made = (await engine.http.post("/v1/sites/home/integrations", json=body)).json()
    return {**made, "password": password}


async def add_content(engine: Engine, slug: str, **more: Any) -> int:
    async with engine.parts.database.transaction() as session:
        site_id = (await session.scalars(select(Site.id).where(Site.slug == "home"))).one()
        content = Content(
            **{
                "site_id": site_id, "kind": "article", "title": f"On {slug}", "slug": slug, "excerpt": "Short.",
                "meta_title": "T", "meta_description": "D", "focus_keyword": "k", "category": "", "tags": [],
                "html": "<p>Finer is slower.</p>", "word_count": 3, **more,
            }
        )  # fmt: skip
        session.add(content)
        await session.flush()
        return content.id


async def publish(engine: Engine, key: str, contents: list[int], integration: int, **more: Any) -> dict[str, Any]:
    params = {"content_ids": contents, "integration_id": integration, "status": "publish", **more}
    return await engine.run("publish_to_wordpress", params, key)


def result(job: dict[str, Any]) -> dict[str, Any]:
    """What became of a job's only item."""
    [item] = job["items"]
    found: dict[str, Any] = item["result"]
    return found


async def test_a_lock_ends_with_its_block_however_that_ends(engine: Engine) -> None:
    database = engine.parts.database
    entered = asyncio.Event()

    async def hold() -> None:
        async with database.locked(PUBLISHING, "1/1"):
            entered.set()
            await asyncio.Event().wait()

    async def take() -> None:
        async with database.locked(PUBLISHING, "1/1"):
            raise LookupError

    async with asyncio.timeout(60):
        holding = asyncio.create_task(hold())
        await entered.wait()
        taking = asyncio.create_task(take())
        await asyncio.wait({taking}, timeout=0.3)
        assert not taking.done()
        holding.cancel()
        with pytest.raises(LookupError):
            await taking
        with pytest.raises(LookupError):
            await take()
    async with database.transaction() as session:
        held = "select count(*) from pg_locks where locktype = 'advisory' and classid = :kind"
        of_database = " and database = (select oid from pg_database where datname = current_database())"
        assert await session.scalar(text(held + of_database), {"kind": PUBLISHING}) == 0


async def test_what_people_have_changed_is_left_and_costs_nothing(engine: Engine, connected: dict[str, Any]) -> None:
    content = await add_content(engine, "grinding")
    first = await publish(engine, "1", [content], connected["id"])
    assert first["credits"]["charged"] == 5
    [post_id] = first["outputs"]["post_ids"]
    [post] = (await engine.http.get("/v1/sites/home/posts")).json()["items"]
    assert (post["content_id"], post["title"], post["integration"]) == (content, "On grinding", "preview")
    assert (post["post_id"], [post["post_url"]]) == (post_id, first["outputs"]["post_urls"])
    other = await engine.http.get("/v1/sites/home/posts", params={"content_id": content + 1})
    assert other.json() == {"items": [], "total": 0}
    editor = WordPressClient(HOME, "editor", connected["password"], http=engine.parts.http)
    await editor.update_post("post", post_id, {"title": "By hand"})
    async with engine.parts.database.transaction() as session:
        await session.execute(update(Content).values(html="<p>Coarser is faster.</p>"))

    left = await publish(engine, "2", [content], connected["id"])
    assert (left["state"], left["credits"]["charged"], left["outputs"]["post_ids"]) == ("succeeded", 0, [post_id])
    assert (result(left)["change"], [warning["name"] for warning in result(left)["warnings"]]) == (
        "skipped",
        ["edited"],
    )
    asked = await publish(engine, "3", [content], connected["id"], on_edited="ask")
    assert (asked["state"], asked["credits"]["charged"], result(asked)["change"]) == ("succeeded", 0, "skipped")
    assert f"'On grinding': The post {post_id} was changed on the site" in result(asked)["asked"]
    assert (await publish(engine, "4", [content], connected["id"], on_edited="overwrite"))["state"] == "succeeded"
    assert (await editor.post("post", post_id)).title.raw == "On grinding"  # type: ignore[union-attr]


async def test_a_publication_that_fails_leaves_its_trace_and_no_post(engine: Engine, connected: dict[str, Any]) -> None:
    content = await add_content(engine, "grinding")
    await engine.http.patch(f"/v1/sites/home/integrations/{connected['id']}", json={"password": "wrong"})
    failed = await publish(engine, "1", [content], connected["id"])
    assert (failed["state"], failed["credits"]["charged"]) == ("failed", 0)
    assert "Connect the site again" in failed["error"]["message"]
    async with engine.parts.database.transaction() as session:
        traces = (await session.execute(select(Publication.content_id, Publication.post_id))).all()
    assert [tuple(trace) for trace in traces] == [(content, None)]


async def test_links_between_texts_lead_to_where_these_are(engine: Engine, connected: dict[str, Any]) -> None:
    first = await add_content(engine, "grinding")
    taken = await publish(engine, "1", [first], connected["id"])
    second = await add_content(
        engine, "dosing", html='<p><a href="/grinding/">Grind</a>, then <a href="/brewing/">brew</a>.</p>'
    )
    await add_content(engine, "brewing")
    [post_id] = (await publish(engine, "2", [second], connected["id"]))["outputs"]["post_ids"]
    editor = WordPressClient(HOME, "editor", connected["password"], http=engine.parts.http)
    raw = (await editor.post("post", post_id)).content.raw or ""  # type: ignore[union-attr]
    assert f'href="{taken["outputs"]["post_urls"][0]}"' in raw
    assert f'href="{HOME}/brewing/"' in raw


async def test_a_page_is_put_below_the_page_that_is_there(engine: Engine, connected: dict[str, Any]) -> None:
    async with engine.parts.database.transaction() as session:
        site_id = (await session.scalars(select(Site.id).where(Site.slug == "home"))).one()
        above = Page(site_id=site_id, title="Above", slug="above", purpose="x")
        session.add(above)
        await session.flush()
        below = Page(site_id=site_id, parent_id=above.id, title="Below", slug="below", purpose="x")
        session.add(below)
        await session.flush()
        lowest = Page(site_id=site_id, parent_id=below.id, title="Lowest", slug="lowest", purpose="x")
        session.add(lowest)
        await session.flush()
    one = await add_content(engine, "above", kind="page", page_id=above.id)
    two = await add_content(engine, "below", kind="page", page_id=below.id)
    three = await add_content(engine, "lowest", kind="page", page_id=lowest.id)

    def told(item: dict[str, Any]) -> list[str]:
        return [warning["message"] for warning in item["result"]["warnings"] if warning["name"] == "parent"]

    [alone] = (await publish(engine, "1", [three], connected["id"]))["items"]
    assert told(alone) == ["The page 'Below', which it is below, is not on this site yet."]
    # In one job each waits for the page above it, whatever their order.
    job = await publish(engine, "2", [three, two, one], connected["id"])
    assert [item["id"] for item in job["items"]] == [one, two, three]
    ids = dict(zip([one, two, three], job["outputs"]["post_ids"], strict=True))
    # The preview site keeps no parents, and says so by what it answers.
    above_two, above_three = [f"The page is below no other, not below {ids[page]} (ids)." for page in (one, two)]
    assert [told(item) for item in job["items"]] == [[], [above_two], [above_three]]


async def content_of(engine: Engine, connected: dict[str, Any], job: dict[str, Any]) -> str:
    editor = WordPressClient(HOME, "editor", connected["password"], http=engine.parts.http)
    return (await editor.post("post", job["outputs"]["post_ids"][0])).content.raw or ""  # type: ignore[union-attr]


async def test_texts_link_to_what_is_live_and_keep_their_links(engine: Engine, connected: dict[str, Any]) -> None:
    async def add(slug: str, keyword: str, html: str) -> int:
        return await add_content(engine, slug, focus_keyword=keyword, html=html)

    burr = await add("burr", "burr grinder", "<p>Burrs.</p>")
    tray = await add("tray", "drip tray", "<p>Trays.</p>")
    cup = await add("cup", "warm cup", "<p>Cups.</p>")
    draft = await add("scale", "coffee scale", "<p>Scales.</p>")
    text = "<p>A burr grinder.</p><p>A drip tray.</p><p>A warm cup.</p><p>A coffee scale.</p><p>The grinding wheel.</p>"
    main = await add("grinding", "grinding wheel", text)
    await publish(engine, "1", [burr, tray], connected["id"])
    await publish(engine, "2", [draft], connected["id"], status="draft")

    first = await publish(engine, "3", [main], connected["id"])
    assert [link["words"] for link in result(first)["links"]] == ["burr grinder", "drip tray"]
    raw = await content_of(engine, connected, first)
    assert raw.count("<a href=") == 2

    # Others that have gone live since change nothing: an unchanged text stays as it is.
    await publish(engine, "4", [cup], connected["id"])
    again = await publish(engine, "5", [main], connected["id"])
    assert (result(again)["change"], len(result(again)["links"])) == ("unchanged", 2)

    # A changed one keeps its links and gets more, up to the number.
    async with engine.parts.database.transaction() as session:
        await session.execute(update(Content).where(Content.id == main).values(html=f"<p>New.</p>{text}"))
    changed = await publish(engine, "6", [main], connected["id"])
    assert [link["words"] for link in result(changed)["links"]] == ["burr grinder", "drip tray", "warm cup"]

    # What was taken down is not led to any more.
    path = f"/v1/sites/home/integrations/{connected['id']}/withdraw"
    assert (await engine.http.post(path, json={"content_ids": [burr]})).status_code == 200
    left = await publish(engine, "7", [main], connected["id"])
    assert [link["words"] for link in result(left)["links"]] == ["drip tray", "warm cup"]
    assert "burr/" not in await content_of(engine, connected, left)
    none = await publish(engine, "8", [main], connected["id"], internal_links=0)
    assert "links" not in result(none)
    assert "<a href=" not in await content_of(engine, connected, none)


async def test_a_copy_names_its_original_only_where_that_is_live(engine: Engine, connected: dict[str, Any]) -> None:
    body = {"name": "second", "url": HOME, "username": "editor", "password": connected["password"]}
    second = (await engine.http.post("/v1/sites/home/integrations", json=body)).json()["id"]
    content = await add_content(engine, "grinding")

    async def warning(key: str, name: str) -> str:
        job = await publish(engine, key, [content], second, canonical_integration_id=connected["id"])
        [*_, found] = [one for one in result(job)["warnings"] if one["name"] == name]
        return str(found["message"])

    assert "original is not live" in await warning("1", "canonical")
    await publish(engine, "2", [content], connected["id"])
    # The address is known now; the preview site has no SEO plugin, and that is said.
    assert await warning("3", "seo") == (
        "The site has no SEO plugin and not ours either; not sent: title, description, focus keyword, canonical."
    )
    for original in (second, 99):
        params = {"content_ids": [content], "integration_id": second, "canonical_integration_id": original}
        refused = await engine.start("publish_to_wordpress", params, f"r{original}")
        assert refused.json()["error"]["problems"][0]["path"] == "params.canonical_integration_id"


class Gated(httpx.AsyncBaseTransport):
    """Answers for one host only while its gate is open; counts who waits."""

    def __init__(self, inner: httpx.AsyncBaseTransport, host: str) -> None:
        self._inner, self._host = inner, host
        self.gate = asyncio.Event()
        self.waiting = 0
        self.arrived = asyncio.Condition()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == self._host and not self.gate.is_set():
            async with self.arrived:
                self.waiting += 1
                self.arrived.notify_all()
            await self.gate.wait()
        return await self._inner.handle_async_request(request)

    async def until_waiting(self, number: int) -> None:
        async with asyncio.timeout(60), self.arrived:
            await self.arrived.wait_for(lambda: self.waiting >= number)


async def test_a_slow_site_gets_its_number_at_once_and_slows_no_other(
    engine: Engine, connected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The places at a site are its worker's, and other tests have had sites of these numbers.
    monkeypatch.setattr(FUNCTIONS["publish_to_wordpress"], "_at_site", {})
    engine.parts.settings = engine.parts.settings.model_copy(update={"publish_at_once": 6})
    gated = Gated(httpx.ASGITransport(engine.app), "localhost")
    engine.parts.targets._allowed = frozenset({"127.0.0.1", "localhost"})
    gated.gate.set()
    engine.parts.http = httpx.AsyncClient(transport=gated)
    body = {"name": "slow", "url": "http://localhost/preview", "username": "editor"}
    slow = await engine.http.post("/v1/sites/home/integrations", json={**body, "password": connected["password"]})
    assert slow.json()["works"], slow.text
    gated.gate.clear()
    contents = [await add_content(engine, f"text-{number}") for number in range(16)]
    params = {"content_ids": contents[:8], "integration_id": slow.json()["id"], "status": "publish"}
    late = (await engine.start("publish_to_wordpress", params, "slow")).json()["id"]
    await gated.until_waiting(6)

    quick = await publish(engine, "quick", contents[8:], connected["id"])
    assert (quick["state"], quick["done"]) == ("succeeded", 8)
    assert gated.waiting == 6, "more at once than the site shall have"
    assert (await engine.http.get(f"/v1/jobs/{late}")).json()["done"] == 0
    gated.gate.set()
    ended = await engine.ended(late)
    assert (ended["state"], ended["done"]) == ("succeeded", 8)
