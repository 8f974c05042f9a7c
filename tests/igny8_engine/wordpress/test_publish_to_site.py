"""Publishing, against every site that speaks WordPress' REST API and with everything broken that can break."""

from __future__ import annotations

import asyncio
import io
import uuid
from dataclasses import replace
from html import unescape
from typing import Any, Literal

import httpx
import pytest
from faulty_proxy import Rule
from PIL import Image
from publishing_desk import Desk

from igny8_engine.errors import EngineError
from igny8_engine.wordpress.article import ArticleToPublish, Picture, Published, Receipt
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.errors import (
    CredentialsRefusedError,
    RateLimitedError,
    RoleRefusedError,
    UnavailableError,
    UploadRefusedError,
)
from igny8_engine.wordpress.publish import publish_article


async def test_everything_of_the_article_is_on_the_site(desk: Desk, article: ArticleToPublish) -> None:
    published = await desk.publish(article)

    assert (published.change, published.status, published.warnings) == ("created", "publish", ())
    post = await desk.direct.post("post", published.post_id)
    assert post.title.raw == article.title
    assert post.slug == article.slug
    assert post.content.raw == article.content
    category = await desk.direct.find_term("categories", article.categories[0])
    assert post.categories == (category.id,)
    assert unescape(category.name) == article.categories[0]
    assert len(post.tags) == 2
    media = await desk.direct.media(post.featured_media)
    told = (media.alt_text, media.title.raw, media.caption.raw)
    assert tuple(map(unescape, told)) == (article.picture.alt, article.picture.title, article.picture.caption)
    shown = await desk.http.get(published.url, follow_redirects=True)
    assert shown.status_code == 200
    assert "Finer is slower." in shown.text
    assert (await desk.http.get(media.source_url)).content == article.picture.data


async def test_the_receipt_is_saved_as_soon_as_anything_is_known(desk: Desk, article: ArticleToPublish) -> None:
    published = await desk.publish(article)
    media, post, whole = desk.receipts
    assert media.media_id is not None
    assert (media.post_id, media.fingerprint) == (None, None)
    assert (post.post_id, post.fingerprint) == (published.post_id, None)
    assert whole == published.receipt
    assert whole.fingerprint == article.fingerprint


async def test_an_unchanged_article_is_not_written_again(desk: Desk, article: ArticleToPublish) -> None:
    first = await desk.publish(article)
    desk.proxy.seen.clear()
    second = await desk.publish(article, Receipt.from_json(first.receipt.as_json()))
    assert (second.change, second.post_id, second.url) == ("unchanged", first.post_id, first.url)
    assert desk.proxy.asked("POST") == []


async def test_a_changed_article_changes_its_post(desk: Desk, article: ArticleToPublish) -> None:
    first = await desk.publish(article)
    changed = replace(article, title="Dialling in, again", html="<p>Coarser is faster.</p>")
    second = await desk.publish(changed, first.receipt)
    assert (second.change, second.post_id, second.url) == ("updated", first.post_id, first.url)
    post = await desk.direct.post("post", first.post_id)
    assert post.title.raw == "Dialling in, again"
    assert "Coarser" in post.content.raw
    assert await desk.images(article.picture) == [first.receipt.media_id]


async def test_a_lost_receipt_is_made_up_for_by_the_marker(desk: Desk, article: ArticleToPublish) -> None:
    first = await desk.publish(article)
    second = await desk.publish(replace(article, slug="", title="Another title"), None)
    assert (second.change, second.post_id) == ("updated", first.post_id)
    assert second.receipt.media_id == first.receipt.media_id


async def test_where_search_finds_nothing_the_slug_does(desk: Desk, article: ArticleToPublish) -> None:
    first = await desk.publish(article)
    desk.proxy.rules = [
        Rule("GET", "search=igny8-content", "answer", status=200, body="[]", content_type="application/json")
    ]
    assert (await desk.publish(article)).post_id == first.post_id


