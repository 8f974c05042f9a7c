"""Publishing to a real WordPress: exactly once under faults, and how fast beside bare REST calls.

    python bench/publishing.py faults 200    # random faults at the site, and kill -9 of the engine again and again
    python bench/publishing.py speed 100     # the engine beside a script that sends the same calls, 4 at once
    python bench/publishing.py import 1000   # the posts of a site that has so many

Each puts up PostgreSQL, the engine's server and a WordPress of its own, and ends them. WORDPRESS_DATABASE=sqlite puts
that WordPress on SQLite in place of MariaDB.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet
from PIL import Image as Pillow
from sqlalchemy import func, select

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("include", "plugins", "tests/igny8_engine/wordpress")]

from faulty_proxy import FaultyProxy, Rule  # noqa: E402

from igny8_engine.accounts import create_account  # noqa: E402
from igny8_engine.db.connect import Database  # noqa: E402
from igny8_engine.db.migrate import migrate  # noqa: E402
from igny8_engine.db.tables import Account, Content, Image, LedgerEntry, Site  # noqa: E402
from igny8_engine.wordpress.client import EVERY_STATUS, MEDIA_FIELDS, POST_FIELDS  # noqa: E402
from igny8_local.paths import Home  # noqa: E402
from igny8_local.ports import free_port  # noqa: E402
from igny8_local.postgres import Postgres  # noqa: E402
from igny8_local.processes import Processes  # noqa: E402
from igny8_local.wordpress.databases import wanted_database  # noqa: E402
from igny8_local.wordpress.programs import Programs  # noqa: E402
from igny8_local.wordpress.site import WordPressSite  # noqa: E402

PRICE = 5
RUNS = 5
LIMIT = 1.5
"""How many times as long as the same calls the engine may take."""
KILLS = 12
TERMS = 18
BODY = "<h2>Grind</h2>" + "<p>Finer is slower, coarser is faster, and the dose decides the rest of it.</p>" * 30
FAULTS = (
    {"do": "answer", "status": 429, "headers": {"Retry-After": "1"}},
    {"do": "answer", "status": 502},
    {"do": "answer", "status": 502, "when": "after"},
    {"do": "answer", "status": 200, "when": "after"},
    {"do": "cut"},
    {"do": "cut", "when": "after"},
    {"do": "late"},
)
PATHS = (r"/wp/v2/posts$", r"/wp/v2/posts/\d+$", r"/wp/v2/media$", r"/wp/v2/media/\d+$", r"/wp/v2/(categories|tags)$")


@dataclass
class Engine:
    """The engine's server as a process of its own."""

    database_url: str
    secret: str
    allowed: str
    log: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("IGNY8_")} | {
            "PYTHONPATH": f"{ROOT / 'include'}:{ROOT / 'plugins'}",
            "IGNY8_ENGINE_DATABASE": self.database_url,
            "IGNY8_SECRET_KEY": self.secret,
            "IGNY8_ALLOWED_HOSTS": self.allowed,
            "IGNY8_ENGINE_LEASE": "3",
        }
        command = [sys.executable, "-m", "igny8_engine", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: ASYNC220
        async with asyncio.timeout(120), httpx.AsyncClient() as http:
            while True:
                try:
                    if (await http.get(f"http://127.0.0.1:{self.port}/v1/health")).is_success:
                        return
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)


@dataclass
class Bench:
    wordpress: WordPressSite
    engine: Engine
    database: Database
    proxy: FaultyProxy
    http: httpx.AsyncClient

    async def connect(self, url: str) -> int:
        login, password = self.wordpress.login("editor")
        body = {"name": url, "url": url, "username": login, "password": password}
        answer = await self.http.post("/v1/sites/home/integrations", json=body)
        assert answer.json()["works"], answer.text
        return int(answer.json()["id"])

    async def publish(self, contents: list[int], integration: int, run: int = 1) -> dict[str, Any]:
        params = {"content_ids": contents, "integration_id": integration, "status": "publish"}
        body = {"type": "publish_to_wordpress", "site": "home", "params": params}
        headers = {"Idempotency-Key": f"publish/{integration}/{run}"}
        return dict((await self.http.post("/v1/jobs", headers=headers, json=body)).json())

    async def job(self, job_id: object, version: object, wait: float) -> dict[str, Any] | None:
        """The job, or nothing while the engine is away."""
        try:
            answer = await self.http.get(f"/v1/jobs/{job_id}", params={"wait": wait, "version": str(version)})
        except httpx.TransportError:
            return None
        return dict(answer.json()) if answer.is_success else None


