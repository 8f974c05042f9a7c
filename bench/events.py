"""A thousand events told by eight clients at once, every fourth of them twice: `make bench`.

A real Airflow has one rule that waits for them, whose condition none of them meets, so that its runs are short. Prints
a JSON line for each figure, then a table. The first figure is exact: one run for each event, no more and no fewer.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg

from igny8_local.stack import Stack
from rest import call, system
from run import ended, quantile, slow_service, valued, wait_until

CLIENTS = 8
EVENT = "bench.happened"
RULE = f"""\
id: waiting
name: Waiting
account: demo
site: bench
trigger: event
event: {EVENT}
conditions:
  - {{field: event.count, operator: greater_than, value: 10}}
actions:
  - {{type: cluster_keywords, params: {{keyword_ids: [1]}}}}
"""
DAG = "rule__demo__waiting"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000, help="how many events are told")
    events: int = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder, slow_service(seconds=0.1) as service:
        rules = Path(folder) / "rules"
        rules.mkdir()
        (rules / "waiting.yaml").write_text(RULE)
        with system(Path(folder), rules, service) as (stack, api):
            figures = []
            for seen in measure(stack, api, events):
                print(json.dumps(seen), flush=True)
                figures.append(seen)
    return ended(figures)


def measure(stack: Stack, api: httpx.Client, events: int) -> Iterator[dict[str, object]]:
    wait_until(lambda: ids(stack, "select dag_id from dag where dag_id = %s") == [DAG], 120)
    posts = [*range(events), *range(0, events, 4)]
    posts.sort(
        key=lambda number: number * 7919 % (events + 1)
    )  # what is told twice, is told by two at about the same time
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = [posts[client::CLIENTS] for client in range(CLIENTS)]
        took = [each for share in pool.map(lambda share: told(api, share), shares) for each in share]
    rate = len(posts) / (time.perf_counter() - began)
    name = f"{events} events by {CLIENTS} clients, every fourth twice"
    made = ids(stack, "select run_id from dag_run where dag_id = %s")
    exact = sorted(made) == sorted(f"event__bench-{number}" for number in range(events))
    yield {"figure": f"{name}: runs", "unit": "runs", "limit": events, "value": len(made), "met": exact}
    yield {"figure": f"{name}: told", "unit": "events/s"} | valued(rate)
    yield {"figure": f"{name}: events/, p95", "unit": "ms"} | valued(quantile(tuple(took), 0.95))


def told(api: httpx.Client, numbers: list[int]) -> list[float]:
    """Tell of these events, one after the other, as a client of its own; how long each took, in milliseconds."""
    took = []
    with httpx.Client(base_url=api.base_url, headers=api.headers, timeout=60) as own:
        for number in numbers:
            event = {"id": f"bench-{number}", "type": EVENT, "data": {"count": number % 10}}
            began = time.perf_counter()
            call(own, "POST", "events/", json=event)
            took.append(1000 * (time.perf_counter() - began))
    return took


def ids(stack: Stack, query: str) -> list[str]:
    with psycopg.connect(stack.database_url("airflow")) as database:
        return [str(row[0]) for row in database.execute(query, [DAG])]  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
