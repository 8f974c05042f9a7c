"""Runs of rules: ``runs list``, ``show``, ``cancel`` and ``rerun``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from igny8.cli.options import AirflowUrl, AsJson, Token

if TYPE_CHECKING:
    from pydantic import JsonValue

    from igny8.cli.answers import Execution

Wanted = Literal["same", "latest"]
"""Which revision of a rule a run is repeated by."""
RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.", show_default=False)]
OfRule = Annotated[
    str | None, typer.Option("--rule", help="The rule that ran, where several rules have a run of that id.")
]


def list_runs(
    *,
    rule: Annotated[str | None, typer.Option(help="Only this rule's.")] = None,
    status: Annotated[
        Literal["pending", "running", "completed", "failed", "cancelled", "skipped", "stopped_by_budget"] | None,
        typer.Option(help="Only these."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the newest first.")] = 20,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """List the latest runs."""
    from igny8.cli.answers import Execution
    from igny8.cli.calls import AutomationApi
    from igny8.cli.output import moment, note, print_json, print_table, word
    from igny8.cli.places import airflow

    query = {"rule": rule, "status": status}
    with AutomationApi(airflow(url, token)) as api:
        found = list(api.pages("rules/execution-history/", query, limit))
        if json:
            print_json(found)
            return
        rows = [api.as_model(Execution, run) for run in found]
    if not rows:
        note("No run is like that." if any(query.values()) else "Nothing has run. Start a rule: igny8 rules run <rule>")
        return
    print_table(
        ["RUN", "RULE", "STATUS", "STARTED", "SECONDS", "WHAT CAME OF IT"],
        [
            (
                run.id,
                run.automation_rule,
                word(run.status),
                moment(run.executed_at or run.scheduled_at),
                "" if run.duration is None else f"{run.duration:.1f}",
                _first_line(run.why),
            )
            for run in rows
        ],
        right=["SECONDS"],
    )


def show(
    run_id: RunId, *, rule: OfRule = None, url: AirflowUrl = None, token: Token = None, json: AsJson = False
) -> None:
    """Show a run: how it stands, what its actions did, what went wrong."""
    from igny8.cli.answers import Execution
    from igny8.cli.calls import AutomationApi, part
    from igny8.cli.output import print_json
    from igny8.cli.places import airflow

    with AutomationApi(airflow(url, token)) as api:
        data = api.call("GET", f"executions/{part(run_id)}/", params={"rule": rule})
        if json:
            print_json(data)
            return
        run = api.as_model(Execution, data)
    _show_run(run)


def cancel(
    run_id: RunId, *, rule: OfRule = None, url: AirflowUrl = None, token: Token = None, json: AsJson = False
) -> None:
    """Stop a run. What its actions have done stays done; nothing more is charged."""
    from igny8.cli.calls import AutomationApi, part
    from igny8.cli.output import print_json, say
    from igny8.cli.places import airflow

    with AutomationApi(airflow(url, token)) as api:
        data = api.call("POST", f"executions/{part(run_id)}/cancel/", params={"rule": rule})
    if json:
        print_json(data)
    else:
        say(f"Run {run_id} is cancelled.")


def rerun(
    run_id: RunId,
    *,
    mode: Annotated[
        Literal["only_failed", "from_failed", "whole"],
        typer.Option(help="The actions that failed and what waited for them; these and all after them; or all."),
    ] = "only_failed",
    revision: Annotated[
        Wanted | None,
        typer.Option(help="By the rule as it was then, or as it is now. Asked for where that differs."),
    ] = None,
    wait: Annotated[bool, typer.Option(help="Follow the run until it has ended.")] = True,
    rule: OfRule = None,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """Run again what failed: items that are done are neither repeated nor paid again. Or all, as a new run."""
    from igny8.cli.answers import Execution, RuleRow, Started
    from igny8.cli.calls import AutomationApi, part
    from igny8.cli.commands.rules import follow_to_the_end
    from igny8.cli.follow import Run
    from igny8.cli.output import print_json, say
    from igny8.cli.places import airflow

    with AutomationApi(airflow(url, token)) as api:
        run = api.read(Execution, "GET", f"executions/{part(run_id)}/", params={"rule": rule})
        of = run.automation_rule
        if revision is None and sys.stdin.isatty():
            now = api.read(RuleRow, "GET", f"rules/{part(of)}/").revision
            revision = _asked_revision(run.revision, now, "latest" if mode == "whole" else "same")
        body: dict[str, JsonValue] = {"mode": mode, "revision": revision}
        data = api.call("POST", f"executions/{part(run_id)}/rerun/", params={"rule": of}, body=body)
        started = Run(of, api.as_model(Started, data).run_id)
        if wait:
            follow_to_the_end(api, started, json=json)
        elif json:
            print_json(data)
        else:
            say(f"Run {started.run_id} of {of} goes on. {started.how_to_look}")


def _asked_revision(then: int | None, now: int | None, usual: Wanted) -> Wanted:
    """Which revision does it: asked where the rule has changed since the run."""
    if then in {None, now}:
        return usual
    question = f"The run was made from revision {then} of the rule, which is at {now} now. Run the same or the latest?"
    while True:
        answer = typer.prompt(question, default=usual, err=True)
        if answer in {"same", "latest"}:
            return cast("Wanted", answer)


def _show_run(run: Execution) -> None:
    from igny8.cli.output import moment, print_fields, print_table, say, word

    print_fields(
        {
            "Run": run.id,
            "Rule": run.automation_rule,
            "Status": word(run.status),
            "Scheduled": moment(run.scheduled_at),
            "Started": moment(run.executed_at),
            "Started by": run.started_by,
            "Seconds": "" if run.duration is None else f"{run.duration:.1f}",
            "Result": run.why,
            "Conditions": run.conditions.reason if run.conditions and run.status != "skipped" else None,
        }
    )
    if run.actions:
        say("")
        print_table(
            ["ACTION", "STATE", "DONE", "FAILED", "CREDITS", ""],
            [
                (
                    action.id,
                    word(action.state),
                    f"{action.done}/{action.total}",
                    action.failed,
                    f"{action.credits:g}",
                    _first_line(action.error or (action.phase if action.state == "running" else "")),
                )
                for action in run.actions
            ],
            right=["DONE", "FAILED", "CREDITS"],
        )
    for action in run.actions:
        for item in action.items:
            if item.error:
                say(f"{action.id}: {item.label or item.state}: {item.error}", "red")
            for warning in item.warnings:
                say(f"{action.id}: {item.label or item.state}: {warning}", "yellow")


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]
