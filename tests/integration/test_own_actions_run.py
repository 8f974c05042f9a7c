"""Actions that run by themselves, what is done on failure, and alerts that are told once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from driving import Rules, Run

from igny8_local.errors import AirflowAnswerError
from misbehaving import Asked, Reply, Server, in_turn, serving

HERE = "127.0.0.2"
RULE = """\
id: asking
name: Asking
account: demo
site: home-espresso
trigger: manual
actions:
  - {{type: draw_lots, params: {{content_ids: [5, 6, 7, 8], how_many: 2}}}}
  - id: ask
    type: http_request
    params:
      url: {server}/ask
      headers: {{Authorization: {{connection: planning, prefix: "Bearer "}}}}
      body: {{ids: "{{{{ actions.draw_lots.content_ids }}}}", note: "{{{{ event.note }}}}"}}
      take: ids
    retries: {{busy: 1, unavailable: 0, failed: 0}}
  - id: last
    type: http_request
    params: {{url: "{{{{ event.url }}}}", method: GET}}
    when: {{field: actions.ask.value, operator: contains, value: 7}}
on_failure:
  - id: tell
    type: http_request
    params: {{url: {server}/chat, body: {{text: "{{{{ failure.text }}}}", by: "{{{{ failure.action }}}}"}}}}
notify:
  - {{url: {receiver}, on: [failure]}}
  - {{url: {receiver}/every, on: [failure], repeat: true}}
"""
STRANGER = """\
id: stranger-asking
name: A stranger asks
account: stranger-to-it
site: home-espresso
trigger: manual
actions:
  - {{type: http_request, params: {{url: {server}/secret, headers: {{Authorization: {{connection: planning}}}}}}}}
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(HERE, lambda _: Reply(404)) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[Server]:
    with serving(HERE, in_turn(Reply())) as opened:
        yield opened


def paths(server: Server, path: str) -> list[Asked]:
    return [asked for asked in server.asked if asked.path == path]


@pytest.mark.timeout(600)  # four runs, which take half a minute where nothing else does
def test_own_actions_on_the_running_system(  # noqa: PLR0915 - one story
    rules: Rules, automation: httpx.Client, server: Server, receiver: Server
) -> None:
    def replies(asked: Asked) -> Reply:
        match asked.path, len(paths(server, asked.path)):
            case "/ask", 1:
                return Reply(429, headers={"Retry-After": "1"})
            case "/ask", _:
                return Reply(200, {"ids": [7]})
            case (("/chat" | "/good"), _):
                return Reply(200)
        return Reply(404)

    server.replies = replies
    rules.write("asking", RULE.format(server=server.url, receiver=receiver.url))
    rules.write("stranger-asking", STRANGER.format(server=server.url))
    dag_id = rules.dag("asking")
    assert automation.post("/rules/asking/hook-secrets/").status_code == 201

    def start(path: str) -> Run:
        return rules.start(dag_id, {"note": "größer", "url": f"{server.url}{path}"})

    run = start("/gone")
    stranger = rules.start(rules.dag("stranger-asking", "stranger-to-it"))
    assert run.wait(300) == "failed"
    assert run.states() == {
        "draw_lots": "success",
        "ask": "success",
        "last": "failed",
        "gate": "success",
        "tell": "success",
        "outcome": "upstream_failed",
        "notify": "success",
    }
    tries = {name: task["try_number"] for name, task in run.tasks().items()}
    assert (tries["ask"], tries["last"], tries["tell"]) == (2, 1, 1), "429 is tried again, 404 is not"
    drawn = run.xcom("draw_lots", "content_ids")
    assert len(set(drawn)) == 2
    assert set(drawn) <= {5, 6, 7, 8}
    first, second = paths(server, "/ask")
    assert first.json == second.json == {"ids": drawn, "note": "größer"}
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert second.headers["authorization"] == "Bearer pa55word"
    assert second.at - first.at >= 1, "it asked for that"
    assert (run.xcom("ask", "status"), run.xcom("ask", "value")) == (200, [7])
    (chat,) = paths(server, "/chat")
    error = f"last: {server.url}/gone answered 404, and 200 to 299 was expected."
    assert chat.json == {"text": f"asking failed on home-espresso: {error}", "by": "last"}
    assert [message.path for message in receiver.asked] in (["/", "/every"], ["/every", "/"])
    assert receiver.asked[0].json["data"]["error"] == error
    assert "pa55word" not in run.log("ask", 2)

    types: Any = {kind["type"]: kind for kind in automation.get("/rules/action-types/").json()["data"]}
    assert (types["draw_lots"]["runs_in"], types["generate_ideas"]["runs_in"]) == ("airflow", "engine")
    seen = automation.get(f"/executions/{quote(run.run_id)}/", params={"rule": "asking"}).json()["data"]
    assert [(action["id"], action["type"], action["state"]) for action in seen["actions"]] == [
        ("draw_lots", "draw_lots", "completed"),
        ("ask", "http_request", "completed"),
        ("last", "http_request", "failed"),
        ("tell", "http_request", "completed"),
    ]
    assert (seen["status"], seen["error_message"]) == ("failed", error)
    (broken,) = (text for file, text in rules.import_errors().items() if "action.broken_action" in file)
    assert "no licence for this machine" in broken

    # No name of a secret leads to another account's.
    assert stranger.wait(300) == "failed"
    assert "There is no Airflow connection 'igny8_action_stranger-to-it_planning'" in stranger.log("http_request")
    assert paths(server, "/secret") == []

    # The same failure again is told to who wants every one, and to nobody else; what is done on failure is done.
    again = start("/gone")
    assert again.wait(300) == "failed"
    assert [message.path for message in receiver.asked[2:]] == ["/every"]
    assert run.run_id in again.xcom("notify", "told_before")
    assert len(paths(server, "/chat")) == 2
    # Another cause is news.
    other = start("/lost")
    assert other.wait(300) == "failed"
    assert sorted(message.path for message in receiver.asked[3:]) == ["/", "/every"]
    alert = f"variables/igny8_alert_{dag_id}"
    assert rules.airflow.call("GET", alert)["value"]
    # So is whatever comes after a success.
    good = start("/good")
    assert good.wait(300) == "success"
    states = good.states()
    assert (states["tell"], states["outcome"], states["notify"]) == ("skipped", "success", "skipped")
    with pytest.raises(AirflowAnswerError, match="404"):
        rules.airflow.call("GET", alert)