@pytest.mark.parametrize("site", ["preview"], indirect=True)
@pytest.mark.parametrize("crash_at", [0, 1, 2])
async def test_a_crash_at_any_step_leaves_one_post_and_one_image(
    desk: Desk, article: ArticleToPublish, crash_at: int
) -> None:
    saved: list[Receipt] = []

    async def save(receipt: Receipt) -> None:
        if len(saved) == crash_at:
            raise KeyboardInterrupt
        saved.append(receipt)

    with pytest.raises(KeyboardInterrupt):
        await publish_article(desk.client(), article, None, save=save)
    again = await desk.publish(article, saved[-1] if saved else None)
    assert await desk.posts(article) == [again.post_id]
    assert await desk.images(article.picture) == [again.receipt.media_id]
    assert again.warnings == ()


class Death(BaseException):
    """The engine is gone: nothing of what it was about to do is done."""


class Mortal(httpx.AsyncBaseTransport):
    """Dies at one of its calls that change something: before the site gets it, or when the site has done it."""

    def __init__(self, dies_at: int, when: str) -> None:
        self._left = dies_at
        self._when = when
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        dies = False
        if request.method == "POST":
            self._left -= 1
            dies = self._left == 0
        if dies and self._when == "before":
            raise Death
        answer = await self._inner.handle_async_request(request)
        if dies:
            raise Death
        return answer


@pytest.mark.parametrize(("site", "when"), [("preview", "before"), ("preview", "after")], indirect=["site"])
async def test_a_death_at_any_call_leaves_one_post_and_one_image(
    desk: Desk, article: ArticleToPublish, when: str
) -> None:
    login, password = desk.site.users["editor"]
    deaths = 0
    while True:
        name = f"{deaths}-{uuid.uuid4().hex[:6]}"
        picture = replace(article.picture, data=article.picture.data + name.encode())
        each = replace(
            article, key=name, slug=f"s-{name}", categories=(f"C {name}",), tags=(f"t {name}",), picture=picture
        )
        desk.receipts.clear()
        async with httpx.AsyncClient(transport=Mortal(deaths + 1, when)) as http:
            try:
                published = await publish_article(
                    WordPressClient(desk.site.url, login, password, http=http), each, None, save=desk.save
                )
            except Death:
                deaths += 1
            else:
                break
        published = await desk.publish(each, desk.receipts[-1] if desk.receipts else None)
        assert await desk.posts(each) == [published.post_id]
        assert await desk.images(picture) == [published.receipt.media_id]
        assert (published.status, published.warnings) == ("publish", ())
    assert deaths == 5  # category, tag, upload, draft, completion


WORK = {
    "the post's creation": r"/wp/v2/posts$",
    "the post's completion": r"/wp/v2/posts/\d+$",
    "the upload": r"/wp/v2/media$",
    "the image's description": r"/wp/v2/media/\d+$",
    "the category": r"/wp/v2/categories$",
    "the tag": r"/wp/v2/tags$",
}
FAULTS: dict[str, list[dict[str, Any]]] = {
    "429": [{"do": "answer", "status": 429, "headers": {"Retry-After": "2"}}, {"do": "answer", "status": 429}],
    "429 after the work": [{"do": "answer", "status": 429, "when": "after"}],
    "502 page": [{"do": "answer", "status": 502, "times": 2}],
    "502 page after the work": [{"do": "answer", "status": 502, "when": "after"}],
    "200 page after the work": [{"do": "answer", "status": 200, "when": "after"}],
    "broken JSON after the work": [
        {"do": "answer", "status": 500, "when": "after", "content_type": "application/json", "body": '{"code":"x"'}
    ],
    "cut": [{"do": "cut", "times": 2}],
    "cut after the work": [{"do": "cut", "when": "after"}],
    "time-out after the work": [{"do": "hang", "when": "after"}],
    "one after the other": [{"do": "cut"}, {"do": "answer", "status": 503}, {"do": "cut", "when": "after"}],
}


# All of them on the preview site, which is quick; on WordPress where a call may have done its work or not.
CASES = [("preview", work, fault) for work in WORK for fault in FAULTS]
CASES += [
    ("wordpress", work, fault)
    for work in ("the post's creation", "the upload")
    for fault in ("429", "one after the other", "502 page after the work", "time-out after the work")
]


