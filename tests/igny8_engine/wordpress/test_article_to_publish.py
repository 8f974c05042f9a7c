from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from igny8_engine.wordpress.article import ArticleToPublish, Picture, Receipt
from igny8_engine.wordpress.errors import ArticleUnpublishableError

ARTICLE = ArticleToPublish(key="igny8-content-1", title="T", slug="t", html="<p>x</p>")


@pytest.mark.parametrize("key", ["igny8-content-0b7e6c1e-1d2c-4f6a", "a/b/c.d:e_f", "7"])
def test_keys(key: str) -> None:
    assert f"<!-- igny8:{key} -->" in replace(ARTICLE, key=key).content


@pytest.mark.parametrize("key", ["", "a b", "a--b", "-a", "a-", 'a"b', "a,b", "a+b", "a>b", "ü", "x" * 191])
def test_keys_that_a_comment_or_a_search_could_not_hold(key: str) -> None:
    with pytest.raises(ArticleUnpublishableError, match="cannot mark"):
        replace(ARTICLE, key=key)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "U"},
        {"slug": "u"},
        {"html": "<p>y</p>"},
        {"excerpt": "e"},
        {"status": "publish"},
        {"categories": ("a",)},
        {"tags": ("a",)},
        {"kind": "page"},
        {"picture": Picture(b"1", "image/png", "a")},
    ],
)
def test_the_fingerprint_sees_every_change(change: dict[str, Any]) -> None:
    assert replace(ARTICLE, **change).fingerprint != ARTICLE.fingerprint


def test_the_order_of_the_names_is_no_change() -> None:
    one, other = replace(ARTICLE, tags=("a", "b")), replace(ARTICLE, tags=("b", "a"))
    assert one.fingerprint == other.fingerprint


def test_receipts_survive_storage_and_odd_content() -> None:
    receipt = Receipt(post_id=7, slug="t", media_id=8, media_digest="ab", fingerprint="cd")
    assert Receipt.from_json(receipt.as_json()) == receipt
    assert Receipt.from_json({"post_id": "7", "slug": 3, "later": True}) == Receipt()


def test_a_picture_is_named_by_its_bytes() -> None:
    picture = Picture(b"1", "image/jpeg", "a")
    assert picture.filename == f"igny8-{picture.digest[:12]}.jpg"
    assert replace(picture, alt="b").filename == picture.filename
