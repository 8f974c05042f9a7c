"""What a run would cost, next to what it does cost."""

from __future__ import annotations

from typing import Any

import pytest
from conftest_engine import Engine
from planned_rules import NEW, action, rule

from igny8.actions import ACTION_TYPES
from igny8.engine import EngineClient
from igny8.errors import EngineRefusalError
from igny8.planning import Estimate, estimate
from igny8.rules import Rule, check_rule, resolve, wire


def bounds(found: Estimate) -> dict[str, tuple[int, int | None]]:
    return {action.id: (action.least, action.most) for action in found.actions}


async def run(engine: Engine, planned: Rule, key: str) -> dict[str, int]:
    """Run the rule's actions for real; what each was charged."""
    outputs: dict[str, Any] = {}
    charged = {}
    for step in wire(planned):
        params = resolve(step.params, {"actions": outputs})
        job = await engine.run(step.type, params, f"{key}/{step.id}")
        assert (job["state"], job["failed"]) == ("succeeded", 0), job
        outputs[step.id] = job["outputs"]
        charged[step.id] = job["credits"]["charged"]
    return charged


async def test_a_run_costs_no_less_and_no_more_than_was_estimated(engine: Engine, client: EngineClient) -> None:
    planned = rule(
        action("cluster_keywords", keyword_ids=NEW),
        action("generate_ideas", ideas_per_cluster=2),
        action("generate_content"),
        action("generate_images"),
        action("generate_site_structure"),
        action("generate_page_content"),
        action("optimize_content"),
    )
    before = await engine.credits()
    found = await estimate(planned, client)
    assert bounds(found) == {
        "cluster_keywords": (10, 10),
        "generate_ideas": (15, 8 * 15),
        "generate_content": (50, 16 * 50),
        "generate_images": (1, 16),
        "generate_site_structure": (20, 20),
        "generate_page_content": (30, 150 * 30),
        "optimize_content": (10, 150 * 10),
    }
    assert (found.least, found.most) == (136, 6966)
    assert (found.balance, found.enough, found.needs_approval) == (before["balance"], True, False)
    assert await engine.credits() == before
    assert (await client.facts("home", ["keywords.new", "clusters.total"])) == {"keywords.new": 8, "clusters.total": 0}
    charged = await run(engine, planned, "real")
    for step in found.actions:
        assert step.most is not None
        assert step.least <= charged[step.id] <= step.most, step
    again = await estimate(planned, client)
    assert bounds(again)["cluster_keywords"] == (0, 0)
    assert again.least == 20 + 30 + 10, "the site and at least one page are still there to be done"


async def test_each_number_says_what_it_rests_on(client: EngineClient) -> None:
    found = await estimate(rule(action("cluster_keywords", keyword_ids=NEW), action("generate_ideas")), client)
    assert [step.basis for step in found.actions] == [
        "8 keywords match now. The price is 10 credits per started 100 keywords.",
        (
            "The action 'cluster_keywords' puts out 1 to 8 clusters: 1 for all keywords together at least, 1 for each "
            "keyword at most. The price is 15 credits per cluster."
        ),
    ]


async def test_what_is_done_already_costs_nothing(engine: Engine, client: EngineClient) -> None:
    tasks = await engine.add_tasks(3)
    await engine.run("generate_content", {"task_ids": tasks[:2]}, "first")
    found = await estimate(rule(action("generate_content", task_ids=tasks), action("optimize_content")), client)
    assert bounds(found) == {"generate_content": (50, 50), "optimize_content": (30, 30)}
    assert found.actions[0].basis.startswith("3 tasks are named, 2 of them done already at no cost.")
    assert await run(engine, rule(action("generate_content", task_ids=tasks)), "again") == {"generate_content": 50}


async def test_a_selection_that_actions_above_change_is_bounded(engine: Engine, client: EngineClient) -> None:
    await engine.add_tasks(2)
    drafts = {"where": [{"field": "status", "operator": "equals", "value": "draft"}], "limit": 5}
    queued = {"where": [{"field": "status", "operator": "equals", "value": "queued"}]}
    found = await estimate(
        rule(action("generate_content", task_ids=queued), action("optimize_content", content_ids=drafts)), client
    )
    assert bounds(found) == {"generate_content": (100, 100), "optimize_content": (0, 20)}
    assert "0 articles match now" in found.actions[1].basis
    assert "0 to 2 articles" in found.actions[1].basis


