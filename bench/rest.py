"""How quick the rules' REST API is with many rules and a long history: `make bench`.

A real Airflow holds 1,000 rules and 10,000 past runs of them, with their tasks and what these left behind. Prints a
JSON line for each figure, then a table. A figure is the median of several rounds of the p95 of each round.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg

from igny8_local.paths import Home
from igny8_local.ports import Ports
from igny8_local.stack import Stack
from run import ended, quantile, slow_service, valued, wait_until

MANY, FEW = 1000, 200
PAST_RUNS = 10_000
RUN_BY_HAND = "by-hand"

SCHEDULED = """\
id: rule-{number:04d}
name: Rule number {number}
account: demo
site: bench
trigger: schedule
schedule: "{minute} {hour} 1 1 *"
conditions:
  - {{field: keywords.new, operator: greater_than, value: 20}}
actions:
  - {{type: cluster_keywords, params: {{keyword_ids: {{where: [{{field: status, operator: equals, value: new}}]}}}}}}
  - type: generate_ideas
  - type: generate_content
"""
MANUAL = """\
id: {rule_id}
name: By hand
account: demo
site: bench
trigger: manual
actions:
  - {{type: cluster_keywords, params: {{keyword_ids: [1]}}}}
"""
ACTIONS = ("cluster_keywords", "generate_ideas", "generate_content")

HISTORY = """
insert into dag_run (dag_id, run_id, run_type, state, run_after, queued_at, start_date, end_date, conf)
select 'rule__demo__rule-' || lpad((n %% %(rules)s)::text, 4, '0'), 'scheduled__bench-' || n, 'scheduled',
       case when n %% 10 = 0 then 'failed' else 'success' end, due, due, due + interval '1 second',
       due + interval '1 second' * (10 + n %% 50), '{}'
from (select n, now() - interval '1 minute' * n as due from generate_series(1, %(runs)s) as n) as past
"""
TASKS = """
insert into task_instance (id, task_id, dag_id, run_id, state, try_number, max_tries, pool, pool_slots, start_date,
                           end_date, operator, executor_config)
select gen_random_uuid(), task, dag_id, run_id,
       case when task = 'generate_content' then state else 'success' end, 1, 2, 'default_pool', 1, start_date, end_date,
       'RuleOperator', '\\x80047d942e'
from dag_run, unnest(array['gate', 'cluster_keywords', 'generate_ideas', 'generate_content']) as task
where run_id like 'scheduled__bench-%%'
"""
RESULTS = """
insert into xcom (dag_run_id, task_id, key, dag_id, run_id, value, timestamp)
select r.id, t.task_id, 'return_value', r.dag_id, r.run_id,
       '{"state": "succeeded", "done": 8, "failed": 0, "total": 8, "credits": 40, "provider": "offline", "items": []}',
       r.end_date
from dag_run r join task_instance t on t.dag_id = r.dag_id and t.run_id = r.run_id
where r.run_id like 'scheduled__bench-%%' and t.task_id != 'gate' and t.state = 'success'
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each measurement")
    parser.add_argument("--calls", type=int, default=60, help="calls in a round")
    parser.add_argument("--saves", type=int, default=20, help="rules saved and run in a round")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder, slow_service(seconds=0.1) as service:
        rules = many_rules(Path(folder))
        (rules / f"{RUN_BY_HAND}.yaml").write_text(MANUAL.format(rule_id=RUN_BY_HAND))
        with system(Path(folder), rules, service) as (stack, api):
            figures = []
            for seen in measure(stack, api, rules, arguments):
                print(json.dumps(seen), flush=True)
                figures.append(seen)
    return ended(figures)


def many_rules(folder: Path) -> Path:
    """A folder with that many rules, none of which is due."""
    rules = folder / "rules"
    rules.mkdir()
    for number in range(MANY):
        text = SCHEDULED.format(number=number, minute=number % 60, hour=number % 24)
        (rules / f"rule-{number:04d}.yaml").write_text(text)
    return rules


@contextmanager
def system(folder: Path, rules: Path, service: str) -> Iterator[tuple[Stack, httpx.Client]]:
    dags = folder / "dags"
    dags.mkdir()
    environment = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "IGNY8_RULES_PATH": str(rules),
        "AIRFLOW_CONN_IGNY8_ENGINE": json.dumps({"conn_type": "http", "host": service, "password": "none"}),
    }
    with Stack(Home(folder / "home"), Ports.free(), environment=environment) as stack:
        stack.wait_ready()
        access = stack.access
        login = httpx.post(
            f"{access.airflow_url}/auth/token", json={"username": access.username, "password": access.password}
        )
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        base = f"{access.airflow_url}/api/v1/automation"
        with httpx.Client(base_url=base, headers=headers, timeout=60) as api:
            yield stack, api


