"""Rules, and what changes in them, read aloud."""

from __future__ import annotations

import copy
import random
from datetime import datetime
from typing import Any

import pytest
from croniter import croniter

from igny8.actions import ACTION_TYPES
from igny8.rules import RuleInvalidError, check_rule, differences, in_words, read_rule, warnings
from igny8.rules.aloud.crons import cron_words
from igny8.rules.document import parse
from igny8_local.paths import REPOSITORY

Document = dict[str, Any]

DAY = "2026-01-31"


def condition(field: str, operator: str, value: object) -> Document:
    return {"field": field, "operator": operator, "value": value}


@pytest.fixture
def shipped() -> Document:
    text = (REPOSITORY / "rules" / "keywords-to-articles.yaml").read_text("utf-8")
    return copy.deepcopy(dict(parse(text).data))


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 6 * * MON", "every Monday at 06:00"),
        ("30 7 * * mon-fri", "every weekday at 07:30"),
        ("30 7 * * 1-5", "every weekday at 07:30"),
        ("0 6 * * 7", "every Sunday at 06:00"),
        ("0 6 * * 0,6", "every Saturday and Sunday at 06:00"),
        ("0 6 * * 5-7", "every Friday, Saturday and Sunday at 06:00"),
        ("0 6 ? * *", "every day at 06:00"),
        ("@daily", "every day at 00:00"),
        ("@weekly", "every Sunday at 00:00"),
        ("15 6,18 * * *", "every day at 06:15 and 18:15"),
        ("0 */6 * * *", "every day at 00:00, 06:00, 12:00 and 18:00"),
        ("0 4 1 */3 *", "on day 1 of January, April, July and October at 04:00"),
        ("0 6 L * *", "on the last day of every month at 06:00"),
        ("5 4 29 2 *", "on day 29 of February at 04:05"),
        ("*/15 * * * *", "every 15 minutes"),
        ("@hourly", "every hour"),
        # Either day counts where both are given, as the clock has it.
        ("0 6 1 * MON", "at 06:00, on day 1 of the month, or on Monday"),
        ("0 6 * * MON#1", "at 06:00, on the first Monday of the month"),
        ("no cron", "at the times of the cron 'no cron'"),
    ],
)
def test_crons_in_words(cron: str, words: str) -> None:
    assert cron_words(cron) == words


def test_actions_one_after_the_other_are_one_sentence(shipped: Document) -> None:
    assert in_words(check_rule(shipped)) == (
        "Every Monday at 06:00 (Europe/Berlin), on the site home-espresso, if there are more than 20 new keywords: "
        "cluster up to 500 new keywords, then find ideas for up to 8 new clusters (highest opportunity first), "
        "then write articles for those tasks, then illustrate those articles, with the provider card, "
        "then optimise those articles, "
        "then publish those articles to WordPress with the status publish, with the integration id 1."
    )


