"""Rules that would start themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from igny8.actions import ACTION_TYPES
from igny8.rules import Problem, Rule, check_rule, find_loop

Document = dict[str, Any]


def waiting(rule_id: str, event: str, *types: str, **more: Any) -> Rule:
    params = {
        "cluster_keywords": {"keyword_ids": {"where": []}},
        "generate_ideas": {"cluster_ids": {"where": []}},
        "optimize_content": {"content_ids": "{{ event.content_id }}"},
        "publish_to_wordpress": {"content_ids": "{{ event.content_id }}", "integration_id": 1},
    }
    actions = [{"type": kind, "params": params[kind]} for kind in types]
    place = {"account": "demo", "site": "shop"}
    return check_rule(
        {"id": rule_id, "name": rule_id, "trigger": "event", "event": event, "actions": actions, **place, **more}
    )


@pytest.mark.parametrize("kind", [name for name, kind in ACTION_TYPES.items() if kind.emits])
def test_no_action_may_cause_what_starts_its_own_rule(
    document: Document, problems: Callable[[Document], dict[str, Problem]], kind: str
) -> None:
    (event,) = ACTION_TYPES[kind].emits
    inputs = {name: [1] for name in ACTION_TYPES[kind].params.item_inputs()}
    more = {"integration_id": 1} if kind == "publish_to_wordpress" else {}
    actions = [{"id": "again", "type": kind, "params": inputs | more}]
    (found,) = problems({**document, "trigger": "event", "event": event.name, "actions": actions}).values()
    assert (found.path, found.code, found.value) == ("actions[0].type", "fires_itself", kind)
    assert f"The action 'again' causes {event.name}" in found.message
    assert "Let the rule wait for another event" in found.message
    assert check_rule({**document, "trigger": "event", "event": "content.approved", "actions": actions})
    assert check_rule({**document, "actions": actions}).trigger == "manual"


def test_a_circle_over_several_rules_is_found_and_named() -> None:
    polish = waiting("polish", "content.published", "optimize_content")
    publish = waiting("publish", "content.optimized", "publish_to_wordpress")
    bystander = waiting("bystander", "keywords.clustered", "generate_ideas")
    loop = find_loop(polish, [bystander, publish, polish])
    assert loop is not None
    assert loop.rules == ("polish", "publish")
    assert "'optimize_content' of 'polish' causes content.optimized, which starts 'publish'" in str(loop)
    assert "'publish_to_wordpress' of 'publish' causes content.published, which starts 'polish'" in str(loop)
    problem = loop.problem()
    assert (problem.path, problem.code, problem.value) == ("event", "fires_in_a_circle", "content.published")
    assert find_loop(bystander, [polish, publish]) is None, "a circle elsewhere is not its fault"


def test_rules_that_do_not_hear_each_other_make_no_circle() -> None:
    polish = waiting("polish", "content.published", "optimize_content")
    for apart in ({"site": "blog"}, {"account": "other"}, {"status": "inactive"}):
        assert find_loop(polish, [waiting("publish", "content.optimized", "publish_to_wordpress", **apart)]) is None
    assert find_loop(polish, [waiting("publish", "content.optimized", "publish_to_wordpress", status="paused")])
    manual = check_rule({**polish.document(), "id": "manual", "trigger": "manual", "event": None, "actions": [
        {"type": "optimize_content", "params": {"content_ids": [1]}}]})  # fmt: skip
    assert find_loop(manual, [waiting("publish", "content.optimized", "publish_to_wordpress")]) is None


def test_what_a_rule_was_before_it_is_saved_does_not_count() -> None:
    old = waiting("polish", "content.published", "optimize_content")
    new = waiting("polish", "content.written", "optimize_content")
    assert find_loop(new, [old, waiting("publish", "content.optimized", "publish_to_wordpress")]) is None


def test_the_shortest_of_many_circles_is_named_quickly() -> None:
    many = [waiting(f"publish-{number}", "content.optimized", "publish_to_wordpress") for number in range(300)]
    many += [waiting(f"polish-{number}", "content.published", "optimize_content") for number in range(300)]
    loop = find_loop(waiting("first", "content.published", "optimize_content"), many)
    assert loop is not None
    assert loop.rules == ("first", "publish-0")
