"""Housekeeping removes what is old, never what goes on, and says what it could not remove."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from driving import Account, Rules, connect

from igny8_local.stack import Stack
from watching import wait_until

RULE = """\
id: {account}
name: Plan
account: {account}
site: shop
trigger: manual
actions:
  - type: cluster_keywords
    params: {{keyword_ids: {{where: []}}}}
"""


def test_old_runs_and_jobs_go_and_young_ones_stay_whatever_other_accounts_suffer_from(
    rules: Rules, stack: Stack, new_account: Callable[[str, int], Account]
) -> None:
    assert stack.environment["IGNY8_KEEP_DAYS"] == "20"
    account = new_account("tidy", 500)
    account.import_keywords("shop", ["clean a grinder", "clean grinder burrs"])
    connect(stack, "locked", stack.ports.engine_url, "not-a-key")
    connect(stack, "moved", "http://127.0.0.1:1", "any")
    for name in ("tidy", "locked", "moved"):
        rules.write(name, RULE.format(account=name))
    dag_id = rules.dag("tidy", "tidy")
    endless = rules.start(rules.dag("moved", "moved"))  # it waits for an engine that does not answer
    old, young = rules.start(dag_id), rules.start(dag_id)
    assert old.wait() == "success"
    assert young.wait() == "success"
    with psycopg.connect(stack.database_url("airflow")) as airflow:
        airflow.execute(
            "update dag_run set end_date = end_date - interval '21 days' where run_id = %s and dag_id = %s",
            (old.run_id, dag_id),
        )
        airflow.execute(
            "update dag_run set run_after = run_after - interval '60 days', start_date = now() - interval '60 days'"
            " where run_id = %s and dag_id = %s",
            (endless.run_id, endless.dag_id),
        )
    with psycopg.connect(stack.database_url("igny8")) as engine:
        engine.execute(
            "update jobs set created_at = created_at - interval '21 days',"
            " finished_at = finished_at - interval '21 days' where key = %s",
            (f"{dag_id}/{old.run_id}/cluster_keywords",),
        )
    assert account.call("GET", "/v1/jobs")["total"] == 2

    housekeeping = rules.start("housekeeping")
    assert housekeeping.wait() == "failed", "what could not be done is seen"
    states, log = housekeeping.states(), housekeeping.log("remove_jobs")
    assert states == {"remove_runs": "success", "remove_jobs": "failed"}, housekeeping.log("remove_runs") + log
    left = rules.airflow.call("GET", f"dags/{dag_id}/dagRuns")["dag_runs"]
    assert [run["dag_run_id"] for run in left] == [young.run_id]  # type: ignore[index, union-attr, call-overload]
    assert endless.state() == "running", "it is older than all others, and goes on"
    endless.cancel()
    assert account.call("GET", "/v1/jobs")["total"] == 1
    for name, why in (("locked", "refuses the API key"), ("moved", "does not answer")):
        assert f"the jobs of the account '{name}'" in log
        assert why in log
        assert f"the connection 'igny8_engine_{name}'" in log

    rules.remove("locked", "moved")
    housekeeping.clear("remove_jobs")
    wait_until(lambda: housekeeping.state() != "failed", 30, "the run to go on")
    housekeeping.wait()
    again = housekeeping.log(
        "remove_jobs", 2
    )  # where other tests have left accounts that cannot be served, it names those
    assert "remove_jobs" in again
    assert "account 'locked'" not in again
    assert "account 'moved'" not in again