def measure(stack: Stack, api: httpx.Client, rules: Path, arguments: argparse.Namespace) -> Iterator[dict[str, object]]:
    wait_until(lambda: dags(stack) == MANY + 1, 300, every=1.0)
    with psycopg.connect(stack.database_url("airflow"), autocommit=True) as database:
        database.execute(HISTORY, {"rules": MANY, "runs": PAST_RUNS})
        database.execute(TASKS)
        database.execute(RESULTS)
        database.execute("analyze")
    call(api, "GET", "rules/")
    started = []

    def page(number: int) -> None:
        call(api, "GET", "rules/", params={"page_size": 50, "page": 1 + number % 20})

    def progress(number: int) -> None:
        call(api, "GET", f"rules/rule-{number % MANY:04d}/progress/")

    def history(number: int) -> None:
        call(api, "GET", "rules/execution-history/", params={"page_size": 50, "page": 1 + number % 20})

    def execute(_: int) -> None:
        started.append(call(api, "POST", f"rules/{RUN_BY_HAND}/execute/")["run_id"])

    def run_over() -> None:
        wait_until(lambda: call(api, "GET", f"rules/{RUN_BY_HAND}/progress/")["status"] == "SUCCESS", 60)

    some = f"{MANY} rules, {PAST_RUNS} runs"
    yield figure(f"{some}: rules/, page of 50", page, arguments, 150)
    yield figure(f"{some}: progress/", progress, arguments, 60)
    yield figure(f"{some}: execute/", execute, arguments, 150, calls=max(10, arguments.calls // 3), between=run_over)
    yield figure(f"{some}: execution-history/, page of 50", history, arguments)
    yield figure(f"{some}: stats/", lambda _: call(api, "GET", "stats/"), arguments, calls=10)

    for number in range(FEW - 1, MANY):
        (rules / f"rule-{number:04d}.yaml").unlink()
    wait_until(lambda: dags(stack) == FEW, 300, every=1.0)
    yield saving(api, arguments)


def saving(api: httpx.Client, arguments: argparse.Namespace) -> dict[str, object]:
    """The p95 from saving a rule to running it, in seconds: the median of several rounds, each from as many rules."""
    rounds = []
    for turn in range(arguments.rounds):
        made = [f"new-{turn}-{number}" for number in range(arguments.saves)]
        rounds.append(quantile(tuple(saved_and_run(api, rule_id) for rule_id in made), 0.95))
        for rule_id in made:
            call(api, "DELETE", f"rules/{rule_id}/")
    name = f"{FEW} rules: from saving a rule to running it, p95"
    return {"figure": name, "unit": "s", "limit": 5} | valued(statistics.median(rounds), 5)


def figure(
    name: str,
    request: Callable[[int], None],
    arguments: argparse.Namespace,
    limit: float | None = None,
    *,
    calls: int | None = None,
    between: Callable[[], None] = lambda: None,
) -> dict[str, object]:
    """The p95 of a request in milliseconds: the median of several rounds."""
    rounds = []
    for number in range(arguments.rounds):
        took = []
        for index in range(calls or arguments.calls):
            began = time.perf_counter()
            request(number * 1000 + index)
            took.append(1000 * (time.perf_counter() - began))
            between()
        rounds.append(quantile(tuple(took), 0.95))
    shown: dict[str, object] = {"figure": f"{name}, p95", "unit": "ms"} | ({"limit": limit} if limit else {})
    return shown | valued(statistics.median(rounds), limit)


def saved_and_run(api: httpx.Client, rule_id: str) -> float:
    """From sending a new rule until a run of it is accepted, in seconds."""
    began = time.perf_counter()
    call(api, "POST", "rules/import/", content=MANUAL.format(rule_id=rule_id).encode())
    call(api, "POST", f"rules/{rule_id}/execute/")
    return time.perf_counter() - began


def call(api: httpx.Client, method: str, path: str, **options: object) -> dict[str, object]:
    answer = api.request(method, f"/{path}", **options)  # type: ignore[arg-type]
    if not answer.is_success:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json()["data"]  # type: ignore[no-any-return]


def dags(stack: Stack) -> int:
    with psycopg.connect(stack.database_url("airflow")) as database:
        row = database.execute("select count(*) from dag where not is_stale and dag_id like 'rule__demo__%'").fetchone()
    return 0 if row is None else int(row[0])


if __name__ == "__main__":
    sys.exit(main())
