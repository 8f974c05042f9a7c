"""A small HTTP service whose every piece of work takes two seconds: what the benchmarks run their rules against.

It speaks the part of the content engine's protocol that a rule's actions use, and offers the same work as one plain
request (``POST /work``) for operators that know nothing of jobs. It does nothing but wait, so that what is measured is
the way there and back.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

OUTPUTS = {
    "cluster_keywords": {"cluster_ids": [1]},
    "generate_ideas": {"idea_ids": [1], "task_ids": [1]},
    "generate_content": {"content_ids": [1]},
}


@dataclass
class SlowJob:
    id: int
    action: str
    key: str
    started: float
    seconds: float
    cancelled: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def as_json(self) -> dict[str, object]:
        done = time.time() >= self.started + self.seconds
        state = "cancelled" if self.cancelled else "succeeded" if done else "running"
        return {
            "id": self.id,
            "type": self.action,
            "state": state,
            "version": 2 if done else 1,
            "phase": "waiting",
            "total": 1,
            "done": int(done),
            "failed": 0,
            "outputs": OUTPUTS[self.action] if done else {},
            "credits": {"estimated": 0, "charged": 0},
            "items": [],
            "error": None,
        }


def create_app(seconds: float) -> Starlette:
    jobs: dict[str, SlowJob] = {}
    by_id: dict[int, SlowJob] = {}
    calls: list[float] = []

    async def start(request: Request) -> JSONResponse:
        arrived = time.time()
        body = await request.json()
        key = request.headers["Idempotency-Key"]
        if key in jobs:
            return JSONResponse(jobs[key].as_json())
        job = jobs[key] = SlowJob(len(jobs) + 1, body["type"], key, arrived, seconds)
        by_id[job.id] = job
        return JSONResponse(job.as_json(), status_code=201)

    async def read(request: Request) -> JSONResponse:
        job = by_id[int(request.path_params["id"])]
        wait = float(request.query_params.get("wait", 0))
        rest = job.started + job.seconds - time.time()
        if wait and rest > 0:
            await asyncio.sleep(min(wait, rest))
        return JSONResponse(job.as_json())

    async def cancel(request: Request) -> JSONResponse:
        job = by_id[int(request.path_params["id"])]
        job.cancelled = True
        return JSONResponse(job.as_json())

    async def work(request: Request) -> JSONResponse:
        calls.append(time.time())
        await asyncio.sleep(seconds)
        return JSONResponse({"done": True})

    async def arrivals(request: Request) -> JSONResponse:
        """When each job arrived, in seconds since the epoch, by its key."""
        return JSONResponse({"jobs": {key: job.started for key, job in jobs.items()}, "calls": calls})

    return Starlette(
        routes=[
            Route("/v1/jobs", start, methods=["POST"]),
            Route("/v1/jobs/{id:int}", read),
            Route("/v1/jobs/{id:int}/cancel", cancel, methods=["POST"]),
            Route("/work", work, methods=["GET", "POST"]),
            Route("/arrivals", arrivals),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    uvicorn.run(create_app(arguments.seconds), host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
