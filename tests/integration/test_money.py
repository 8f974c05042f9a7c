"""Budgets and approvals: what a run may spend, and what people are asked before it does."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from driving import Account, Rules, Run
from standardwebhooks import Webhook

from igny8_engine.preview.store import PreviewStore
from igny8_local.seed import preview_url
from igny8_local.stack import Stack
from misbehaving import Reply, in_turn, serving
from watching import wait_until

NEW = [{"field": "status", "operator": "equals", "value": "new"}]
QUEUED = [{"field": "status", "operator": "equals", "value": "queued"}]
PHRASES = ["espresso machine", "espresso grinder", "milk frother", "tamper", "cold brew", "pour over kettle"]


@pytest.fixture
def automation(stack: Stack) -> Iterator[Callable[..., Any]]:
    """Calls the REST API; the answer's data, or the refusal where its status is named."""
    with httpx.Client(base_url=f"{stack.ports.airflow_url}/api/v1/automation", timeout=60) as client:

        def call(
            method: str, path: str, body: Any = None, expects: int = 200, user: str = "admin", **query: str
        ) -> Any:
            passwords: dict[str, str] = json.loads((Path(stack.home.airflow) / "passwords.json").read_text())
            login = {"username": user, "password": passwords[user]}
            if user not in tokens:
                answer = httpx.post(f"{stack.ports.airflow_url}/auth/token", json=login, timeout=60)
                tokens[user] = answer.json()["access_token"]
            headers = {"Authorization": f"Bearer {tokens[user]}"}
            answer = client.request(method, path, json=body, headers=headers, params=query)
            assert answer.status_code == expects, f"{method} {path}: {answer.status_code} {answer.text}"
            if not answer.headers["content-type"].startswith("application/json"):
                return answer
            told = answer.json()
            return told["data"] if answer.is_success else told

        tokens: dict[str, str] = {}
        yield call


@pytest.fixture
def make(rules: Rules, automation: Callable[..., Any]) -> Callable[..., tuple[str, str]]:
    """Saves a rule; its id and its Dag's."""

    def save(account: str, actions: list[dict[str, Any]], **more: Any) -> tuple[str, str]:
        rule_id = f"money-{secrets.token_hex(4)}"
        rule = {"id": rule_id, "name": f"Money {rule_id}", "account": account, "site": "shop", "trigger": "manual"}
        automation("POST", "/rules/", {**rule, "actions": actions, **more}, 201)
        rules.written.add(rule_id)
        return rule_id, rules.dag(rule_id, account)

    return save


def ideas(limit: int) -> dict[str, Any]:
    return {
        "type": "generate_ideas",
        "params": {"cluster_ids": {"where": NEW, "limit": limit}, "ideas_per_cluster": 1},
    }


def write(limit: int) -> dict[str, Any]:
    return {"type": "generate_content", "params": {"task_ids": {"where": QUEUED, "limit": limit}}}


def execution(automation: Callable[..., Any], run: Run) -> dict[str, Any]:
    return dict(automation("GET", f"/executions/{run.run_id}/", rule=run.rule))


def asks(run: Run, task: str) -> None:
    wait_until(lambda: run.states().get(task) == "awaiting_input", 180, f"{task} to ask: {run.states()}")


@pytest.fixture
def account(new_account: Callable[[str, int], Account], make: Callable[..., tuple[str, str]], rules: Rules) -> Account:
    """An account with six keywords, each a cluster of its own or nearly so, and 2,000 credits."""
    made = new_account(f"money-{secrets.token_hex(3)}", 2_000)
    made.import_keywords("shop", PHRASES)
    _, dag = make(made.name, [{"type": "cluster_keywords", "params": {"keyword_ids": {"where": NEW}}}])
    assert rules.start(dag).wait() == "success"
    return made


