"""What there is for the sites, as the API tells it: lists, articles, images, posts, connections, and imports."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from automation_client import Automation
from making_articles import Made, make_article
from starlette.requests import Request

from igny8.engine import EngineClient
from igny8.errors import EngineUnreachableError
from igny8_local.ports import free_port
from igny8_local.stack import Stack


@pytest.fixture(scope="module")
def made(stack: Stack) -> Made:
    return make_article(stack)


def test_what_there_is(login: Callable[[str], Automation], made: Made) -> None:
    viewer = login("vera")
    [account] = [each for each in viewer.ok("GET", "/content/accounts/") if each["account"] == made.account]
    counts = next(site["counts"] for site in account["sites"] if site["slug"] == made.site)
    assert account["problem"] is None
    assert account["credits"]["balance"] > 0
    assert (counts["keywords.total"], counts["content.published"], counts["images.ready"]) == (4, 1, 1)

    answer = viewer.send("GET", "/content/keywords/", params={**made.place, "ordering": "-volume", "page_size": 3})
    assert [item["volume"] for item in answer.json()["data"]] == [900, 500, 400]
    assert answer.json()["meta"]["count"] == 4
    rest = viewer.http.get(answer.json()["meta"]["next"].replace("/api/v1/automation", "", 1)).json()
    assert [item["phrase"] for item in rest["data"]] == ["teapot with infuser"]
    for query, count in (({"search": "CAFFEINE"}, 3), ({"status": "new"}, 0), ({"search": 'x"]}'}, 0)):
        assert len(viewer.ok("GET", "/content/keywords/", params={**made.place, **query})) == count, query
    where = [{"any": [{"field": "volume", "operator": "greater_than", "value": each} for each in (450, 800)]}]
    asked = {**made.place, "where": json.dumps(where), "search": "caffeine"}
    assert len(viewer.ok("GET", "/content/keywords/", params=asked)) == 2

    [article] = viewer.ok("GET", "/content/articles/", params=made.place)
    assert (article["id"], article["status"]) == (made.article, "published")
    cluster = article["cluster_id"]
    grouped = viewer.ok("GET", "/content/keywords/", params={**made.place, "cluster": cluster})
    assert {keyword["cluster_id"] for keyword in grouped} == {cluster}
    [one] = viewer.ok("GET", "/content/clusters/", params={**made.place, "cluster": cluster})
    assert (one["id"], one["keyword_count"]) == (cluster, len(grouped))
    for collection in ("ideas", "tasks"):
        assert viewer.ok("GET", f"/content/{collection}/", params=made.place)
    values = viewer.send("GET", "/content/keywords/values/intent/", params={**made.place, "page_size": 1}).json()
    assert values["data"] == [{"value": "informational", "name": None, "count": 3}]
    assert values["meta"]["count"] == 2
    asked = {**made.place, "search": one["name"][:8].upper()}
    told = {"value": cluster, "name": one["name"], "count": len(grouped)}
    assert told in viewer.ok("GET", "/content/keywords/values/cluster_id/", params=asked)
    [post] = viewer.ok("GET", "/content/posts/", params=made.place)
    assert (post["content_id"], post["title"], post["integration"]) == (made.article, article["title"], "preview")
    assert httpx.get(post["post_url"]).status_code == 200
    assert article["posts"] == [{name: post[name] for name in article["posts"][0]}]
    assert viewer.ok("GET", "/content/posts/", params={**made.place, "article": made.article + 1_000}) == []

    whole = viewer.ok("GET", f"/content/articles/{made.article}/")
    assert (whole["title"], whole["site"], whole["image_id"]) == (article["title"], made.site, made.image)
    assert whole["html"].startswith("<")
    assert "<script" not in whole["html"]
    assert [each["post_url"] for each in whole["posts"]] == [post["post_url"]]
    [image] = viewer.ok("GET", "/content/images/", params=made.place)
    assert image["alt"] == whole["image_alt"]
    file = viewer.http.get(f"/content/images/{made.image}/file/")
    assert file.headers["content-type"].startswith("image/")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"].startswith("sandbox;")
    assert file.content.startswith((b"\x89PNG", b"\xff\xd8", b"RIFF"))

    [integration] = viewer.ok("GET", "/content/integrations/", params=made.place)
    assert (integration["id"], integration["works"]) == (made.integration, True)
    assert not {"password", "username"} & integration.keys()


def test_accounts_are_found_by_their_names(login: Callable[[str], Automation], made: Made) -> None:
    viewer = login("vera")
    for query, shown in (
        ({"account": made.account}, True),
        ({"search": made.account[1:].upper()}, True),
        ({"search": "-"}, False),
    ):
        told = [each["account"] for each in viewer.ok("GET", "/content/accounts/", params=query)]
        assert (made.account in told) == shown, query


def test_what_there_is_not(login: Callable[[str], Automation], made: Made) -> None:
    viewer = login("vera")
    for path, status, told in (
        ("/content/keywords/?account=nobody", 404, "igny8_engine_nobody"),
        ("/content/keywords/?site=tea-for-too", 404, "Did you mean 'tea-for-two'?"),
        ("/content/posts/?site=nowhere", 404, "nowhere"),
        ("/content/articles/999999999/", 404, "999999999"),
        ("/content/images/999999999/file/", 404, "999999999"),
        ("/content/articles/x/", 422, "article_id"),
        ("/content/passwords/", 422, "collection"),
        ("/content/keywords/?ordering=password", 422, "no field 'password'"),
        ("/content/images/?cluster=1", 422, "no field 'cluster_id'"),
        ("/content/images/values/alty/", 422, "Did you mean 'alt'?"),
        ("/content/keywords/values/volume/", 422, "Ask for one of status, phrase, intent"),
        ("/content/keywords/values/phrase/?site=nowhere", 404, "nowhere"),
    ):
        assert told in json.dumps(viewer.refused("GET", path, status=status), ensure_ascii=False), path


def test_a_file_is_imported(automation: Automation, login: Callable[[str], Automation], made: Made) -> None:
    path = "/content/keywords/import/"
    query = {**made.place, "filename": "teas.csv"}
    lines = ["keyword,volume", "oolong tea,70", "Green Tea  Caffeine,900", "oolong tea,70", ",5"]
    report = automation.ok("POST", path, params=query, content="\n".join(lines).encode())
    assert (report["added"], report["merged"], report["total_rows"]) == (1, 2, 4)
    assert [row["line"] for row in report["rejected"]] == [5]
    assert report["rejected_rows"] == 1
    found = automation.ok("GET", "/content/keywords/", params={**made.place, "search": "oolong"})
    assert [(item["phrase"], item["volume"], item["status"]) for item in found] == [("oolong tea", 70, "new")]

    assert "CSV" in automation.refused("POST", path, params=query, content=b"PK\x03\x04 a workbook")["error"]
    many = b"keyword\n" + b"\n" * 10 * 1_048_576
    told = automation.refused("POST", path, params=query, content=many, status=413)
    assert "10,485,760 bytes" in told["error"]
    # Who may read only is refused before the file is looked at.
    assert "permission" in login("vera").refused("POST", path, params=query, content=many, status=403)["error"]
    entries = automation.http.get(f"{automation.url}/api/v2/eventLogs", params={"event": "keywords_imported"}).json()
    [entry] = [entry for entry in entries["event_logs"] if '"teas.csv"' in entry["extra"]]
    assert entry["owner"] == "admin"
    assert '"added": 1' in entry["extra"]


def test_a_connection_is_probed_again(automation: Automation, made: Made) -> None:
    [before] = automation.ok("GET", "/content/integrations/", params=made.place)
    path = f"/content/integrations/{made.integration}/probe/"
    after = automation.ok("POST", path, params=made.place)
    assert after["works"] is True
    assert after["probed_at"] > before["probed_at"]
    assert after["findings"]
    # It is another site's.
    automation.refused("POST", path, params={**made.place, "site": "home-espresso"}, status=404)
    query = {"event": "integration_probed"}
    entries = automation.http.get(f"{automation.url}/api/v2/eventLogs", params=query).json()["event_logs"]
    place = {**made.place, "integration": made.integration, "works": True}
    assert ("admin", place) in [(entry["owner"], json.loads(entry["extra"])) for entry in entries]


async def test_an_account_that_cannot_be_asked_hides_no_other(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    from igny8.api.parts import Page
    from igny8.api.routes import content

    urls = {"demo": stack.ports.engine_url, "away": f"http://127.0.0.1:{free_port()}"}
    async with httpx.AsyncClient() as http:

        async def client(account: str) -> EngineClient:
            return EngineClient(http, urls[account], stack.access.engine_key, account, "igny8_engine")

        async def told(*names: str) -> list[dict[str, Any]]:
            monkeypatch.setattr(content, "accounts", lambda *_: list(names))
            request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
            nobody: Any = None
            answer = await content.list_accounts(request=request, caller=nobody, store=nobody, page=Page(1, 50))
            return list(json.loads(bytes(answer.body))["data"])

        monkeypatch.setattr(content, "engine_client", client)
        away, here = await told("away", "demo")
        assert "does not answer" in away["problem"]
        assert (here["problem"], here["account"]) == (None, "demo")
        with pytest.raises(EngineUnreachableError):
            await told("away")
