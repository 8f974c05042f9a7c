"""What there is for an account's sites: keywords, clusters, ideas, articles, images, posts, and the connected sites."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import httpx
from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from igny8.actions.items import Collection
from igny8.api.access import CurrentCaller
from igny8.api.audit import Event, audited
from igny8.api.bodies import MAX_FILE, read_file, read_json
from igny8.api.content import (
    AccountSummary,
    AnyItem,
    ArticleView,
    CollectionName,
    FieldValues,
    FieldValueView,
    ImportReport,
    IntegrationView,
    Items,
    PostView,
    SitePost,
    SitePosts,
    Sites,
    SiteSummary,
    collection_of,
    integrations_of,
    searched_field,
)
from igny8.api.envelope import Envelope, Fault, Listing, answer, page_of
from igny8.api.errors import InvalidRequestError, MalformedRequestError
from igny8.api.parts import Store, WantedPage
from igny8.api.places import AccountGround, SiteGround, accounts, not_connected, seeking
from igny8.engine import EngineClient, path_part
from igny8.errors import EngineCallError, EngineUnreachableError
from igny8.execution.connection import engine_client

router = APIRouter(prefix="/content", tags=["content"])

ItemId = Annotated[int, Path(ge=1, lt=2**63)]

_AT_ONCE: Final = 8
"""How many accounts the engine is asked about at a time."""
_IMPORT_PATIENCE: Final = 300.0
_PROBE_PATIENCE: Final = 120.0
"""How long the engine may take for these, in seconds."""
_REJECTED: Final = 200
"""How many rows that could not be used are listed."""
_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"})
_IMAGE_HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=60",
}
"""An image is an image, whatever the engine has kept under that name."""

ContentId = Annotated[
    list[Annotated[int, Query(ge=1, lt=2**63)]] | None, Query(max_length=500, description="Only of these articles.")
]


@router.get("/accounts/", response_model=Listing[AccountSummary], operation_id="list_accounts")
async def list_accounts(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    page: WantedPage,
    account: Annotated[str | None, Query(max_length=200, description="Only this account.")] = None,
    search: Annotated[str | None, Query(max_length=200, description="Only accounts with this in their name.")] = None,
) -> JSONResponse:
    """The accounts of the rules that you may see, each with its credits, its sites, and how much there is for them."""
    wanted = (search or "").casefold()
    found = [
        each
        for each in await run_in_threadpool(accounts, store, caller)
        if account in {None, each} and wanted in each.casefold()
    ]
    limit = asyncio.Semaphore(_AT_ONCE)

    async def told(account: str) -> AccountSummary | Exception:
        async with limit:
            try:
                return await _summary(account)
            except EngineCallError as error:
                return error

    shown = found[page.offset : page.offset + page.size]
    answers = await asyncio.gather(*(told(account) for account in shown))
    away = [each for each in answers if isinstance(each, EngineUnreachableError)]
    if away and len(away) == len(answers):
        raise away[0]
    summaries = [
        AccountSummary(account=account, credits=None, sites=[], problem=str(each))
        if isinstance(each, Exception)
        else each
        for account, each in zip(shown, answers, strict=True)
    ]
    return page_of(request, summaries, len(found), page.number, page.size)


async def _summary(account: str) -> AccountSummary:
    client = await engine_client(account)
    told = await client.account()
    if told.account != account:
        return AccountSummary(account=account, credits=None, sites=[], problem=str(not_connected(account)))
    sites = (await client.ask(Sites, "GET", "/v1/sites")).items
    return AccountSummary(
        account=account,
        credits=told.credits,
        sites=[site.model_copy(update={"counts": await _counts(client, site)}) for site in sites],
        problem=None,
    )


async def _counts(client: EngineClient, site: SiteSummary) -> dict[str, int]:
    return {
        name: value
        for name, value in (await client.facts(site.slug)).items()
        if isinstance(value, int) and name.partition(".")[0] in set(Collection)
    }


@router.get("/posts/", response_model=Listing[SitePost], operation_id="list_posts")
async def list_posts(request: Request, ground: SiteGround, page: WantedPage, article: ContentId = None) -> JSONResponse:
    """What of a site was published where, the latest first."""
    with seeking():
        _, site, client = await ground.engine_of_site()
        found = await _posts(client, site, article, page.size, page.offset)
    return page_of(request, found.items, found.total, page.number, page.size)


async def _posts(client: EngineClient, site: str, articles: list[int] | None, limit: int, offset: int) -> SitePosts:
    query: list[tuple[str, str | int | float | bool | None]] = [("limit", limit), ("offset", offset)]
    query += [("content_id", each) for each in articles or []]
    return await client.ask(SitePosts, "GET", f"/v1/sites/{path_part(site)}/posts", params=query)


@router.get("/integrations/", response_model=Listing[IntegrationView], operation_id="list_integrations")
async def list_integrations(request: Request, ground: SiteGround, page: WantedPage) -> JSONResponse:
    """The WordPress sites that a site publishes to, each with what its last probe has found."""
    with seeking():
        _, site, client = await ground.engine_of_site()
        found = await integrations_of(client, site)
    return page_of(request, found[page.offset : page.offset + page.size], len(found), page.number, page.size)


@router.post(
    "/integrations/{integration_id}/probe/", response_model=Envelope[IntegrationView], operation_id="probe_integration"
)
async def probe_integration(request: Request, ground: SiteGround, integration_id: ItemId) -> JSONResponse:
    """Look at a connected WordPress again, and say in words what will work there. Nothing on it is changed.

    Whoever may edit a rule of the account may have it looked at.
    """
    with seeking():
        account, site, client = await ground.engine_of_site("edit")
        path = f"/v1/sites/{path_part(site)}/integrations/{integration_id}/probe"
        found = await client.ask(IntegrationView, "POST", path, patience=_PROBE_PATIENCE)
    details = {"account": account, "site": site, "integration": integration_id, "works": found.works}
    await run_in_threadpool(_audit, "integration_probed", ground.caller.name, details)
    return answer(request, found)


@router.post(
    "/keywords/import/",
    response_model=Envelope[ImportReport],
    operation_id="import_keywords",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": f"The file as it is, {MAX_FILE:,} bytes at most.",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
async def import_keywords(
    *,
    request: Request,
    ground: SiteGround,
    filename: Annotated[str | None, Query(max_length=500, description="The file's name, a hint at its kind.")] = None,
    sector_id: Annotated[
        int | None, Query(ge=1, lt=2**63, description="The sector of the site to put the keywords in.")
    ] = None,
) -> JSONResponse:
    """Import the keywords of a file: a plain CSV, or an export of Google Keyword Planner, Ahrefs or Semrush.

    Keywords that are there already take on what the file knows of them. Rows that cannot be used are told with their
    reasons; the others are imported. Whoever may edit a rule of the account may import keywords for it.
    """
    with seeking():
        account, site, client = await ground.engine_of_site("edit")
        data = await read_file(request)
        query: dict[str, str | int | float] = {} if filename is None else {"filename": filename}
        if sector_id is not None:
            query["sector_id"] = sector_id
        path = f"/v1/sites/{path_part(site)}/keywords/import"
        whole = await client.ask(
            ImportReport, "POST", path, params=query, content=data, patience=_IMPORT_PATIENCE,
            headers={"Content-Type": "application/octet-stream"},
        )  # fmt: skip
    report = whole.model_copy(update={"rejected": whole.rejected[:_REJECTED], "rejected_rows": len(whole.rejected)})
    details = {"account": account, "site": site, "file": filename, "added": report.added, "merged": report.merged}
    await run_in_threadpool(_audit, "keywords_imported", ground.caller.name, details)
    return answer(request, report)


def _audit(event: Event, by: str, details: dict[str, Any]) -> None:
    with audited(event, by, None, details):
        pass


@router.get("/articles/{article_id}/", response_model=Envelope[ArticleView], operation_id="get_article")
async def get_article(request: Request, ground: AccountGround, article_id: ItemId) -> JSONResponse:
    """A whole article, with its body as it would be published."""
    with seeking():
        _, client = await ground.engine()
        return answer(request, await client.ask(ArticleView, "GET", f"/v1/content/{article_id}"))


@router.get(
    "/images/{image_id}/file/",
    response_class=StreamingResponse,
    responses={200: {"content": {"image/*": {}, "application/octet-stream": {}}, "description": "The image."}},
    operation_id="get_image_file",
)
async def get_image_file(ground: AccountGround, image_id: ItemId) -> StreamingResponse:
    """The bytes of an image."""
    with seeking():
        _, client = await ground.engine()
        file = await client.fetch("GET", f"/v1/images/{image_id}/file", stream=True)
    kind = file.headers.get("content-type", "")
    media_type = kind if kind in _IMAGES else "application/octet-stream"
    return StreamingResponse(_chunks(file), media_type=media_type, headers=_IMAGE_HEADERS)


async def _chunks(file: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in file.aiter_bytes():
            yield chunk
    finally:
        await file.aclose()


@router.get("/{collection}/", response_model=Listing[AnyItem], operation_id="list_content")
async def list_content(
    *,
    request: Request,
    ground: SiteGround,
    page: WantedPage,
    collection: CollectionName,
    search: Annotated[
        str | None, Query(max_length=200, description="Only items with this in their phrase, name or title.")
    ] = None,
    status: Annotated[str | None, Query(max_length=100, description="Only items of this status.")] = None,
    cluster: Annotated[
        int | None, Query(ge=1, lt=2**63, description="Only items of this cluster, where a collection has clusters.")
    ] = None,
    where: Annotated[
        str | None,
        Query(max_length=15_000, description="Only items for which these conditions hold, a selector's, as JSON."),
    ] = None,
    ordering: Annotated[
        str | None, Query(max_length=100, description="The field to sort by; - in front for largest first.")
    ] = None,
) -> JSONResponse:
    """A site's items: keywords, clusters, ideas, tasks, articles, images or pages, with the fields that rules know."""
    kind = collection_of(collection)
    asked: list[tuple[str, str, str | int | None]] = [
        (searched_field(kind), "contains", search),
        ("status", "equals", status),
        ("id" if kind is Collection.CLUSTERS else "cluster_id", "equals", cluster),
    ]
    conditions = [{"field": field, "operator": operator, "value": value} for field, operator, value in asked if value]
    conditions += _conditions(where)
    query: dict[str, str | int | float] = {"limit": page.size, "offset": page.offset, "where": json.dumps(conditions)}
    if ordering:
        query["order_by"] = ordering
    with seeking():
        _, site, client = await ground.engine_of_site()
        found = await client.ask(Items, "GET", f"/v1/sites/{path_part(site)}/{kind.value}", params=query)
        items: list[dict[str, Any]] = found.items
        if kind is Collection.CONTENT and items:
            items = await _with_posts(client, site, items)
    return page_of(request, items, found.total, page.number, page.size)


