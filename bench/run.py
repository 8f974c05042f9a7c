"""How soon a rule starts, and a hundred at once: `make bench`.

Everything runs on a real Airflow of its own. The rules have three actions, each of which takes two seconds in a small
HTTP service; dag-factory does the same three calls with HttpOperator, plain and deferrable, on the same Airflow. Prints
a JSON line for each figure, then a table; figures are medians of several rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from igny8_local.airflow_api import AirflowApi
from igny8_local.paths import Home
from igny8_local.ports import HOST, Ports
from igny8_local.stack import Stack

AT_ONCE = 100
ACTIONS = ("cluster_keywords", "generate_ideas", "generate_content")
OURS = "rule__demo__bench"

RULE = """\
id: bench
name: Three actions of two seconds
account: demo
site: bench
trigger: manual
actions:
  - {type: cluster_keywords, params: {keyword_ids: [1]}}
  - type: generate_ideas
  - type: generate_content
"""

DAG_FACTORY = """\
{name}:
  schedule: null
  start_date: 2026-01-01
  catchup: false
  is_paused_upon_creation: false
  max_active_runs: 200
  tasks:
    - task_id: first
      operator: airflow.providers.http.operators.http.HttpOperator
      http_conn_id: bench
      endpoint: /work
      method: GET
      deferrable: {deferrable}
    - task_id: second
      operator: airflow.providers.http.operators.http.HttpOperator
      http_conn_id: bench
      endpoint: /work
      method: GET
      deferrable: {deferrable}
      dependencies: [first]
    - task_id: third
      operator: airflow.providers.http.operators.http.HttpOperator
      http_conn_id: bench
      endpoint: /work
      method: GET
      deferrable: {deferrable}
      dependencies: [second]
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of a hundred at once, for each contender")
    parser.add_argument("--idle", type=int, default=30, help="single runs on an idle system")
    parser.add_argument("--only-ours", action="store_true", help="leave dag-factory out")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder,
        slow_service() as service,
        system(Path(folder), service) as airflow,
    ):
        figures = list(measure(airflow, service, arguments))
    for figure in figures:
        print(json.dumps(figure))
    return ended(figures)


@contextmanager
def slow_service(seconds: float = 2.0) -> Iterator[str]:
    port = Ports.free().engine
    command = [sys.executable, Path(__file__).with_name("slow_service.py"), f"--port={port}", f"--seconds={seconds}"]
    service = subprocess.Popen(command)
    url = f"http://{HOST}:{port}"
    try:
        wait_until(lambda: answers(f"{url}/arrivals"), 30)
        yield url
    finally:
        service.terminate()
        service.wait()


@contextmanager
def system(folder: Path, service: str) -> Iterator[AirflowApi]:
    """An Airflow that has the benchmark's Dags only, with its default of 32 workers for those that need some."""
    dags, rules = folder / "dags", folder / "rules"
    dags.mkdir()
    rules.mkdir()
    (rules / "bench.yaml").write_text(RULE)
    for name, deferrable in (("factory_plain", "false"), ("factory_deferrable", "true")):
        (dags / f"{name}.yaml").write_text(DAG_FACTORY.format(name=name, deferrable=deferrable))
    (dags / "factory.py").write_text(
        "from airflow.sdk import DAG\nfrom dagfactory import load_yaml_dags\nload_yaml_dags(globals_dict=globals())\n"
    )
    connection = json.dumps({"conn_type": "http", "host": service, "password": "none"})
    environment = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "IGNY8_RULES_PATH": str(rules),
        "AIRFLOW_CONN_IGNY8_ENGINE": connection,
        "AIRFLOW_CONN_BENCH": connection,
        "AIRFLOW__CORE__PARALLELISM": "32",
        # dag-factory tells its makers of each run, from within the scheduler. Where there is no network that takes its
        # time, which would be held against it.
        "AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY": "False",
    }
    home = Home(folder / "home")
    with Stack(home, Ports.free(), environment=environment) as stack, stack.airflow() as airflow:
        stack.wait_ready()
        yield airflow


def measure(airflow: AirflowApi, service: str, arguments: argparse.Namespace) -> Iterator[dict[str, object]]:
    contenders = [OURS] if arguments.only_ours else [OURS, "factory_plain", "factory_deferrable"]
    for dag_id in contenders:
        wait_until(lambda dag_id=dag_id: airflow.has_dag(dag_id), 90)
    run_to_end(airflow, OURS)  # the first run of all warms caches and the service

    yield {"figure": "memory of the idle system", "unit": "MiB", "value": round(memory()), "limit": 1536} | met(
        memory(), 1536
    )
    starts, totals = zip(*(idle_run(airflow, service) for _ in range(arguments.idle)), strict=True)
    yield {"figure": "idle: start p50", "unit": "s", "limit": 1.6} | valued(statistics.median(starts), 1.6)
    yield {"figure": "idle: start p95", "unit": "s", "limit": 2.2} | valued(quantile(starts, 0.95), 2.2)
    yield {"figure": "idle: whole run p50", "unit": "s"} | valued(statistics.median(totals))

    rounds: dict[str, list[dict[str, float]]] = {dag_id: [] for dag_id in contenders}
    for _ in range(arguments.rounds):
        for dag_id in contenders:
            rounds[dag_id].append(hundred(airflow, service, dag_id))
    for dag_id, seen in rounds.items():
        name = "rules" if dag_id == OURS else dag_id
        took = statistics.median(each["seconds"] for each in seen)
        failed = max(each["failed"] for each in seen)
        limit = {"limit": 30} | valued(took, 30) if dag_id == OURS else valued(took)
        yield {"figure": f"{AT_ONCE} at once, {name}: all done", "unit": "s"} | limit
        yield {"figure": f"{AT_ONCE} at once, {name}: failed runs", "unit": ""} | (
            {"limit": 0} | valued(failed, 0) if dag_id == OURS else valued(failed)
        )
        if dag_id == OURS:
            yield {"figure": f"{AT_ONCE} at once, {name}: start p50", "unit": "s"} | valued(
                statistics.median(each["start_p50"] for each in seen)
            )
            workers = max(each["workers"] for each in seen)
            yield {"figure": f"{AT_ONCE} at once, {name}: tasks with a worker", "unit": "", "limit": 0} | valued(
                workers, 0
            )
    if not arguments.only_ours:
        best = min(statistics.median(each["seconds"] for each in rounds[other]) for other in contenders[1:])
        ours = statistics.median(each["seconds"] for each in rounds[OURS])
        yield {"figure": "rules against the better dag-factory", "unit": "of its time", "limit": 0.5} | valued(
            ours / best, 0.5
        )