@pytest.mark.parametrize(("site", "work", "fault"), CASES, indirect=["site"])
async def test_no_fault_makes_a_second_post_or_loses_the_image(
    desk: Desk, article: ArticleToPublish, work: str, fault: str
) -> None:
    assert article.picture is not None
    if work == "the image's description":  # a call of its own only where it is too long to go with the upload
        article = replace(article, picture=replace(article.picture, alt="A cup, and more of it. " * 80))
    desk.proxy.rules = [Rule("POST", WORK[work], **rule) for rule in FAULTS[fault]]

    published = await desk.publish(article, seconds=3.0 if "time-out" in fault else 30.0)

    assert all(rule.times == 0 for rule in desk.proxy.rules), "the fault did not happen"
    assert await desk.posts(article) == [published.post_id]
    assert await desk.images(article.picture) == [published.receipt.media_id]
    post = await desk.direct.post("post", published.post_id)
    assert (post.status, post.featured_media, post.slug) == ("publish", published.receipt.media_id, article.slug)
    assert len(post.categories) == 1
    assert len(post.tags) == 2
    assert published.warnings == ()


@pytest.mark.parametrize("site", ["preview"], indirect=True)
async def test_one_of_two_first_uploads_of_a_month_that_is_refused_is_sent_again(
    desk: Desk, article: ArticleToPublish
) -> None:
    body = '{"code": "rest_upload_sideload_error", "message": "Unable to create directory.", "data": {"status": 500}}'
    refusal = Rule("POST", "media$", "answer", status=500, content_type="application/json", body=body)
    desk.proxy.rules = [refusal]
    published = await desk.publish(article)
    assert article.picture is not None
    assert await desk.images(article.picture) == [published.receipt.media_id]
    desk.proxy.rules = [replace(refusal, times=99)]
    with pytest.raises(UploadRefusedError):
        await desk.publish(replace(article, picture=replace(article.picture, data=article.picture.data + b"x")))
    assert len(desk.proxy.asked("POST", "media$")) == 4


async def test_slugs_are_asked_for_only_while_the_search_is_not_known_to_find(
    desk: Desk, article: ArticleToPublish
) -> None:
    client = desk.client()
    desk.client = lambda *_, **__: client  # type: ignore[method-assign]
    article = replace(article, picture=None, categories=(), tags=())

    async def slugs_asked_for() -> int:
        """How often, for an article that is new."""
        desk.proxy.seen.clear()
        key = uuid.uuid4().hex
        assert (await desk.publish(replace(article, key=key, slug=f"s-{key}"))).change == "created"
        return len(desk.proxy.asked("GET", r"/posts\?.*slug="))

    assert [await slugs_asked_for() for _ in range(3)] == [1, 0, 0]
    # After a failure it is asked for whatever is known, and where the search finds nothing, always.
    desk.proxy.rules = [Rule("POST", "posts$", "answer", status=502)]
    assert await slugs_asked_for() > 0
    client.memory.finds_drafts.clear()
    none = Rule("GET", r"/posts\?.*search=", "answer", status=200, content_type="application/json", body="[]", times=99)
    desk.proxy.rules = [none]
    assert [await slugs_asked_for() for _ in range(2)] == [1, 1]


async def test_a_pause_is_as_long_as_the_site_asks_for(desk: Desk, article: ArticleToPublish) -> None:
    silent = [Rule("GET", "users/me", "answer", status=429) for _ in range(2)]
    desk.proxy.rules = [Rule("GET", "users/me", "answer", status=429, headers={"Retry-After": "7"}), *silent]
    await desk.publish(article)
    asked_for, *chosen = desk.waits
    assert asked_for == 7.0
    # Where the site does not say how long, each wait is about twice as long as the one before.
    assert [0.7 < wait / usual < 1.3 for wait, usual in zip(chosen, (1.0, 2.0), strict=True)] == [True, True]


async def test_a_pause_of_an_hour_is_not_waited_for(desk: Desk, article: ArticleToPublish) -> None:
    desk.proxy.rules = [Rule("POST", "posts$", "answer", status=429, headers={"Retry-After": "3600"}, times=99)]
    with pytest.raises(RateLimitedError) as error:
        await desk.publish(article)
    assert (error.value.retry_after, error.value.retryable) == (3600.0, True)
    assert desk.waits == []
    assert await desk.posts(article) == []


