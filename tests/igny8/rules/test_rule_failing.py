"""What a rule says of failing: retries, actions on failure, and the topics that it avoids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import JsonValue

from igny8.rules import Problem, check_rule, differences, in_words, read_rule, warnings, wire
from igny8.rules.check import dump_rule
from igny8.rules.presets.export import preset_of
from igny8.rules.wiring import wire_failure

Document = dict[str, JsonValue]
WRITE: dict[str, Any] = {"type": "generate_content", "params": {"task_ids": [1]}}
TELL: dict[str, Any] = {
    "type": "http_request",
    "params": {"url": "https://chat.example/a", "body": {"text": "{{ failure.text }}", "again": ["{{ event.id }}"]}},
}


def test_all_of_it_in_one_rule(document: Document) -> None:
    rule = check_rule(
        {
            **document,
            "actions": [
                {"type": "generate_ideas", "params": {"cluster_ids": [1]}},
                {"type": "generate_content", "retries": {"busy": 9, "unavailable": 1, "failed": 0, "pause": 5}},
                {
                    "type": "http_request",
                    "params": {"url": "https://x.example", "body": "{{ actions.generate_content.content_ids }}"},
                },
                {"type": "generate_images", "params": {"content_id": "{{ actions.http_request.value.ids.0 }}"}},
            ],
            "on_failure": [TELL, {"type": "http_request", "params": {"url": "https://log.example"}}],
            "topic_memory": {"similarity": 0.95},
        }
    )
    ideas, write, _, _ = wire(rule)
    memory = {"similarity": 0.95, "on_twin": "skip"}
    assert ideas.params["topic_memory"] == write.params["topic_memory"] == memory
    assert write.retries is not None
    assert [write.retries.after(cause) for cause in ("busy", "unavailable", "failed", "refused")] == [9, 1, 0, 0]
    tell, log = wire_failure(rule)
    assert (tell.id, log.id) == ("http_request_2", "http_request_3")
    assert (tell.upstream, log.upstream) == ((), ("http_request_2",))
    assert read_rule(dump_rule(rule)) == rule
    told = in_words(rule)
    again = "is tried again up to 9 times while busy and up to once while unavailable, first after 5 seconds."
    assert f"generate_content {again}" in told
    assert "When an action fails: call 'https://chat.example/a' by POST, with the body" in told
    assert "Ideas and articles whose titles are 95% or more like one that the site has or plans are left out." in told
    assert warnings(rule) == []
    assert preset_of(rule).rule["on_failure"]


def test_an_action_s_own_topic_memory_counts(document: Document) -> None:
    own = {"type": "generate_ideas", "params": {"cluster_ids": [1], "topic_memory": {"on_twin": "keep"}}}
    (ideas,) = wire(check_rule({**document, "actions": [own], "topic_memory": {}}))
    assert ideas.params["topic_memory"] == {"on_twin": "keep"}


def test_everything_that_is_wrong_with_it(
    document: Document, problems: Callable[[Document], dict[str, Problem]]
) -> None:
    found = problems(
        {
            **document,
            "actions": [
                {**WRITE, "id": "write", "retries": {"bussy": 1, "failed": 99}},
                {"type": "http_request", "params": {"url": "https://x.example", "body": "{{ failure.text }}"}},
                {
                    "id": "b",
                    "type": "http_request",
                    "params": {"url": "ftp://x", "headers": {"A": {"conection": "c"}, "B": 5}},
                },
                {
                    "id": "c",
                    "type": "http_request",
                    "params": {"url": "https://x.example", "headers": {"Authorization": "abc"}},
                },
                {"id": "d", "type": "generate_images", "params": {"content_id": "{{ actions.c.status }}"}},
                {"id": "e", "type": "generate_images", "params": {"content_id": "{{ actions.c.status.a }}"}},
            ],
            "on_failure": [
                {"type": "optimize_content", "params": {"content_ids": [1]}},
                {"id": "write", "type": "http_request", "needs": [], "params": {"url": "https://x.example"}},
                {
                    "id": "x",
                    "type": "http_request",
                    "params": {"url": "https://x.example", "body": "{{ failure.txt }}"},
                },
                {"id": "y", "type": "http_requests"},
                {"id": "outcome", "type": "http_request", "params": {"url": "https://x.example"}},
            ],
            "topic_memory": {"similarity": 3, "on": "x"},
        }
    )
    assert {path: problem.code for path, problem in found.items()} == {
        "actions[0].retries.bussy": "unknown_field",
        "actions[0].retries.failed": "out_of_range",
        "actions[1].params.body": "bad_reference",
        "actions[2].params.url": "bad_url",
        "actions[2].params.headers.A.conection": "unknown_field",
        "actions[2].params.headers.B": "wrong_type",
        "actions[3].params": "invalid",
        "actions[4].params.content_id": "wrong_reference",
        "actions[5].params.content_id": "unknown_output",
        "on_failure[0].type": "does_not_belong",
        "on_failure[1].id": "duplicate_id",
        "on_failure[1].needs": "does_not_belong",
        "on_failure[2].params.body": "bad_reference",
        "on_failure[3].type": "unknown_action",
        "on_failure[4].id": "reserved_id",
        "topic_memory.similarity": "out_of_range",
        "topic_memory.on": "unknown_field",
    }
    assert found["actions[0].retries.bussy"].suggestion == "busy"
    assert "before, nothing has failed" in found["actions[1].params.body"].message
    assert found["on_failure[2].params.body"].suggestion == "{{ failure.text }}"
    assert found["on_failure[3].type"].suggestion == "http_request"
    assert "On failure there can be http_request." in found["on_failure[0].type"].message
    assert "does not belong into a rule" in found["actions[3].params"].message


def test_conditions_know_the_outputs_of_own_actions(
    document: Document, problems: Callable[[Document], dict[str, Problem]]
) -> None:
    ask = {"id": "ask", "type": "http_request", "params": {"url": "https://x.example"}}

    def rule(*when: tuple[str, str, JsonValue]) -> Document:
        conditions = [{"field": field, "operator": operator, "value": value} for field, operator, value in when]
        return {**document, "actions": [ask, {**WRITE, "when": conditions}]}

    good = [
        ("actions.ask.status", "less_than", 300),
        ("actions.ask.value.a.0.b", "equals", "x"),
        ("actions.ask.value", "contains", 1),
    ]
    assert warnings(check_rule(rule(*good))) == []
    assert [found.code for found in problems(rule(("actions.ask.status", "equals", "200"))).values()] == ["wrong_value"]
    dead = check_rule(rule(("actions.ask.status", "less_than", 200), ("actions.ask.status", "greater_than", 300)))
    assert "never_runs" in {problem.code for problem in warnings(dead)}


def test_advice_knows_what_does_nothing(document: Document) -> None:
    rule = check_rule(
        {**document, "trigger": "schedule", "schedule": "0 6 * * *", "actions": [WRITE], "on_failure": [TELL]}
    )
    assert [(problem.path, problem.code) for problem in warnings(rule)] == [("on_failure[0].params.body", "no_event")]
    images = {"type": "generate_images", "params": {"content_id": 1}}
    idle = check_rule({**document, "actions": [images], "topic_memory": {}})
    assert [(problem.path, problem.code) for problem in warnings(idle)] == [("topic_memory", "no_effect")]


def test_differences_are_told_in_words(document: Document) -> None:
    plain: Document = {**document, "actions": [WRITE]}
    full: Document = {
        **document,
        "actions": [{**WRITE, "retries": {"failed": 0}}],
        "on_failure": [TELL],
        "topic_memory": {"on_twin": "keep"},
    }
    told = differences(plain, full)
    assert told[0].startswith("generate_content: is tried again up to 5 times while busy")
    assert told[0].endswith("→ is tried again up to 5 times while busy and up to 3 times while unavailable")
    assert told[1].startswith("on failure, action added: http_request, call 'https://chat.example/a' by POST")
    assert told[2] == (
        "topic memory: Only equal titles are avoided. → Ideas and articles whose titles are 90% or more like one that "
        "the site has or plans are kept, and their twins named."
    )
    assert len(told) == 3
    moved = {**full, "on_failure": [{**TELL, "params": {"url": "https://chat.example/b"}}]}
    assert (
        differences(full, moved)[0]
        == "on failure, http_request, url: 'https://chat.example/a' → 'https://chat.example/b'"
    )
