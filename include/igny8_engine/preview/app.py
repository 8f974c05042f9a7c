"""The preview site as an application, to be run alone or mounted below a path of another one."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from igny8_engine.preview.pages import Pages
from igny8_engine.preview.rest import NAME, Rest
from igny8_engine.preview.store import PreviewStore

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_preview(folder: Path) -> FastAPI:
    """The preview site whose content is in the folder. All its links work below the path that it is mounted at."""
    store = PreviewStore(folder)
    rest, pages = Rest(store), Pages(store)
    app = FastAPI(title=NAME, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)

    @app.api_route("/", methods=_METHODS)
    async def home(request: Request) -> Response:
        route = request.query_params.get("rest_route")
        if route is not None:
            return await rest.answer(request, route)
        return await run_in_threadpool(pages.home, request)

    @app.api_route("/wp-json{route:path}", methods=_METHODS)
    async def api(request: Request, route: str) -> Response:
        return await rest.answer(request, route)

    for path, page in (
        ("/style.css", pages.style),
        ("/drafts/", pages.drafts),
        ("/category/{slug}/", pages.category),
        ("/tag/{slug}/", pages.tag),
        ("/wp-content/uploads/{file:path}", pages.image),
        ("/{path:path}", pages.article),
    ):
        app.add_api_route(path, page, methods=["GET"], response_model=None)
    return app
