"""What the account has to have before its rules can run: a site, and a place to publish to."""

from __future__ import annotations

from typing import Final

from igny8_engine.preview.store import PreviewStore
from igny8_local.engine_api import Integration, Login
from igny8_local.places import PLACES, Place
from igny8_local.stack import Stack

SITE: Final = "home-espresso"
"""The site that the rules in the repository are for."""

PREVIEW: Final = "preview"
"""The name of the integration with the engine's preview site."""


def seed_site(stack: Stack, slug: str = SITE, place: Place | None = None) -> Integration:
    """Make the site and connect it with the place, or else with the preview site. Returns that integration.

    A site has one such integration, which follows when the place is another than the last time.
    The engine has to be up.
    """
    with stack.engine() as engine:
        if not engine.has_site(slug):
            engine.add_site(slug, slug.replace("-", " ").capitalize())
        ours = next((found for found in engine.integrations(slug) if found.name in PLACES), None)
        if place is not None:
            login = Login(place.name, place.url, place.username, place.password)
        elif ours is not None and (ours.name, ours.url) == (PREVIEW, preview_url(stack)):
            return ours
        else:
            # Each site has a user of its own there: a further password for one user would void the first.
            login = Login(PREVIEW, preview_url(stack), slug, PreviewStore(stack.home.preview).add_user(slug))
        return engine.connect(slug, login, ours.id if ours else None)


def preview_url(stack: Stack) -> str:
    """Where the preview site is."""
    return f"{stack.ports.engine_url}/preview"
