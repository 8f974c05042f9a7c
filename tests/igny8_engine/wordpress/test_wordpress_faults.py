"""How a real WordPress breaks: down, out of space, away, slow, or too small for what it is sent.

Faults that a proxy makes are in :mod:`test_publish_to_site`.
"""

from __future__ import annotations

import io
import math
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import httpx
import pytest
from faulty_proxy import Rule
from PIL import Image
from publishing_desk import Desk

from igny8_engine.wordpress.article import ArticleToPublish, Receipt
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.connection import Patience
from igny8_engine.wordpress.errors import RejectedError, UnavailableError, UploadRefusedError
from igny8_engine.wordpress.publish import publish_article
from igny8_local.ports import free_port
from igny8_local.wordpress.programs import PHP_FILES
from igny8_local.wordpress.site import WordPressSite

pytestmark = pytest.mark.parametrize("site", ["wordpress"], indirect=True)


@contextmanager
def _maintenance(wordpress: WordPressSite) -> Iterator[None]:
    mark = wordpress.tree / ".maintenance"
    mark.write_text("<?php $upgrading = time();")
    try:
        yield
    finally:
        mark.unlink()


@contextmanager
def _database_down(wordpress: WordPressSite) -> Iterator[None]:
    """MariaDB is stopped; where SQLite's file was, there is something that is none."""
    files = wordpress.folder / "sqlite"
    if wordpress.database == "mariadb":
        wordpress.stop("mariadb")
    else:
        files.rename(files.with_name("sqlite-aside"))
        (files / "wordpress.sqlite3").mkdir(parents=True)
    try:
        yield
    finally:
        if wordpress.database == "sqlite":
            shutil.rmtree(files)
            files.with_name("sqlite-aside").rename(files)
        wordpress.start_database()


@pytest.mark.parametrize("fault", [_maintenance, _database_down])
async def test_a_site_that_is_down_is_told_so_and_published_to_later(
    desk: Desk, wordpress: WordPressSite, article: ArticleToPublish, fault: object
) -> None:
    assert callable(fault)
    with fault(wordpress), pytest.raises(UnavailableError) as error:
        await desk.publish(article)
    assert error.value.retryable
    published = await desk.publish(article, desk.receipts[-1] if desk.receipts else None)
    assert await desk.posts(article) == [published.post_id]


async def test_a_folder_that_cannot_be_written_is_told_in_the_sites_words(
    desk: Desk, wordpress: WordPressSite, article: ArticleToPublish
) -> None:
    uploads = wordpress.tree / "wp-content" / "uploads"
    aside = uploads.rename(uploads.with_name("uploads-aside"))
    uploads.touch()
    try:
        with pytest.raises(UploadRefusedError, match=r"(?i)director"):
            await desk.publish(article)
    finally:
        uploads.unlink()
        aside.rename(uploads)
    assert await desk.posts(article) == []
    assert (await desk.publish(article)).warnings == ()


@dataclass
class FullDisk:
    """A further server of the same WordPress, whose files break off: it can write so many bytes into each."""

    wordpress: WordPressSite
    process: subprocess.Popen[bytes]
    url: str

    def leave(self, room: int) -> None:
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))


@pytest.fixture
def full_disk(wordpress: WordPressSite) -> Iterator[FullDisk]:
    port = free_port()
    server = ["-S", f"127.0.0.1:{port}", "-t", str(wordpress.tree), str(PHP_FILES / "router.php")]
    # Without that signal, writing beyond the limit does not end PHP but fails, as it does where there is no room.
    command = ["/bin/sh", "-c", 'trap "" XFSZ; exec "$@"', "sh", *wordpress.programs.php, *server]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=wordpress._php_environment(), stdout=quiet, stderr=quiet) as process:
        url = f"http://127.0.0.1:{port}"
        limit = time.monotonic() + 60
        while True:
            with suppress(httpx.TransportError):
                if httpx.get(f"{url}/wp-json/", trust_env=False, timeout=30).is_success:
                    break
            assert time.monotonic() < limit, "the second server did not start"
            time.sleep(0.05)
        yield FullDisk(wordpress, process, url)
        process.kill()


