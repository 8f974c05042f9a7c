"""The main job: a stored rule turns real keywords into published articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from driving import Rules, Run

from igny8_local.paths import SAMPLE_KEYWORDS
from igny8_local.seed import SITE
from igny8_local.stack import Stack

ACTIONS = (
    "cluster_keywords",
    "generate_ideas",
    "generate_content",
    "generate_images",
    "optimize_content",
    "publish_to_wordpress",
)
PLANNED = 8


@pytest.fixture(scope="module")
def main_run(stack: Stack, rules_folder: Path) -> Iterator[Run]:
    with stack.engine() as engine, stack.airflow() as airflow:
        engine.import_keywords(SITE, SAMPLE_KEYWORDS.read_bytes(), SAMPLE_KEYWORDS.name)
        rules = Rules(stack, airflow, rules_folder)
        run = rules.start(rules.dag("keywords-to-articles"))
        assert run.wait(180) == "success", run.states()
        yield run


def test_every_task_succeeds_without_a_worker_process(main_run: Run) -> None:
    tasks = main_run.tasks()
    assert {name: task["state"] for name, task in tasks.items()} == dict.fromkeys(("gate", *ACTIONS), "success")
    assert {name: task["pid"] for name, task in tasks.items()} == dict.fromkeys(("gate", *ACTIONS))


def test_outputs_keep_their_type_on_the_way_from_action_to_action(main_run: Run) -> None:
    clusters = main_run.xcom("cluster_keywords", "cluster_ids")
    assert isinstance(clusters, list)
    assert all(type(each) is int for each in clusters)
    content = main_run.xcom("generate_content", "content_ids")
    assert len(content) == len(main_run.xcom("generate_ideas", "task_ids")) == PLANNED
    assert main_run.xcom("optimize_content", "content_ids") == content
    assert len(main_run.xcom("publish_to_wordpress", "post_ids")) == PLANNED


def test_each_item_says_what_became_of_it(main_run: Run) -> None:
    result = main_run.xcom("generate_content")
    assert (result["state"], result["done"], result["failed"], result["provider"]) == ("succeeded", 8, 0, "offline")
    assert [item["state"] for item in result["items"]] == ["done"] * PLANNED
    assert all(item["label"] and item["credits"] == 50 for item in result["items"])


def test_the_gate_keeps_its_ledger(main_run: Run) -> None:
    ledger = main_run.xcom("gate", "ledger")
    assert ledger["holds"] is True
    (finding,) = ledger["findings"]
    assert (finding["field"], finding["operator"], finding["value"]) == ("keywords.new", "greater_than", 20)
    assert finding["actual"] > 250


def test_every_planned_article_is_published_and_can_be_read(main_run: Run) -> None:
    urls = main_run.xcom("publish_to_wordpress", "post_urls")
    assert len(set(urls)) == PLANNED
    for url in urls:
        page = httpx.get(url)
        assert page.status_code == 200, url
        assert "<h2" in page.text
        assert "<img" in page.text


def test_what_was_charged_is_what_the_actions_cost(main_run: Run, stack: Stack) -> None:
    charged = {action: main_run.xcom(action)["credits"] for action in ACTIONS}
    keywords = main_run.xcom("gate", "ledger")["findings"][0]["actual"]
    assert charged == {
        "cluster_keywords": -(-keywords // 100) * 10,
        "generate_ideas": 15 * PLANNED,
        "generate_content": 50 * PLANNED,
        "generate_images": 1 * PLANNED,
        "optimize_content": 10 * PLANNED,
        "publish_to_wordpress": 5 * PLANNED,
    }
    with stack.engine() as engine:
        account = engine.call("GET", "account")
    assert account["credits"]["reserved"] == 0  # type: ignore[index, call-overload]


def test_a_second_run_is_skipped_and_says_why(main_run: Run, rules: Rules) -> None:
    again = rules.start(main_run.dag_id)
    assert again.wait() == "success"
    assert again.states() == dict.fromkeys(("gate", *ACTIONS), "skipped")
    assert again.xcom("gate", "ledger")["reason"] == (
        "The conditions do not hold: keywords.new is 0, and the rule asks it to be greater than 20."
    )


def test_the_dag_tells_what_the_rule_is(main_run: Run) -> None:
    dag = main_run.airflow.call("GET", f"dags/{main_run.dag_id}/details")
    assert dag["dag_display_name"] == "Keywords to articles"
    assert {tag["name"] for tag in dag["tags"]} == {  # type: ignore[index, union-attr, call-overload]
        "rule",
        "account:demo",
        "site:home-espresso",
        "trigger:schedule",
    }
    assert "type: publish_to_wordpress" in str(dag["doc_md"])
    assert "Europe/Berlin" in str(dag["timetable_description"]) or dag["timetable_summary"] == "0 6 * * MON"
