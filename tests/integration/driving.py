"""Driving the running system over HTTP, as its users do: rules, runs and accounts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.db.connect import Database
from igny8_local.airflow_api import AirflowApi
from igny8_local.errors import AirflowAnswerError
from igny8_local.stack import Stack
from watching import wait_until

T = TypeVar("T")


@dataclass
class Run:
    """One run of a rule, as Airflow's REST API tells it."""

    airflow: AirflowApi
    dag_id: str
    run_id: str

    @property
    def rule(self) -> str:
        return self.dag_id.rpartition("__")[2]

    @property
    def path(self) -> str:
        return f"dags/{self.dag_id}/dagRuns/{quote(self.run_id)}"

    def state(self) -> str:
        return str(self.airflow.call("GET", self.path)["state"])

    def wait(self, seconds: float = 120) -> str:
        wait_until(lambda: self.state() in {"success", "failed"}, seconds, f"the end of {self.run_id}: {self.tasks()}")
        return self.state()

    def tasks(self) -> dict[str, dict[str, Any]]:
        listed: Any = self.airflow.call("GET", f"{self.path}/taskInstances")["task_instances"]
        return {task["task_id"]: task for task in listed}

    def states(self) -> dict[str, str | None]:
        return {name: task["state"] for name, task in self.tasks().items()}

    def xcom(self, task: str, key: str = "return_value") -> Any:
        try:
            return self.airflow.call("GET", f"{self.path}/taskInstances/{task}/xcomEntries/{key}")["value"]
        except AirflowAnswerError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def log(self, task: str, attempt: int = 1) -> str:
        return json.dumps(self.airflow.call("GET", f"{self.path}/taskInstances/{task}/logs/{attempt}"))

    def cancel(self) -> None:
        self.airflow.call("PATCH", self.path, body={"state": "failed"})

    def clear(self, *tasks: str) -> None:
        body: dict[str, Any] = {
            "dry_run": False,
            "only_failed": False,
            "dag_run_id": self.run_id,
            "task_ids": list(tasks),
            "include_downstream": True,
        }
        self.airflow.call("POST", f"dags/{self.dag_id}/clearTaskInstances", body=body)


@dataclass
class Rules:
    """The rules of the running system."""

    stack: Stack
    airflow: AirflowApi
    folder: Path
    written: set[str] = field(default_factory=set)

    def write(self, rule_id: str, text: str) -> Path:
        """Put a rule into the store, as somebody who edits the file does."""
        path = self.folder / f"{rule_id}.yaml"
        path.write_text(text, encoding="utf-8")
        self.written.add(rule_id)
        return path

    def remove(self, *rule_ids: str) -> None:
        """Take rules out of the store, all at once."""
        for rule_id in rule_ids:
            (self.folder / f"{rule_id}.yaml").unlink()
            self.written.discard(rule_id)

    def dag(self, rule_id: str, account: str = "demo") -> str:
        """The id of a rule's Dag, once Airflow has it."""
        dag_id = f"rule__{account}__{rule_id}"
        wait_until(lambda: self.airflow.has_dag(dag_id), 60, dag_id)
        return dag_id

    def start(self, dag_id: str, event: dict[str, Any] | None = None, run_id: str | None = None) -> Run:
        body: dict[str, Any] = {"logical_date": None, "conf": {"event": event or {}}}
        if run_id is not None:
            body["dag_run_id"] = run_id
        answer = self.airflow.call("POST", f"dags/{dag_id}/dagRuns", body=body)
        return Run(self.airflow, dag_id, str(answer["dag_run_id"]))

    def import_errors(self) -> dict[str, str]:
        listed: Any = self.airflow.call("GET", "importErrors")["import_errors"]
        return {error["filename"]: error["stack_trace"] for error in listed}


@dataclass
class Account:
    """An account of the engine, with a key of its own."""

    name: str
    http: httpx.Client

    def call(self, method: str, path: str, **options: Any) -> Any:
        answer = self.http.request(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def credits(self) -> dict[str, int]:
        return dict(self.call("GET", "/v1/account")["credits"])

    def import_keywords(self, site: str, phrases: list[str]) -> list[int]:
        lines = "\n".join(f"{phrase},{100 + i},20,informational" for i, phrase in enumerate(phrases))
        text = f"Keyword,Volume,Difficulty,Intent\n{lines}\n"
        self.call("POST", f"/v1/sites/{site}/keywords/import", content=text.encode())
        return [item["id"] for item in self.call("GET", f"/v1/sites/{site}/keywords", params={"limit": 500})["items"]]


def connect(stack: Stack, account: str, url: str, key: str) -> None:
    """Make Airflow's connection to an engine for one account."""
    with stack.airflow() as airflow:
        body: dict[str, Any] = {
            "connection_id": f"igny8_engine_{account}",
            "conn_type": "http",
            "host": url,
            "password": key,
        }
        airflow.call("POST", "connections", body=body)


def as_operator(stack: Stack, do: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Do in the engine's database what a command of its operator does; a process for it takes seconds to start."""

    async def work() -> T:
        database = Database(stack.database_url("igny8"))
        try:
            async with database.transaction() as session:
                return await do(session)
        finally:
            await database.close()

    return asyncio.run(work())