async def test_a_site_that_stays_down_fails_and_the_next_attempt_goes_on(desk: Desk, article: ArticleToPublish) -> None:
    desk.proxy.rules = [Rule("POST", r"posts/\d+$", "answer", status=502, times=99)]
    with pytest.raises(UnavailableError) as error:
        await desk.publish(article)
    assert error.value.retryable
    assert isinstance(error.value, EngineError)
    desk.proxy.rules = []
    published = await desk.publish(article, desk.receipts[-1])
    assert await desk.posts(article) == [published.post_id]
    assert published.status == "publish"


async def test_a_creation_that_lands_late_leaves_no_twin(desk: Desk, article: ArticleToPublish) -> None:
    desk.proxy.rules = [Rule("POST", "posts$", "late")]
    published = await desk.publish(article)
    assert len(desk.proxy.asked("POST", "posts$")) == 2
    assert await desk.posts(article) == [published.post_id]
    post = await desk.direct.post("post", published.post_id)
    assert (post.status, post.slug) == ("publish", article.slug)


async def test_readers_never_see_half_an_article(desk: Desk, article: ArticleToPublish) -> None:
    desk.proxy.rules = [Rule("POST", r"posts/\d+$", "answer", status=502, times=99)]
    with pytest.raises(UnavailableError):
        await desk.publish(article)
    [post_id] = await desk.posts(article)
    assert (await desk.direct.post("post", post_id)).status == "draft"


@pytest.mark.parametrize("site", ["preview"], indirect=True)  # the proxy strips, whatever is behind it
@pytest.mark.parametrize(
    ("name", "stripped"),
    [
        ("title", ("title",)),
        ("excerpt", ("excerpt",)),
        ("slug", ("slug",)),
        ("categories", ("categories",)),
        ("tags", ("tags",)),
        ("featured_image", ("featured_media",)),
        ("status", ("status",)),
        ("marker", ("content",)),
    ],
)
async def test_what_the_site_drops_is_named(
    desk: Desk, article: ArticleToPublish, name: str, stripped: tuple[str, ...]
) -> None:
    desk.proxy.rules = [Rule("POST", r"/posts(/\d+)?$", "strip", names=stripped, times=9)]
    published = await desk.publish(article)
    assert name in {warning.name for warning in published.warnings}


async def test_refused_credentials_are_told_at_once(
    desk: Desk, article: ArticleToPublish, http: httpx.AsyncClient
) -> None:
    client = WordPressClient(desk.proxy.url, "editor", "wrong", http=http)
    with pytest.raises(CredentialsRefusedError) as error:
        await publish_article(client, article, None, save=desk.save)
    assert not error.value.retryable
    assert "Connect the site again" in (error.value.hint or "")
    assert desk.proxy.asked("POST") == []


async def test_an_author_publishes_without_new_categories_and_is_told(desk: Desk, article: ArticleToPublish) -> None:
    published = await desk.publish(article, role="author")
    assert published.status == "publish"
    assert [warning.name for warning in published.warnings] == ["categories"]
    assert article.categories[0] in published.warnings[0].message


@pytest.mark.parametrize("role", ["contributor", "subscriber"])
async def test_a_role_that_may_not_publish_leaves_nothing_behind(
    desk: Desk, article: ArticleToPublish, role: str
) -> None:
    with pytest.raises(RoleRefusedError, match="publish_posts"):
        await desk.publish(article, role=role)
    assert desk.proxy.asked("POST") == []


async def test_a_contributor_may_save_drafts(desk: Desk, article: ArticleToPublish) -> None:
    published = await desk.publish(replace(article, status="draft", picture=None), role="contributor")
    assert published.status == "draft"


async def test_another_users_post_is_not_doubled_by_an_author(desk: Desk, article: ArticleToPublish) -> None:
    first = await desk.publish(article)
    with pytest.raises(RoleRefusedError):
        await desk.publish(replace(article, title="Mine now"), first.receipt, role="author")
    assert await desk.posts(article) == [first.post_id]


async def test_a_live_post_stays_live(desk: Desk, article: ArticleToPublish) -> None:
    first = await desk.publish(article)
    again = await desk.publish(replace(article, status="draft", title="New words"), first.receipt)
    assert (again.status, again.url) == ("publish", first.url)
    assert [warning.name for warning in again.warnings] == ["status"]