def test_branches_and_parallel_paths_are_numbered_lines(document: Document) -> None:
    document["actions"] = [
        {"id": "write", "type": "generate_content", "params": {"task_ids": [1, 2]}},
        {"id": "polish", "type": "optimize_content", "when": [condition("actions.write.count", "greater_than", 3)]},
        {"id": "paint", "type": "generate_images", "else_of": "polish"},
        {"id": "blog", "type": "publish_to_wordpress", "params": {"integration_id": 1}},
        {"id": "mend", "type": "optimize_content", "needs": [], "params": {"content_ids": 5}},
        {
            "id": "again",
            "type": "publish_to_wordpress",
            "needs": ["mend", "blog"],
            "params": {"content_ids": "{{ event.ids }}", "integration_id": "{{ event.blog }}", "status": "publish"},
        },
    ]
    assert in_words(check_rule(document)).splitlines() == [
        "When it is started by hand, on the site shop:",
        "",
        "1. write: write articles for the tasks 1 and 2.",
        "2. polish, only if write has done more than 3 items: optimise the articles from write.",
        "3. paint, only where polish is skipped by its own condition: illustrate the articles from write.",
        (
            "4. blog, after polish or paint: publish the articles from paint (or from polish where that is skipped) "
            "to WordPress with the status draft, with the integration id 1."
        ),
        "5. mend, at once: optimise the article 5.",
        (
            "6. again, after mend and blog: publish the articles that the event names as ids "
            "to WordPress with the status publish, with the integration id the event's blog."
        ),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"trigger": "schedule", "schedule": ["0 6 * * MON", "30 7 * * 5"]},
            "Every Monday at 06:00, and every Friday at 07:30 (UTC), on",
        ),
        ({"trigger": "event", "event": "keywords.imported"}, "When keywords.imported happens, on"),
        ({"trigger": "event", "assets": ["s3://a", "s3://b"]}, "When the assets s3://a and s3://b have all been upd"),
        ({"status": "paused"}, "Paused: only a person or program starts it by hand. When it is active: When it is sta"),
        ({"status": "inactive"}, "Inactive: it is stored and cannot be run. When it is active: When it is started"),
    ],
)
def test_what_starts_it(document: Document, change: Document, words: str) -> None:
    assert in_words(check_rule({**document, **change})).startswith(words)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (condition("keywords.total", "equals", 0), "there are no keywords"),
        (condition("content.draft", "greater_than", 0), "there is at least one draft article"),
        (condition("tasks.queued", "equals", 1), "there is exactly 1 queued task"),
        (condition("ideas.new", "in", [1, 2]), "there are exactly 1 or 2 new ideas"),
        ({"not": condition("ideas.new", "greater_than", 9)}, "there are at most 9 new ideas"),
        (condition("credits.balance", "less_than", 50), "fewer than 50 credits can still be spent"),
        (condition("event.user.name", "contains", "a\nb"), "the event's user.name contains 'a b'"),
        ({"not": condition("event.x", "equals", True)}, "it is not so that the event's x is true"),
        (
            {"any": [condition("event.x", "equals", None), {"all": [{"any": []}, {"all": []}]}]},
            "the event's x is nothing or (never and no more is asked)",
        ),
        (
            {"not": {"all": [condition("pages.planned", "less_than", 2), condition("event.y", "not_in", [1])]}},
            "it is not so that (there are fewer than 2 planned pages and the event's y is something other than 1)",
        ),
    ],
)
def test_conditions(document: Document, tree: Document, words: str) -> None:
    assert f", if {words}: " in in_words(check_rule({**document, "conditions": tree}))


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ({}, "all articles"),
        ({"limit": 1, "order_by": "created_at"}, "1 article (oldest first)"),
        ({"where": [condition("status", "in", ["draft", "optimized"])], "limit": 5}, "up to 5 draft or optimized art"),
        (
            {"where": [condition("has_image", "equals", False), condition("seo_score", "less_than", 70)]},
            "all articles where there is no image and the seo score is less than 70",
        ),
        ({"where": [condition("seo_score", "equals", None)]}, "all articles where there is no seo score"),
        (
            {"where": [{"any": [condition("title", "contains", "x"), condition("updated_at", "less_than", DAY)]}]},
            "all articles where the title contains 'x' or the updated at is earlier than '2026-01-31'",
        ),
        ({"order_by": "-published_at"}, "all articles (latest published first)"),
        ({"order_by": "title"}, "all articles (by title)"),
    ],
)
def test_selectors(document: Document, selector: Document, words: str) -> None:
    document["actions"] = [{"type": "optimize_content", "params": {"content_ids": selector}}]
    assert f": optimise {words}" in in_words(check_rule(document))


def test_differences_are_sentences(shipped: Document) -> None:
    after = copy.deepcopy(shipped)
    after["schedule"] = "30 7 * * MON-FRI"
    after["conditions"] = [
        condition("keywords.new", "greater_than", 10),
        condition("credits.balance", "greater_than", 9),
    ]
    after["actions"][0]["params"]["keyword_ids"]["limit"] = 200
    after["actions"][3]["when"] = [condition("content.total", "less_than", 5)]
    del after["actions"][4]
    after["actions"][4]["params"]["status"] = "draft"
    assert differences(shipped, after) == [
        "schedule: every Monday at 06:00 (Europe/Berlin) → every weekday at 07:30 (Europe/Berlin)",
        "condition: there are more than 20 new keywords → there are more than 10 new keywords",
        "condition added: more than 9 credits can still be spent",
        "action taken out: optimize_content, optimise the articles from generate_images",
        "cluster_keywords, keyword ids: up to 500 new keywords → up to 200 new keywords",
        "generate_images, when: always → only if there are fewer than 5 articles",
        "publish_to_wordpress, status: publish → draft",
    ]


def test_what_means_the_same_is_no_difference(document: Document) -> None:
    spelled_out = copy.deepcopy(document) | {"status": "active", "timezone": "UTC", "conditions": []}
    spelled_out["actions"][1]["params"] = {"ideas_per_cluster": 1}
    spelled_out["actions"][0]["id"] = "cluster_keywords"
    assert differences(document, spelled_out) == []


