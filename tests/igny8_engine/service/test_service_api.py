"""The HTTP API: who may see what, and what it says to bad input."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from conftest_engine import Engine
from sqlalchemy import func, select, text, update

from igny8_engine.db.connect import Database
from igny8_engine.db.tables import LedgerEntry
from igny8_engine.preview.store import PreviewStore
from igny8_local.ports import free_port

CSV = b"keyword,volume,difficulty\nespresso machine,100,30\nmilk frother,50,10\n"


def problems(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {problem["path"]: problem["message"] for problem in answer.json()["error"]["problems"]}


def addresses(engine: Engine, numbers: int = 1) -> list[tuple[str, str]]:
    filled = {"slug": "home", "collection": "keywords"}
    found = []
    for path, methods in engine.app.openapi()["paths"].items():
        for method in methods:
            address = path
            for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
                address = address.replace(f"{{{name}}}", filled.get(name, str(numbers)))
            found.append((method.upper(), address))
    return found


async def test_no_route_answers_without_a_valid_key(engine: Engine) -> None:
    routes = [route for route in addresses(engine) if route[1] != "/v1/health"]
    assert len(routes) == 32
    for header in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        async with engine.client("") as stranger:
            stranger.headers.pop("Authorization")
            for method, address in routes:
                answer = await stranger.request(method, address, headers=header, content=b"{ broken")
                assert answer.status_code == 401, (method, address, answer.text)
                assert answer.json()["error"]["code"] == "not_authenticated"
                assert answer.headers["www-authenticate"] == "Bearer"


async def test_nobody_sees_what_belongs_to_another_account(engine: Engine) -> None:
    await engine.http.post("/v1/sites/home/keywords/import", content=CSV)
    tasks = await engine.add_tasks(1)
    content = (await engine.run("generate_content", {"task_ids": tasks}, "a"))["outputs"]["content_ids"]
    await engine.run("generate_images", {"content_id": content}, "b")
    async with engine.client(await engine.account("other", 100)) as other:
        for method, address in addresses(engine):
            everybodys_own = address == "/v1/health" or address.startswith("/v1/account")
            if everybodys_own or (method, address) == ("POST", "/v1/sites"):
                continue
            body = {"type": "generate_content", "site": "home", "params": {"task_ids": tasks}}
            bodies: dict[str, Any] = {
                "/v1/jobs": body,
                "/v1/jobs/preview": body,
                "/v1/sites/home/sectors": {"name": "x"},
                "/v1/sites/home/integrations": {
                    "name": "x", "url": "http://preview.test", "username": "x", "password": "x",
                },
                "/v1/sites/home/integrations/1/withdraw": {"content_ids": content},
            }  # fmt: skip
            answer = await other.request(
                method, address, json=bodies.get(address, {}), headers={"Idempotency-Key": "a"}
            )
            seen = answer.json() if answer.status_code != 422 else {}
            assert answer.status_code == 404 or seen in (
                {"items": [], "total": 0},
                {"removed": 0, "events": 0},
                {"items": [], "next": 0},
            ), (method, address, answer.status_code, answer.text)
        # Ids of another account are no ids at all, also from a site of one's own.
        await other.post("/v1/sites", json={"slug": "home", "name": "Mine"})
        body = {"type": "generate_content", "site": "home", "params": {"task_ids": [*tasks, 999]}}
        answer = await other.post("/v1/jobs", headers={"Idempotency-Key": "a"}, json=body)
        assert "no task 1, 999" in problems(answer)["params.task_ids"]
    assert (await engine.http.get("/v1/jobs")).json()["total"] == 2


async def test_a_key_belongs_to_one_job(engine: Engine) -> None:
    first = await engine.start("generate_images", {"content_id": []}, "dag/run/images")
    again = await engine.start("generate_images", {"content_id": []}, "dag/run/images")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.headers["location"] == f"/v1/jobs/{first.json()['id']}"
    other = await engine.start("optimize_content", {"content_ids": []}, "dag/run/images")
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "idempotency_conflict"
    assert "another type and another params" in other.json()["error"]["message"]
    at_once = await asyncio.gather(*(engine.start("generate_images", {"content_id": []}, "many") for _ in range(20)))
    assert sorted(answer.status_code for answer in at_once) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in at_once}) == 1
    for key in ("", "x" * 501):
        assert (await engine.start("generate_images", {"content_id": []}, key)).status_code == 422
    without = await engine.http.post("/v1/jobs", json={"type": "generate_images", "site": "home"})
    assert "header.idempotency-key" in problems(without)


async def test_every_problem_of_a_job_is_told_at_once(engine: Engine) -> None:
    answer = await engine.start("generate_contents", {}, "a")
    assert "Did you mean 'generate_content'" in problems(answer)["type"]
    answer = await engine.start("generate_ideas", {"cluster_ids": [1], "ideas_per_cluster": 9, "colour": "red"}, "a")
    assert set(problems(answer)) == {"params.ideas_per_cluster", "params.colour"}
    answer = await engine.start("generate_ideas", {"cluster_ids": "{{ actions.a.cluster_ids }}"}, "a")
    assert "reference" in problems(answer)["params.cluster_ids"]
    answer = await engine.start("generate_ideas", {}, "a")
    assert "missing" in problems(answer)["params.cluster_ids"]
    where = [{"field": "naem", "operator": "equals", "value": "x"}]
    answer = await engine.start(
        "publish_to_wordpress", {"content_ids": {"where": where, "order_by": "-sice"}, "integration_id": 7}, "a"
    )
    assert set(problems(answer)) == {
        "params.content_ids.where.0.field", "params.content_ids.order_by", "params.integration_id"
    }  # fmt: skip
    answer = await engine.start("cluster_keywords", {"sector_id": 5}, "a")
    assert "no sector 5" in problems(answer)["params.sector_id"]
    answer = await engine.start("cluster_keywords", {}, "a")
    assert "params.keyword_ids" in problems(answer)
    answer = await engine.start("generate_site_structure", {"site_id": 99}, "a")
    assert "params.site_id" in problems(answer)
    answer = await engine.start("generate_images", {"content_id": []}, "a", site="home", colour=1)
    assert "colour" in problems(answer)
    body = {"type": "generate_images", "site": "hme", "params": {"content_id": []}}
    answer = await engine.http.post("/v1/jobs", headers={"Idempotency-Key": "a"}, json=body)
    assert (answer.status_code, answer.json()["error"]["hint"]) == (404, "Did you mean 'home'?")
    answer = await engine.http.post(
        "/v1/jobs",
        headers={"Idempotency-Key": "a", "Content-Type": "application/json"},
        content=rb'{"type": "generate_images", "site": "home", "params": {"content_id": "\u0000", "x": "\ud800"}}',
    )
    assert problems(answer)
    for broken in (b"{", b"[]", b"\xff", b"null"):
        answer = await engine.http.post(
            "/v1/jobs", headers={"Idempotency-Key": "a", "Content-Type": "application/json"}, content=broken
        )
        assert answer.status_code in {400, 422}
        assert answer.json()["error"]["message"]
    assert (await engine.http.get("/v1/jobs")).json()["total"] == 0


async def test_bodies_that_are_too_large_are_refused_in_words(engine: Engine) -> None:
    answer = await engine.http.post("/v1/sites/home/keywords/import", content=b"keyword\n" + b"x" * 50 * 2**20)
    assert answer.status_code == 413
    assert "10,485,760 bytes" in answer.json()["error"]["message"]

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * 2**20

    answer = await engine.http.post("/v1/sites/home/keywords/import", content=chunks())
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    answer = await engine.http.post("/v1/sites", json={"slug": "x", "name": "x" * 2**21})
    assert answer.status_code == 413

    async def long_json() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 2**20

    answer = await engine.http.post("/v1/sites", content=long_json(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_keywords_are_imported_merged_and_rejected_by_line(engine: Engine) -> None:
    data = "keyword,volume,difficulty\n☕ Mug,10,5\nطاحونة قهوة,20,\n,5,5\n☕ mug,30,\n".encode()  # noqa: RUF001
    first = (await engine.http.post("/v1/sites/home/keywords/import?filename=k.csv", content=data)).json()
    assert (first["added"], first["merged"], first["total_rows"], first["format"]) == (2, 1, 4, "csv")
    assert [row["line"] for row in first["rejected"]] == [4]
    second = (await engine.http.post("/v1/sites/home/keywords/import", content=data)).json()
    assert (second["added"], second["merged"]) == (0, 3)
    listed = (await engine.http.get("/v1/sites/home/keywords?order_by=-volume")).json()
    assert listed["total"] == 2
    assert [(item["phrase"], item["volume"]) for item in listed["items"]] == [("☕ Mug", 30), ("طاحونة قهوة", 20)]
    for bad in (b"", b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, b"colour,size\nred,1\n"):
        answer = await engine.http.post("/v1/sites/home/keywords/import", content=bad)
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["hint"]
    assert "query.sector_id" in problems(await engine.http.post("/v1/sites/home/keywords/import?sector_id=9"))
    await asyncio.gather(
        *(engine.http.post("/v1/sites/home/keywords/import", content=CSV + b"x%d,1,1\n" % n) for n in range(6))
    )
    assert (await engine.http.get("/v1/sites/home/keywords")).json()["total"] == 10


async def test_collections_are_filtered_sorted_and_paged(engine: Engine) -> None:
    await engine.http.post("/v1/sites/home/keywords/import", content=CSV)
    where = json.dumps([{"field": "volume", "operator": "greater_than", "value": 60}])
    found = (await engine.http.get("/v1/sites/home/keywords", params={"where": where, "status": "new"})).json()
    assert [item["phrase"] for item in found["items"]] == ["espresso machine"]
    page = (await engine.http.get("/v1/sites/home/keywords?order_by=phrase&limit=1&offset=1")).json()
    assert (page["items"][0]["phrase"], page["total"]) == ("milk frother", 2)
    for bad in ("{", "[{}]", '[{"field": "x y", "operator": "equals", "value": 1}]', '["\\u0000"]', "[" * 9000):
        assert problems(await engine.http.get("/v1/sites/home/keywords", params={"where": bad}))
    assert "Did you mean 'volume'" in str(problems(await engine.http.get("/v1/sites/home/keywords?order_by=volme")))
    answer = await engine.http.get("/v1/sites/home/keyword")
    assert (answer.status_code, answer.json()["error"]["hint"]) == (404, "Did you mean 'keywords'?")
    for address in ("/v1/content/1", "/v1/images/1/file", "/v1/jobs/1", "/v1/jobs/1/items", "/v1/nothing"):
        answer = await engine.http.get(address)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert (await engine.http.put("/v1/jobs")).json()["error"]["code"] == "method_not_allowed"


async def test_facts_are_those_asked_for(engine: Engine) -> None:
    await engine.http.post("/v1/sites/home/keywords/import", content=CSV)
    names = [("name", "keywords.new"), ("name", "credits.balance"), ("name", "keywords.purple")]
    answer = await engine.http.get("/v1/sites/home/facts", params=names)
    assert answer.json() == {"facts": {"keywords.new": 2, "credits.balance": 10_000}}


async def test_sites_sectors_and_integrations(engine: Engine) -> None:
    assert (await engine.http.post("/v1/sites", json={"slug": "home", "name": "x"})).status_code == 409
    assert set(problems(await engine.http.post("/v1/sites", json={"slug": "No Good", "name": " "}))) == {"slug", "name"}
    assert (await engine.http.post("/v1/sites/home/sectors", json={"name": "a\x00b"})).status_code == 422
    assert (await engine.http.post("/v1/sites/home/sectors", json={"name": "A"})).status_code == 201
    assert (await engine.http.post("/v1/sites/home/sectors", json={"name": "A"})).status_code == 409
    assert (await engine.http.get("/v1/sites/home/sectors")).json()["total"] == 1
    nobody = f"http://127.0.0.1:{free_port()}"
    body = {"name": "blog", "url": nobody, "username": "me", "password": "secret words"}
    for url in ("ftp://example.org", "http://127.0.0.1:5432", "http://[::1]/", "nonsense", "http://no-such.invalid"):
        assert "url" in problems(await engine.http.post("/v1/sites/home/integrations", json={**body, "url": url}))
    engine.parts.targets._allowed = frozenset({"127.0.0.1"})
    made = await engine.http.post("/v1/sites/home/integrations", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["works"], [found["name"] for found in made.json()["findings"]]) == (False, ["reachable"])
    assert (await engine.http.post("/v1/sites/home/integrations", json=body)).status_code == 409
    listed = (await engine.http.get("/v1/sites/home/integrations")).text
    assert "secret" not in listed
    async with engine.parts.database.transaction() as session:
        stored: bytes = (await session.execute(text("select password from integrations"))).scalar_one()
    assert b"secret" not in stored
    assert engine.parts.passwords.decrypt(stored, "blog") == "secret words"


async def test_an_integration_is_probed_changed_and_removed(engine: Engine) -> None:
    assert engine.parts.settings.preview_path is not None
    right = PreviewStore(engine.parts.settings.preview_path).add_user("editor")
    engine.parts.http = httpx.AsyncClient(transport=httpx.ASGITransport(engine.app))
    engine.parts.targets._allowed = frozenset({"127.0.0.1"})
    body = {"name": "blog", "url": "http://127.0.0.1/preview", "username": "editor", "password": "wrong words"}
    made = (await engine.http.post("/v1/sites/home/integrations", json=body)).json()
    address = f"/v1/sites/home/integrations/{made['id']}"
    assert made["works"] is False
    assert made["findings"][-1]["name"] == "credentials"
    assert "application password" in made["findings"][-1]["hint"]

    for change in ({"url": "http://10.0.0.1"}, {"kind": "drupal"}, {"name": ""}, {"password": ""}):
        assert (await engine.http.patch(address, json=change)).status_code == 422, change
    rotated = await engine.http.patch(address, json={"password": right})
    assert rotated.json()["works"] is True, rotated.text
    assert right not in rotated.text
    assert {found["name"]: found["level"] for found in rotated.json()["findings"]} | {"encrypted": ""} == {
        "reachable": "ok", "encrypted": "", "permalinks": "ok", "time_zone": "ok",
        "credentials": "ok", "role": "ok", "seo": "limited", "helper": "ok", "limits": "ok",
    }  # fmt: skip
    await engine.http.post("/v1/sites/home/integrations", json={**body, "name": "other"})
    assert (await engine.http.patch(address, json={"name": "other"})).status_code == 409
    assert (await engine.http.patch(address, json={"name": "journal"})).json()["name"] == "journal"
    [listed, _] = (await engine.http.get("/v1/sites/home/integrations")).json()["items"]
    assert listed["findings"] == rotated.json()["findings"]
    again = (await engine.http.post(f"{address}/probe")).json()
    assert again["probed_at"] > listed["probed_at"]

    assert (await engine.http.delete(address)).status_code == 204
    for answer in (await engine.http.delete(address), await engine.http.post(f"{address}/probe")):
        assert answer.status_code == 404


async def test_the_ledger_is_paged(engine: Engine) -> None:
    page = (await engine.http.get("/v1/account/ledger?limit=1")).json()
    assert page["total"] == 1
    assert page["items"][0]["amount"] == 10_000
    assert (await engine.http.get("/v1/account/ledger?limit=0")).status_code == 422


async def test_what_was_spent_is_told_by_day_and_to_its_account_only(engine: Engine) -> None:
    tasks = await engine.add_tasks(2)
    await engine.run("generate_content", {"task_ids": tasks}, "a")
    today = dt.datetime.now(dt.UTC).date()
    async with engine.parts.database.transaction() as session:
        # One of the two was paid for two days ago, just before midnight, and an older one is out of sight.
        first = select(func.min(LedgerEntry.id)).where(LedgerEntry.kind == "settle").scalar_subquery()
        late = dt.datetime.combine(today - dt.timedelta(days=2), dt.time(23, 59, 59), dt.UTC)
        await session.execute(update(LedgerEntry).where(LedgerEntry.id == first).values(created_at=late))
    told = (await engine.http.get("/v1/account/spending?days=3")).json()
    assert told == {
        "since": (today - dt.timedelta(days=2)).isoformat(),
        "days": [
            {"day": (today - dt.timedelta(days=2)).isoformat(), "credits": 50},
            {"day": today.isoformat(), "credits": 50},
        ],
        "total": 100,
    }
    assert (await engine.http.get("/v1/account/spending?days=2")).json()["total"] == 50
    assert (await engine.http.get("/v1/account/spending?days=0")).status_code == 422
    async with engine.client(await engine.account("other", 100)) as other:
        assert (await other.get("/v1/account/spending?days=3")).json()["total"] == 0


async def test_a_database_that_is_away_is_told_as_such(engine: Engine) -> None:
    async with engine.client("any") as http:
        await http.get("/v1/health")
        right, gate = engine.parts.database, _gate(engine)
        nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
        gate._database = nowhere
        try:
            answer = await http.get("/v1/account")
        finally:
            gate._database = right
            await nowhere.close()
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "database_unavailable"
    assert answer.headers["retry-after"]


def _gate(engine: Engine) -> Any:
    layer: Any = engine.app.middleware_stack
    while type(layer).__name__ != "Gate":
        layer = layer.app
    return layer


async def test_health_needs_no_key(engine: Engine) -> None:
    async with engine.client("") as http:
        http.headers.pop("Authorization")
        answer = await http.get("/v1/health")
    assert answer.json() | {"version": ""} == {
        "status": "ok", "version": "", "database": "ok", "provider": "offline"
    }  # fmt: skip


@pytest.mark.parametrize("query", ["wait=61", "wait=-1", "version=x"])
async def test_polls_have_bounds(engine: Engine, query: str) -> None:
    assert (await engine.http.get(f"/v1/jobs/1?{query}")).status_code == 422
