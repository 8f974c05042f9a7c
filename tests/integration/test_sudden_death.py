"""Triggerer and engine are killed in the middle of a run, again and again: it ends well, and nothing is doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import httpx
import psycopg
from driving import Account, Rules, Run

from igny8_engine.preview.store import PreviewStore
from igny8_local.seed import preview_url
from igny8_local.stack import ENGINE, Stack
from misbehaving import Reply, in_turn, serving
from watching import wait_until

RULE = """\
id: mortal
name: Survives
account: mortal
site: shop
trigger: manual
actions:
  - type: cluster_keywords
    params: {{keyword_ids: {{where: []}}}}
  - type: generate_ideas
    params: {{ideas_per_cluster: 3}}
  - type: generate_content
  - type: generate_images
  - type: optimize_content
  - type: publish_to_wordpress
    params: {{integration_id: {integration}, status: publish}}
  - type: http_request
    params: {{url: {listener}/done, body: {{posts: "{{{{ actions.publish_to_wordpress.post_ids }}}}"}}}}
"""
PHRASES = [
    "how to clean a burr grinder",
    "clean grinder burrs",
    "grinder cleaning tablets",
    "how often to clean a grinder",
    "best water for espresso",
    "espresso water hardness",
    "filtered water for espresso",
    "what water to use for espresso",
    "decaf espresso beans",
    "is decaf espresso good",
    "best decaf beans",
    "decaf coffee taste",
]
DEADLY = ("generate_content", "publish_to_wordpress")


def test_a_run_survives_kill_9_and_doubles_nothing(
    rules: Rules, stack: Stack, new_account: Callable[[str, int], Account]
) -> None:
    account = new_account("mortal", 5000)
    account.import_keywords("shop", PHRASES)
    integration = account.call(
        "POST",
        "/v1/sites/shop/integrations",
        json={
            "name": "preview",
            "kind": "wordpress",
            "url": preview_url(stack),
            "username": "mortal",
            "password": PreviewStore(stack.home.preview).add_user("mortal"),
        },
    )

    def kill(*parts: str) -> None:
        for part in parts:
            stack.kill(part)
        for part in parts:
            stack.start(part)
        stack.wait_ready(*parts)

    with serving("127.0.0.2", in_turn(Reply(after=30), Reply())) as listener:
        rules.write("mortal", RULE.format(integration=integration["id"], listener=listener.url))
        run = rules.start(rules.dag("mortal", "mortal"))
        for action in DEADLY:
            wait_until(lambda action=action: job_runs(stack, run, action), 120, f"the job of {action}")
            kill("triggerer", ENGINE)
        # An own action dies with the triggerer in its midst; the next one calls it again, with the same key.
        wait_until(lambda: listener.asked, 180, "the request of the own action")
        kill("triggerer")
        assert run.wait(180) == "success", run.states()
    assert {task["try_number"] for task in run.tasks().values()} == {1}
    assert len(listener.asked) == 2
    assert len({each.headers["idempotency-key"] for each in listener.asked}) == 1
    assert [each.json for each in listener.asked] == [{"posts": run.xcom("publish_to_wordpress", "post_ids")}] * 2

    ideas = len(run.xcom("generate_ideas", "idea_ids"))
    clusters = len(run.xcom("cluster_keywords", "cluster_ids"))
    assert ideas >= 3
    for collection in ("tasks", "content", "images"):
        assert account.call("GET", f"/v1/sites/shop/{collection}")["total"] == ideas
    posts = published(stack, "mortal")
    assert len(posts) == ideas
    assert set(Counter(posts).values()) == {1}
    assert sorted(run.xcom("publish_to_wordpress", "post_urls")) == sorted(posts)
    credits_left = account.credits()
    assert credits_left["reserved"] == 0
    assert credits_left["spent_today"] == 10 + 15 * clusters + (50 + 1 + 10 + 5) * ideas
    assert credits_left["balance"] == 5000 - credits_left["spent_today"]


def job_runs(stack: Stack, run: Run, action: str) -> bool:
    """Whether the action's job has begun and some of its items may be under way."""
    with psycopg.connect(stack.database_url("igny8")) as database:
        row = database.execute(
            "select state from jobs where key = %s", (f"{run.dag_id}/{run.run_id}/{action}",)
        ).fetchone()
    return row is not None and row[0] != "queued"


def published(stack: Stack, username: str) -> list[str]:
    """The addresses of all posts that a user of the preview site has there, whatever their status."""
    password = PreviewStore(stack.home.preview).add_user(username)
    answer = httpx.get(
        f"{preview_url(stack)}/wp-json/wp/v2/posts",
        params={"status": "publish,future,draft,pending,private,trash", "per_page": 100, "context": "edit"},
        auth=(username, password),
    )
    assert answer.is_success, answer.text
    mine = httpx.get(f"{preview_url(stack)}/wp-json/wp/v2/users/me", auth=(username, password)).json()["id"]
    return [post["link"] for post in answer.json() if post["author"] == mine]
