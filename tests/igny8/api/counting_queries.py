"""Counts the SQL statements of requests with few and with many rules; prints them as JSON.

Run as ``python counting_queries.py FOLDER``; the environment names an empty database and the same folder as the rules'.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from airflow import settings
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from airflow.models import DagModel, DagRun, TaskInstance, import_all_models
from airflow.models.base import Base
from airflow.models.dagbundle import DagBundleModel
from airflow.models.hitl import HITLDetail
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import event, insert
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from igny8.api.app import create_app
from igny8.execution.scope import REQUEST, RESULT
from igny8.execution.triggers import ERROR

PATHS = {
    "rules": "/rules/?page_size=500",
    "rules, page 2": "/rules/?page_size=5&page=2",
    "rules by runs": "/rules/?page_size=500&ordering=-execution_count",
    "rules by next run": "/rules/?page_size=500&ordering=next_run_at",
    "rules by success": "/rules/?page_size=500&ordering=-success_rate",
    "rules by credits": "/rules/?page_size=500&ordering=-credits_this_month",
    "history": "/rules/execution-history/?page_size=500",
    "failures": "/rules/execution-history/?page_size=500&status=failed",
    "recent runs": "/rules/recent-runs/?" + "&".join(f"rule=rule-{number}" for number in range(1, 121)),
    "due and done": "/scheduled-tasks/?page_size=500",
    "figures": "/stats/",
    "dashboard": "/dashboard/?days=2",
    "progress": "/rules/rule-1/progress/?run_id=failed-1",
    "rule": "/rules/rule-1/",
    "revisions": "/rules/rule-1/revisions/",
}
BEST = 5
"""The rule that has succeeded, and paid, once more than the others; those with a number of tens have never run."""
APPROVALS = "/approvals/?page_size=500"
ONE = {"rule": 1, "revisions": 1, "rules, page 2": 5}
"""How many are shown, however many there are."""
ASKS = {
    "kind": "budget", "subject": "May it cost that?", "body": "15 credits.", "until": 4_000_000_000, "least": 15,
    "most": 15, "articles": [],
}  # fmt: skip
RULE = """\
id: rule-{number}
name: Rule {number}
account: acme
site: shop
{status}trigger: manual
actions:
  - type: cluster_keywords
    params: {{keyword_ids: []}}
"""


def add_rules(folder: Path, numbers: range) -> None:
    """Rules, of which one in ten has no Dag, each of the others with a run that was done and one that failed."""
    now = datetime.now(UTC)
    with create_session() as session:
        for number in numbers:
            idle = number % 10 == 0
            text = RULE.format(number=number, status="status: inactive\n" if idle else "")
            (folder / f"rule-{number}.yaml").write_text(text)
            if idle:
                continue
            dag_id = f"rule__acme__rule-{number}"
            session.add(DagModel(dag_id=dag_id, bundle_name="dags-folder", is_paused=False, is_stale=False))
            session.flush()
            for name in ("success", "failed", *(["success-again"] if number == BEST else [])):
                state = name.partition("-")[0]
                run = DagRun(dag_id=dag_id, run_id=f"{name}-{number}", run_type="scheduled", state=state)
                run.run_after = now - timedelta(minutes=number if name == state else 0)
                run.start_date, run.end_date = run.run_after, now
                session.add(run)
                session.flush()
                values: dict[str, Any] = {"dag_id": dag_id, "run_id": run.run_id, "task_id": "cluster_keywords"}
                session.execute(insert(TaskInstance).values(**values, state=state, pool="default_pool", pool_slots=1))
                for key, value in ((RESULT, {"done": 1, "total": 1, "credits": 2}), (ERROR, "It failed.")):
                    session.execute(insert(XComModel).values(**values, key=key, value=value, dag_run_id=run.id))


def add_request(session: Session, run_id: str) -> None:
    dag_id, now = "rule__acme__rule-1", datetime.now(UTC)
    run = DagRun(dag_id=dag_id, run_id=run_id, run_type="manual", state="running")
    run.run_after = run.start_date = now
    session.add(run)
    session.flush()
    values: dict[str, Any] = {"dag_id": dag_id, "run_id": run_id, "task_id": "budget"}
    task = uuid4()
    state = {"state": "awaiting_input", "pool": "default_pool", "pool_slots": 1, "updated_at": now}
    session.execute(insert(TaskInstance).values(id=task, **values, **state))
    session.execute(insert(XComModel).values(**values, key=REQUEST, value=ASKS, dag_run_id=run.id))
    session.add(HITLDetail(ti_id=task, options=["Approve"], subject="May it cost that?"))


async def count(folder: Path) -> dict[str, list[int]]:
    app = create_app()
    app.state.auth_manager = create_auth_manager()
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="admin", role="admin")
    statements: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: statements.append(statement))
    counts: dict[str, list[int]] = {name: [] for name in PATHS}
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")
    for numbers in (range(1, 12), range(12, 121)):
        add_rules(folder, numbers)
        for name, path in PATHS.items():
            await client.get(path)  # what is looked up once in a process is looked up now
            statements.clear()
            answer = await client.get(path)
            data = answer.json()["data"]
            if name == "progress":
                # The run before it that was completed took as long ago as it was due.
                assert abs(data["expected_duration"] - 60) < 1, data["expected_duration"]
                counts[name].append(len(statements))
                continue
            if name in ONE:
                assert (len(data) if isinstance(data, list) else 1) == ONE[name], (name, data)
                counts[name].append(len(statements))
                continue
            if name in {"rules by success", "rules by credits"}:
                assert data[0]["id"] == f"rule-{BEST}", name
            if name == "rules by success":
                idle = (numbers.stop - 1) // 10
                assert {each["execution_count"] for each in data[-idle:]} == {0}
                assert all(each["execution_count"] for each in data[:-idle])
            shown = len(data["rules"]) if name == "figures" else len(data)
            if name == "dashboard":
                assert {each["kind"] for each in data["attention"]} == {"engine"}, "there is none, which is told"
                shown = len(data["figures"]["rules"])
            assert shown >= 0.9 * (numbers.stop - 1) - 1, (name, shown)
            counts[name].append(len(statements))
    counts["approvals"] = []
    for numbers in (range(1, 3), range(3, 60)):
        with create_session() as session:
            for number in numbers:
                add_request(session, f"asks-{number}")
        await client.get(APPROVALS)
        statements.clear()
        answer = await client.get(APPROVALS)
        assert answer.json()["meta"]["count"] == len(answer.json()["data"]) == numbers.stop - 1
        counts["approvals"].append(len(statements))
    return counts


if __name__ == "__main__":
    import_all_models()
    Base.metadata.create_all(settings.engine)
    with create_session() as opened:
        opened.add(DagBundleModel(name="dags-folder"))
    sys.stdout.write(json.dumps(asyncio.run(count(Path(sys.argv[1])))))
