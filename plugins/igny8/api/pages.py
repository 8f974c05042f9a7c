"""The web pages inside Airflow's UI: the files that ``make ui`` builds, and where they are found."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse

from igny8.api.parts import PREFIX

router = APIRouter(include_in_schema=False)

FOLDER: Final = Path(__file__).parents[1] / "static"
_TYPES: Final = {
    "automation.js": "text/javascript",
    "editor.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "icon-dark.svg": "image/svg+xml",
}
"""What is served, by name. There are no secrets in it: Airflow's page loads it before anybody has asked who it is."""
# For whoever opens a file as a page of its own: an SVG could hold a script.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; frame-ancestors 'none'"


@cache
def _version(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


def asset_url(name: str) -> str:
    """The address of a file with its version, without a leading slash: Airflow may be mounted below a path."""
    return f"{PREFIX.removeprefix('/')}/static/{name}?v={_version(name)}"


@router.get("/static/{name}")
def get_file(name: str, v: Annotated[str | None, Query()] = None) -> FileResponse:
    """A file of the pages. Asked for with its version it is kept for good, otherwise it is asked for each time."""
    if name not in _TYPES:
        raise HTTPException(404)
    pinned = v == _version(name)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if pinned else "no-cache",
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(FOLDER / name, media_type=_TYPES[name], headers=headers)


def react_apps() -> list[dict[str, object]]:
    """The entries of Airflow's UI. All are the same bundle, which sets a component under the name of each."""
    bundle = asset_url("automation.js")
    icons = {"icon": asset_url("icon.svg"), "icon_dark_mode": asset_url("icon-dark.svg")}
    return [
        {
            "name": "Automation",
            "bundle_url": bundle,
            "destination": "nav",
            "url_route": "automation",
            "nav_top_level": True,
            **icons,
        },
        {
            "name": "Automation rule",
            "bundle_url": bundle,
            "destination": "dag",
            "url_route": "automation-rule",
            **icons,
        },
        {
            "name": "Automation run",
            "bundle_url": bundle,
            "destination": "dag_run",
            "url_route": "automation-run",
            **icons,
        },
    ]
