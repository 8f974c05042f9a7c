"""The client by itself, against answers that no test site gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Never

import httpx
import pytest

from igny8_engine.errors import EngineError, ItemFailedError
from igny8_engine.wordpress import errors
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.connection import Patience

INDEX = {"namespaces": ["oembed/1.0", "wp/v2"]}


def client_of(
    answer: Callable[[httpx.Request], httpx.Response],
    *,
    url: str = "https://example.test",
    patience: Patience | None = None,
    waits: list[float] | None = None,
) -> WordPressClient:
    """A client whose index is there and whose every other call is answered by ``answer``."""

    def handle(request: httpx.Request) -> httpx.Response:
        route = request.url.params.get("rest_route") or request.url.path.partition("/wp-json")[2]
        if route == "/":
            return httpx.Response(200, json=INDEX)
        return answer(request)

    async def sleep(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    http = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return WordPressClient(url, "ed", "abcd efgh", http=http, patience=patience, sleep=sleep)


def fault(status: int, code: str = "x", message: str = "No.", **data: object) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": message, "data": {"status": status, **data}})


@pytest.mark.parametrize(
    ("response", "error", "retryable"),
    [
        (fault(401, "rest_not_logged_in"), errors.CredentialsRefusedError, False),
        (fault(401, "incorrect_password"), errors.CredentialsRefusedError, False),
        (httpx.Response(401, html="<h1>Login</h1>"), errors.CredentialsRefusedError, False),
        (
            fault(400, "rest_invalid_param", details={"status": {"code": "x", "data": {"status": 401}}}),
            errors.CredentialsRefusedError,
            False,
        ),
        (
            fault(400, "rest_invalid_param", details={"status": {"code": "x", "data": {"status": 403}}}),
            errors.RoleRefusedError,
            False,
        ),
        (fault(403, "rest_cannot_edit"), errors.RoleRefusedError, False),
        (httpx.Response(403, html="<h1>Forbidden by the firewall</h1>"), errors.BlockedError, False),
        (fault(404, "rest_no_route"), errors.NoRestApiError, False),
        (httpx.Response(404, html="<h1>Not found</h1>"), errors.NoRestApiError, False),
        (fault(404, "rest_user_invalid_id"), errors.NotFoundError, False),
        (httpx.Response(429, html="slow down"), errors.RateLimitedError, True),
        (httpx.Response(502, html="bad gateway"), errors.UnavailableError, True),
        (fault(500, "wp_die", "Error establishing a database connection"), errors.UnavailableError, True),
        (httpx.Response(408, html="too slow"), errors.UnavailableError, True),
        (httpx.Response(413, html="too large"), errors.RejectedError, False),
        (httpx.Response(200, html="<p>Are you a robot?</p>"), errors.UnavailableError, True),
        (
            httpx.Response(200, content=b'{"id": 1', headers={"Content-Type": "application/json"}),
            errors.UnavailableError,
            True,
        ),
        (httpx.Response(200, json={"id": "many"}), errors.UnavailableError, True),
        (httpx.Response(301, headers={"Location": "https://www.example.test/"}), errors.SiteMovedError, False),
        (httpx.Response(302), errors.SiteMovedError, False),
        (httpx.Response(302, headers={"Location": "/wp-admin/install.php"}), errors.NoRestApiError, False),
        (fault(400, "rest_invalid_param", "Invalid parameter(s): slug"), errors.RejectedError, False),
        (fault(500, "rest_upload_sideload_error"), errors.UploadRefusedError, False),
        (fault(501, "rest_trash_not_supported"), errors.RejectedError, False),
        (httpx.Response(400, json=["odd"]), errors.RejectedError, False),
    ],
)
async def test_every_failure_has_its_error(response: httpx.Response, error: type[Exception], retryable: bool) -> None:
    with pytest.raises(errors.WordPressError) as caught:
        await client_of(lambda request: response).user()
    assert type(caught.value) is error
    assert caught.value.retryable is retryable
    assert "https://example.test" in caught.value.message
    assert isinstance(caught.value, EngineError)
    assert isinstance(caught.value, ItemFailedError)


async def test_the_sites_own_words_are_told() -> None:
    with pytest.raises(errors.RejectedError, match="Invalid parameter"):
        await client_of(lambda request: fault(400, "rest_invalid_param", "Invalid parameter(s): slug")).user()


async def test_where_a_site_has_moved_to_is_told_without_following() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(301, headers={"Location": "https://www.example.test/wp-json/?secret=1"})

    with pytest.raises(errors.SiteMovedError, match=r"https://www\.example\.test/wp-json/$"):
        await client_of(answer).user()
    assert set(asked) == {"example.test"}


@pytest.mark.parametrize(
    ("raised", "maybe_done"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout("slow"), False),
        (httpx.ReadTimeout("slow"), True),
        (httpx.RemoteProtocolError("cut"), True),
        (httpx.ReadError(""), True),
    ],
)
async def test_lost_calls_say_whether_the_work_may_be_done(raised: Exception, maybe_done: bool) -> None:
    def answer(request: httpx.Request) -> Never:
        raise raised

    with pytest.raises(errors.UnavailableError) as caught:
        await client_of(answer).create_post("post", {"title": "x"})
    assert caught.value.maybe_done is maybe_done


async def test_reads_are_repeated_and_creations_are_not() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(503)

    waits: list[float] = []
    client = client_of(answer, patience=Patience(attempts=3, first_wait=1.0), waits=waits)
    with pytest.raises(errors.UnavailableError):
        await client.user()
    assert asked == ["GET"] * 3
    assert 0.75 <= waits[0] <= 1.25 < waits[1] <= 2.5
    for create in (client.create_post("post", {}), client.upload_media(b"x", media_type="image/png", filename="a.png")):
        asked.clear()
        with pytest.raises(errors.UnavailableError):
            await create
        assert asked == ["POST"]


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [
        ("7", 7, 7),
        ("a date in 40 s", 1, 40),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("soon", 0.375, 0.625),
    ],
)
async def test_retry_after(told: str, least: float, most: float) -> None:
    if told == "a date in 40 s":
        told = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    answers = [httpx.Response(429, headers={"Retry-After": told}), httpx.Response(200, json={"id": 1})]
    waits: list[float] = []
    await client_of(lambda request: answers.pop(0), waits=waits).user()
    assert least <= waits[0] <= most


async def test_credentials_and_what_we_accept_are_sent_unasked() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json={"id": 1, "capabilities": []})

    user = await client_of(answer).user()
    assert not user.may("edit_posts")
    assert seen[0]["authorization"].startswith("Basic ")
    assert seen[0]["accept"] == "application/json"


async def test_long_listings_are_read_to_the_end() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        post = {"id": page, "slug": f"s{page}", "status": "draft"}
        return httpx.Response(200, json=[post], headers={"X-WP-TotalPages": "3"})

    found = await client_of(answer).find_posts("post", search="key")
    assert [post.id for post in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("given", "home"),
    [
        ("https://example.test/", "https://example.test"),
        (" https://example.test/blog/wp-admin/profile.php?x=1#y ", "https://example.test/blog"),
        ("http://example.test:8080/wp-json/wp/v2/posts", "http://example.test:8080"),
        ("https://wp-json.test/index.php", "https://wp-json.test"),
        ("https://me:secret@example.test", "https://example.test"),
    ],
)
async def test_any_address_of_a_site_will_do(given: str, home: str) -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"id": 1})

    client = client_of(answer, url=given)
    await client.user()
    assert client.site == home
    assert seen == [f"{home}/wp-json/wp/v2/users/me?context=edit"]


@pytest.mark.parametrize("given", ["", "example.test", "ftp://example.test", "http://", "http://[::1", "javascript:x"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(errors.NoRestApiError, match="no web address"):
        client_of(lambda request: httpx.Response(200), url=given)


@pytest.mark.parametrize(
    "index",
    [
        httpx.Response(404, html="<h1>Nothing here</h1>"),
        httpx.Response(200, html="<h1>A shop of another kind</h1>"),
        httpx.Response(200, json={"namespaces": ["other/v1"]}),
        httpx.Response(200, json={"hello": "world"}),
    ],
)
async def test_an_address_without_wordpress(index: httpx.Response) -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: index))
    with pytest.raises(errors.NoRestApiError, match=r"REST API"):
        await WordPressClient("https://example.test", "a", "b", http=http).user()


async def test_a_term_made_by_somebody_else_meanwhile_is_taken() -> None:
    client = client_of(lambda request: fault(400, "term_exists", term_id=11))
    assert await client.create_term("categories", "Beans") == 11


async def test_the_exact_name_wins_over_the_same_in_other_letters() -> None:
    terms = [{"id": 3, "name": "BEANS"}, {"id": 5, "name": "Beans"}, {"id": 7, "name": "Beans &amp; more"}]
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["search"])
        return httpx.Response(200, json=terms)

    client = client_of(answer)
    assert (await client.find_term("categories", "Beans")).id == 5
    assert (await client.find_term("categories", "beans")).id == 3
    assert (await client.find_term("tags", "Beans & more")).id == 7
    assert await client.find_term("tags", "Roasts") is None
    assert asked[2] == "Beans &amp; more"


async def test_what_is_in_the_trash_already_is_no_failure() -> None:
    await client_of(lambda request: fault(410, "rest_already_trashed")).trash_post("post", 1)
    await client_of(lambda request: fault(404, "rest_post_invalid_id")).trash_post("post", 1)
    with pytest.raises(errors.RoleRefusedError):
        await client_of(lambda request: fault(403, "rest_cannot_delete")).trash_post("post", 1)


async def test_packed_answers_that_cannot_be_unpacked() -> None:
    bad = httpx.Response(200, stream=httpx.ByteStream(b"no gzip"), headers={"Content-Encoding": "gzip"})
    with pytest.raises(errors.UnavailableError, match="unpacked"):
        await client_of(lambda request: bad, patience=Patience(attempts=1)).user()


def test_errors_carry_what_programs_need() -> None:
    told = json.dumps({cls.__name__: cls.code for cls in errors.WordPressError.__subclasses__()})
    assert len(set(json.loads(told).values())) == len(json.loads(told))