def test_a_run_is_stopped_by_its_budget_and_says_by_which_limit(
    account: Account, make: Callable[..., tuple[str, str]], rules: Rules, automation: Callable[..., Any]
) -> None:
    spent = account.credits()["spent_today"]
    before, dag_before = make(account.name, [ideas(2), write(1)], limits={"credits_per_run": 29})
    later, dag_later = make(account.name, [ideas(2), write(2)], limits={"credits_per_day": 60})
    first, second = rules.start(dag_before), rules.start(dag_later)
    assert (first.wait(), second.wait()) == ("failed", "failed")

    told = execution(automation, first)
    assert (told["status"], told["state"]) == ("stopped_by_budget", "failed")
    assert first.states() == {
        "budget": "failed",
        "generate_ideas": "upstream_failed",
        "generate_content": "upstream_failed",
    }
    assert told["error_message"] == (
        "budget: A run of the rule may cost 29 credits (credits_per_run); 30 are needed: 1 too many. "
        "Nothing was done or charged."
    )
    told = execution(automation, second)
    assert told["status"] == "stopped_by_budget"
    assert second.states() == {"budget": "success", "generate_ideas": "success", "generate_content": "failed"}
    assert (
        "generate_content: The rule may spend 60 credits a day (credits_per_day); 30 of them are spent or set aside, "
        "and 100 more are needed: 70 too many."
    ) in told["error_message"]
    assert second.tasks()["generate_content"]["try_number"] == 1, "waiting brings no credits"
    assert account.credits() == {"balance": 2_000 - spent - 30, "reserved": 0, "spent_today": spent + 30}
    listed = automation("GET", "/rules/execution-history/", account=account.name, status="stopped_by_budget")
    assert {each["automation_rule"] for each in listed} == {before, later}
    figures = automation("GET", "/stats/", account=account.name)["total"]
    assert (figures["by_status"]["stopped_by_budget"], figures["by_status"]["failed"]) == (2, 0)


def test_a_price_is_approved_rejected_and_not_answered(
    account: Account,
    make: Callable[..., tuple[str, str]],
    rules: Rules,
    automation: Callable[..., Any],
) -> None:
    spent = account.credits()["spent_today"]
    asking, dag = make(account.name, [ideas(1)], limits={"approve_above": 14})
    _, dag_impatient = make(account.name, [ideas(1)], limits={"approve_above": 0, "approval_timeout_hours": 0.0005})
    yes, no, nobody = rules.start(dag), rules.start(dag), rules.start(dag_impatient)
    for run in (yes, no):
        asks(run, "budget")
    waiting = automation("GET", "/approvals/", rule=asking)
    assert {each["run_id"] for each in waiting} == {yes.run_id, no.run_id}
    asked = waiting[0]
    assert (asked["kind"], asked["action"], asked["least"], asked["most"]) == ("budget", "budget", 15, 15)
    assert "**generate_ideas**: 15 credits. 1 cluster" in asked["body"]
    assert automation("GET", "/approvals/", rule=asking, user="vera") == waiting, "who may see runs sees what they ask"
    of_run = f"/executions/{yes.run_id}/approvals/"
    for user, may in (("vera", False), ("otto", True)):
        told = automation("GET", of_run, rule=asking, user=user)
        assert (told["may_answer"], [each["waits"] for each in told["approvals"]]) == (may, [True])
    place = f"{of_run}budget"
    refused = automation("POST", f"{place}/approve/", {}, 403, user="vera", rule=asking)
    assert refused["errors"][0]["code"] == "not_allowed"
    automation("POST", f"{place}/approve/", {"articles": [1]}, 422, rule=asking)
    progress = automation("GET", f"/rules/{asking}/progress/", run_id=yes.run_id)
    assert progress["phase"] == "waiting for approval of what it may cost"
    assert account.credits()["spent_today"] == spent

    approved = automation("POST", f"{place}/approve/", {}, user="otto", rule=asking)
    assert (approved["answer"]["approved"], approved["answer"]["by"]) == (True, "otto")
    assert automation("GET", of_run, rule=asking)["approvals"] == [approved]
    assert approved["waits"] is False
    automation("POST", f"{place}/reject/", {"reason": "too late"}, 409, rule=asking)
    automation("POST", f"/executions/{no.run_id}/approvals/budget/reject/", {"reason": " "}, 422, rule=asking)
    automation("POST", f"/executions/{no.run_id}/approvals/budget/reject/", {"reason": "not this week"}, rule=asking)
    assert (yes.wait(), no.wait(), nobody.wait()) == ("success", "failed", "failed")
    assert execution(automation, yes)["status"] == "completed"
    assert yes.xcom("budget", "allowance") == 15
    told = execution(automation, no)
    assert told["status"] == "stopped_by_budget"
    assert "admin has rejected it: not this week." in told["error_message"]
    told = execution(automation, nobody)
    assert told["status"] == "stopped_by_budget"
    assert "Nobody has approved it in time, which means no." in told["error_message"]
    assert account.credits()["spent_today"] == spent + 15
    assert automation("GET", "/approvals/", account=account.name) == []
    log: Any = rules.airflow.call("GET", "eventLogs", params={"dag_id": dag, "event": "update_hitl_detail"})
    assert {(entry["owner"], entry["run_id"]) for entry in log["event_logs"]} == {
        ("otto", yes.run_id),
        ("admin", no.run_id),
    }


