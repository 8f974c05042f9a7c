"""The application that Airflow's API server mounts."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import requires_authenticated
from fastapi import APIRouter, Depends, FastAPI

from igny8.api import openapi, pages
from igny8.api.access import same_origin
from igny8.api.bodies import CheckBodies
from igny8.api.handlers import add_handlers
from igny8.api.parts import PREFIX, REFUSALS
from igny8.api.routes import (
    approvals,
    content,
    dashboard,
    documents,
    events,
    executions,
    hook_secrets,
    hooks,
    next_runs,
    places,
    plans,
    presets,
    revisions,
    rules,
    scheduled_tasks,
    stats,
)
from igny8.dagfactory.load import rules_path
from igny8.rules import RuleStore

log = logging.getLogger(__name__)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # Airflow's dependencies look for this on the state of the application they are used in, which is this one.
    app.state.auth_manager = get_auth_manager()
    yield


def create_app() -> FastAPI:
    """The REST API.

    Every route asks for a login of Airflow's, except the webhooks, which ask for a signature, and the files of the web
    pages, which Airflow's page loads by itself.
    """
    app = FastAPI(
        title="IGNY8 Automation",
        lifespan=_lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        responses=REFUSALS,
    )
    app.state.store = RuleStore(rules_path())
    add_handlers(app)
    guarded = APIRouter(dependencies=[Depends(requires_authenticated()), Depends(same_origin)])
    # A fixed path comes before one with a rule's id in its place.
    for module in (
        documents, plans, executions, approvals, presets, revisions, hook_secrets, next_runs, rules, scheduled_tasks,
        places,
        events,
        stats,
        dashboard,
        content,
    ):  # fmt: skip
        guarded.include_router(module.router)
    guarded.include_router(openapi.router)
    app.include_router(guarded)
    app.include_router(hooks.router)
    app.include_router(pages.router)
    app.add_middleware(CheckBodies)
    openapi.describe(app, PREFIX)
    return app
