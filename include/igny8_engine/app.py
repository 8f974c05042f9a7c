"""The engine as an ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from igny8_engine.api import account, events, integrations, items, jobs, posts, site_posts, sites
from igny8_engine.api.errors import answer_errors
from igny8_engine.api.gate import Gate
from igny8_engine.db.migrate import require_migrated
from igny8_engine.jobs.news import JobNews
from igny8_engine.jobs.worker import Worker
from igny8_engine.parts import Parts
from igny8_engine.settings import Settings

_DESCRIPTION = """\
Turns search keywords into published articles: jobs, content and credits.

Every request needs an API key (`Authorization: Bearer <key>`), which belongs to one account. Errors are answered with
`{"error": {"code", "message", "hint", "problems"}}`.
"""


def create_app(settings: Settings, *, with_worker: bool = True) -> FastAPI:
    """The application; with a worker in it unless others run elsewhere."""
    parts = Parts.assemble(settings)
    news = JobNews(settings.database)
    worker = Worker(parts, news)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await require_migrated(parts.database.engine)
            async with running(worker, news, with_worker=with_worker):
                yield
        finally:
            await parts.close()

    app = FastAPI(
        title="IGNY8 content engine",
        version=account.VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        docs_url="/v1/docs",
        redoc_url=None,
    )
    app.state.parts, app.state.news, app.state.worker = parts, news, worker
    answer_errors(app)
    for part in (account, sites, integrations, site_posts, jobs, events, posts, items):
        app.include_router(part.router)
    if settings.preview_path is not None:
        from igny8_engine.preview.app import create_preview  # noqa: PLC0415 - only where there is a preview site

        app.mount("/preview", _Mounted(create_preview(settings.preview_path)))
    app.add_middleware(Gate, database=parts.database)
    return app


class _Mounted:
    """An application that is mounted below a path and makes its links below that path, not at the outer root."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        await self._app({**scope, "app_root_path": scope.get("root_path", "")}, receive, send)


@asynccontextmanager
async def running(worker: Worker, news: JobNews, *, with_worker: bool) -> AsyncIterator[None]:
    """Listen for news, and work, while the block lasts."""
    listening = asyncio.create_task(news.listen(), name="news of jobs")
    try:
        async with worker.queue.app.open_async():
            if with_worker:
                async with worker.at_work():
                    yield
            else:
                yield
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