def test_the_order_and_the_ways_between_actions(document: Document) -> None:
    polish: Document = {"type": "optimize_content", "params": {"content_ids": [1]}}
    before = copy.deepcopy(document) | {"actions": [*document["actions"], polish]}
    after = copy.deepcopy(document) | {"actions": [{**polish, "needs": []}, *document["actions"]]}
    assert differences(before, after) == [
        "optimize_content, after: the action above → nothing, it starts at once",
        (
            "order of the actions: cluster_keywords, generate_ideas, generate_content and optimize_content → "
            "optimize_content, cluster_keywords, generate_ideas and generate_content"
        ),
    ]


def test_a_broken_state_is_told_as_it_stands(document: Document) -> None:
    broken = copy.deepcopy(document)
    broken["actions"][2]["type"] = "generate_contents"
    told = "actions[2].type: 'generate_content' → 'generate_contents'"
    assert differences(document, broken) == ["broken: it cannot be used", told]
    assert differences(broken, document)[0] == "mended: it can be used again"


def test_rules_of_any_length_are_read() -> None:
    actions = "\n".join("  - {type: optimize_content, params: {content_ids: [1]}, needs: []}" for _ in range(100))
    head = "id: long\nname: Long\naccount: a\nsite: b\ntrigger: manual\nactions:\n"
    assert in_words(read_rule(f"{head}{actions}\n")).count("\n") == 101


def test_any_rule_is_told(document: Document) -> None:
    """One Dag file makes all Dags, so no rule may be one that cannot be told."""
    draw = random.Random(11)
    values: list[Any] = [None, True, 0, 1, 2.5, "x", "", "new", "2026-01-31", [1, "x"], [], {"a": 1}]
    places = ["keywords.new", "credits.balance", "credits.spent_today", "event.a.0", "actions.a0.count", "actions.a0.x"]

    def tree(depth: int = 2) -> Document:
        match draw.randrange(6 if depth else 3):
            case 3:
                return {"all": [tree(depth - 1) for _ in range(draw.randrange(3))]}
            case 4:
                return {"any": [tree(depth - 1) for _ in range(draw.randrange(3))]}
            case 5:
                return {"not": tree(depth - 1)}
        operator = draw.choice(["equals", "not_equals", "contains", "greater_than", "less_than", "in", "not_in"])
        return condition(draw.choice(places), operator, draw.choice(values))

    def action(index: int) -> Document:
        kind = draw.choice([name for name, each in ACTION_TYPES.items() if name != "publish_to_wordpress"])
        inputs = ACTION_TYPES[kind].params.item_inputs()
        where = [condition("status", "equals", draw.choice(values)), {"any": [condition("id", "in", [1])]}]
        chosen = [1, [1, 2], {"where": where[: draw.randrange(3)], "limit": 3, "order_by": "-id"}, "{{ event.b }}"]
        made: Document = {"id": f"a{index}", "type": kind, "params": dict.fromkeys(inputs, draw.choice(chosen))}
        if index and draw.random() < 0.4:
            made |= draw.choice([{"when": [tree()]}, {"needs": []}, {"needs": ["a0"]}, {"params": {}}])
        return made

    told = 0
    before = check_rule(document)
    for _ in range(200):
        made = {
            **document,
            "conditions": [tree() for _ in range(draw.randrange(2))],
            "actions": [action(index) for index in range(draw.randrange(1, 4))],
        }
        try:
            rule = check_rule(made)
        except RuleInvalidError:
            continue
        told += 1
        assert "\n\n\n" not in in_words(rule)
        assert all(str(warning) for warning in warnings(rule))
        assert all(differences(before.document(), rule.document()))
        before = rule
    assert told > 15


def test_crons_that_are_told_alike_fire_alike() -> None:
    draw = random.Random(3)
    days = [*"01234567", "*", "MON-FRI", "1,3", "fri-sat", "*/2", "SUN"]
    fires: dict[str, tuple[datetime, ...]] = {}
    for _ in range(120):
        date = draw.choice(["* *", "1 *", "L *", "1,15 6", "31 */5", "* 2"])
        cron = f"{draw.choice(['0', '30'])} {draw.choice(['6', '6,18', '*/8'])} {date} {draw.choice(days)}"
        words = cron_words(cron)
        times = croniter(cron, datetime(2024, 1, 1))  # noqa: DTZ001 - wall-clock time
        soon = tuple(times.get_next(datetime) for _ in range(4))
        assert fires.setdefault(words, soon) == soon, (cron, words)
    assert len(fires) > 40
