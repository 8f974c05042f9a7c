"""What the triggerer writes many at once: one that cannot be written keeps none of the others from being."""

from __future__ import annotations

import json
import subprocess
import sys

from driving import Rules

from igny8_local.stack import Stack

RULE = """\
id: never
name: Never
account: demo
site: home-espresso
trigger: manual
conditions: [{field: keywords.new, operator: greater_than, value: 1000000}]
actions:
  - type: generate_site_structure
"""
WRITE = """\
import json, sys
import structlog
from airflow.sdk.execution_time.comms import SetXCom
from igny8.execution.triggerer import PromptTriggerRunnerSupervisor

answers = {}

class Supervisor(PromptTriggerRunnerSupervisor):
    def send_msg(self, msg, request_id, error=None, **options):
        answers[request_id] = error and error.detail["message"]

def xcom(run_id, key, value):
    return SetXCom(key=key, value=value, dag_id=sys.argv[1], run_id=run_id, task_id="gate", map_index=-1)

supervisor = object.__new__(Supervisor)
supervisor.process_log = structlog.get_logger()
run_id = sys.argv[2]
supervisor._xcoms = [
    (1, xcom(run_id, "first", {"n": 1})), (2, xcom("gone", "first", 2)), (3, xcom(run_id, "second", 3)),
    (4, xcom(run_id, "second", 4)), (5, xcom(run_id, "bad", "\\0")),
]
supervisor._write_xcoms()
print(json.dumps(answers))
"""


def test_each_xcom_is_answered_for_itself(rules: Rules, stack: Stack) -> None:
    rules.write("never", RULE)
    run = rules.start(rules.dag("never"))
    assert run.wait() == "success"
    command = [sys.executable, "-c", WRITE, run.dag_id, run.run_id]
    done = subprocess.run(command, env=stack.environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    assert [number for number, refusal in answers.items() if refusal is None] == ["1", "3", "4"]
    assert "There is no run 'gone'" in answers["2"]
    assert answers["5"], "PostgreSQL stores no zero byte"
    assert run.xcom("gate", "first") == {"n": 1}
    assert run.xcom("gate", "second") == 4
    assert run.xcom("gate", "bad") is None
