"""Taking articles down, against every site that speaks WordPress' REST API and with lost answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from faulty_proxy import Rule
from publishing_desk import Desk

from igny8_engine.wordpress.article import ArticleToPublish, Receipt
from igny8_engine.wordpress.errors import CredentialsRefusedError, RoleRefusedError, UnavailableError
from igny8_engine.wordpress.takedown import ArticleOnSite, DownTo, TakenDown, take_down
from igny8_engine.wordpress.unlinking import take_links_out


async def down(
    desk: Desk, article: ArticleToPublish, receipt: Receipt, to: DownTo = "draft", role: str = "editor"
) -> TakenDown:
    on_site = ArticleOnSite(article.key, article.slug, article.kind)
    return await take_down(desk.client(role), on_site, receipt, to, before=desk.save)


@pytest.mark.parametrize("to", ["draft", "private", "trash"])
async def test_a_post_is_taken_down_once_and_can_be_published_again(
    desk: Desk, article: ArticleToPublish, to: DownTo
) -> None:
    article = replace(article, picture=None, categories=(), tags=())
    published = await desk.publish(article)
    desk.receipts.clear()
    taken = await down(desk, article, published.receipt, to)
    assert (taken.change, taken.post_id, taken.status, taken.warnings) == ("taken_down", published.post_id, to, ())
    assert [receipt.fingerprint for receipt in desk.receipts] == [None]
    assert (await desk.http.get(published.url, follow_redirects=True)).status_code == 404

    desk.proxy.seen.clear()
    again = await down(desk, article, taken.receipt, to)
    assert (again.change, again.status, again.warnings) == ("unchanged", to, ())
    assert desk.proxy.asked("POST") == desk.proxy.asked("DELETE") == []

    back = await desk.publish(article, taken.receipt)
    assert (back.change, back.post_id, back.status) == ("updated", published.post_id, "publish")
    assert await desk.posts(article) == [published.post_id]


@pytest.mark.parametrize("site", ["wordpress"], indirect=True)
async def test_what_people_have_deleted_is_said_and_is_no_error(desk: Desk, article: ArticleToPublish) -> None:
    article = replace(article, picture=None, categories=(), tags=())
    published = await desk.publish(article)
    await desk.direct.trash_post("post", published.post_id)
    trashed = await down(desk, article, published.receipt)
    assert (trashed.change, trashed.status) == ("unchanged", "trash")
    assert [warning.name for warning in trashed.warnings] == ["trash"]

    await desk.direct.call("DELETE", f"posts/{published.post_id}", params={"force": "true"})
    gone = await down(desk, article, published.receipt, "trash")
    assert (gone.change, gone.post_id, gone.status, gone.warnings) == ("gone", None, None, ())


async def test_the_post_of_a_lost_receipt_is_found_and_anothers_is_left_alone(
    desk: Desk, article: ArticleToPublish
) -> None:
    article = replace(article, picture=None, categories=(), tags=())
    published = await desk.publish(article)
    assert (await down(desk, article, Receipt())).post_id == published.post_id
    await desk.direct.update_post(
        "post", published.post_id, {"content": "<p>Other</p>", "slug": "others", "status": "publish"}
    )
    left = await down(desk, article, published.receipt, "trash")
    assert (left.change, [warning.name for warning in left.warnings]) == ("gone", ["marker"])
    assert (await desk.direct.post("post", published.post_id)).status == "publish"  # type: ignore[union-attr]


@pytest.mark.parametrize("site", ["wordpress"], indirect=True)
@pytest.mark.parametrize(("to", "method"), [("draft", "POST"), ("trash", "DELETE")])
async def test_an_answer_that_is_lost_after_the_work_is_found_out(
    desk: Desk, article: ArticleToPublish, to: DownTo, method: str
) -> None:
    article = replace(article, picture=None, categories=(), tags=())
    published = await desk.publish(article)
    desk.proxy.rules = [Rule(method, rf"posts/{published.post_id}$", "cut", when="after", times=99)]
    taken = await down(desk, article, published.receipt, to)
    assert (taken.change, taken.status) == ("taken_down", to)


@pytest.mark.parametrize("site", ["preview"], indirect=True)
async def test_a_site_that_never_does_it_is_an_error_and_the_trace_remains(
    desk: Desk, article: ArticleToPublish
) -> None:
    article = replace(article, picture=None, categories=(), tags=())
    published = await desk.publish(article)
    desk.receipts.clear()
    desk.proxy.rules = [Rule("POST", rf"posts/{published.post_id}$", "answer", status=502, times=99)]
    with pytest.raises(UnavailableError):
        await down(desk, article, published.receipt)
    assert [receipt.fingerprint for receipt in desk.receipts] == [None]
    desk.proxy.rules = [Rule("GET", "users/me", "answer", status=401)]
    with pytest.raises(CredentialsRefusedError):
        await down(desk, article, published.receipt)
    with pytest.raises(RoleRefusedError):
        await down(desk, article, published.receipt, role="author")


@pytest.mark.parametrize("site", ["wordpress"], indirect=True)
async def test_links_to_what_is_down_are_taken_out_of_a_post_and_nothing_else(
    desk: Desk, article: ArticleToPublish
) -> None:
    dead, alive = "https://blog.example/burr/?a=1&b=2", "https://blog.example/burr-tales/"
    link = '<p>A <a href="https://blog.example/burr/?a=1&amp;b=2#fine"><em>burr</em> &amp; more</a>.</p>'
    html = f'{link}<p><a href="{alive}">Tales</a>.</p>'
    article = replace(article, html=html, picture=None, categories=(), tags=())
    published = await desk.publish(article)
    before = await desk.direct.post("post", published.post_id)
    on_site = ArticleOnSite(article.key, article.slug, article.kind)
    desk.receipts.clear()

    async def unlink() -> str:
        receipt = desk.receipts[-1] if desk.receipts else published.receipt
        done = await take_links_out(desk.client(), on_site, receipt, [dead], save=desk.save)
        assert done.post_id == published.post_id
        return done.change

    desk.proxy.rules = [Rule("POST", r"/posts/\d+$", "answer", status=502, when="after")]
    assert await unlink() == "corrected"
    after = await desk.direct.post("post", published.post_id)
    assert before is not None
    assert after is not None
    raw = before.content.raw or ""
    assert raw.count("burr/?") == 1
    assert after.content.raw == raw[: raw.index("<a ")] + "<em>burr</em> &amp; more" + raw[raw.index("</a>") + 4 :]
    assert (after.status, after.slug, after.title, after.date_gmt) == (
        before.status, before.slug, before.title, before.date_gmt,
    )  # fmt: skip

    desk.proxy.seen.clear()
    assert await unlink() == "unchanged"
    assert desk.proxy.asked("POST") == []
    # It is the last that we have written, so that nobody is taken to have changed it; until somebody has.
    again = await desk.publish(replace(article, title="Another title"), desk.receipts[-1])
    assert (again.change, again.warnings) == ("updated", ())
    await desk.direct.update_post("post", published.post_id, {"title": "By hand"})
    assert await unlink() == "edited"
    kept = await desk.direct.post("post", published.post_id)
    assert kept is not None
    assert "burr/?" in (kept.content.raw or "")