def test_twins_are_written_and_edits_written_over_only_when_a_person_has_approved(
    account: Account, make: Callable[..., tuple[str, str]], rules: Rules, automation: Callable[..., Any], stack: Stack
) -> None:
    found = {"type": "generate_ideas", "params": {"cluster_ids": {"where": NEW, "limit": 1}, "ideas_per_cluster": 3}}
    rule, dag = make(
        account.name, [found, {"type": "generate_content"}], topic_memory={"similarity": 0.5, "on_twin": "ask"}
    )
    before = account.credits()
    run = rules.start(dag)
    asks(run, "generate_content")
    tasks = run.xcom("generate_ideas", "task_ids")
    [asked] = automation("GET", "/approvals/", rule=rule)
    twins = [item["id"] for item in run.xcom("generate_content")["items"] if "asked" in item["result"]]
    assert 0 < len(twins) < len(tasks)
    assert (asked["kind"], asked["articles"], asked["body"].count("% like the ")) == ("twins", [], len(twins))
    place = f"/executions/{run.run_id}/approvals/generate_content"
    automation("POST", f"{place}/reject/", {"reason": "enough of it"}, rule=rule)
    assert run.wait() == "success"
    written = run.xcom("generate_content", "content_ids")
    items = {item["id"]: item for item in run.xcom("generate_content")["items"]}
    assert {items[twin]["state"] for twin in twins} == {"rejected"}
    assert "enough of it" in items[twins[0]]["error"]
    assert len(written) == len(tasks) - len(twins)

    # On second thoughts: the task is cleared, asks again, and goes on from where it was.
    run.clear("generate_content")
    asks(run, "generate_content")
    automation("POST", f"{place}/approve/", {}, rule=rule)
    assert run.wait() == "success"
    outcome = run.xcom("generate_content")
    assert run.xcom("generate_content", "content_ids")[: len(written)] == written
    assert len(set(run.xcom("generate_content", "content_ids"))) == len(tasks)
    assert [(item["id"], item["state"]) for item in outcome["items"]] == [(task, "done") for task in tasks]
    assert (outcome["done"], outcome["total"], outcome["credits"]) == (len(tasks), len(tasks), 50 * len(tasks))
    assert before["balance"] - account.credits()["balance"] == 15 + 50 * len(tasks)

    def start(action: dict[str, Any]) -> Run:
        return rules.start(make(account.name, [action])[1])

    written_over_when_approved(account, stack, automation, start, run.xcom("generate_content", "content_ids"))


def written_over_when_approved(
    account: Account,
    stack: Stack,
    automation: Callable[..., Any],
    start: Callable[[dict[str, Any]], Run],
    articles: list[int],
) -> None:
    """Publish drafts, of which somebody changes one on the site before all are to go live."""
    login = (account.name, PreviewStore(stack.home.preview).add_user(account.name))
    connection = {"name": "preview", "kind": "wordpress", "url": preview_url(stack)}
    connection |= {"username": login[0], "password": login[1]}
    place = account.call("POST", "/v1/sites/shop/integrations", json=connection)["id"]

    def publish(**params: str) -> Run:
        wanted = {"content_ids": articles, "integration_id": place, **params}
        return start({"type": "publish_to_wordpress", "params": wanted})

    drafts = publish()
    assert drafts.wait() == "success"
    posts: list[int] = drafts.xcom("publish_to_wordpress", "post_ids")
    with httpx.Client(base_url=f"{preview_url(stack)}/wp-json/wp/v2/posts/", auth=login) as site:
        assert site.post(str(posts[0]), json={"title": "By hand"}).is_success
        live = publish(status="publish", on_edited="ask")
        asks(live, "publish_to_wordpress")
        [asked] = automation("GET", f"/executions/{live.run_id}/approvals/", rule=live.rule)["approvals"]
        assert (asked["kind"], asked["body"].count(f"The post {posts[0]} was changed")) == ("edits", 1)
        context = {"context": "edit"}
        found = [site.get(str(post), params=context).json() for post in posts]
        assert [post["status"] for post in found] == ["draft", *["publish"] * (len(posts) - 1)]
        assert found[0]["title"]["raw"] == "By hand"
        automation("POST", f"/executions/{live.run_id}/approvals/publish_to_wordpress/approve/", {}, rule=live.rule)
        assert live.wait() == "success"
        assert site.get(str(posts[0]), params=context).json()["title"]["raw"] != "By hand"
    assert live.xcom("publish_to_wordpress", "post_ids") == posts
    outcome = live.xcom("publish_to_wordpress")
    assert (outcome["done"], outcome["credits"]) == (len(posts), 5 * len(posts))
    assert [warning["name"] for warning in outcome["items"][0]["result"]["warnings"]] == ["edited", "seo"]


