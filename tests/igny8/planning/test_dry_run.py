"""What a run would do now, without doing it."""

from __future__ import annotations

from conftest_engine import Engine
from planned_rules import NEW, action, rule
from sqlalchemy import func, select

from igny8.engine import EngineClient
from igny8.planning import dry_run
from igny8_engine.db.tables import Job, JobItem, LedgerEntry

MANY_NEW = {"field": "keywords.new", "operator": "greater_than", "value": 5}


async def test_it_shows_what_each_action_would_touch_and_changes_nothing(engine: Engine, client: EngineClient) -> None:
    planned = rule(
        action("cluster_keywords", keyword_ids=NEW | {"order_by": "-volume"}),
        action("generate_ideas"),
        action("generate_site_structure"),
        conditions=[MANY_NEW, {"field": "clusters.total", "operator": "equals", "value": 0}],
    )
    found = await dry_run(planned, client, shown=2)
    assert found.would_run is True
    assert found.conditions.ledger is not None
    assert [(seen.field, seen.actual, seen.holds) for seen in found.conditions.ledger.findings] == [
        ("keywords.new", 8, True),
        ("clusters.total", 0, True),
    ]
    cluster, ideas, structure = found.actions
    assert (cluster.collection, cluster.total) == ("keywords", 8)
    assert [(item.label, item.status) for item in cluster.items] == [
        ("espresso machine", "new"),
        ("best espresso machine", "new"),
    ]
    assert (ideas.total, ideas.items) == (None, ())
    assert ideas.says.startswith("The action 'cluster_keywords' puts out 1 to 8 clusters")
    assert (structure.total, structure.says) == (1, "It works on the site as a whole.")
    assert [item.label for item in structure.items] == ["Home Espresso"]
    async with engine.parts.database.transaction() as session:
        for table in (Job, JobItem):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
        assert set(await session.scalars(select(LedgerEntry.kind))) == {"grant"}


async def test_a_job_touches_what_the_dry_run_named(engine: Engine, client: EngineClient) -> None:
    await engine.add_tasks(6)
    selector = {"where": [{"field": "status", "operator": "equals", "value": "queued"}], "order_by": "-id", "limit": 4}
    planned = rule(action("generate_content", task_ids=selector))
    (foreseen,) = (await dry_run(planned, client)).actions
    job = await engine.run("generate_content", {"task_ids": selector}, "w")
    assert [(item.id, item.label) for item in foreseen.items] == [(item["id"], item["label"]) for item in job["items"]]


async def test_conditions_that_do_not_hold_or_cannot_be_compared(client: EngineClient) -> None:
    steps = action("cluster_keywords", keyword_ids=NEW)
    no = await dry_run(rule(steps, conditions=[MANY_NEW | {"value": 20}]), client)
    assert no.would_run is False
    assert no.conditions.ledger is not None
    assert "keywords.new is 8, and the rule asks it to be greater than 20" in no.conditions.ledger.reason
    by_event = rule(
        steps,
        trigger="event",
        event="content.approved",
        conditions=[{"field": "event.data.words", "operator": "greater_than", "value": 3}],
    )
    assert (await dry_run(by_event, client)).would_run is False
    assert (await dry_run(by_event, client, {"data": {"words": 4}})).would_run is True
    odd = await dry_run(by_event, client, {"data": {"words": "four"}})
    assert odd.would_run is None
    assert odd.conditions.problem is not None
    assert "cannot be compared by greater_than" in odd.conditions.problem


async def test_whens_are_looked_at_where_they_can_be(engine: Engine, client: EngineClient) -> None:
    tasks = await engine.add_tasks(2)
    planned = rule(
        action("generate_content", task_ids=tasks, when=[MANY_NEW]),
        action("optimize_content", content_ids=NEW | {"where": []}, else_of="generate_content"),
        action(
            "cluster_keywords",
            keyword_ids=NEW,
            when=[{"field": "actions.generate_content.count", "operator": "greater_than", "value": 1}],
        ),
    )
    write, polish, cluster = (await dry_run(planned, client)).actions
    assert write.when is not None
    assert write.when.ledger is not None
    assert write.when.ledger.holds
    assert polish.when is not None
    assert polish.when.ledger is not None
    assert not polish.when.ledger.holds
    assert cluster.when is not None
    assert cluster.when.ledger is None
    assert cluster.when.problem == "It depends on actions.generate_content.count, known only when the rule runs."