async def test_a_draft_becomes_live(desk: Desk, article: ArticleToPublish) -> None:
    first = await desk.publish(replace(article, status="draft"))
    assert first.status == "draft"
    again = await desk.publish(article, first.receipt)
    assert (again.post_id, again.status, again.change) == (first.post_id, "publish", "updated")
    assert again.url.rstrip("/").endswith(article.slug)


@pytest.mark.parametrize("broken_off", [False, True])
async def test_what_people_have_changed_on_the_site_is_left_alone(
    desk: Desk, article: ArticleToPublish, broken_off: bool
) -> None:
    """Unless it is to be written over. A publication that broke off is not taken for people's work."""
    first = await desk.publish(article)
    changed = replace(article, html="<p>Coarser is faster.</p>")
    if broken_off:
        desk.proxy.rules = [Rule("POST", rf"posts/{first.post_id}$", "cut", when="after", times=99)]
        with pytest.raises(UnavailableError):
            await desk.publish(changed, first.receipt)
        desk.proxy.rules = []
        again = await desk.publish(changed, desk.receipts[-1])
        assert (again.change, again.warnings) == ("updated", ())
        return
    await desk.direct.update_post("post", first.post_id, {"title": "By hand"})
    assert (await desk.publish(article, first.receipt)).change == "unchanged"
    desk.proxy.seen.clear()
    left = await desk.publish(changed, first.receipt)
    assert (left.change, [warning.name for warning in left.warnings]) == ("skipped", ["edited"])
    asked = await desk.publish(changed, left.receipt, on_edited="ask")
    assert (asked.change, asked.warnings) == ("skipped", ())
    assert f"The post {first.post_id} was changed on the site" in (asked.asked or "")
    assert desk.proxy.asked("POST") == []
    written = await desk.publish(changed, left.receipt, on_edited="overwrite")
    assert (written.change, [warning.name for warning in written.warnings]) == ("updated", ["edited"])
    post = await desk.direct.post("post", first.post_id)
    assert (post.title.raw, "Coarser" in post.content.raw) == (article.title, True)


@pytest.mark.parametrize("status", ["pending", "private"])
async def test_other_statuses(desk: Desk, article: ArticleToPublish, status: Literal["pending", "private"]) -> None:
    published = await desk.publish(replace(article, status=status))
    assert (published.status, published.warnings) == (status, ())


@pytest.mark.parametrize("with_receipt", [True, False])
async def test_a_post_in_the_trash_is_brought_back(desk: Desk, article: ArticleToPublish, with_receipt: bool) -> None:
    first = await desk.publish(article)
    await desk.direct.trash_post("post", first.post_id)
    again = await desk.publish(article, first.receipt if with_receipt else None)
    assert (again.post_id, again.status) == (first.post_id, "publish")
    assert [warning.name for warning in again.warnings] == ["trash"]
    assert again.url == first.url


async def test_a_taken_slug_is_told_and_the_address_stays(desk: Desk, article: ArticleToPublish) -> None:
    await desk.publish(article)
    other = replace(article, key=f"{article.key}-2")
    second = await desk.publish(other)
    assert [warning.name for warning in second.warnings] == ["slug"]
    assert second.url.rstrip("/").endswith(f"{article.slug}-2")
    [first_id] = await desk.posts(article)
    await desk.direct.trash_post("post", first_id)
    third = await desk.publish(replace(other, title="Changed"), second.receipt)
    assert third.url == second.url


async def test_a_foreign_post_with_the_receipts_id_is_left_alone(
    desk: Desk, article: ArticleToPublish, picture: Picture
) -> None:
    foreign = await desk.publish(article)
    ours = replace(article, key=f"other-{uuid.uuid4().hex}", slug=f"other-{article.slug}", title="Ours")
    published = await desk.publish(ours, Receipt(post_id=foreign.post_id, slug="whatever-it-was"))
    assert published.post_id != foreign.post_id
    assert (await desk.direct.post("post", foreign.post_id)).title.raw == article.title


async def test_keys_that_begin_alike_are_told_apart(desk: Desk, article: ArticleToPublish) -> None:
    ten = replace(article, key=f"{article.key}0", slug=f"{article.slug}-ten")
    first = await desk.publish(ten)
    second = await desk.publish(article)
    assert first.post_id != second.post_id


