"""Sites to publish to: the preview site and a real WordPress."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from faulty_proxy import FaultyProxy
from publishing_desk import Desk, Site, random_png

from igny8_engine.preview.app import create_preview
from igny8_engine.preview.roles import CAPABILITIES
from igny8_engine.preview.store import PreviewStore
from igny8_engine.wordpress.article import ArticleToPublish, Picture
from igny8_local.ports import free_port
from igny8_local.wordpress.programs import Programs
from igny8_local.wordpress.site import WordPressSite


@pytest.fixture(scope="session")
def preview_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("preview")
    store = PreviewStore(folder)
    users = {role: (role, store.add_user(role, role)) for role in CAPABILITIES}
    server = uvicorn.Server(uvicorn.Config(create_preview(folder), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    limit = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < limit, "the preview site did not start"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}", users)
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def old_wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPressSite]:
    """A WordPress 6.1, the oldest that Debian still has."""
    programs = Programs.fetched().with_wordpress_of("bookworm")
    folder: Path = tmp_path_factory.mktemp("old") / "wordpress"
    with WordPressSite(folder, programs, free_port(), users={role: role for role in CAPABILITIES}) as site:
        assert site.installed.version.startswith("6.1.")
        yield site


@pytest.fixture(scope="session")
def sqlite_wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPressSite]:
    """A WordPress as the other tests have, but on SQLite."""
    folder: Path = tmp_path_factory.mktemp("sqlite") / "wordpress"
    users = {role: role for role in CAPABILITIES}
    with WordPressSite(folder, Programs.fetched(), free_port(), users=users, database="sqlite") as site:
        yield site


@pytest.fixture(params=["preview", "wordpress"])
def site(request: pytest.FixtureRequest) -> Site:
    """Every site that must behave the same."""
    if request.param == "preview":
        preview: Site = request.getfixturevalue("preview_site")
        return preview
    real: WordPressSite = request.getfixturevalue(request.param)
    return Site(real.url, {role: real.login(role) for role in CAPABILITIES})


@pytest.fixture
async def proxy(site: Site) -> AsyncIterator[FaultyProxy]:
    async with FaultyProxy(site.url).running() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        yield client


@pytest.fixture
def desk(site: Site, proxy: FaultyProxy, http: httpx.AsyncClient) -> Desk:
    return Desk(site, proxy, http)


@pytest.fixture
def picture_bytes() -> bytes:
    return random_png()


@pytest.fixture
def picture(picture_bytes: bytes) -> Picture:
    """An image that no other test has."""
    return Picture(
        picture_bytes, "image/png", 'A cup & a "saucer"', title="Espresso & more", caption="In the “morning”"
    )


@pytest.fixture
def article(picture: Picture) -> ArticleToPublish:
    """An article that no other test has."""
    number = uuid.uuid4().hex
    return ArticleToPublish(
        key=f"igny8-content-{number}",
        title="How to dial in espresso",
        slug=f"dial-in-{number[:8]}",
        html="<h2>Grind</h2><p>Finer is slower.</p><ul><li>dose</li><li>yield</li></ul>",
        excerpt="Grind, dose, yield.",
        status="publish",
        categories=(f"Beans {number[:6]} & roasts",),
        tags=(f"grind-{number[:6]}", "dose"),
        picture=picture,
    )