def idle_run(airflow: AirflowApi, service: str) -> tuple[float, float]:
    """From the request to the first line of the first action's own code, and to the end of the run; both in seconds.

    The action's first line is taken to be reached when its request reaches the service, which is a little later.
    """
    began = time.time()
    run_id = start(airflow, OURS)
    ended = wait_for_end(airflow, OURS, [run_id])
    arrived = httpx.get(f"{service}/arrivals").json()["jobs"][f"{OURS}/{run_id}/{ACTIONS[0]}"]
    return arrived - began, ended - began


def hundred(airflow: AirflowApi, service: str, dag_id: str) -> dict[str, float]:
    began = time.time()
    with ThreadPoolExecutor(8) as clients:
        runs = list(clients.map(lambda _: (time.time(), start(airflow, dag_id)), range(AT_ONCE)))
    ended = wait_for_end(airflow, dag_id, [run_id for _, run_id in runs])
    failed = sum(airflow.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"] != "success" for _, run_id in runs)
    figures = {"seconds": ended - began, "failed": float(failed)}
    if dag_id == OURS:
        jobs = httpx.get(f"{service}/arrivals").json()["jobs"]
        starts = [jobs[f"{OURS}/{run_id}/{ACTIONS[0]}"] - posted for posted, run_id in runs]
        figures |= {"start_p50": statistics.median(starts), "workers": float(workers(airflow, runs))}
    return figures


def workers(airflow: AirflowApi, runs: list[tuple[float, str]]) -> int:
    """How many tasks of these runs had a process of their own: Airflow notes its number."""
    tasks = [
        task
        for _, run_id in runs
        for task in airflow.call("GET", f"dags/{OURS}/dagRuns/{run_id}/taskInstances")["task_instances"]  # type: ignore[union-attr]
    ]
    return sum(task["pid"] is not None for task in tasks)  # type: ignore[index, call-overload]


def start(airflow: AirflowApi, dag_id: str) -> str:
    return str(airflow.call("POST", f"dags/{dag_id}/dagRuns", body={"logical_date": None})["dag_run_id"])


def run_to_end(airflow: AirflowApi, dag_id: str) -> None:
    wait_for_end(airflow, dag_id, [start(airflow, dag_id)])


def wait_for_end(airflow: AirflowApi, dag_id: str, run_ids: list[str]) -> float:
    """Wait until none of the Dag's runs goes on; when the last one ended, in seconds since the epoch."""

    def over() -> bool:
        # One question a second: who measures should not be what keeps the system busy.
        return not airflow.call("GET", f"dags/{dag_id}/dagRuns?state=queued&state=running&limit=1")["total_entries"]

    wait_until(over, 600, every=1.0)
    ends = [str(airflow.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")["end_date"]) for run_id in run_ids]
    return max(datetime.fromisoformat(end).astimezone(UTC).timestamp() for end in ends)


def memory() -> float:
    """The memory of this benchmark's whole system in MiB: shared pages are counted once (PSS)."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / 2**20


def valued(value: float, limit: float | None = None) -> dict[str, object]:
    return {"value": round(value, 2)} | (met(value, limit) if limit is not None else {})


def met(value: float, limit: float) -> dict[str, object]:
    return {"met": value <= limit}


def quantile(values: tuple[float, ...], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(share * len(values)))]


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def wait_until(holds: Callable[[], bool], seconds: float, every: float = 0.2) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(every)


def ended(figures: list[dict[str, object]]) -> int:
    """Show all figures in a table; what the program ends with: 1 where a limit was missed."""
    Console().print(as_table(figures))
    return 0 if all(figure.get("met", True) for figure in figures) else 1


def as_table(figures: list[dict[str, object]]) -> Table:
    table = Table("figure", title="Benchmark")
    for heading in ("seen", "limit", ""):
        table.add_column(heading, justify="right")
    for figure in figures:
        verdict = {True: "[green]met[/]", False: "[red]missed[/]"}.get(figure.get("met"), "")  # type: ignore[call-overload]
        table.add_row(
            str(figure["figure"]), f"{figure['value']} {figure['unit']}", str(figure.get("limit", "")), verdict
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