async def test_a_post_deleted_for_good_is_made_anew(desk: Desk, article: ArticleToPublish) -> None:
    first = await desk.publish(article)
    login, password = desk.site.users["editor"]
    gone = await desk.http.delete(
        f"{desk.site.url}/wp-json/wp/v2/posts/{first.post_id}?force=true", auth=(login, password)
    )
    assert gone.status_code == 200
    again = await desk.publish(article, first.receipt)
    assert again.change == "created"
    assert await desk.posts(article) == [again.post_id]
    assert again.receipt.media_id == first.receipt.media_id


@pytest.mark.parametrize("site", ["preview"], indirect=True)  # which is never asked
@pytest.mark.parametrize("what", ["no image", "an SVG", "half a PNG", "half a JPEG", "half a WebP", "nothing"])
async def test_a_file_that_is_no_image_is_refused_before_anything_is_sent(
    desk: Desk, article: ArticleToPublish, what: str
) -> None:
    files = {"no image": b"GIF89b" + uuid.uuid4().bytes * 9, "an SVG": b"<svg/>", "nothing": b""}
    for kind in ("PNG", "JPEG", "WebP"):
        whole = io.BytesIO()
        Image.open(io.BytesIO(article.picture.data)).save(whole, kind)
        files[f"half a {kind}"] = whole.getvalue()[: len(whole.getvalue()) // 2]
    bad = replace(article, picture=Picture(files[what], "image/png", "nothing"))
    with pytest.raises(UploadRefusedError, match=f"{bad.picture.name}.* no image") as error:
        await desk.publish(bad)
    assert not error.value.retryable
    assert {seen.method for seen in desk.proxy.seen} <= {"GET"}


async def test_a_new_image_replaces_the_old_one(desk: Desk, article: ArticleToPublish, picture: Picture) -> None:
    first = await desk.publish(article)
    other = replace(picture, data=picture.data + b"\0", alt="Another")
    again = await desk.publish(replace(article, picture=other), first.receipt)
    assert again.receipt.media_id != first.receipt.media_id
    assert (await desk.direct.post("post", again.post_id)).featured_media == again.receipt.media_id


async def test_images_in_the_text_are_brought_to_the_site_once(desk: Desk, article: ArticleToPublish) -> None:
    elsewhere = await desk.publish(article)
    media = await desk.direct.media(elsewhere.receipt.media_id)
    path = media.source_url.removeprefix(desk.site.url)
    desk.proxy.rules = [
        Rule("GET", "no-image", "answer", status=200, body="<html>", times=9),
        Rule("GET", "not-there", "answer", status=404, times=9),
    ]
    names = (path, "/no-image.png", "/not-there.png")
    # The proxy's address is another site's: that of the direct client is the WordPress.
    figures = "".join(f'<figure><img src="{desk.proxy.url}{name}" alt="A &amp; b"></figure>' for name in (*names, path))
    other = replace(article, key=f"{article.key}-t", slug=f"{article.slug}-t", html=figures, picture=None)

    async def publish(changed: ArticleToPublish, receipt: Receipt | None) -> Published:
        return await publish_article(desk.direct, changed, receipt, save=desk.save)

    published = await publish(other, None)
    assert [warning.name for warning in published.warnings] == ["image", "image"]
    assert "no image" in published.warnings[0].message
    assert "404" in published.warnings[1].message
    post = await desk.direct.post("post", published.post_id)
    assert post.content.raw.count(media.source_url) == 2
    assert await desk.images(article.picture) == [media.id]
    assert unescape((await desk.direct.media(media.id)).alt_text) == "A & b"
    assert (await publish(other, published.receipt)).change == "unchanged"


@pytest.mark.parametrize("site", ["wordpress"], indirect=True)
async def test_an_image_in_the_text_takes_its_title_and_caption_along(desk: Desk, article: ArticleToPublish) -> None:
    elsewhere = await desk.direct.upload_media(article.picture.data + b"1", media_type="image/png", filename="a.png")
    address = elsewhere.source_url.replace(desk.site.url, desk.proxy.url)
    shown = f'<img src="{address}" alt="A" title="On top"><figcaption>Below &amp; <em>beyond</em></figcaption>'
    other = replace(article, html=f"<figure>{shown}</figure>", picture=None)
    published = await publish_article(desk.direct, other, None, save=desk.save)
    post = await desk.direct.post("post", published.post_id)
    [media] = [each for each in await desk.direct.find_media(search="On top") if each.source_url in post.content.raw]
    assert (unescape(media.caption.raw), media.alt_text, media.slug[:6]) == ("Below & beyond", "A", "igny8-")
    assert published.warnings == ()


@pytest.mark.parametrize("site", ["wordpress"], indirect=True)
async def test_whose_post_it_is(desk: Desk, article: ArticleToPublish) -> None:
    author = await desk.client("author").user()
    published = await desk.publish(replace(article, author="AUTHOR"))
    assert (published.warnings, (await desk.direct.post("post", published.post_id)).author) == ((), author.id)
    again = await desk.publish(replace(article, author="nobody there", title="Another"), published.receipt)
    assert [(warning.name, "nobody there" in warning.message) for warning in again.warnings] == [("author", True)]
    assert (await desk.direct.post("post", published.post_id)).author == author.id, "as it was"
    other = replace(article, key=f"{article.key}-o", slug=f"{article.slug}-o", author="editor", categories=())
    theirs = await desk.publish(other, role="author")
    assert [warning.name for warning in theirs.warnings] == ["author"]
    assert (await desk.direct.post("post", theirs.post_id)).author == author.id


@pytest.mark.parametrize("site", ["preview"], indirect=True)
async def test_a_site_that_tells_nobody_its_users_is_named(desk: Desk, article: ArticleToPublish) -> None:
    published = await desk.publish(replace(article, author="author"))
    assert [(warning.name, "does not tell" in warning.message) for warning in published.warnings] == [("author", True)]


async def test_pages(desk: Desk, article: ArticleToPublish) -> None:
    page = replace(article, kind="page", categories=(), tags=())
    first = await desk.publish(page)
    again = await desk.publish(replace(page, title="About us"), None)
    assert (again.post_id, again.change, again.warnings) == (first.post_id, "updated", ())
    assert await desk.direct.post("post", first.post_id) is None


async def test_without_pretty_permalinks(desk: Desk, article: ArticleToPublish) -> None:
    desk.proxy.rules = [Rule("GET", "^/wp-json", "answer", status=404, body="<h1>Not found</h1>", times=99)]
    published = await desk.publish(article)
    again = await desk.publish(article)
    assert (again.post_id, again.change) == (published.post_id, "updated")
    assert published.warnings == ()
    assert all("rest_route=" in seen.path for seen in desk.proxy.asked("POST"))


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Crème brûlée ☕ 😀 & “quotes” \\ $1 %s"},
        {"title": "קפה אספרסו ביתי", "html": "<p dir='rtl'>טוחנים דק יותר</p>"},
        {"title": "珈琲の淹れ方", "excerpt": "日本語"},
        {"html": "<p>5 &lt; 6 &amp; 7 \\n $1</p><table><tr><th>A</th></tr><tr><td>1</td></tr></table>"},
        {"html": "<p>" + "A sentence of some length. " * 80_000 + "</p>"},
        {"html": "<p>One <strong>bold <em>both</strong> on</em><h2>Two<p>three</h2><li>four</div></section><td>five"},
    ],
    ids=["emoji", "rtl", "cjk", "markup", "2 MB", "broken"],
)
async def test_texts_survive_byte_for_byte(desk: Desk, article: ArticleToPublish, changes: dict[str, str]) -> None:
    changed = replace(article, **changes)
    published = await desk.publish(changed)
    assert published.warnings == ()
    post = await desk.direct.post("post", published.post_id)
    assert post.title.raw == changed.title
    assert post.content.raw == changed.content