async def test_branches_and_skips(engine: Engine, client: EngineClient) -> None:
    tasks = await engine.add_tasks(4)
    when = [{"field": "credits.balance", "operator": "greater_than", "value": 1000}]
    found = await estimate(
        rule(
            action("generate_content", id="many", task_ids=tasks, when=when),
            action("generate_content", id="one", task_ids=tasks[:1], else_of="many"),
            action("optimize_content"),
        ),
        client,
    )
    assert bounds(found) == {"many": (0, 200), "one": (0, 50), "optimize_content": (10, 40)}
    assert (found.least, found.most) == (10, 240)
    assert "It may be skipped." in found.actions[0].basis


async def test_what_the_event_names(engine: Engine, client: EngineClient) -> None:
    tasks = await engine.add_tasks(1)
    written = await engine.run("generate_content", {"task_ids": tasks}, "w")
    planned = rule(
        action("optimize_content", content_ids="{{ event.content_id }}"),
        trigger="event",
        event="content.approved",
    )
    unknown = await estimate(planned, client)
    assert (unknown.least, unknown.most, unknown.enough) == (0, None, None)
    assert "depends on the event" in unknown.actions[0].basis
    published = check_rule(planned.document() | {"event": "content.written"})
    assert (await estimate(published, client)).most == 10, "an event of this type names one article"
    known = await estimate(planned, client, {"content_id": written["outputs"]["content_ids"][0]})
    assert (known.least, known.most) == (10, 10)
    empty = await estimate(planned, client, {})
    assert "the event that started this run does not have it" in empty.actions[0].problems[0]


async def test_what_the_engine_would_refuse_is_said_for_each_action(client: EngineClient) -> None:
    planned = rule(
        action("generate_content", task_ids=[901, 902]),
        action("publish_to_wordpress", integration_id=7),
        action("optimize_content", id="by_id", content_ids=903),
    )
    found = await estimate(planned, client)
    assert [step.problems for step in found.actions] == [
        ("params.task_ids: the site has no task 901, 902",),
        ("params.integration_id: the site has no integration 7",),
        ("params.content_ids: the site has no article 903",),
    ]
    assert (found.least, found.most) == (0, 0)


async def test_another_s_site_is_refused(engine: Engine, client: EngineClient) -> None:
    key = await engine.account("other", 100)
    async with engine.client(key) as http:
        other = EngineClient(http, "http://engine", key, "other", "igny8_engine")
        with pytest.raises(EngineRefusalError, match="no site 'home'"):
            await estimate(rule(action("cluster_keywords", keyword_ids=NEW)), other)
    with pytest.raises(EngineRefusalError, match="no site 'elsewhere'"):
        await estimate(rule(action("generate_site_structure"), site="elsewhere"), client)


async def test_what_the_rule_has_used_of_its_day_is_told(engine: Engine, client: EngineClient) -> None:
    tasks = await engine.add_tasks(2)
    zone = "Pacific/Kiritimati"
    limited = rule(action("generate_content", task_ids=tasks), limits={"credits_per_day": 120}, timezone=zone)
    assert (await estimate(limited, client)).used_today == 0
    budget = {"rule": "planned", "run": "rule__demo__planned/1", "timezone": zone, "credits_per_day": 120}
    await engine.run("generate_content", {"task_ids": tasks[:1]}, "first", budget=budget)
    assert (await estimate(limited, client)).used_today == 50
    assert (await estimate(rule(action("generate_content", task_ids=tasks)), client)).used_today is None


async def test_too_few_credits_are_told(engine: Engine) -> None:
    key = await engine.account("poor", 19)
    async with engine.client(key) as http:
        await http.post("/v1/sites", json={"slug": "home", "name": "Poor"})
        poor = EngineClient(http, "http://engine", key, "poor", "igny8_engine")
        found = await estimate(rule(action("generate_site_structure")), poor)
    assert (found.most, found.balance, found.enough) == (20, 19, False)


def test_every_output_says_how_many_there_will_be() -> None:
    for kind in ACTION_TYPES.values():
        for output in kind.outputs:
            assert 0 <= output.gives.least <= output.gives.most, (kind.name, output.name)
    ideas = ACTION_TYPES["generate_ideas"]
    for count in (1, 5):
        gives = ideas.params.model_validate({"ideas_per_cluster": count}).gives(ideas.outputs[0])
        assert (gives.at_least(3), gives.at_most(3)) == (3, 3 * count)
        assert gives.most <= ideas.outputs[0].gives.most
