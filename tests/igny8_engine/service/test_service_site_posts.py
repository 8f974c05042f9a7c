"""A real WordPress with posts of its own: they are imported, nothing is written twice, and it may be the user's own."""

from __future__ import annotations

import asyncio
import io
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from conftest_engine import Engine
from rich.console import Console
from ruamel.yaml import YAML
from site_over_tls import behind_tls, self_signed
from sqlalchemy import func, select, update
from test_service_publishing import add_content, publish
from test_service_withdrawal import address

import igny8_engine.site_import
from igny8_engine.clustering.words import comparable
from igny8_engine.db.tables import Content, Idea, Site, Task, TitleVector
from igny8_engine.wordpress.client import WordPressClient
from igny8_local.demo import Demo
from igny8_local.engine_api import EngineApi
from igny8_local.errors import LocalError, SiteRefusedError
from igny8_local.own_rules import copy_rules
from igny8_local.paths import REPOSITORY, Home
from igny8_local.places import WantedPlace
from igny8_local.ports import Ports
from igny8_local.stack import Stack
from igny8_local.wordpress.site import WordPressSite

__all__ = ["address"]

PORTS = Ports(airflow=1, engine=2)  # nothing listens there


@pytest.fixture
async def editor(engine: Engine, wordpress: WordPressSite) -> WordPressClient:
    engine.parts.targets._allowed = frozenset({"127.0.0.1"})
    return WordPressClient(wordpress.url, *wordpress.login("editor"), http=engine.parts.http)


@pytest.fixture
async def integration(engine: Engine, wordpress: WordPressSite, editor: WordPressClient) -> int:
    login, password = wordpress.login("editor")
    body = {"name": "real", "url": wordpress.url, "username": login, "password": password}
    made: int = (await engine.http.post("/v1/sites/home/integrations", json=body)).json()["id"]
    return made


@pytest.fixture
async def make_post(editor: WordPressClient) -> AsyncIterator[Callable[..., Any]]:
    """Makes posts and pages, which are gone after the test."""
    made: list[tuple[str, int]] = []

    async def make(title: str, kind: Any = "post", **more: Any) -> Any:
        post = await editor.create_post(kind, {"title": title, "content": "x", "status": "publish", **more})
        made.append((f"{kind}s", post.id))
        return post

    yield make
    for plural, number in made:
        try:
            await editor.call("DELETE", f"{plural}/{number}", params={"force": "true"})
        except Exception:  # noqa: BLE001 - a test may have deleted it
            continue


async def imported(engine: Engine, integration: int) -> dict[int, dict[str, Any]]:
    """What is known of the site, after an import to its end."""
    path = f"/v1/sites/home/integrations/{integration}"
    while (answer := (await engine.http.post(f"{path}/import")).json())["state"] != "done":
        pass
    found = (await engine.http.get(f"{path}/posts", params={"limit": 500})).json()
    assert found["total"] == answer["done"] == len(found["items"])
    return {item["post_id"]: item for item in found["items"]}