async def test_slugs_of_other_scripts(desk: Desk, article: ArticleToPublish) -> None:
    changed = replace(article, slug=f"קפה-{article.slug}")
    published = await desk.publish(changed)
    assert published.warnings == ()
    assert (await desk.http.get(published.url)).status_code == 200


async def test_a_title_of_300_characters(desk: Desk, article: ArticleToPublish) -> None:
    title = ("a long title " * 24)[:300].strip()
    published = await desk.publish(replace(article, title=title, slug=f"{article.slug}-{'long-' * 60}end"))
    assert [warning.name for warning in published.warnings] == ["slug"]
    assert (await desk.direct.post("post", published.post_id)).title.raw == title


async def test_scripts_never_reach_the_site(desk: Desk, article: ArticleToPublish) -> None:
    html = '<p onclick="x()">Fine</p><script>alert(1)</script><a href="javascript:x()">l</a><iframe src="//x"></iframe>'
    words = "5 < 6 <script>alert(1)</script> & <b>bold</b>"
    assert article.picture is not None
    picture = replace(article.picture, alt=words, title=words, caption=words)
    published = await desk.publish(replace(article, html=html, title=words, excerpt=words, picture=picture))
    sent = b"".join(seen.path.encode() + seen.body for seen in desk.proxy.asked("POST", "posts|media"))
    for word in (b"<script", b"%3Cscript", b"onclick", b"javascript:", b"<iframe"):
        assert word not in sent
    assert published.warnings == ()
    # What an Editor writes into a title runs, so it is written as the words that it is.
    post = await desk.direct.post("post", published.post_id)
    assert (unescape(post.title.raw), unescape(post.excerpt.raw)) == (words, words)
    media = await desk.direct.media(published.receipt.media_id)
    assert [unescape(text) for text in (media.alt_text, media.title.raw, media.caption.raw)] == [words] * 3
    shown = (await desk.http.get(published.url, follow_redirects=True)).text
    assert "<script>alert(1)" not in shown
    assert "5 &lt; 6 &lt;script&gt;" in shown


