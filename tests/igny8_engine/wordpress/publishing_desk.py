"""A site to publish to, and a desk to publish from: for tests only."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass

import httpx
from faulty_proxy import FaultyProxy
from PIL import Image

from igny8_engine.wordpress.article import ArticleToPublish, OnEdited, Picture, Published, Receipt
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.connection import Patience
from igny8_engine.wordpress.publish import publish_article


def random_png() -> bytes:
    """A PNG of 64 by 36 pixels that no other test has."""
    made = io.BytesIO()
    image = Image.new("RGB", (64, 36))
    image.frombytes(uuid.uuid4().bytes * (64 * 36 * 3 // 16))
    image.save(made, "PNG")
    return made.getvalue()


@dataclass(frozen=True)
class Site:
    url: str
    users: dict[str, tuple[str, str]]
    """Login and application password of a user of each role."""


class Desk:
    """Publishes through the proxy, as the engine does, and looks at the site past it."""

    def __init__(self, site: Site, proxy: FaultyProxy, http: httpx.AsyncClient) -> None:
        self.site = site
        self.proxy = proxy
        self.http = http
        self.waits: list[float] = []
        self.receipts: list[Receipt] = []
        self.direct = self._client(site.url, "editor", Patience())

    def client(self, role: str = "editor", *, seconds: float = 30.0) -> WordPressClient:
        return self._client(self.proxy.url, role, Patience(timeout=seconds))

    def _client(self, url: str, role: str, patience: Patience) -> WordPressClient:
        async def wait(seconds: float) -> None:
            self.waits.append(seconds)

        login, password = self.site.users[role]
        return WordPressClient(url, login, password, http=self.http, patience=patience, sleep=wait)

    async def publish(
        self,
        article: ArticleToPublish,
        receipt: Receipt | None = None,
        *,
        role: str = "editor",
        seconds: float = 30.0,
        on_edited: OnEdited = "skip",
    ) -> Published:
        client = self.client(role, seconds=seconds)
        return await publish_article(client, article, receipt, save=self.save, on_edited=on_edited)

    async def save(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)

    async def posts(self, article: ArticleToPublish) -> list[int]:
        """The ids of all posts of an article, wherever they are, but for the trash."""
        found = await self.direct.find_posts(article.kind, search=article.key)
        return [post.id for post in found if article.marker in (post.content.raw or "") and post.status != "trash"]

    async def images(self, picture: Picture) -> list[int]:
        return [media.id for media in await self.direct.find_media(search=picture.name)]
