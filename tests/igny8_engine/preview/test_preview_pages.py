"""The preview site as a browser sees it, mounted below a path as the engine does."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from igny8_engine.preview.app import create_preview
from igny8_engine.preview.store import PreviewStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture(params=["", "/preview"], ids=["alone", "mounted"])
def root(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def browser(folder: Path, root: str) -> TestClient:
    app = create_preview(folder)
    if root:
        outer = FastAPI()
        outer.mount(root, app)
        app = outer
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def editor(folder: Path) -> tuple[str, str]:
    return "ed", PreviewStore(folder).add_user("ed")


def make(browser: TestClient, root: str, editor: tuple[str, str], **fields: object) -> int:
    made = browser.post(f"{root}/wp-json/wp/v2/posts", json={"status": "publish", **fields}, auth=editor)
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


def test_an_empty_site_says_so(browser: TestClient, root: str) -> None:
    page = browser.get(f"{root}/")
    assert page.status_code == 200
    assert "Nothing here yet" in page.text
    assert "IGNY8 preview site" in page.text
    assert "stand-in for WordPress" in page.text


def test_a_card_leads_to_the_article(browser: TestClient, root: str, editor: tuple[str, str]) -> None:
    image = io.BytesIO()
    Image.new("RGB", (12, 6)).save(image, "PNG")
    media = browser.post(
        f"{root}/wp-json/wp/v2/media",
        content=image.getvalue(),
        headers={"Content-Disposition": 'attachment; filename="cup.png"'},
        auth=editor,
    ).json()
    browser.post(f"{root}/wp-json/wp/v2/media/{media['id']}", json={"alt_text": 'A "cup"'}, auth=editor)
    category = browser.post(f"{root}/wp-json/wp/v2/categories", json={"name": "Beans & roasts"}, auth=editor).json()[
        "id"
    ]
    tag = browser.post(f"{root}/wp-json/wp/v2/tags", json={"name": "Dose"}, auth=editor).json()["id"]
    fields = {"featured_media": media["id"], "categories": [category], "tags": [tag], "excerpt": "In short <3"}
    make(browser, root, editor, title="Salt & <b>pepper</b>", content="<h2>One</h2><p>Two</p>", **fields)

    home = browser.get(f"{root}/").text
    assert "Salt &amp; &lt;b&gt;pepper&lt;/b&gt;" in home
    assert 'alt="A &#34;cup&#34;"' in home
    assert "Beans &amp; roasts" in home
    [link] = re.findall(r'class="cover" href="([^"]+)"', home)
    assert link == f"{root}/salt-pepper/"
    article = browser.get(link)
    assert article.status_code == 200
    assert "<h2>One</h2><p>Two</p>" in article.text.replace("\n", "")
    for address in re.findall(r'(?:href|src)="(/[^"]+)"', article.text + home):
        assert address.startswith(root)
        found = browser.get(address)
        assert found.status_code == (401 if address.endswith("/drafts/") else 200), address
    [source] = set(re.findall(r'src="(/[^"]+)"', article.text))
    assert browser.get(source).content == image.getvalue()
    assert browser.get(source).headers["content-type"] == "image/png"
    for listing in (f"{root}/category/beans-roasts/", f"{root}/tag/dose/"):
        assert "Salt &amp;" in browser.get(listing).text


def test_addresses_in_the_rest_api_are_whole(browser: TestClient, root: str, editor: tuple[str, str]) -> None:
    made = browser.post(f"{root}/wp-json/wp/v2/posts", json={"title": "T", "status": "publish"}, auth=editor)
    assert made.json()["link"] == f"http://testserver{root}/t/"
    assert made.headers["location"] == f"http://testserver{root}/wp-json/wp/v2/posts/{made.json()['id']}"
    assert browser.get(f"{root}/", params={"rest_route": "/"}).json()["home"] == f"http://testserver{root}"


def test_nothing_harmful_is_shown(browser: TestClient, root: str, editor: tuple[str, str]) -> None:
    bad = (
        '<p onclick="x()">Fine</p><script>alert(1)</script><a href="javascript:x()">l</a><style>*{}</style>'
        '<iframe src="//x"></iframe><img src="x" onerror="x()"><form action="/x"></form><!-- igny8:secret -->'
    )
    make(browser, root, editor, title="<script>alert(2)</script>", slug="bad", content=bad, excerpt=bad)
    for path in ("/", "/bad/", "/wp-json/wp/v2/posts"):
        answer = browser.get(root + path)
        for word in ("<script", "onclick", "javascript:", "<style", "<iframe", "onerror=", "<form", "igny8:secret"):
            assert word not in answer.text, (path, word)
    policy = browser.get(f"{root}/bad/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_drafts_are_for_those_who_log_in(browser: TestClient, root: str, editor: tuple[str, str], folder: Path) -> None:
    number = make(browser, root, editor, title="Secret", content="<p>not yet</p>", status="draft", slug="secret")
    assert "Secret" not in browser.get(f"{root}/").text
    assert browser.get(f"{root}/secret/").status_code == 404
    for address in (f"{root}/?p={number}", f"{root}/?p=999999", f"{root}/drafts/"):
        refused = browser.get(address)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic")
        assert "Secret" not in refused.text
    assert "not yet" in browser.get(f"{root}/?p={number}", auth=editor).text
    assert "Secret" in browser.get(f"{root}/drafts/", auth=editor).text
    assert browser.get(f"{root}/?p=999999", auth=editor).status_code == 404
    author = ("writer", PreviewStore(folder).add_user("writer", "author"))
    assert browser.get(f"{root}/?p={number}", auth=author).status_code == 404
    assert "Secret" not in browser.get(f"{root}/drafts/", auth=author).text


def test_the_short_address_leads_on(browser: TestClient, root: str, editor: tuple[str, str]) -> None:
    number = make(browser, root, editor, title="Live")
    answer = browser.get(f"{root}/?p={number}")
    assert (answer.status_code, answer.headers["location"]) == (301, f"{root}/live/")
    answer = browser.get(f"{root}/live")
    assert (answer.status_code, answer.headers["location"]) == (301, f"{root}/live/")


@pytest.mark.parametrize(
    "path",
    ["/nothing/", "/a/b/c/", "/category/none/", "/tag/none/", "/wp-content/uploads/../preview.sqlite3", "/?page=99",
     "/wp-content/uploads/%2e%2e/preview.sqlite3", "/wp-content/uploads/2026/01/none.png"],
)  # fmt: skip
def test_missing_pages(browser: TestClient, root: str, path: str) -> None:
    answer = browser.get(root + path)
    assert answer.status_code in {301, 404}
    if answer.status_code == 404:
        assert "There is no such page" in answer.text


def test_many_articles_have_pages(browser: TestClient, root: str, editor: tuple[str, str]) -> None:
    for number in range(15):
        make(browser, root, editor, title=f"Article number {number}.")
    first, second = browser.get(f"{root}/").text, browser.get(f"{root}/?page=2").text
    assert "15 articles" in first
    assert "Page 1 of 2" in first
    seen = [title for page in (first, second) for title in re.findall(r"Article number \d+\.", page)]
    assert sorted(seen) == sorted(f"Article number {number}." for number in range(15))


def test_other_scripts(browser: TestClient, root: str, editor: tuple[str, str]) -> None:
    make(browser, root, editor, title="קפה ביתי", content="<p dir='rtl'>טוחנים</p>")
    [link] = re.findall(r'class="cover" href="([^"]+)"', browser.get(f"{root}/").text)
    assert "טוחנים" in browser.get(link).text


def test_a_body_without_end_is_refused(browser: TestClient, root: str, editor: tuple[str, str]) -> None:
    def endless() -> object:
        for _ in range(40):
            yield b"x" * 1024 * 1024

    answer = browser.post(f"{root}/wp-json/wp/v2/media", content=endless(), auth=editor)  # type: ignore[arg-type]
    assert answer.status_code == 413
