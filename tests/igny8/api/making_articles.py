"""A site with an article that was written, illustrated and published, made by the engine without a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from igny8_local.seed import seed_site
from igny8_local.stack import ACCOUNT, Stack

SITE = "tea-for-two"
CSV = b"""Keyword,Volume,Difficulty,Intent
green tea caffeine,900,20,informational
how much caffeine is in green tea,500,15,informational
green tea caffeine content,400,18,informational
teapot with infuser,300,30,commercial
"""


@dataclass(frozen=True)
class Made:
    """What there is on the site."""

    account: str
    site: str
    article: int
    image: int
    integration: int

    @property
    def place(self) -> dict[str, str]:
        """The query that names the site."""
        return {"account": self.account, "site": self.site}


def make_article(stack: Stack, site: str = SITE) -> Made:
    """Import keywords into a site of their own, and make an article of them."""
    integration = seed_site(stack, site)
    with _engine(stack, site) as run:
        [article] = _written(run, 1)
        [image] = run("generate_images", {"content_id": article})["image_ids"]
        run(
            "publish_to_wordpress",
            {"content_ids": [article], "integration_id": integration.id, "status": "publish"},
        )
    return Made(ACCOUNT, site, article, image, integration.id)


def write_articles(stack: Stack, site: str, number: int) -> list[int]:
    """Import keywords into a site of their own, and have some articles written of them; their numbers."""
    seed_site(stack, site)
    with _engine(stack, site) as run:
        return _written(run, number)


def import_keywords(stack: Stack, site: str) -> None:
    """Import keywords into a site of their own."""
    seed_site(stack, site)
    with _engine(stack, site):
        pass


Run = Callable[[str, dict[str, Any]], dict[str, Any]]


@contextmanager
def _engine(stack: Stack, site: str) -> Iterator[Run]:
    """Imports the keywords, and runs actions of the engine's on that site; each is done once."""
    headers = {"Authorization": f"Bearer {stack.access.engine_key}"}
    with httpx.Client(base_url=f"{stack.ports.engine_url}/v1", headers=headers, timeout=60) as engine:
        engine.post(f"/sites/{site}/keywords/import", content=CSV).raise_for_status()

        def run(action: str, params: dict[str, Any]) -> dict[str, Any]:
            body = {"type": action, "site": site, "params": params}
            job = engine.post("/jobs", json=body, headers={"Idempotency-Key": f"{site} {action}"}).json()
            while job["state"] in {"queued", "running"}:
                job = engine.get(f"/jobs/{job['id']}", params={"wait": 20, "version": job["version"]}).json()
            assert job["state"] == "succeeded", job
            return dict(job["outputs"])

        yield run


def _written(run: Run, number: int) -> list[int]:
    run("cluster_keywords", {"keyword_ids": {"where": []}})
    run("generate_ideas", {"cluster_ids": {"where": [], "order_by": "-volume", "limit": number}})
    ids: list[int] = run("generate_content", {"task_ids": {"where": [], "limit": number}})["content_ids"]
    return ids
