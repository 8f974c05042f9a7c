"""Housekeeping removes what is old, and never what goes on."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from driving import Account, Rules

from igny8_local.stack import Stack

RULE = """\
id: tidy
name: Plan
account: tidy
site: shop
trigger: manual
actions:
  - type: cluster_keywords
    params: {keyword_ids: {where: []}}
"""


def test_old_runs_and_jobs_go_and_young_ones_stay(
    rules: Rules, stack: Stack, new_account: Callable[[str, int], Account]
) -> None:
    account = new_account("tidy", 500)
    account.import_keywords("shop", ["clean a grinder", "clean grinder burrs"])
    rules.write("tidy", RULE)
    dag_id = rules.dag("tidy", "tidy")
    old, young = rules.start(dag_id), rules.start(dag_id)
    assert old.wait() == "success"
    assert young.wait() == "success"
    with psycopg.connect(stack.database_url("airflow")) as airflow:
        airflow.execute(
            "update dag_run set end_date = end_date - interval '31 days' where run_id = %s and dag_id = %s",
            (old.run_id, dag_id),
        )
    with psycopg.connect(stack.database_url("igny8")) as engine:
        engine.execute(
            "update jobs set created_at = created_at - interval '31 days',"
            " finished_at = finished_at - interval '31 days' where key = %s",
            (f"{dag_id}/{old.run_id}/cluster_keywords",),
        )
    assert account.call("GET", "/v1/jobs")["total"] == 2

    housekeeping = rules.start("housekeeping")
    assert housekeeping.wait() == "success", housekeeping.log("remove_runs") + housekeeping.log("remove_jobs")
    left = rules.airflow.call("GET", f"dags/{dag_id}/dagRuns")["dag_runs"]
    assert [run["dag_run_id"] for run in left] == [young.run_id]  # type: ignore[index, union-attr, call-overload]
    assert housekeeping.xcom("remove_jobs")["tidy"] == 1
    assert account.call("GET", "/v1/jobs")["total"] == 1