async def test_a_category_with_an_ampersand_is_found_again(desk: Desk, article: ArticleToPublish) -> None:
    first = await desk.publish(article)
    shouted = replace(
        article, key=f"{article.key}-b", slug=f"{article.slug}-b", categories=(article.categories[0].upper(),)
    )
    second = await desk.publish(shouted)
    one, two = [await desk.direct.post("post", post_id) for post_id in (first.post_id, second.post_id)]
    assert one.categories == two.categories


async def test_a_category_below_another_is_found(desk: Desk, article: ArticleToPublish) -> None:
    login, password = desk.site.users["editor"]
    name = f"Grinders {uuid.uuid4().hex[:6]}"
    made = await desk.http.post(
        f"{desk.site.url}/wp-json/wp/v2/categories", json={"name": name, "parent": 1}, auth=(login, password)
    )
    published = await desk.publish(replace(article, categories=(name,)))
    assert (await desk.direct.post("post", published.post_id)).categories == (made.json()["id"],)


async def test_a_name_that_is_no_category_does_not_stop_the_article(desk: Desk, article: ArticleToPublish) -> None:
    published = await desk.publish(replace(article, categories=("x" * 250,), tags=(" ", "")))
    assert published.status == "publish"
    assert {warning.name for warning in published.warnings} <= {"categories"}


async def test_different_articles_at_once(desk: Desk, article: ArticleToPublish) -> None:
    articles = [replace(article, key=f"{article.key}-{n}", slug=f"{article.slug}-{n}") for n in range(6)]
    # Their image is one, and is uploaded once, by whichever comes first.
    client = desk.client()
    desk.client = lambda *_, **__: client  # type: ignore[method-assign]
    published = await asyncio.gather(*(desk.publish(each) for each in articles))
    assert len({each.post_id for each in published}) == 6
    for each in articles:
        assert len(await desk.posts(each)) == 1
    assert await desk.images(article.picture) == [published[0].receipt.media_id]
    assert all(each.warnings == () for each in published)


async def test_a_stranger_sees_nothing_but_what_is_published(desk: Desk, article: ArticleToPublish) -> None:
    draft = await desk.publish(replace(article, status="draft"))
    async with httpx.AsyncClient(base_url=f"{desk.site.url}/wp-json/wp/v2/", trust_env=False) as stranger:
        assert (await stranger.get(f"posts/{draft.post_id}")).status_code == 401
        assert (await stranger.get("posts", params={"search": article.key})).json() == []
        await desk.publish(article, draft.receipt)
        [seen] = (await stranger.get("posts", params={"search": article.key})).json()
    assert "raw" not in seen["content"]