async def test_half_an_image_of_a_full_disk_is_not_taken_for_one(
    desk: Desk, full_disk: FullDisk, article: ArticleToPublish
) -> None:
    """WordPress says "created" to an upload that its disk has taken the beginning of."""
    assert article.picture is not None
    client = WordPressClient(full_disk.url, *desk.site.users["editor"], http=desk.http)
    whole = len(article.picture.data)
    full_disk.leave(whole // 2)
    if full_disk.wordpress.database == "sqlite":  # PHP writes the database itself, so there is no room for that either
        with pytest.raises(UnavailableError):
            await publish_article(client, article, None, save=desk.save)
        full_disk.leave(resource.RLIM_INFINITY)
        published = await publish_article(client, article, None, save=desk.save)
        assert (published.warnings, await desk.posts(article)) == ((), [published.post_id])
        return
    with pytest.raises(UploadRefusedError, match=rf"{whole // 2:,} of {whole:,} bytes") as error:
        await publish_article(client, article, None, save=desk.save)
    assert (error.value.retryable, "disk" in (error.value.hint or "")) == (False, True)
    assert await desk.posts(article) == []
    assert await desk.images(article.picture) == []

    # One that is left over from an engine that died is made good, wherever it is found.
    left = await client.upload_media(article.picture.data, media_type="image/png", filename=article.picture.filename)
    assert len((await desk.http.get(left.source_url)).content) == whole // 2
    full_disk.leave(resource.RLIM_INFINITY)
    known = Receipt(media_id=left.id, media_digest=article.picture.digest)
    published = await publish_article(client, article, known, save=desk.save)
    assert published.warnings == ()
    [image] = await desk.images(article.picture)
    assert image != left.id
    shown = await desk.direct.media(image)
    assert shown is not None
    assert (await desk.http.get(shown.source_url)).content == article.picture.data


async def test_what_is_made_smaller_on_the_site_is_no_half_image(
    desk: Desk, article: ArticleToPublish, wordpress: WordPressSite
) -> None:
    assert article.picture is not None
    first = await desk.publish(article)
    media = await desk.direct.media(first.receipt.media_id or 0)
    assert media is not None
    file = wordpress.tree / media.source_url.removeprefix(f"{desk.site.url}/")
    smaller = io.BytesIO()
    Image.open(io.BytesIO(article.picture.data)).convert("L").save(smaller, "PNG")
    file.write_bytes(smaller.getvalue())
    again = await desk.publish(replace(article, title="Again"), first.receipt)
    assert (again.receipt.media_id, again.warnings) == (first.receipt.media_id, ())


async def test_an_image_that_is_too_large_is_refused_by_name(desk: Desk, article: ArticleToPublish) -> None:
    """By what stands before PHP. PHP's own limits are those of forms: what is sent raw it takes at any size."""
    desk.proxy.rules = [
        Rule("POST", "media$", "answer", status=413, body="<h1>413 Request Entity Too Large</h1>", times=9)
    ]
    with pytest.raises(RejectedError, match="limits the size of what is sent") as error:
        await desk.publish(article)
    assert (error.value.retryable, "smaller image" in (error.value.hint or "")) == (False, True)
    assert len(desk.proxy.asked("POST", "media")) == 1
    assert await desk.posts(article) == []
    desk.proxy.rules = []
    assert article.picture is not None
    beyond = replace(article.picture, data=article.picture.data + bytes(9 * 2**20))
    assert (await desk.publish(replace(article, picture=beyond))).warnings == ()


async def test_a_site_that_refuses_connections_is_published_to_once_it_is_back(
    desk: Desk, wordpress: WordPressSite, article: ArticleToPublish
) -> None:
    receipts: list[Receipt] = []
    waits: list[float] = []
    is_up = True

    async def close(receipt: Receipt) -> None:
        nonlocal is_up
        receipts.append(receipt)
        if len(receipts) == 1:  # the image is there, the post is next
            wordpress.stop("php")
            is_up = False

    async def wait(seconds: float) -> None:
        nonlocal is_up
        waits.append(seconds)
        if len(waits) == 5:
            wordpress.start_server()
            is_up = True

    client = WordPressClient(wordpress.url, *wordpress.login("editor"), http=desk.http, sleep=wait)
    try:
        with pytest.raises(UnavailableError, match="cannot be reached") as error:
            await publish_article(client, article, None, save=close)
        assert (error.value.retryable, error.value.maybe_done, len(waits)) == (True, False, 3)
        # Started again while the port is closed, the same publication goes on when it is open again.
        published = await publish_article(client, article, receipts[-1], save=close)
    finally:
        if not is_up:
            wordpress.start_server()
    assert len(waits) == 5
    assert await desk.posts(article) == [published.post_id]
    assert article.picture is not None
    assert await desk.images(article.picture) == [published.receipt.media_id]
    assert (published.status, published.warnings) == ("publish", ())


@pytest.mark.parametrize(("seconds", "times"), [(0.5, 1), (math.inf, 2)], ids=["below", "above"])
@pytest.mark.parametrize("work", [r"/wp/v2/posts$", r"/wp/v2/media$"], ids=["post", "image"])
async def test_a_slow_site_is_waited_for_and_beyond_the_time_out_looked_at(
    desk: Desk, article: ArticleToPublish, work: str, seconds: float, times: int
) -> None:
    """Above the time-out it does the work when nobody waits for it any more."""
    desk.proxy.rules = [Rule("POST", work, "slow", seconds=seconds)]
    patience = Patience(timeout=30.0 if times == 1 else 3.0)
    client = WordPressClient(desk.proxy.url, *desk.site.users["editor"], http=desk.http, patience=patience)
    published = await publish_article(client, article, None, save=desk.save)
    assert 1 <= len(desk.proxy.asked("POST", work)) <= times
    assert await desk.posts(article) == [published.post_id]
    assert article.picture is not None
    assert await desk.images(article.picture) == [published.receipt.media_id]
    assert (published.status, published.warnings) == ("publish", ())
