"""What the preview site and WordPress must answer alike: the semantics that publishing rests on."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
from publishing_desk import Site


@pytest.fixture
async def editor(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with _as(site, "editor") as client:
        yield client


@pytest.fixture
async def stranger(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with _as(site, None) as client:
        yield client


@pytest.fixture
def word() -> str:
    """A word that is nowhere yet."""
    return f"w{uuid.uuid4().hex[:12]}"


def _as(site: Site, role: str | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{site.url}/wp-json/wp/v2/",
        auth=site.users[role] if role else None,
        trust_env=False,
        verify=False,
        timeout=60,
    )


async def test_the_index(site: Site, stranger: httpx.AsyncClient) -> None:
    for address in ("/wp-json/", "/wp-json", "/?rest_route=/"):
        index = (await stranger.get(site.url + address, follow_redirects=True)).json()
        assert "wp/v2" in index["namespaces"]
        assert index["home"] == site.url


async def test_unknown_routes(stranger: httpx.AsyncClient) -> None:
    for answer in (await stranger.get("nothing"), await stranger.post("users/me/nothing"), await stranger.put("posts")):
        assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")


async def test_who_we_are(site: Site, editor: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    me = (await editor.get("users/me", params={"context": "edit"})).json()
    assert (me["username"], me["roles"]) == (site.users["editor"][0], ["editor"])
    assert me["capabilities"]["publish_pages"] is True
    assert "capabilities" not in (await editor.get("users/me")).json()
    wrong = httpx.BasicAuth(site.users["editor"][0], "wrong")
    for answer in (await stranger.get("users/me"), await stranger.get("users/me", auth=wrong)):
        assert (answer.status_code, answer.json()["code"]) == (401, "rest_not_logged_in")


async def test_spaces_in_the_password_do_not_matter(site: Site, stranger: httpx.AsyncClient) -> None:
    login, password = site.users["editor"]
    assert (await stranger.get("users/me", auth=(login, password.replace(" ", "")))).status_code == 200


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("editor", [201, 201, 201, 201, 201]),
        ("author", [201, 201, 403, 201, 201]),
        ("contributor", [201, 403, 403, 201, 403]),
        ("subscriber", [403, 403, 403, 403, 403]),
        (None, [401, 401, 401, 401, 401]),
    ],
)
async def test_roles(site: Site, word: str, picture_bytes: bytes, role: str | None, statuses: list[int]) -> None:
    async with _as(site, role) as client:
        image = {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="a.png"'}
        answers = [
            await client.post("posts", json={"title": word, "status": "draft"}),
            await client.post("posts", json={"title": word, "status": "publish"}),
            await client.post("categories", json={"name": word}),
            await client.post("tags", json={"name": word}),
            await client.post("media", content=picture_bytes, headers=image),
        ]
    assert [answer.status_code for answer in answers] == statuses


async def test_others_posts(site: Site, editor: httpx.AsyncClient, word: str) -> None:
    made = (await editor.post("posts", json={"title": word, "status": "publish"})).json()
    async with _as(site, "author") as author:
        answer = await author.post(f"posts/{made['id']}", json={"title": "mine"})
        assert (answer.status_code, answer.json()["code"]) == (403, "rest_cannot_edit")
        answer = await author.get(f"posts/{made['id']}", params={"context": "edit"})
        assert (answer.status_code, answer.json()["code"]) == (403, "rest_forbidden_context")
        answer = await author.delete(f"posts/{made['id']}")
        assert (answer.status_code, answer.json()["code"]) == (403, "rest_cannot_delete")


async def test_updates_are_partial(editor: httpx.AsyncClient, word: str) -> None:
    made = (await editor.post("posts", json={"title": word, "content": "<p>x</p>", "excerpt": "e"})).json()
    assert (made["status"], made["title"]["raw"], made["type"]) == ("draft", word, "post")
    for method in ("POST", "PUT", "PATCH"):
        changed = await editor.request(method, f"posts/{made['id']}", json={"title": method})
        assert changed.status_code == 200
        assert changed.json()["title"]["raw"] == method
        assert changed.json()["content"]["raw"] == "<p>x</p>"
    assert changed.json()["slug"] == ""
    live = (await editor.post(f"posts/{made['id']}", json={"status": "publish", "title": word})).json()
    assert live["status"] == "publish"
    assert live["link"].endswith(f"/{word}/")


async def test_raw_texts_only_for_editing(editor: httpx.AsyncClient, stranger: httpx.AsyncClient, word: str) -> None:
    made = (
        await editor.post("posts", json={"title": "A & B", "content": f"<p>{word}</p>", "status": "publish"})
    ).json()
    seen = (await stranger.get(f"posts/{made['id']}")).json()
    assert set(seen["title"]) == {"rendered"}
    assert word in seen["content"]["rendered"]
    assert (await editor.get(f"posts/{made['id']}?context=edit")).json()["title"]["raw"] == "A & B"
    refused = await stranger.get(f"posts/{made['id']}?context=edit")
    assert (refused.status_code, refused.json()["code"]) == (401, "rest_forbidden_context")
    listing = await stranger.get("posts?context=edit")
    assert (listing.status_code, listing.json()["code"]) == (401, "rest_forbidden_context")


async def test_drafts_are_not_for_strangers(
    site: Site, editor: httpx.AsyncClient, stranger: httpx.AsyncClient, word: str
) -> None:
    made = (await editor.post("posts", json={"title": word, "content": word})).json()
    assert (await stranger.get(f"posts?search={word}")).json() == []
    assert (await editor.get(f"posts?search={word}")).json() == []
    assert [post["id"] for post in (await editor.get(f"posts?search={word}&status=any")).json()] == [made["id"]]
    async with _as(site, "subscriber") as subscriber:
        for client, inner in ((stranger, 401), (subscriber, 403)):
            answer = await client.get("posts?status=draft")
            assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param")
            assert answer.json()["data"]["details"]["status"]["data"]["status"] == inner
    alone = await stranger.get(f"posts/{made['id']}")
    assert (alone.status_code, alone.json()["code"]) == (401, "rest_forbidden")


async def test_search_looks_for_all_words_in_all_texts(editor: httpx.AsyncClient, word: str) -> None:
    one = {"title": f"{word} Alpha", "content": "<!-- mark:a/b-1 -->", "excerpt": "gamma 100%", "status": "publish"}
    made = (await editor.post("posts", json=one)).json()["id"]
    for words, found in [
        (word, True),
        (f"alpha {word}", True),
        (f"{word} mark:a/b-1", True),
        (f"{word} gamma", True),
        (f"{word} 100%", True),
        (f"{word} 1_0", False),
        (f"{word} delta", False),
        (f'"{word} alpha"', True),
        (f'"alpha {word}"', False),
    ]:
        ids = [post["id"] for post in (await editor.get("posts", params={"search": words})).json()]
        assert ids == ([made] if found else []), words


async def test_slugs_are_made_unique(editor: httpx.AsyncClient, word: str) -> None:
    given = {"title": "T", "slug": word, "status": "publish"}
    slugs = [(await editor.post("posts", json=given)).json()["slug"] for _ in range(3)]
    assert slugs == [word, f"{word}-2", f"{word}-3"]
    found = (await editor.get("posts", params={"slug": f"{word}-2,{word}-3"})).json()
    assert len(found) == 2


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ("Hello World", "hello-world"),
        ("Café & Crème: brûlée?", "cafe-creme-brulee"),
        ("Straße", "strase"),
        ("a/b.c_d", "a-b-c_d"),
        ("100% real", "100-real"),
        ("שלום", "%d7%a9%d7%9c%d7%95%d7%9d"),
        ("<b>Bold</b> 'quoted'", "bold-quoted"),
        ("--a--b--", "a-b"),
    ],
)
async def test_slugs_from_titles(editor: httpx.AsyncClient, word: str, asked: str, made: str) -> None:
    given = {"title": f"{word} {asked}", "slug": f"{word} {asked}", "status": "publish"}
    assert (await editor.post("posts", json=given)).json()["slug"] == f"{word}-{made}"


async def test_long_slugs_are_cut_between_letters(editor: httpx.AsyncClient, word: str) -> None:
    for letter, length in (("x", 200), ("ש", 199)):
        slug = (
            await editor.post("posts", json={"title": "T", "slug": word + letter * 300, "status": "publish"})
        ).json()["slug"]
        assert length - 6 < len(slug) <= 200
        assert not slug.endswith("%")
        twin = (
            await editor.post("posts", json={"title": "T", "slug": word + letter * 300, "status": "publish"})
        ).json()
        assert twin["slug"].endswith("-2")
        assert len(twin["slug"]) <= 200


async def test_listings_have_pages(editor: httpx.AsyncClient, word: str) -> None:
    ids = [
        (await editor.post("posts", json={"title": f"{word} {n}", "status": "publish"})).json()["id"] for n in range(3)
    ]
    params = {"search": word, "per_page": "2", "orderby": "id", "order": "asc"}
    first = await editor.get("posts", params=params)
    assert [post["id"] for post in first.json()] == ids[:2]
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("3", "2")
    second = await editor.get("posts", params={**params, "page": "2"})
    assert [post["id"] for post in second.json()] == ids[2:]
    beyond = await editor.get("posts", params={**params, "page": "3"})
    assert (beyond.status_code, beyond.json()["code"]) == (400, "rest_post_invalid_page_number")
    for bad in ({"per_page": "101"}, {"per_page": "0"}, {"page": "0"}, {"per_page": "x"}, {"orderby": "odd"}):
        answer = await editor.get("posts", params=bad)
        assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param"), bad
    cut = (await editor.get("posts", params={"search": word, "_fields": "id,slug"})).json()
    assert {name for post in cut for name in post} == {"id", "slug"}


async def test_bad_posts(editor: httpx.AsyncClient, word: str) -> None:
    for given, code in [
        ({}, "empty_content"),
        ({"title": "", "content": ""}, "empty_content"),
        ({"title": word, "status": "odd"}, "rest_invalid_param"),
        ({"title": word, "categories": ["by name"]}, "rest_invalid_param"),
        ({"title": word, "featured_media": "x"}, "rest_invalid_param"),
    ]:
        answer = await editor.post("posts", json=given)
        assert (answer.status_code, answer.json()["code"]) == (400, code), given
    broken = await editor.post("posts", content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (400, "rest_invalid_json")
    gone = await editor.get("posts/999999")
    assert (gone.status_code, gone.json()["code"]) == (404, "rest_post_invalid_id")


async def test_unknown_ids_are_dropped_without_a_word(editor: httpx.AsyncClient, word: str) -> None:
    made = await editor.post(
        "posts", json={"title": word, "categories": [999999], "tags": [999999], "featured_media": 0}
    )
    assert (made.status_code, made.json()["categories"], made.json()["tags"]) == (201, [], [])
    plain = await editor.post("posts", json={"title": word})
    assert plain.json()["categories"] == [1]


async def test_the_trash(editor: httpx.AsyncClient, word: str) -> None:
    made = (await editor.post("posts", json={"title": word, "slug": word, "status": "publish"})).json()["id"]
    trashed = (await editor.delete(f"posts/{made}")).json()
    assert (trashed["status"], trashed["slug"]) == ("trash", f"{word}__trashed")
    again = await editor.delete(f"posts/{made}")
    assert (again.status_code, again.json()["code"]) == (410, "rest_already_trashed")
    assert (await editor.get(f"posts?search={word}&status=any")).json() == []
    assert len((await editor.get(f"posts?search={word}&status=publish,trash")).json()) == 1
    back = (await editor.post(f"posts/{made}", json={"status": "publish", "slug": word})).json()
    assert (back["status"], back["slug"]) == ("publish", word)
    assert (await editor.delete(f"posts/{made}?force=true")).json()["deleted"] is True
    assert (await editor.delete(f"posts/{made}")).status_code == 404


async def test_terms(editor: httpx.AsyncClient, word: str) -> None:
    made = (await editor.post("categories", json={"name": f"{word} & Co"})).json()
    assert (made["name"], made["slug"], made["taxonomy"]) == (f"{word} &amp; Co", f"{word}-co", "category")
    twin = await editor.post("categories", json={"name": f"{word.upper()} & Co"})
    assert (twin.status_code, twin.json()["code"], twin.json()["data"]["term_id"]) == (400, "term_exists", made["id"])
    other = await editor.post("categories", json={"name": f"Another {word}", "slug": f"{word}-co"})
    assert other.json()["slug"] == f"{word}-co-2"
    below = await editor.post(
        "categories", json={"name": f"{word} & Co", "parent": made["id"], "slug": f"{word}-below"}
    )
    assert below.json()["parent"] == made["id"]
    found = (await editor.get("categories", params={"search": f"{word} &amp; Co"})).json()
    assert made["id"] in {term["id"] for term in found}
    assert (await editor.get("categories", params={"search": f"{word} & Co"})).json() == []
    assert (await editor.get("categories", params={"slug": f"{word}-co"})).json()[0]["id"] == made["id"]
    assert (await editor.get(f"categories/{made['id']}")).json()["name"] == made["name"]
    wrong = await editor.get(f"tags/{made['id']}")
    assert (wrong.status_code, wrong.json()["code"]) == (404, "rest_term_invalid")
    nameless = await editor.post("tags", json={})
    assert (nameless.status_code, nameless.json()["code"]) == (400, "rest_missing_callback_param")
    long = await editor.post("tags", json={"name": "x" * 250})
    assert (long.status_code, long.json()["code"]) == (500, "db_insert_error")


async def test_images(editor: httpx.AsyncClient, stranger: httpx.AsyncClient, picture_bytes: bytes, word: str) -> None:
    headers = {"Content-Type": "image/png", "Content-Disposition": f'attachment; filename="{word}.png"'}
    made = await editor.post("media", content=picture_bytes, headers=headers)
    image = made.json()
    assert (made.status_code, image["slug"], image["title"]["raw"], image["alt_text"]) == (201, word, word, "")
    assert (image["media_type"], image["mime_type"]) == ("image", "image/png")
    assert (image["media_details"]["width"], image["media_details"]["height"]) == (64, 36)
    assert image["media_details"]["filesize"] == len(picture_bytes)
    assert image["source_url"].endswith(f"/{word}.png")
    assert (await stranger.get(image["source_url"])).content == picture_bytes
    changed = (await editor.post(f"media/{image['id']}", json={"alt_text": "A"})).json()
    assert changed["alt_text"] == "A"
    twin = (await editor.post("media", content=picture_bytes, headers=headers)).json()
    assert twin["source_url"].endswith(f"/{word}-1.png")
    assert {found["id"] for found in (await editor.get(f"media?search={word}")).json()} == {image["id"], twin["id"]}
    kept = await editor.delete(f"media/{twin['id']}")
    assert (kept.status_code, kept.json()["code"]) == (501, "rest_trash_not_supported")
    assert (await editor.delete(f"media/{twin['id']}?force=true")).json()["deleted"] is True


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"", {"Content-Disposition": 'attachment; filename="a.png"'}, 400, "rest_upload_no_data"),
        (b"x", {}, 400, "rest_upload_no_content_disposition"),
        (b"x", {"Content-Disposition": "attachment; name=a"}, 400, "rest_upload_invalid_disposition"),
        (b"<?php", {"Content-Disposition": 'attachment; filename="a.php"'}, 500, "rest_upload_sideload_error"),
        (b"<svg/>", {"Content-Disposition": 'attachment; filename="a.svg"'}, 500, "rest_upload_sideload_error"),
        (b"no image", {"Content-Disposition": 'attachment; filename="a.png"'}, 500, "rest_upload_sideload_error"),
    ],
)
async def test_uploads_that_are_refused(
    editor: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await editor.post("media", content=content, headers={"Content-Type": "image/png", **headers})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
