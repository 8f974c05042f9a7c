"""A broken rule is shown where its user looks, and the others live on."""

from __future__ import annotations

import pytest
from driving import Rules

from watching import wait_until

GOOD = """\
id: {id}
name: Plan the site
account: demo
site: home-espresso
status: {status}
trigger: {trigger}
actions:
  - type: generate_site_structure
"""


def good(rule_id: str, status: str = "active", trigger: str = "manual") -> str:
    return GOOD.format(id=rule_id, status=status, trigger=trigger)


def errors_of(rules: Rules, name: str) -> str:
    return "\n".join(text for file, text in rules.import_errors().items() if name in file)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("no-yaml", "id: [1, 2\nname: x\n", "no-yaml.yaml"),
        ("unknown-action", good("unknown-action").replace("structure", "structur"), "Did you mean"),
        ("bad-cron", good("bad-cron", trigger="schedule\nschedule: 99 * * * *"), "schedule"),
        ("bad-zone", good("bad-zone") + "timezone: Mars/Phobos\n", "Mars/Phobos"),
    ],
)
def test_a_broken_rule_is_an_import_error_under_its_own_name(rules: Rules, name: str, text: str, expected: str) -> None:
    good_dag = rules.dag("keywords-to-articles")
    rules.write(name, text)
    shown = wait_until(lambda: errors_of(rules, name), 60, f"the import error of {name}")
    assert expected in shown
    assert shown.count(f"The rule in {name}.yaml is broken") == 1, shown
    assert rules.airflow.has_dag(good_dag)
    rules.write(name, good(name))
    rules.dag(name)
    wait_until(lambda: not errors_of(rules, name), 60, f"the import error of {name} to go")


def test_two_files_with_one_id_name_each_other(rules: Rules) -> None:
    rules.write("twin", good("twin"))
    rules.write("other-file", good("twin"))
    rules.dag("twin")
    shown = wait_until(lambda: errors_of(rules, "other-file"), 60, "the import error of the second file")
    assert "twin.yaml" in shown


def test_status_and_trigger_decide_when_a_rule_runs(rules: Rules) -> None:
    weekly = "schedule\nschedule: ['0 6 * * MON', '30 7 * * *']\ntimezone: Europe/Berlin"
    rules.write("clocked", good("clocked", trigger=weekly))
    rules.write("resting", good("resting", status="paused", trigger=weekly))
    rules.write("waiting", good("waiting", trigger="event\nevent: content.written"))
    rules.write("gone", good("gone", status="inactive"))
    clocked = rules.airflow.call("GET", f"dags/{rules.dag('clocked')}")
    assert clocked["is_paused"] is False
    assert clocked["next_dagrun_run_after"] is not None
    for name in ("resting", "waiting"):
        dag = rules.airflow.call("GET", f"dags/{rules.dag(name)}")
        assert dag["next_dagrun_run_after"] is None
        assert dag["is_paused"] is False
    assert not rules.airflow.has_dag("rule__demo__gone")
