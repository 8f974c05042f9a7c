"""WordPress 6.1, and one on SQLite: what has to work on all, seen on others than the one that the other tests have."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from publishing_desk import Desk

from igny8_engine.wordpress.article import ArticleToPublish
from igny8_engine.wordpress.connection import Patience
from igny8_engine.wordpress.probe import probe
from igny8_engine.wordpress.takedown import ArticleOnSite, take_down
from igny8_local.wordpress.site import WordPressSite


@pytest.mark.parametrize("site", ["old_wordpress", "sqlite_wordpress"], indirect=True)
async def test_an_article_is_published_found_scheduled_and_taken_down(desk: Desk, article: ArticleToPublish) -> None:
    client = desk.client()
    client.patience = Patience(attempts=1)
    assert {found.name for found in await probe(client) if found.level == "failed"} == set()

    published = await desk.publish(article)
    assert (published.change, published.status, published.warnings) == ("created", "publish", ())
    page = await desk.http.get(published.url)
    assert (page.status_code, "Finer is slower." in page.text) == (200, True)
    assert article.picture is not None
    assert await desk.images(article.picture) == [published.receipt.media_id]
    assert desk.proxy.asked("POST", r"media/\d+$") == [], "the alternative text goes with the upload"
    assert (await desk.publish(article, published.receipt)).change == "unchanged"

    # A lost receipt is made up for by the marker; nothing is there twice.
    again = await desk.publish(replace(article, title="Another title"))
    assert (again.change, again.post_id, again.warnings) == ("updated", published.post_id, ())
    assert await desk.posts(article) == [published.post_id]
    assert len((await client.list_posts("post", 1))[0]) >= 1

    later = replace(article, key=f"{article.key}-later", slug=f"{article.slug}-later", status="future")
    moment = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:00Z")
    scheduled = await desk.publish(replace(later, publish_at=moment))
    assert (scheduled.status, scheduled.warnings, f"{scheduled.live_at}Z") == ("future", (), moment)

    on_site = ArticleOnSite(article.key, article.slug, article.kind)
    down = await take_down(client, on_site, again.receipt, "trash", before=desk.save)
    assert (down.change, down.status, down.warnings) == ("taken_down", "trash", ())
    back = await desk.publish(article, down.receipt)
    assert (back.status, [warning.name for warning in back.warnings]) == ("publish", ["trash"])


@pytest.mark.parametrize("site", ["sqlite_wordpress"], indirect=True)
async def test_on_sqlite_those_who_write_at_once_wait_for_each_other(
    desk: Desk, sqlite_wordpress: WordPressSite, article: ArticleToPublish
) -> None:
    article = replace(article, picture=None, categories=(), tags=())
    articles = [replace(article, key=f"{article.key}-{n}", slug=f"{article.slug}-{n}") for n in range(4)]
    published = await asyncio.gather(*(desk.publish(each) for each in articles))
    assert len({each.post_id for each in published}) == 4
    assert {(each.change, each.status, each.warnings) for each in published} == {("created", "publish", ())}
    assert desk.waits == [], "nothing had to be asked for twice"
    assert (sqlite_wordpress.folder / "sqlite" / "wordpress.sqlite3").read_bytes().startswith(b"SQLite format 3")
    assert not (sqlite_wordpress.folder / "database").exists(), "there is no MariaDB"
