"""What only a real WordPress can show: connecting it, its plugins, its clock, its pages, and how it breaks."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import cast

import httpx
import pytest
from conftest_engine import Engine, database_url, engine, migrated
from faulty_proxy import Rule
from publishing_desk import Desk
from test_service_publishing import add_content, publish

from igny8_engine.wordpress.answers import Kind
from igny8_engine.wordpress.article import ArticleToPublish
from igny8_engine.wordpress.client import KEY, WordPressClient
from igny8_engine.wordpress.connection import Patience
from igny8_engine.wordpress.probe import Finding, probe
from igny8_engine.wordpress.seo import SeoTexts
from igny8_local.paths import HELPER_PLUGIN
from igny8_local.wordpress.site import WordPressSite

__all__ = ["database_url", "engine", "migrated"]

pytestmark = pytest.mark.parametrize("site", ["wordpress"], indirect=True)

SEO = SeoTexts("Espresso & you | Guide", 'Dial in "properly", step by step.', "dial in espresso")
COPY = replace(SEO, canonical="https://original.example/k%c3%a4se/")


class Plugins:
    """Puts plugins into the WordPress for a while."""

    def __init__(self, site: WordPressSite) -> None:
        self._folder = site.tree / "wp-content" / "mu-plugins"

    @contextmanager
    def active(self, *names: str) -> Iterator[None]:
        files = [
            HELPER_PLUGIN if name == "helper" else Path(__file__).parent / "plugins" / f"{name}.php" for name in names
        ]
        loaders = [self._folder / file.name for file in files]
        for loader, file in zip(loaders, files, strict=True):
            loader.write_text(f"<?php require '{file}';\n")
        try:
            yield
        finally:
            for loader in loaders:
                loader.unlink()


@pytest.fixture
def plugins(wordpress: WordPressSite) -> Plugins:
    return Plugins(wordpress)


async def looked(desk: Desk, role: str = "editor", password: str | None = None) -> dict[str, Finding]:
    login, right = desk.site.users[role]
    client = WordPressClient(desk.proxy.url, login, password or right, http=desk.http, patience=Patience(attempts=1))
    return {finding.name: finding for finding in await probe(client)}


def levels(found: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.level for name, finding in found.items() if finding.level != "ok"}


async def test_what_will_work_is_told_in_words(desk: Desk, plugins: Plugins) -> None:
    found = await looked(desk)
    assert levels(found) == {"encrypted": "limited", "seo": "limited"}
    assert "role (editor) may save drafts, publish articles" in found["role"].message
    assert "UTC" in found["time_zone"].message
    assert "not installed" in found["helper"].message
    assert "unknown" in found["limits"].message
    with plugins.active("helper"):
        found = await looked(desk)
    assert levels(found) == {"encrypted": "limited"}
    assert "exactly" in found["helper"].message
    assert "8.0 MB" in found["limits"].message


@pytest.mark.parametrize(
    ("role", "level", "words"),
    [
        ("author", "limited", "not make new categories, publish pages"),
        ("contributor", "limited", "may save drafts, but not publish articles"),
        ("subscriber", "failed", "may not write articles"),
    ],
)
async def test_what_a_role_may_not_do_is_told(desk: Desk, role: str, level: str, words: str) -> None:
    found = (await looked(desk, role))["role"]
    assert found.level == level
    assert words in found.message.replace("change articles of other users, ", "")


async def test_why_credentials_are_refused_is_told(desk: Desk, plugins: Plugins) -> None:
    for active in ((), ("early_login",)):
        with plugins.active(*active):
            wrong = (await looked(desk, password="wrong"))["credentials"]
        assert (wrong.level, "new application password" in (wrong.hint or "")) == ("failed", True), active
    with plugins.active("stripped_header"):
        stripped = (await looked(desk))["credentials"]
        assert (stripped.level, "Authorization header" in stripped.message) == ("failed", True)
        wrong = (await looked(desk, password="wrong"))["credentials"]
        assert "Authorization header" not in wrong.message
    with plugins.active("no_application_passwords"):
        off = (await looked(desk))["credentials"]
    assert (off.level, "switched off" in off.message) == ("failed", True)


async def test_plain_permalinks_are_told(desk: Desk) -> None:
    desk.proxy.rules = [Rule("GET", "^/wp-json", "answer", status=404, body="<h1>Not found</h1>", times=9)]
    assert (await looked(desk))["permalinks"].level == "limited"


async def test_with_our_plugin_an_article_is_found_without_its_marker(
    desk: Desk, plugins: Plugins, article: ArticleToPublish
) -> None:
    with plugins.active("helper", "no_comments"):
        first = await desk.publish(article)
        assert [warning.name for warning in first.warnings] == ["marker"]
        again = await desk.publish(replace(article, title="Another title", slug=""))
        assert (again.change, again.post_id) == ("updated", first.post_id)
        # A key that only begins alike is another one.
        other = await desk.publish(replace(article, key=f"{article.key}0", slug=f"{article.slug}-0"))
        assert other.post_id != first.post_id


async def test_the_plugins_filter_gives_exactly_what_has_the_key(
    desk: Desk, plugins: Plugins, picture_bytes: bytes
) -> None:
    key = f"aé-{uuid.uuid4().hex}"
    near = (key, key.upper(), f"{key}0", key.replace("é", "e"))
    absent = (key[:-1], f"_{key[1:]}", f"%{key[1:]}", f"{key}' or '1'='1")
    client = desk.direct

    async def found(kind: str, sought: str) -> list[int]:
        if kind == "media":
            return [media.id for media in await client.find_media(key=sought)]
        return [post.id for post in await client.find_posts(cast("Kind", kind), key=sought)]

    with plugins.active("helper"):
        for kind in ("post", "page", "media"):
            mine: list[int] = []
            for each in near:
                if kind == "media":
                    made = await client.upload_media(picture_bytes, media_type="image/png", filename="a.png")
                    mine.append((await client.describe_media(made.id, {}, key=each)).id)
                else:
                    fields = {"title": "T", "content": "C", "status": "draft", "meta": {KEY: each}}
                    mine.append((await client.create_post(cast("Kind", kind), fields)).id)
            assert [await found(kind, each) for each in near] == [[number] for number in mine], kind
            assert [await found(kind, each) for each in absent] == [[]] * len(absent), kind


@pytest.mark.parametrize("plugin", ["", "yoast", "rank_math", "seopress"])
async def test_with_our_plugin_every_seo_text_is_kept(
    desk: Desk, plugins: Plugins, article: ArticleToPublish, plugin: str
) -> None:
    with plugins.active("helper", *([plugin] if plugin else [])):
        found = await looked(desk)
        published = await desk.publish(replace(article, seo=COPY))
        page = (await desk.http.get(published.url)).text
        post = await desk.direct.post("post", published.post_id)
    assert found["seo"].level == "ok"
    assert published.warnings == ()
    kept = {value for name, value in post.meta.items() if name != "igny8_key"}
    assert {SEO.title, SEO.description, COPY.canonical} <= kept
    assert (COPY.focus_keyword in kept) == bool(plugin)
    schema = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    if plugin:
        assert schema is None  # the plugin writes its own
        return
    assert '<meta name="description" content="Dial in &quot;properly&quot;, step by step.">' in page
    assert "<title>Espresso &#038; you | Guide" in page
    assert f'<link rel="canonical" href="{COPY.canonical}"' in page
    assert schema is not None
    told = json.loads(schema[1])
    assert (told["@type"], told["headline"], told["mainEntityOfPage"]) == ("Article", article.title, published.url)
    assert told["image"].endswith(".png")


@pytest.mark.parametrize(
    ("plugin", "warnings"),
    [
        ("", ["seo"]),
        ("yoast", ["seo"]),
        ("rank_math", []),
        ("all_in_one_seo", ["seo_focus_keyword", "canonical"]),
        ("seopress", ["seo_focus_keyword", "canonical"]),
    ],
)
async def test_without_our_plugin_what_a_site_does_not_take_is_named(
    desk: Desk, plugins: Plugins, article: ArticleToPublish, plugin: str, warnings: list[str]
) -> None:
    with plugins.active(*([plugin] if plugin else [])):
        found = await looked(desk)
        published = await desk.publish(replace(article, seo=COPY))
        page = await desk.publish(replace(_page(article), seo=COPY))
    assert found["seo"].level == ("limited" if plugin in {"", "yoast"} else "ok")
    assert [warning.name for warning in published.warnings] == warnings
    assert [warning.name for warning in page.warnings] == warnings


def _page(article: ArticleToPublish) -> ArticleToPublish:
    return replace(
        article,
        key=f"{article.key}-page",
        slug=f"{article.slug}-page",
        kind="page",
        categories=(),
        tags=(),
        picture=None,
    )


async def test_pages_lie_under_their_parent(desk: Desk, article: ArticleToPublish) -> None:
    above = await desk.publish(_page(article))
    below = replace(_page(article), key=f"{article.key}-below", slug=f"{article.slug}-below", parent=above.post_id)
    published = await desk.publish(below)
    assert published.warnings == ()
    assert published.url == f"{above.url}{below.slug}/"


async def test_a_scheduled_post_goes_live_at_its_time_on_the_sites_clock(
    desk: Desk, wordpress: WordPressSite, article: ArticleToPublish
) -> None:
    soon = datetime.now(UTC) + timedelta(days=3)
    scheduled = replace(article, status="future", publish_at=soon.strftime("%Y-%m-%dT%H:%M:00+05:00"))
    first = await desk.publish(scheduled)
    assert (first.status, first.warnings) == ("future", ())
    async with httpx.AsyncClient(base_url=f"{wordpress.url}/wp-json/wp/v2/", auth=wordpress.login("editor")) as direct:
        dates = (await direct.get(f"posts/{first.post_id}")).json()
    wanted = soon.replace(second=0, microsecond=0, tzinfo=None) - timedelta(hours=5)
    assert datetime.fromisoformat(dates["date_gmt"]) == wanted
    assert (await desk.publish(scheduled, first.receipt)).change == "unchanged"
    later = await desk.publish(replace(scheduled, title="Later"), first.receipt)
    assert (later.change, later.status, later.url) == ("updated", "future", first.url)
    now = await desk.publish(article, later.receipt)
    assert (now.status, now.warnings) == ("publish", ())
    again = await desk.publish(scheduled, now.receipt)
    assert (again.status, [warning.name for warning in again.warnings]) == ("publish", ["status"])


@pytest.mark.parametrize(("plugin", "hours"), [("in_kolkata", 5.5), ("behind_utc", -3.5)])
async def test_where_the_sites_clock_is_another_posts_are_scheduled_by_it(
    desk: Desk, plugins: Plugins, article: ArticleToPublish, plugin: str, hours: float
) -> None:
    offset = timedelta(hours=hours)
    moment = (datetime.now(UTC) + timedelta(days=3)).replace(second=0, microsecond=0, tzinfo=None)
    article = replace(article, status="future", picture=None, categories=(), tags=())
    written = {
        "without an offset": (moment + offset).isoformat(),
        "with the site's": (moment + offset).replace(tzinfo=timezone(offset)).isoformat(),
        "with another one": (moment + timedelta(hours=2)).isoformat() + "+02:00",
        "in UTC": f"{moment.isoformat()}Z",
    }
    with plugins.active(plugin):
        assert (await desk.direct.index()).zone.utcoffset(moment) == offset
        assert ("Asia/Kolkata" if hours > 0 else "UTC-3.5") in (await looked(desk))["time_zone"].message
        receipt = None
        for how, at in written.items():
            published = await desk.publish(replace(article, publish_at=at), receipt)
            receipt = published.receipt
            assert (published.status, published.warnings) == ("future", ()), how
            assert datetime.fromisoformat(published.live_at or "") == moment, how
            dates = (await desk.direct.call("GET", f"posts/{published.post_id}", params={"_fields": "date"})).json()
            assert datetime.fromisoformat(dates["date"]) == moment + offset, how
            assert (await desk.publish(replace(article, publish_at=at), receipt)).change == "unchanged", how
        began = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
        now = await desk.publish(replace(article, status="publish"), receipt)
        assert (now.status, now.warnings) == ("publish", ())
        assert began <= datetime.fromisoformat(now.live_at or "") <= datetime.now(UTC).replace(tzinfo=None)


async def test_drip_gives_times_of_the_sites_clock(engine: Engine, desk: Desk, plugins: Plugins) -> None:
    engine.parts.targets._allowed = frozenset({"127.0.0.1"})
    login, password = desk.site.users["editor"]
    body = {"name": "w", "url": desk.site.url, "username": login, "password": password}
    with plugins.active("in_kolkata"):
        connected = (await engine.http.post("/v1/sites/home/integrations", json=body)).json()
        contents = [await add_content(engine, f"drip-{uuid.uuid4().hex}") for _ in range(3)]
        drip = {"per_day": 2, "first": "06:00", "until": "09:00"}
        job = await publish(engine, "1", contents, connected["id"], status="future", drip=drip)
        assert job["state"] == "succeeded", job
        appears = []
        for item in job["items"]:
            at = datetime.fromisoformat(item["result"]["appears_at"])
            post = (await desk.direct.call("GET", f"posts/{item['result']['post_id']}")).json()
            assert (post["status"], post["date"]) == ("future", at.strftime("%Y-%m-%dT%H:%M:%S"))
            appears.append(at)
    assert appears == sorted(set(appears))
    assert {at.utcoffset() for at in appears} == {timedelta(hours=5, minutes=30)}
    assert {at.strftime("%H:%M") for at in appears} == {"06:00", "07:30"}


async def test_a_category_that_was_deleted_meanwhile_is_made_anew(desk: Desk, article: ArticleToPublish) -> None:
    client = desk.client()
    first = await desk.publish(article)
    client.memory.terms = {("categories", article.categories[0].casefold()): 999_999}
    desk.client = lambda *_, **__: client  # type: ignore[method-assign]
    again = await desk.publish(replace(article, title="Again"), first.receipt)
    assert again.warnings == ()
