"""Taking published articles down by command: over the engine's API and with the command line."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from conftest_engine import Engine
from sqlalchemy import select
from test_service_publishing import HOME, add_content, connected, publish, result
from typer.testing import CliRunner, Result

from igny8.cli.app import app
from igny8_engine.db.tables import Content, Publication
from igny8_engine.errors import OutdatedError
from igny8_engine.functions.internal_links import keep_targets
from igny8_engine.wordpress.client import WordPressClient

__all__ = ["connected"]


async def withdraw(engine: Engine, integration: int, contents: list[int], to: str = "draft") -> httpx.Response:
    return await engine.http.post(
        f"/v1/sites/home/integrations/{integration}/withdraw", json={"content_ids": contents, "to": to}
    )


async def rows(engine: Engine) -> list[tuple[Any, ...]]:
    async with engine.parts.database.transaction() as session:
        found = await session.execute(
            select(Content.status, Publication.post_status, Publication.post_url)
            .join(Publication, Publication.content_id == Content.id)
            .order_by(Content.id)
        )
        return [tuple(row) for row in found]


async def test_articles_are_taken_down_and_published_again(engine: Engine, connected: dict[str, Any]) -> None:
    first, second, never = [await add_content(engine, slug) for slug in ("grinding", "dosing", "brewing")]
    await publish(engine, "1", [first, second], connected["id"])
    editor = WordPressClient(HOME, "editor", connected["password"], http=engine.parts.http)
    answer = (await withdraw(engine, connected["id"], [second, first, never])).json()
    assert [item["content_id"] for item in answer["items"]] == [second, first, never]
    assert [item["change"] for item in answer["items"]] == ["taken_down", "taken_down", "never_published"]
    assert (answer["done"], answer["failed"]) == (3, 0)
    assert await rows(engine) == [("withdrawn", "draft", None)] * 2
    again = (await withdraw(engine, connected["id"], [first])).json()["items"][0]
    assert (again["change"], again["status"]) == ("unchanged", "draft")

    # An unchanged article that was taken down by command comes back when it is asked for.
    back = result(await publish(engine, "2", [first], connected["id"]))
    assert (back["change"], back["status"]) == ("updated", "publish")
    assert (await rows(engine))[0][:2] == ("published", "publish")
    await editor.trash_post("post", back["post_id"])
    trashed = (await withdraw(engine, connected["id"], [first], "trash")).json()["items"][0]
    assert (trashed["change"], trashed["status"]) == ("unchanged", "trash")


class Death(BaseException):
    """The engine is gone."""


@dataclass
class Deadly(httpx.AsyncBaseTransport):
    """Lets a change reach the site, and nothing come back of it."""

    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        if request.method == "POST":
            raise Death
        return answer


async def test_a_death_between_the_call_and_its_record_is_made_up_for(
    engine: Engine, connected: dict[str, Any]
) -> None:
    content = await add_content(engine, "grinding")
    await publish(engine, "1", [content], connected["id"])

    inner = engine.parts.http._transport
    engine.parts.http = httpx.AsyncClient(transport=Deadly(inner))
    with pytest.raises(Death):
        await withdraw(engine, connected["id"], [content])
    # What is on its way down is not taken for something that is live.
    assert (await rows(engine))[0][:2] == ("published", None)
    engine.parts.http = httpx.AsyncClient(transport=inner)
    item = (await withdraw(engine, connected["id"], [content])).json()["items"][0]
    assert (item["change"], item["status"]) == ("unchanged", "draft")
    assert (await rows(engine))[0][:2] == ("withdrawn", "draft")
    assert result(await publish(engine, "2", [content], connected["id"]))["status"] == "publish"


async def test_posts_lose_their_links_to_what_is_taken_down(engine: Engine, connected: dict[str, Any]) -> None:
    editor = WordPressClient(HOME, "editor", connected["password"], http=engine.parts.http)
    integration = connected["id"]

    async def raw(content: int) -> str:
        [item] = (await engine.http.get("/v1/sites/home/posts", params={"content_id": content})).json()["items"]
        post = await editor.post("post", item["post_id"])
        return (post.content.raw or "") if post is not None else ""

    burr = await add_content(engine, "burr", focus_keyword="burr grinder")
    await publish(engine, "1", [burr], integration)
    text = "<p>A burr grinder it is.</p><p>The rest.</p>"
    put_in = await add_content(engine, "dosing", focus_keyword="dose", html=text)
    written = await add_content(engine, "taming", focus_keyword="tame", html='<p><a href="/burr/">Burrs</a> wear.</p>')
    by_hand = await add_content(engine, "steaming", focus_keyword="steam", html=text)
    apart = await add_content(engine, "brewing", focus_keyword="brew", html="<p>Nothing of the kind.</p>")
    published = await publish(engine, "2", [put_in, written, by_hand, apart], integration)
    posts = dict(zip([put_in, written, by_hand, apart], published["outputs"]["post_ids"], strict=True))
    assert ["burr/" in await raw(content) for content in (put_in, written, by_hand)] == [True] * 3
    await editor.update_post("post", posts[by_hand], {"title": "By hand"})

    # The site fails at one of them; the same command takes up what is left.
    inner = engine.parts.http._transport

    class Failing(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST" and request.url.path.endswith(f"/{posts[written]}"):
                return httpx.Response(403, json={"code": "rest_cannot_edit", "message": "No.", "data": {"status": 403}})
            return await inner.handle_async_request(request)

    engine.parts.http = httpx.AsyncClient(transport=Failing())
    answer = (await withdraw(engine, integration, [burr])).json()
    assert [item["change"] for item in answer["items"]] == ["taken_down"]
    changes = {post["content_id"]: (post["post_id"], post["change"]) for post in answer["linking"]}
    assert changes == {
        put_in: (posts[put_in], "corrected"), written: (None, "failed"), by_hand: (posts[by_hand], "edited"),
    }  # fmt: skip
    assert "<p>A burr grinder it is.</p>" in await raw(put_in)
    assert "burr/" in await raw(by_hand), "what people have changed is theirs"

    # A death between the call and its record is no change by people.
    engine.parts.http = httpx.AsyncClient(transport=Deadly(inner))
    with pytest.raises(Death):
        await withdraw(engine, integration, [burr])
    engine.parts.http = httpx.AsyncClient(transport=inner)
    assert "<p>Burrs wear.</p>" in await raw(written)
    again = (await withdraw(engine, integration, [burr])).json()
    assert {post["content_id"]: post["change"] for post in again["linking"]} == {
        written: "corrected", by_hand: "edited",
    }  # fmt: skip
    assert [post["content_id"] for post in (await withdraw(engine, integration, [burr])).json()["linking"]] == [by_hand]

    # Published again, nothing counts as changed by people, and the dead links stay away until there is something.
    later = await publish(engine, "3", [put_in, written], integration)
    told = [[warning["name"] for warning in item["result"]["warnings"]] for item in later["items"]]
    assert told == [["seo"], ["seo"]]
    assert "burr/" not in await raw(put_in) + await raw(written)
    await publish(engine, "4", [burr], integration)
    await publish(engine, "5", [written], integration)
    assert "burr/" in await raw(written)


async def test_what_is_chosen_to_be_led_to_is_looked_at_again(engine: Engine, connected: dict[str, Any]) -> None:
    burr = await add_content(engine, "burr", focus_keyword="burr grinder")
    await publish(engine, "1", [burr], connected["id"])
    record: dict[str, Any] = {"links": [{"words": ["burr", "grinder"], "to": f"content:{burr}"}]}
    async with engine.parts.database.transaction() as session:
        await keep_targets(session, connected["id"], record)
        # Whoever takes it down waits until the links are stored, and then finds them.
        taking = asyncio.create_task(withdraw(engine, connected["id"], [burr]))
        done, _ = await asyncio.wait({taking}, timeout=0.5)
        assert not done
        assert await session.scalar(select(Publication.post_status)) == "publish"
    assert (await taking).json()["done"] == 1
    with pytest.raises(OutdatedError):
        async with engine.parts.database.transaction() as session:
            await keep_targets(session, connected["id"], record)


async def test_nobody_takes_down_what_is_anothers(engine: Engine, connected: dict[str, Any]) -> None:
    content = await add_content(engine, "grinding")
    await publish(engine, "1", [content], connected["id"])
    path = f"/v1/sites/home/integrations/{connected['id']}/withdraw"
    async with engine.client(await engine.account("other")) as other:
        assert (await other.post(path, json={"content_ids": [content]})).status_code == 404
        await other.post("/v1/sites", json={"slug": "theirs", "name": "Theirs"})
        theirs = await other.post(path.replace("home", "theirs"), json={"content_ids": [content]})
        assert theirs.status_code == 404
    await engine.http.post("/v1/sites", json={"slug": "second", "name": "Second"})
    assert (await engine.http.post(path.replace("home", "second"), json={"content_ids": [content]})).status_code == 404
    unknown = await withdraw(engine, connected["id"], [content, 99])
    assert (unknown.status_code, unknown.json()["error"]["problems"][0]["value"]) == (422, [99])
    assert (await withdraw(engine, connected["id"], [])).status_code == 422
    assert (await rows(engine))[0][:2] == ("published", "publish")


@pytest.fixture
async def address(engine: Engine) -> AsyncIterator[str]:
    """The engine over a socket, for what is a client of it."""
    server = uvicorn.Server(uvicorn.Config(engine.app, lifespan="off", log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


async def test_the_command_takes_down_and_says_what_it_did(
    engine: Engine, connected: dict[str, Any], address: str
) -> None:
    async def igny8(*arguments: str) -> Result:
        options = ("--engine-url", address, "--engine-key", engine.key)
        return await asyncio.to_thread(CliRunner().invoke, app, [*arguments, *options])

    contents = [await add_content(engine, slug) for slug in ("a", "b", "c", "d", "e", "f")]
    await publish(engine, "1", contents, connected["id"])
    shown = await igny8("sites", "unpublish", "home", *map(str, contents))
    assert (shown.exit_code, shown.stdout.count(": taken down (post ")) == (0, 6), shown.output
    told = await igny8("sites", "trash", "home", str(contents[0]), "--json")
    assert [(item["change"], item["status"]) for item in json.loads(told.stdout)["items"]] == [("taken_down", "trash")]
    assert "was down already" in (await igny8("sites", "trash", "home", str(contents[0]))).stdout
    imported = await igny8("sites", "import", "home")
    assert (imported.exit_code, imported.stdout) == (0, "5 posts of home imported.\n"), imported.output
    assert json.loads((await igny8("sites", "import", "home", "--json")).stdout)["done"] == 5
    unknown = await igny8("sites", "trash", "home", "99")
    assert (unknown.exit_code, "the site has no article 99" in unknown.stderr) == (3, True)

    await engine.http.patch(f"/v1/sites/home/integrations/{connected['id']}", json={"password": "wrong"})
    failed = await igny8("sites", "trash", "home", str(contents[1]))
    assert (failed.exit_code, "Connect the site again" in failed.stdout) == (3, True)
    body = {"name": "second", "url": HOME, "username": "editor", "password": "x"}
    await engine.http.post("/v1/sites/home/integrations", json=body)
    which = await igny8("sites", "trash", "home", str(contents[1]))
    assert (which.exit_code, "--integration" in which.stderr) == (2, True)