def test_an_editor_approves_some_articles_and_only_those_go_on(
    account: Account,
    make: Callable[..., tuple[str, str]],
    rules: Rules,
    automation: Callable[..., Any],
    new_account: Callable[[str, int], Account],
) -> None:
    with serving("127.0.0.2", in_turn(Reply(500), Reply())) as receiver:
        rule, dag = make(
            account.name,
            [ideas(2), {"type": "generate_content"}, {"type": "request_approval"}, {"type": "optimize_content"}],
            notify=[{"url": receiver.url, "on": ["approval"]}],
        )
        secret = automation("POST", f"/rules/{rule}/hook-secrets/", expects=201)["secret"]
        some, none = rules.start(dag), rules.start(dag)
        asks(some, "request_approval")
        asks(none, "request_approval")
        told = Webhook(secret).verify(receiver.asked[1].body, receiver.asked[1].headers)
    runs = {run.run_id: run for run in (some, none)}
    requests = {each["run_id"]: each for each in automation("GET", "/approvals/", rule=rule)}
    assert requests.keys() == runs.keys()
    # Both runs look for clusters without ideas at once: whichever came first has found the articles.
    asked = max(requests.values(), key=lambda each: len(each["articles"]))
    run = runs.pop(asked["run_id"])
    other = next(iter(runs.values()))
    assert told["type"] == "rule.approval"
    assert (told["data"]["rule"], told["data"]["action"]) == (rule, "request_approval")
    assert told["data"]["url"].endswith("/tasks/request_approval/required_actions")
    first, *rest = asked["articles"]
    assert rest
    assert first["excerpt"]
    assert first["title"] in asked["body"].replace("\\", "")

    place = f"/executions/{run.run_id}/approvals/request_approval"
    page = automation("GET", f"{place}/articles/{first['id']}/", rule=rule)
    assert first["title"] in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    shown = place.replace(run.run_id, quote(run.run_id, safe=""))
    assert first["url"].endswith(f"{shown}/articles/{first['id']}/?rule={rule}")
    automation("GET", f"{place}/articles/{first['id'] + 1000}/", expects=404, rule=rule)
    unknown = automation("POST", f"{place}/approve/", {"articles": [first["id"], 99_999]}, 422, rule=rule)
    assert unknown["errors"][0]["path"] == "articles"
    automation("POST", f"{place}/approve/", {"articles": [first["id"]]}, rule=rule)
    rejected = f"/executions/{other.run_id}/approvals/request_approval/reject/"
    automation("POST", rejected, {"reason": "off topic"}, rule=rule)
    assert (run.wait(), other.wait()) == ("success", "success")

    assert run.xcom("request_approval", "content_ids") == [first["id"]]
    assert run.xcom("optimize_content", "content_ids") == [first["id"]]
    items = {item["id"]: item for item in run.xcom("request_approval")["items"]}
    assert items[first["id"]]["state"] == "done"
    assert {items[each["id"]]["state"] for each in rest} == {"rejected"}
    assert other.xcom("request_approval", "content_ids") == []
    assert other.xcom("optimize_content")["total"] == 0
    assert other.xcom("request_approval", "answer")["reason"] == "off topic"
    status = {
        item["id"]: item["status"]
        for item in account.call("GET", "/v1/sites/shop/content", params={"limit": 100})["items"]
    }
    assert status.pop(first["id"]) == "optimized"
    assert set(status.values()) == {"draft"}, "what was not approved stays as it was"
