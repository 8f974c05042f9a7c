"""What each action is given and waits for."""

from __future__ import annotations

from typing import Any

import pytest

from igny8.rules import Rule, RuleInvalidError, WiredAction, check_rule, references, resolve, wire

Document = dict[str, Any]
WHEN = {"field": "keywords.new", "operator": "greater_than", "value": 1}


def wired(document: Document, *actions: Document) -> dict[str, WiredAction]:
    return {action.id: action for action in wire(check_rule({**document, "actions": list(actions)}))}


def polish(**more: Any) -> Document:
    return {"type": "optimize_content", **more}


WRITE = {"id": "write", "type": "generate_content", "params": {"task_ids": [1]}}
PUBLISH = {"id": "publish", "type": "publish_to_wordpress", "params": {"integration_id": 1}}


def test_actions_run_in_order_and_take_what_the_one_above_put_out(document: Document) -> None:
    first, second, third = wire(check_rule(document))
    assert (first.id, first.type, first.upstream, first.params) == (
        "cluster_keywords",
        "cluster_keywords",
        (),
        {"keyword_ids": [1]},
    )
    assert second.upstream == ("cluster_keywords",)
    assert second.params == {"cluster_ids": "{{ actions.cluster_keywords.cluster_ids }}"}
    assert third.params == {"task_ids": "{{ actions.generate_ideas.task_ids }}"}
    assert third.when == ()


def test_wiring_is_pure_and_leaves_defaults_to_the_engine(document: Document) -> None:
    document["actions"].append({"type": "generate_images", "params": {"content_id": None, "provider": "card"}})
    rule = check_rule(document)
    assert wire(rule) == wire(rule)
    assert wire(rule)[3].params == {
        "content_id": "{{ actions.generate_content.content_ids }}",
        "provider": "card",
    }
    assert check_rule(rule.document()) == rule


def test_a_selector_keeps_a_comparison_with_nothing(document: Document) -> None:
    where = [{"field": "sector_id", "operator": "equals", "value": None}]
    document["actions"][0]["params"] = {"keyword_ids": {"where": where}}
    assert wire(check_rule(document))[0].params == {"keyword_ids": {"where": where}}


def test_the_nearest_action_supplies(document: Document) -> None:
    found = wired(document, WRITE, polish(id="a"), polish(id="b", needs=["write"]), polish(id="c", needs=["a"]))
    assert found["b"].params == {"content_ids": "{{ actions.write.content_ids }}"}
    assert found["c"].params == {"content_ids": "{{ actions.a.content_ids }}"}


def test_parallel_paths_join(document: Document) -> None:
    found = wired(
        document,
        WRITE,
        polish(id="a"),
        {"id": "b", "type": "generate_images", "needs": ["write"]},
        {**PUBLISH, "needs": ["a", "b"]},
    )
    assert found["b"].upstream == ("write",)
    assert found["publish"].upstream == ("a", "b")
    assert found["publish"].params["content_ids"] == "{{ actions.b.content_ids }}"


def test_no_needs_starts_at_once(document: Document) -> None:
    found = wired(document, WRITE, {**WRITE, "id": "other", "needs": []}, polish())
    assert found["other"].upstream == ()
    assert found["optimize_content"].upstream == ("other",)


def test_what_is_needed_may_stand_below_and_comes_first(document: Document) -> None:
    found = wired(document, polish(id="late", needs=["write"]), {**WRITE, "needs": []})
    assert list(found) == ["write", "late"]
    assert found["late"].params == {"content_ids": "{{ actions.write.content_ids }}"}


def test_what_follows_an_action_that_may_be_skipped_has_another_way_and_another_supplier(document: Document) -> None:
    found = wired(document, WRITE, polish(id="a", when=WHEN), polish(id="b", when=[WHEN]), PUBLISH, polish(id="c"))
    assert found["a"].upstream == ("write",)
    assert found["b"].upstream == ("a", "write")
    assert found["publish"].upstream == ("b", "a", "write")
    assert found["c"].upstream == ("publish",)
    assert [tree.model_dump(mode="json") for tree in found["b"].when] == [WHEN]
    reference = "{{ actions.b.content_ids or actions.a.content_ids or actions.write.content_ids }}"
    assert found["publish"].params["content_ids"] == reference
    assert references(found["publish"].params) == [
        "actions.b.content_ids",
        "actions.a.content_ids",
        "actions.write.content_ids",
    ]
    for outputs, expected in (
        ({"write": [1], "a": [2], "b": [3]}, [3]),
        ({"write": [1], "a": [2]}, [2]),
        ({"write": [1]}, [1]),
    ):
        scope = {"actions": {name: {"content_ids": ids} for name, ids in outputs.items()}}
        assert resolve(found["publish"].params, scope)["content_ids"] == expected


def test_else_of_is_the_other_branch_and_the_next_action_waits_for_both(document: Document) -> None:
    found = wired(
        document,
        WRITE,
        polish(id="a", when=[WHEN, {"not": WHEN}]),
        {"id": "b", "type": "generate_images", "else_of": "a"},
        PUBLISH,
    )
    assert found["b"].upstream == ("write",)
    assert [tree.model_dump(mode="json", by_alias=True) for tree in found["b"].when] == [
        {"not": {"all": [WHEN, {"not": WHEN}]}}
    ]
    assert found["publish"].upstream == ("b", "a", "write")
    assert found["publish"].params["content_ids"] == "{{ actions.b.content_ids or actions.a.content_ids }}"


def test_a_first_action_may_be_skipped(document: Document) -> None:
    found = wired(document, {**WRITE, "when": WHEN}, polish())
    assert found["write"].upstream == ()
    assert found["optimize_content"].upstream == ("write",)


def test_when_may_look_at_what_ran_before(document: Document) -> None:
    conditions = [
        {"field": "actions.write.count", "operator": "greater_than", "value": 3},
        {"field": "actions.write.content_ids", "operator": "contains", "value": 7},
        {"field": "actions.write.content_ids.0", "operator": "equals", "value": 7},
        {"field": "event.urgent", "operator": "equals", "value": True},
        {"field": "credits.balance", "operator": "greater_than", "value": 0.5},
    ]
    found = wired(document, WRITE, polish(id="a", when=conditions))
    assert len(found["a"].when) == 5


def test_a_rule_that_was_not_checked_is_not_wired(document: Document) -> None:
    rule = check_rule(document)
    broken = Rule.model_construct(**{**dict(rule), "actions": [rule.actions[1]]})
    with pytest.raises(RuleInvalidError, match="Nothing supplies cluster_ids"):
        wire(broken)
