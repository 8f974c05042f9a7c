"""What waits for a person: ``approvals list``, ``show``, ``approve`` and ``reject``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from igny8.cli.options import AirflowUrl, AsJson, Token

if TYPE_CHECKING:
    from pydantic import JsonValue

    from igny8.cli.answers import Approval

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The id of the run that waits.", show_default=False)]
ActionId = Annotated[
    str, typer.Argument(metavar="ACTION", help="What asks: an action's id, or budget.", show_default=False)
]
OfRule = Annotated[str | None, typer.Option("--rule", help="The rule, where several have a run of that id.")]


def list_approvals(
    *,
    rule: Annotated[str | None, typer.Option(help="Only this rule's.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the oldest first.")] = 50,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """List what waits for a person to approve or reject it."""
    from igny8.cli.answers import Approval
    from igny8.cli.calls import AutomationApi
    from igny8.cli.output import moment, note, print_json, print_table
    from igny8.cli.places import airflow

    with AutomationApi(airflow(url, token)) as api:
        found = list(api.pages("approvals/", {"rule": rule}, limit))
        if json:
            print_json(found)
            return
        rows = [api.as_model(Approval, each) for each in found]
    if not rows:
        note("Nothing waits for a person.")
        return
    print_table(
        ["RUN", "RULE", "ACTION", "UNTIL", "QUESTION"],
        [(each.run_id, each.automation_rule, each.action, moment(each.expires_at), each.subject) for each in rows],
    )


def show(
    run_id: RunId,
    action: ActionId,
    *,
    rule: OfRule = None,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """Show what is asked: what it will cost and touch, or the articles; and what was answered."""
    from igny8.cli.answers import Approval
    from igny8.cli.calls import AutomationApi
    from igny8.cli.output import print_json
    from igny8.cli.places import airflow

    with AutomationApi(airflow(url, token)) as api:
        data = api.call("GET", _place(run_id, action), params={"rule": rule})
        if json:
            print_json(data)
            return
        approval = api.as_model(Approval, data)
    _show(approval)


def approve(
    run_id: RunId,
    action: ActionId,
    *,
    article: Annotated[
        list[int] | None, typer.Option(help="Only this article; may be given several times. Left out, all of them.")
    ] = None,
    rule: OfRule = None,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """Approve what is asked, so that the run goes on. Articles that are not approved go no further."""
    from igny8.cli.calls import AutomationApi
    from igny8.cli.output import print_json, say
    from igny8.cli.places import airflow

    body: dict[str, JsonValue] = {"articles": [*article]} if article else {}
    with AutomationApi(airflow(url, token)) as api:
        data = api.call("POST", f"{_place(run_id, action)}approve/", params={"rule": rule}, body=body)
    if json:
        print_json(data)
    else:
        say(f"Approved. The run {run_id} goes on.")


def reject(
    run_id: RunId,
    action: ActionId,
    *,
    reason: Annotated[str, typer.Option(help="Why, for those who read what became of the run.", show_default=False)],
    rule: OfRule = None,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """Reject what is asked. A run whose price is rejected does nothing; rejected articles go no further."""
    from igny8.cli.calls import AutomationApi
    from igny8.cli.output import print_json, say
    from igny8.cli.places import airflow

    with AutomationApi(airflow(url, token)) as api:
        data = api.call("POST", f"{_place(run_id, action)}reject/", params={"rule": rule}, body={"reason": reason})
    if json:
        print_json(data)
    else:
        say("Rejected.")


def _place(run_id: str, action: str) -> str:
    from igny8.cli.calls import part

    return f"executions/{part(run_id)}/approvals/{part(action)}/"


def _show(approval: Approval) -> None:
    from igny8.cli.output import moment, print_fields, print_table, say

    print_fields(
        {
            "Question": approval.subject,
            "Run": approval.run_id,
            "Rule": approval.automation_rule,
            "Action": approval.action,
            "Asked": moment(approval.asked_at),
            "Until": moment(approval.expires_at),
            "Answer": approval.answered,
        }
    )
    say("")
    if not approval.articles:
        say(approval.body.replace("**", ""))
        return
    print_table(
        ["ARTICLE", "TITLE", "EXCERPT", "READ IT"],
        [(each.id, each.title, each.excerpt, each.url) for each in approval.articles],
        right=["ARTICLE"],
    )