@asynccontextmanager
async def bench(folder: Path, count: int) -> AsyncIterator[tuple[Bench, list[int]]]:
    home = Home(folder / "home")
    with (
        Processes(home) as processes,
        WordPressSite(folder / "wordpress", Programs.fetched(), free_port(), database=wanted_database()) as wordpress,
    ):
        server = Postgres.start(home.postgres, processes)
        server.create_database("igny8")
        migrate(server.url("igny8"))
        database = Database(server.url("igny8"))
        proxy = FaultyProxy(wordpress.url)
        async with proxy.running():
            allowed = ",".join(url.removeprefix("http://") for url in (wordpress.url, proxy.url))
            key = Fernet.generate_key().decode()
            engine = Engine(server.url("igny8"), key, allowed, folder / "engine.log", free_port())
            await engine.start()
            api_key, contents = await _contents(database, count)
            headers = {"Authorization": f"Bearer {api_key}"}
            url = f"http://127.0.0.1:{engine.port}"
            try:
                async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http:
                    yield Bench(wordpress, engine, database, proxy, http), contents
            finally:
                engine.kill()
                await database.close()


async def _contents(database: Database, count: int) -> tuple[str, list[int]]:
    async with database.transaction() as session:
        key = await create_account(session, "demo", 100_000)
        account = (await session.scalars(select(Account))).one()
        site = Site(account_id=account.id, slug="home", name="Home")
        session.add(site)
        await session.flush()
        made = []
        for number in range(count):
            content = Content(
                site_id=site.id, kind="article", title=f"Article {number}", slug=f"article-{number}", excerpt="Short.",
                meta_title="T", meta_description="D", focus_keyword="k", category=f"Category {number % 7}",
                tags=[f"tag {number % 5}", f"tag {number % 11}"], html=BODY, word_count=400,
            )  # fmt: skip
            session.add(content)
            await session.flush()
            session.add(
                Image(
                    site_id=site.id, content_id=content.id, provider="card", made_by="card", media_type="image/png",
                    width=320, height=180, alt=f"Picture {number}", data=picture(number),
                )
            )  # fmt: skip
            made.append(content.id)
    return key, made


def picture(number: int) -> bytes:
    image = Pillow.frombytes("RGB", (320, 180), random.Random(number).randbytes(320 * 180 * 3))
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


