"""What the account has to have before its rules can run: a site, and a place to publish to."""

from __future__ import annotations

from typing import Final

import psycopg

from igny8_engine.preview.store import PreviewStore
from igny8_local.engine_api import EngineApi, Integration
from igny8_local.stack import Stack

SITE: Final = "home-espresso"
"""The site that the rules in the repository are for."""

PREVIEW: Final = "preview"
"""The name of the integration with the engine's preview site."""


def seed_site(stack: Stack, slug: str = SITE) -> Integration:
    """Make the site and connect it with the preview site; what is there stays. Returns that integration.

    The engine has to be up.
    """
    with stack.engine() as engine:
        if not engine.has_site(slug):
            engine.add_site(slug, slug.replace("-", " ").capitalize())
        url = preview_url(stack)
        for integration in engine.integrations(slug):
            if integration.name == PREVIEW:
                if integration.url != url:
                    _move(stack, integration, url)
                return integration
        return _connect(stack, engine, slug, url)


def preview_url(stack: Stack) -> str:
    """Where the preview site is."""
    return f"{stack.ports.engine_url}/preview"


def _connect(stack: Stack, engine: EngineApi, slug: str, url: str) -> Integration:
    # Each site has a user of its own there: a further password for one user would void the first.
    password = PreviewStore(stack.home.preview).add_user(slug)
    return engine.add_integration(slug, PREVIEW, url, slug, password)


def _move(stack: Stack, integration: Integration, url: str) -> None:
    # The preview site moves with ENGINE_PORT. The engine's API can't change an integration.
    with psycopg.connect(stack.database_url("igny8")) as connection:
        connection.execute("update integrations set url = %s where id = %s", (url, integration.id))