@router.get("/{collection}/values/{field}/", response_model=Listing[FieldValueView], operation_id="list_content_values")
async def list_content_values(
    *,
    request: Request,
    ground: SiteGround,
    page: WantedPage,
    collection: CollectionName,
    field: Annotated[str, Path(max_length=100, pattern=r"^[a-z_]+$")],
    search: Annotated[
        str | None,
        Query(
            max_length=200, description="Only values with this in them, or in the name of what they are the number of."
        ),
    ] = None,
) -> JSONResponse:
    """The values that a field has among a site's items, the most frequent first: what a condition can be about.

    Fields that hold texts have some, and those that hold the number of a sector, cluster, idea, article or page.
    """
    query: dict[str, str | int | float] = {"limit": page.size, "offset": page.offset, "search": search or ""}
    with seeking():
        _, site, client = await ground.engine_of_site()
        path = f"/v1/sites/{path_part(site)}/{collection_of(collection).value}/values/{path_part(field)}"
        found = await client.ask(FieldValues, "GET", path, params=query)
    return page_of(request, found.items, found.total, page.number, page.size)


def _conditions(where: str | None) -> list[Any]:
    """A selector's conditions; whether each of them is one is for the engine to say.

    Raises:
        InvalidRequestError: when they are no JSON list.
    """
    try:
        found = [] if where is None else read_json(where.encode())
    except MalformedRequestError:
        found = None
    if isinstance(found, list):
        return found
    message = (
        "where is no JSON list of conditions. Give them as a selector has them, for example "
        '[{"field": "volume", "operator": "greater_than", "value": 100}].'
    )
    raise InvalidRequestError(message, [Fault(path="where", message=message, value=where, code="invalid")])


async def _with_posts(client: EngineClient, site: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Articles with where each is published."""
    ids = [item["id"] for item in items]
    posts = (await _posts(client, site, ids, 1000, 0)).items
    return [
        {**item, "posts": [PostView(**post.model_dump()) for post in posts if post.content_id == item["id"]]}
        for item in items
    ]