async def faults(count: int) -> dict[str, object]:
    chance = random.Random(1)
    kills = 0
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder:
        async with bench(Path(folder), count) as (made, contents):
            integration = await made.connect(made.proxy.url)
            made.proxy.seen.clear()
            rules = made.proxy.rules = [_fault(chance, count) for _ in range(count)]
            started = time.monotonic()
            kills_at = sorted(
                chance.sample(range(count), min(KILLS, count // 4))
            )  # articles done, so whatever the machine's pace
            left, reasons = contents, Counter[str]()
            for run in range(1, RUNS + 1):  # a rule's next run takes what the last one could not do
                job = await made.publish(left, integration, run)
                while job["state"] in {"queued", "running"}:
                    job = await made.job(job["id"], job["version"], 1) or job
                    if run == 1 and kills < len(kills_at) and int(job["done"]) >= kills_at[kills]:
                        await asyncio.sleep(chance.uniform(0, 0.5))  # anywhere in the midst of the next ones
                        made.engine.kill()
                        await made.engine.start()
                        kills += 1
                left = [item["id"] for item in job["items"] if item["state"] == "failed"]
                reasons.update(item["error"] for item in job["items"] if item["state"] == "failed")
                if not left:
                    break
            happened = Counter(f"{rule.do}, {rule.when} the work" for rule in rules if not rule.times)
            return {
                "seconds": round(time.monotonic() - started, 1), "kills": kills, "faults": happened,
                "runs": run, "failed and taken up again": reasons, **await _outcome(made, count),
            }  # fmt: skip


def _fault(chance: random.Random, count: int) -> Rule:
    """A fault that happens once, at a call somewhere in the run."""
    path = chance.choice(PATHS)
    calls = TERMS if "categories" in path else count
    return Rule("POST", path, **chance.choice(FAULTS), skip=chance.randrange(calls))


async def _outcome(made: Bench, count: int) -> dict[str, object]:
    """What is on the site and in the ledger."""
    auth = made.wordpress.login("editor")
    posts: list[dict[str, object]] = []
    media: list[dict[str, object]] = []
    async with httpx.AsyncClient(base_url=f"{made.wordpress.url}/wp-json/wp/v2/", auth=auth, timeout=60) as site:
        for path, found, status in (("posts", posts, "any"), ("media", media, "inherit")):
            page, pages = 1, 1
            while page <= pages:
                # By number: posts of the same second have no order, and may come on two pages, or on none.
                params = {"per_page": "100", "page": str(page), "status": status, "context": "edit", "orderby": "id"}
                answer = await site.get(path, params=params)
                found.extend(answer.json())
                pages, page = int(answer.headers["x-wp-totalpages"]), page + 1
    ours = [post for post in posts if "igny8:" in str(post["content"])]
    titles = {str(post["title"]) for post in ours}
    images = {item["id"] for item in media}
    async with made.database.transaction() as session:
        settled = select(func.count(), -func.sum(LedgerEntry.reserved_change)).where(LedgerEntry.kind == "settle")
        times, spent = (await session.execute(settled)).one()
    return {
        "posts": len(ours),
        "published": sum(post["status"] == "publish" for post in ours),
        "twins": len(ours) - len(titles),
        "without image": sum(post["featured_media"] not in images for post in ours),
        "images": len(images),
        "charged": int(times),
        "credits": int(spent or 0),
        "as wanted": len(ours) == len(images) == times == count == len(titles) and spent == PRICE * count,
    }


async def speed(count: int) -> dict[str, object]:
    seen: dict[str, list[float]] = {name: [] for name in ("engine", "same", "writes")}
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder:
        async with bench(Path(folder), count * RUNS) as (made, contents):
            integration = await made.connect(made.wordpress.url)
            auth = made.wordpress.login("editor")
            async with httpx.AsyncClient(
                base_url=f"{made.wordpress.url}/wp-json/wp/v2/", auth=auth, timeout=60
            ) as site:
                for run in range(RUNS):
                    seen["same"].append(await _bare(site, count, run, looks=True))
                    seen["engine"].append(await _ours(made, contents[run * count :][:count], integration, run))
                    seen["writes"].append(await _bare(site, count, run, looks=False))
    ratios = {name: [ours / bare for ours, bare in zip(seen["engine"], seen[name], strict=True)] for name in seen}
    ratio = round(statistics.median(ratios["same"]), 2)
    return {
        "articles": count,
        "runs": RUNS,
        "engine": round(statistics.median(seen["engine"]), 1),
        "a bare script, the same calls": round(statistics.median(seen["same"]), 1),
        "ratio": ratio,
        "limit": LIMIT,
        "met": ratio <= LIMIT,
        "ratios": [round(ratio, 2) for ratio in ratios["same"]],
        "a bare script that looks at nothing": round(statistics.median(seen["writes"]), 1),
        "ratio to that": round(statistics.median(ratios["writes"]), 2),
    }


async def _ours(made: Bench, contents: list[int], integration: int, run: int) -> float:
    """How long, in seconds, the engine takes to publish the texts."""
    started = time.monotonic()
    job = await made.publish(contents, integration, run)
    while job["state"] in {"queued", "running"}:
        job = await made.job(job["id"], job["version"], 10) or job
    if job["done"] != len(contents):
        raise RuntimeError(f"{job['done']} of {len(contents)} were published.")
    return time.monotonic() - started


async def _bare(site: httpx.AsyncClient, count: int, run: int, *, looks: bool) -> float:
    """How long, in seconds, the calls for that many articles take without the engine, 4 articles at once.

    Upload, create as a draft, complete; with ``looks`` also what keeps twins away and proves what was done: the search
    for the image and for the post, and the reading back. It knows the terms beforehand, and answers are not read.
    """
    terms = {}
    start = f"{'same' if looks else 'writes'}-{run}"
    for path, names in (
        ("categories", [f"C {start} {n}" for n in range(7)]),
        ("tags", [f"t {start} {n}" for n in range(11)]),
    ):
        terms[path] = [(await site.post(path, json={"name": name})).json()["id"] for name in names]
    places = asyncio.Semaphore(4)
    listed = {"context": "edit", "orderby": "id", "order": "asc", "per_page": "100", "page": "1"}
    of_post, of_media = {"_fields": POST_FIELDS}, {"_fields": MEDIA_FIELDS}

    async def send(method: str, path: str, **call: object) -> dict[str, object]:
        answer: httpx.Response = await site.request(method, path, **call)  # type: ignore[arg-type]
        return answer.raise_for_status().json()  # type: ignore[no-any-return]

    async def one(number: int) -> None:
        async with places:
            name = f"{start}-{number}"
            headers = {"Content-Type": "image/png", "Content-Disposition": f'attachment; filename="{name}.png"'}
            data = picture(number + (100_000 if looks else 200_000) + 1000 * run)
            alt = {"alt_text": f"Picture {number}"}
            if looks:
                await send("GET", "media", params={**listed, **of_media, "search": name})
            media = await send("POST", "media", params={**of_media, **alt}, content=data, headers=headers)
            fields = {
                "title": f"Bare {number}", "slug": name, "content": f"{BODY}<!-- {name} -->", "excerpt": "Short.",
                "categories": [terms["categories"][number % 7]], "tags": [terms["tags"][number % 11]],
                "featured_media": media["id"],
            }  # fmt: skip
            if looks:
                await send("GET", "posts", params={**listed, **of_post, "search": name, "status": EVERY_STATUS})
            made = await send("POST", "posts", params=of_post, json={**fields, "status": "draft"})
            await send("POST", f"posts/{made['id']}", params=of_post, json={**fields, "status": "publish"})
            if looks:
                await send("GET", f"posts/{made['id']}", params={**of_post, "context": "edit"})

    await one(count)  # alone: WordPress makes the month's folder without a lock
    started = time.monotonic()
    await asyncio.gather(*(one(number) for number in range(count)))
    return time.monotonic() - started


async def imports(count: int) -> dict[str, object]:
    """How long the engine takes to know the posts of a site that has some."""
    phrases = [row["Keyword"] for row in csv.DictReader((ROOT / "include" / "sample" / "keywords.csv").open())]
    chance = random.Random(1)
    titles = [": ".join(chance.sample(phrases, 2)).capitalize() for _ in range(count)]
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder:
        async with bench(Path(folder), 0) as (made, _):
            integration = await made.connect(made.wordpress.url)
            auth = made.wordpress.login("editor")
            places = asyncio.Semaphore(4)
            async with httpx.AsyncClient(
                base_url=f"{made.wordpress.url}/wp-json/wp/v2/", auth=auth, timeout=60
            ) as site:
                tags = [(await site.post("tags", json={"name": f"Tag {n}"})).json()["id"] for n in range(20)]

                async def post(title: str) -> None:
                    async with places:
                        fields = {"title": title, "content": BODY, "status": "publish", "tags": chance.sample(tags, 3)}
                        (await site.post("posts", params={"_fields": "id"}, json=fields)).raise_for_status()

                await asyncio.gather(*map(post, titles))
            started = time.monotonic()
            state, done = "", 0
            while state != "done":
                answer = (await made.http.post(f"/v1/sites/home/integrations/{integration}/import")).raise_for_status()
                state, done = answer.json()["state"], answer.json()["done"]
            seconds = round(time.monotonic() - started, 1)
            return {"posts": done, "seconds": seconds, "limit": 30, "met": done >= count and seconds <= 30}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["faults", "speed", "import"])
    parser.add_argument("count", type=int, nargs="?", default=100, help="how many articles, or posts to import")
    options = parser.parse_args()
    work = {"faults": faults, "speed": speed, "import": imports}[options.what]
    outcome = asyncio.run(work(options.count))
    print(json.dumps(outcome, indent=2))
    sys.exit(False in {outcome.get("as wanted"), outcome.get("met")})


if __name__ == "__main__":
    main()