async def test_posts_and_pages_are_imported_and_kept_up_to_date(
    engine: Engine, integration: int, editor: WordPressClient, make_post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(igny8_engine.site_import, "PAGE", 2)
    path = f"/v1/sites/home/integrations/{integration}/import"
    assert (await engine.http.get(path)).json()["state"] == "never"
    category = await editor.create_term("categories", "Beans & roasts")
    tag = await editor.create_term("tags", "grind")
    posts = [await make_post(f"Old post {number}", categories=[category], tags=[tag]) for number in range(5)]
    draft, page = await make_post("A draft <1>", status="draft"), await make_post("A page", "page")

    # It stops after every page here, as a call does after some seconds, and after a crash.
    monkeypatch.setattr(igny8_engine.site_import, "_SECONDS", 0.0)
    assert (await engine.http.post(path)).json()["state"] == "running"
    monkeypatch.setattr(igny8_engine.site_import, "_SECONDS", 5.0)
    first = await imported(engine, integration)
    assert [first[post.id]["title"] for post in (*posts, draft, page)] == [
        *(f"Old post {number}" for number in range(5)), "A draft <1>", "A page",
    ]  # fmt: skip
    known = first[posts[0].id]
    assert (known["slug"], known["link"], known["status"]) == (posts[0].slug, posts[0].link, "publish")
    assert known["terms"] == {"categories": ["Beans & roasts"], "tags": ["grind"]}
    assert (first[draft.id]["status"], first[page.id]["kind"]) == ("draft", "page")

    await editor.update_post("post", posts[1].id, {"title": "A new title"})
    await editor.trash_post("post", posts[2].id)
    monkeypatch.setattr(igny8_engine.site_import, "_SECONDS", 0.0)
    begun = (await engine.http.post(path)).json()
    assert (begun["state"], begun["finished_at"]) == ("running", None)
    second = await imported(engine, integration)
    assert second[posts[1].id]["title"] == "A new title"
    assert first.keys() - second.keys() == {posts[2].id}


async def test_a_post_that_moves_up_while_pages_are_read_is_not_missed(
    engine: Engine, integration: int, editor: WordPressClient, make_post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(igny8_engine.site_import, "PAGE", 2)
    monkeypatch.setattr(igny8_engine.site_import, "_SECONDS", 0.0)
    posts = [await make_post(f"Post {number}") for number in range(5)]
    path = f"/v1/sites/home/integrations/{integration}/import"
    there = (await editor.list_posts("post", 1, 1))[1]
    while (answer := (await engine.http.post(path)).json())["done"] < there - 2:
        assert answer["state"] == "running"
    # What was read is deleted, so that one that was not read yet stands on a page that was.
    await editor.trash_post("post", posts[0].id)
    found = await imported(engine, integration)
    assert {post.id for post in posts[1:]} <= found.keys()


async def test_topic_memory_knows_what_was_imported_but_counts_our_own_posts_once(
    engine: Engine, integration: int, make_post: Any
) -> None:
    ours = await add_content(engine, uuid.uuid4().hex[:8])
    await publish(engine, "1", [ours], integration)
    old = await make_post("How to Descale an Espresso Machine")
    found = await imported(engine, integration)
    async with engine.parts.database.transaction() as session:
        # What they are compared by is stored with them, each title once.
        stored = await session.scalar(select(func.count()).select_from(TitleVector))
    assert stored == len({comparable(post["title"]) for post in found.values()})
    [task] = await engine.add_tasks(1)
    async with engine.parts.database.transaction() as session:
        title = "How Do You Descale Your Espresso Machine?"
        await session.execute(update(Task).values(title=title))
        await session.execute(update(Idea).values(title=title))
    memory = {"similarity": 0.9, "on_twin": "skip"}
    job = await engine.run("generate_content", {"task_ids": [task], "topic_memory": memory}, "write")
    [item] = job["items"]
    assert (job["credits"]["charged"], item["result"]["twin"]["collection"], item["result"]["twin"]["id"]) == (
        0, "site_posts", old.id,
    )  # fmt: skip
    assert f"like the post on the site {old.id}, 'How to Descale an Espresso Machine'" in item["result"]["skipped"]


async def test_nobody_imports_or_reads_what_is_anothers(engine: Engine, integration: int) -> None:
    await imported(engine, integration)
    async with engine.client(await engine.account("other")) as other:
        await other.post("/v1/sites", json={"slug": "theirs", "name": "Theirs"})
        for site in ("home", "theirs"):
            path = f"/v1/sites/{site}/integrations/{integration}"
            assert (await other.post(f"{path}/import")).status_code == 404
            assert (await other.get(f"{path}/import")).status_code == 404
            assert (await other.get(f"{path}/posts")).status_code == 404
    await engine.http.patch(f"/v1/sites/home/integrations/{integration}", json={"password": "wrong"})
    refused = await engine.http.post(f"/v1/sites/home/integrations/{integration}/import")
    assert refused.json()["error"]["code"] == "wordpress_credentials_refused"


async def test_texts_link_to_what_was_imported_and_an_unchanged_one_is_not_touched(
    engine: Engine, integration: int, editor: WordPressClient, make_post: Any
) -> None:
    number = uuid.uuid4().hex[:8]
    old = await make_post(f"Descaling an espresso machine {number}")
    await make_post(f"Hidden descaler {number}", status="draft")
    await imported(engine, integration)
    html = f"<p>Begin by descaling an espresso machine {number}.</p><p>Or a hidden descaler {number}.</p>"
    content = await add_content(engine, f"care-{number}", title=f"Caring for espresso machines {number}x", html=html)
    job = await publish(engine, "1", [content], integration)
    assert [link["url"] for link in job["items"][0]["result"]["links"]] == [old.link]
    [post_id] = job["outputs"]["post_ids"]
    before = await editor.post("post", post_id)
    assert before is not None
    link = f'<a href="{old.link}" rel="noopener">descaling an espresso machine {number}</a>'
    assert link in (before.content.raw or "")
    again = await publish(engine, "2", [content], integration)
    assert again["items"][0]["result"]["change"] == "unchanged"
    after = await editor.post("post", post_id)
    assert after is not None
    assert after.modified_gmt == before.modified_gmt
    await editor.call("DELETE", f"posts/{post_id}", params={"force": "true"})


async def test_dripped_posts_are_scheduled_and_keep_their_times(
    engine: Engine, integration: int, editor: WordPressClient
) -> None:
    contents = [await add_content(engine, f"drip-{uuid.uuid4().hex[:8]}") for _ in range(3)]
    drip = {"per_day": 2, "first": "10:00", "until": "14:00"}
    job = await publish(engine, "1", contents[:2], integration, status="future", drip=drip)
    other = await publish(
        engine, "2", contents[2:], integration, status="future", drip={"per_day": 2, "first": "11:00"}
    )
    results = [item["result"] for item in (*job["items"], *other["items"])]
    assert [result["status"] for result in results] == ["future"] * 3
    times = [result["appears_at"] for result in results]
    assert len(set(times)) == 3
    assert times[0] < times[1], "in the order of the articles"
    assert max(Counter(time[:10] for time in times).values()) <= 2
    for result in results:
        post = await editor.post("post", result["post_id"])
        assert post is not None
        assert (f"{post.date_gmt}+00:00", post.status) == (result["appears_at"], "future")  # the site's clock is UTC

    # The same again, by whichever rule: nothing is sent and the times stay.
    again = await publish(engine, "3", contents, integration, status="future", drip={"per_day": 5})
    assert [item["result"]["change"] for item in again["items"]] == ["unchanged"] * 3
    assert [item["result"]["appears_at"] for item in again["items"]] == times

    # What is taken down gives its time back, and another takes it.
    path = f"/v1/sites/home/integrations/{integration}/withdraw"
    await engine.http.post(path, json={"content_ids": contents[:1], "to": "draft"})
    new = await add_content(engine, f"drip-{uuid.uuid4().hex[:8]}")
    taken = await publish(engine, "4", [new], integration, status="future", drip=drip)
    assert taken["items"][0]["result"]["appears_at"] == times[0]
    # Published at once it has no use for a time, although the site has it scheduled.
    now = await publish(engine, "5", contents[:2], integration, status="publish")
    assert [item["result"]["status"] for item in now["items"]] == ["publish"] * 2
    for result in (*results, taken["items"][0]["result"]):
        await editor.call("DELETE", f"posts/{result['post_id']}", params={"force": "true"})


async def test_a_site_of_the_users_own_gets_drafts_over_tls(
    engine: Engine, wordpress: WordPressSite, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.parts.targets._allowed = frozenset({"localhost"})
    certificate, tls = self_signed(tmp_path)
    username, password = wordpress.login("editor")
    shown = io.StringIO()

    def prepare(site_url: str, application_password: str, home: Home) -> dict[str, Any]:
        """What ``make demo`` does before its rule runs; the params of the rule's last action."""
        for name, value in (("", site_url), ("_USERNAME", username), ("_PASSWORD", application_password)):
            monkeypatch.setenv(f"WORDPRESS{name}", value)
        wanted = WantedPlace.from_environment()
        demo = Demo(home, PORTS, Console(file=shown, width=400), None, wanted.status)
        assert demo._own_rules is not None
        copy_rules(REPOSITORY / "rules", demo._own_rules)
        stack = cast("Stack", SimpleNamespace(engine=lambda: EngineApi(address, engine.key), home=home))
        with wanted.opened(home, PORTS, shown.write) as place:
            rule = demo.prepare(stack, place)
        document = YAML(typ="safe").load(demo._own_rules / f"{rule}.yaml")
        return dict(document["actions"][-1]["params"])

    async def prepared(url: str, password: str) -> dict[str, Any]:
        home = Home(tmp_path / "home")
        home.make()
        # What is known of the site's certificate is read once for each process; this is another one each time.
        engine.parts.targets._by_host.clear()
        return await asyncio.to_thread(prepare, url, password, home)

    async with behind_tls(wordpress.url, tls) as site:
        with pytest.raises(LocalError, match=r"(?i)certificate"):
            await prepared(site, password)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(SiteRefusedError, match="new application password"):
            await prepared(site, "abcd efgh ijkl mnop qrst uvwx")
        params = await prepared(f"{site}/wp-admin/", password)
        assert f"your WordPress, as drafts: {site}" in shown.getvalue()
        assert params["status"] == "draft"

        content = await add_content(engine, f"own-{tmp_path.name}")
        params = {name: params[name] for name in ("integration_id", "status")} | {"content_ids": [content]}
        answer = await engine.http.get("/v1/sites/home-espresso/integrations")
        assert [found["id"] for found in answer.json()["items"]] == [params["integration_id"]]
        await _move(engine, content)
        started = await engine.http.post(
            "/v1/jobs",
            headers={"Idempotency-Key": "own"},
            json={"type": "publish_to_wordpress", "site": "home-espresso", "params": params},
        )
        job = await engine.ended(started.json()["id"])
        result = job["items"][0]["result"]
        assert (job["state"], result["status"], result["change"]) == ("succeeded", "draft", "created")
        editor = WordPressClient(wordpress.url, username, password, http=engine.parts.http)
        engine.parts.targets._allowed = frozenset({"localhost", "127.0.0.1"})
        post = await editor.post("post", result["post_id"])
        assert post is not None
        assert post.status == "draft"
        await editor.call("DELETE", f"posts/{post.id}", params={"force": "true"})


async def _move(engine: Engine, content: int) -> None:
    """Let a text be one of the demonstration's site."""
    async with engine.parts.database.transaction() as session:
        site = (await session.scalars(select(Site.id).where(Site.slug == "home-espresso"))).one()
        await session.execute(update(Content).where(Content.id == content).values(site_id=site))
