"""From a stored rule to a Dag: the graph, the schedule, and what it says of itself."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from airflow.sdk import DAG, Asset, CronTriggerTimetable, MultipleCronTriggerTimetable
from pydantic import JsonValue

from igny8.dagfactory.build import build_dag
from igny8.dagfactory.timetable import QuietTimetable
from igny8.execution.approving import AskingOperator
from igny8.execution.operators import OPERATORS, ActionOperator, GateOperator, OwnActionOperator
from igny8.rules import StoredRule, check_rule, dump_rule

NEW_KEYWORDS = {"where": [{"field": "status", "operator": "equals", "value": "new"}], "limit": 500}


def stored(**changes: JsonValue) -> StoredRule:
    document = {
        "id": "weekly",
        "name": "Weekly articles",
        "account": "demo",
        "site": "home-espresso",
        "trigger": "manual",
        "actions": [
            {"type": "cluster_keywords", "params": {"keyword_ids": NEW_KEYWORDS}},
            {"type": "generate_ideas"},
            {"type": "generate_content"},
        ],
    } | changes
    rule = check_rule(document)
    return StoredRule(rule=rule, text=dump_rule(rule), path=Path("weekly.yaml"), revision=4)


def edges(dag: DAG) -> set[tuple[str, str]]:
    return {(task.task_id, down) for task in dag.tasks for down in task.downstream_task_ids}


def test_actions_follow_each_other_in_order() -> None:
    dag = build_dag(stored())
    assert dag.dag_id == "rule__demo__weekly"
    assert edges(dag) == {("cluster_keywords", "generate_ideas"), ("generate_ideas", "generate_content")}
    assert dag.tags == {"rule", "account:demo", "site:home-espresso", "trigger:manual"}
    assert dag.is_paused_upon_creation is False
    assert dag.catchup is False


def test_every_action_type_has_its_operator_and_starts_in_the_triggerer() -> None:
    tasks = build_dag(stored()).tasks
    assert [type(task) for task in tasks] == [OPERATORS[task.task_id] for task in tasks]
    for task in tasks:
        assert isinstance(task, ActionOperator)
        assert task.start_from_trigger is True
        assert task.start_trigger_args is not None
        assert task.start_trigger_args.trigger_cls == "igny8.execution.triggers.ActionTrigger"
    assert tasks[1].start_trigger_args.trigger_kwargs == {  # type: ignore[union-attr]
        "account": "demo",
        "site": "home-espresso",
        "conditions": [],
        "action": "generate_ideas",
        "action_params": {"cluster_ids": "{{ actions.cluster_keywords.cluster_ids }}"},
    }


def test_conditions_become_a_gate_before_everything() -> None:
    condition = {"field": "keywords.new", "operator": "greater_than", "value": 20}
    dag = build_dag(stored(conditions=[condition, {"not": {**condition, "value": 900}}]))
    gate = dag.get_task("gate")
    assert isinstance(gate, GateOperator)
    assert gate.conditions == [condition, {"not": {**condition, "value": 900}}]
    assert gate.downstream_task_ids == {"cluster_keywords"}


def test_without_conditions_there_is_no_gate() -> None:
    assert not build_dag(stored()).has_task("gate")


@pytest.mark.parametrize(
    ("overlap", "most", "decides"),
    [
        (None, None, False),
        ("queue", 1, False),
        ({"parallel": 3}, 3, False),
        ("skip", 16, True),
        ("cancel_older", 16, True),
    ],
)
def test_overlap_is_a_number_of_runs_or_a_turn_before_everything(
    overlap: JsonValue, most: int | None, decides: bool
) -> None:
    usual = build_dag(stored()).max_active_runs
    condition = {"field": "keywords.new", "operator": "greater_than", "value": 20}
    changes: dict[str, JsonValue] = {} if overlap is None else {"overlap": overlap}
    for conditions, first in (([], "cluster_keywords"), ([condition], "gate")):
        dag = build_dag(stored(conditions=conditions, **changes))
        assert dag.max_active_runs == (usual if most is None else most)
        assert dag.has_task("turn") is decides
        if decides:
            turn = dag.get_task("turn")
            assert turn.upstream_task_ids == set()
            assert turn.downstream_task_ids == {first}
            assert turn.start_trigger_args.trigger_kwargs == {
                "overlap": overlap,
                "timezone": "UTC",
                "quiet_hours": [],
                "excluded_dates": [],
            }


def test_only_what_an_event_or_asset_starts_waits_for_the_end_of_quiet_times() -> None:
    quiet: dict[str, JsonValue] = {"quiet_hours": [{"from": "22:00", "to": "06:00"}], "excluded_dates": ["12-25"]}
    event = build_dag(stored(trigger="event", event="keywords.imported", **quiet)).get_task("turn")
    assert event.start_trigger_args is not None
    assert event.start_trigger_args.trigger_kwargs == {"overlap": None, "timezone": "UTC"} | {
        "quiet_hours": [{"from": "22:00", "to": "06:00", "days": ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]}],
        "excluded_dates": ["12-25"],
    }
    clocked = build_dag(stored(trigger="schedule", schedule="0 6 * * *", **quiet))
    assert not clocked.has_task("turn")
    assert isinstance(clocked.schedule, QuietTimetable)


def test_a_skipped_action_does_not_skip_what_follows() -> None:
    when = [{"field": "content.draft", "operator": "less_than", "value": 50}]
    dag = build_dag(
        stored(
            actions=[
                {"type": "cluster_keywords", "params": {"keyword_ids": NEW_KEYWORDS}, "when": when},
                {"type": "generate_ideas", "params": {"cluster_ids": [1]}},
            ]
        )
    )
    assert edges(dag) == {
        ("gate", "cluster_keywords"),
        ("gate", "generate_ideas"),
        ("cluster_keywords", "generate_ideas"),
    }
    join = dag.get_task("generate_ideas")
    assert join.trigger_rule == "none_failed_min_one_success"
    assert dag.get_task("cluster_keywords").conditions == when  # type: ignore[union-attr]


FAILING: list[JsonValue] = [
    {"id": "tell", "type": "http_request", "params": {"url": "https://chat.example", "body": "{{ failure.text }}"}},
    {
        "id": "log",
        "type": "http_request",
        "params": {"url": "https://log.example"},
        "retries": {"busy": 0, "failed": 9},
    },
]


def test_actions_on_failure_follow_the_first_that_fails_and_mend_nothing() -> None:
    dag = build_dag(stored(on_failure=FAILING, notify=[{"url": "https://hooks.example/"}]))
    actions = {"cluster_keywords", "generate_ideas", "generate_content"}
    tell, log, outcome = (dag.get_task(name) for name in ("tell", "log", "outcome"))
    assert isinstance(tell, OwnActionOperator)
    assert (tell.trigger_rule, log.trigger_rule, outcome.trigger_rule) == ("one_failed", "all_success", "none_failed")
    assert tell.upstream_task_ids == outcome.upstream_task_ids == actions
    assert log.upstream_task_ids == {"tell"}
    assert {dag.get_edge_info(action, "tell")["label"] for action in actions} == {"when one fails"}
    assert tell.start_from_trigger is True
    assert tell.start_trigger_args is not None
    assert tell.start_trigger_args.trigger_cls == "igny8.execution.own_actions.OwnActionTrigger"
    assert tell.start_trigger_args.trigger_kwargs == {
        "account": "demo",
        "site": "home-espresso",
        "conditions": [],
        "action": "http_request",
        "action_params": {"url": "https://chat.example", "body": "{{ failure.text }}"},
        "watched": ["cluster_keywords", "generate_ideas", "generate_content"],
    }
    assert (tell.retries, log.retries) == (5, 9)
    assert tell.operator_name == "HTTP request"
    notify = dag.get_task("notify")
    assert notify.upstream_task_ids == {*actions, "tell", "log"}
    kwargs = notify.start_trigger_args.trigger_kwargs  # type: ignore[union-attr]
    assert (kwargs or {})["actions"] == ["cluster_keywords", "generate_ideas", "generate_content"]


def test_notifications_come_after_everything_and_decide_nothing() -> None:
    condition = {"field": "keywords.new", "operator": "greater_than", "value": 20}
    notify = build_dag(
        stored(conditions=[condition], notify=[{"url": "https://hooks.example/", "on": ["failure"]}])
    ).get_task("notify")
    actions = ["cluster_keywords", "generate_ideas", "generate_content"]
    assert notify.upstream_task_ids == set(actions), "one that is left out might still run when the others are over"
    assert (notify.is_teardown, notify.on_failure_fail_dagrun) == (True, False)
    assert notify.start_trigger_args is not None
    assert notify.start_trigger_args.trigger_kwargs == {
        "account": "demo",
        "site": "home-espresso",
        "rule": "weekly",
        "revision": 4,
        "receivers": [{"url": "https://hooks.example/", "on": ["failure"], "repeat": False}],
        "tasks": ["gate", *actions],
        "actions": actions,
    }
    assert not build_dag(stored()).has_task("notify")


@pytest.mark.parametrize(
    ("changes", "kind", "summary"),
    [
        ({"trigger": "manual"}, type(None), None),
        ({"trigger": "event", "event": "keywords.imported"}, type(None), None),
        ({"trigger": "schedule", "schedule": "0 6 * * MON"}, CronTriggerTimetable, "0 6 * * MON"),
        ({"trigger": "schedule", "schedule": ["0 6 * * MON", "0 7 * * *"]}, MultipleCronTriggerTimetable, None),
    ],
)
def test_the_trigger_decides_the_schedule(changes: dict[str, JsonValue], kind: type, summary: str | None) -> None:
    dag = build_dag(stored(timezone="Europe/Berlin", **changes))
    assert isinstance(dag.schedule, kind)
    if isinstance(dag.schedule, CronTriggerTimetable):
        assert dag.schedule.expression == summary
        assert str(dag.schedule.timezone) == "Europe/Berlin"


def test_assets_start_a_rule() -> None:
    dag = build_dag(stored(trigger="event", assets=["s3://bucket/keywords.csv"]))
    assert dag.schedule == [Asset("s3://bucket/keywords.csv")]


def test_a_paused_rule_has_a_dag_that_no_clock_starts() -> None:
    dag = build_dag(stored(trigger="schedule", schedule="0 6 * * MON", status="paused"))
    assert dag.schedule is None
    assert dag.is_paused_upon_creation is False


def test_the_documentation_holds_the_rule_and_its_revision() -> None:
    dag = build_dag(stored(name="Weekly <b>articles</b>", description="For ```the``` shop & <script>"))
    assert dag.doc_md is not None
    assert "revision 4" in dag.doc_md
    assert "# Weekly &lt;b>articles&lt;/b>" in dag.doc_md
    head, fence, rest = dag.doc_md.partition("````yaml\n")
    assert fence, "a fence longer than the one in the rule's text"
    assert "<script>" not in head
    assert rest.endswith("\n````\n")


def test_the_run_takes_an_event() -> None:
    dag = build_dag(stored())
    assert dag.params["event"] == {}


@pytest.mark.parametrize(("on_twin", "asks"), [("ask", True), ("skip", False), ("keep", False)])
def test_who_writes_asks_about_twins_where_the_rule_says_so(on_twin: str, asks: bool) -> None:
    actions: list[JsonValue] = [{"type": "generate_content", "params": {"task_ids": [1]}}]
    [task] = build_dag(stored(actions=actions, topic_memory={"on_twin": on_twin})).tasks
    assert isinstance(task, AskingOperator) == asks
    assert task.start_trigger_args is not None
    assert task.start_trigger_args.trigger_cls.rpartition(".")[2] == ("TwinsTrigger" if asks else "ActionTrigger")


@pytest.mark.parametrize(("on_edited", "asks"), [("ask", True), ("skip", False), ("overwrite", False)])
def test_who_publishes_asks_about_edits_where_the_action_says_so(on_edited: str, asks: bool) -> None:
    params: dict[str, JsonValue] = {"content_ids": [1], "integration_id": 2, "on_edited": on_edited}
    [task] = build_dag(stored(actions=[{"type": "publish_to_wordpress", "params": params}])).tasks
    assert isinstance(task, AskingOperator) == asks
    assert task.start_trigger_args is not None
    assert task.start_trigger_args.trigger_cls.rpartition(".")[2] == ("EditsTrigger" if asks else "ActionTrigger")


def test_limits_come_before_everything_and_go_with_every_job() -> None:
    articles = [{"type": "optimize_content", "params": {"content_ids": [1]}}, {"type": "request_approval"}]
    told = [{"url": "https://hooks.example/a", "on": ["approval"]}, {"url": "https://hooks.example/b"}]
    limited = stored(
        limits={"credits_per_day": 50, "approve_above": 5},
        conditions=[{"field": "content.draft", "operator": "greater_than", "value": 0}],
        timezone="Europe/Berlin",
        actions=articles,  # type: ignore[arg-type]
        notify=told,  # type: ignore[arg-type]
    )
    dag = build_dag(limited)
    chain = ["gate", "budget", "optimize_content", "request_approval"]
    assert edges(dag) >= set(itertools.pairwise(chain))
    spending = {"rule": "weekly", "timezone": "Europe/Berlin", "limits": {"credits_per_day": 50, "approve_above": 5}}
    for name in ("optimize_content", "request_approval"):
        arguments = dag.task_dict[name].start_trigger_args
        assert arguments is not None
        assert arguments.trigger_kwargs is not None
        assert arguments.trigger_kwargs["spending"] == spending
    asking = [task for task in dag.tasks if isinstance(task, AskingOperator)]
    assert [task.task_id for task in asking] == ["budget", "request_approval"]
    for task in asking:
        assert task.start_trigger_args is not None
        assert task.start_trigger_args.next_method == "resume"
        assert task.announcement == {"rule": "weekly", "urls": ["https://hooks.example/a"]}
    notify = dag.task_dict["notify"].start_trigger_args
    assert notify is not None
    assert notify.trigger_kwargs is not None
    assert (notify.trigger_kwargs["tasks"], notify.trigger_kwargs["actions"]) == (chain, chain[2:])
