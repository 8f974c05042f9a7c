"""Rules of a running system: ``rules list``, ``show``, ``run``, ``export`` and ``import``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from igny8.cli.exits import ExitCode
from igny8.cli.options import AirflowUrl, AsJson, Token

if TYPE_CHECKING:
    from pydantic import JsonValue

    from igny8.cli.answers import Execution, NextRuns, RuleRow
    from igny8.cli.calls import AutomationApi
    from igny8.cli.follow import Run
    from igny8.rules.files import RuleFile

RuleId = Annotated[str, typer.Argument(metavar="RULE", help="The rule's id.", show_default=False)]


def list_rules(
    *,
    account: Annotated[str | None, typer.Option(help="Only this account's.")] = None,
    site: Annotated[str | None, typer.Option(help="Only this site's.")] = None,
    status: Annotated[
        Literal["active", "paused", "inactive", "broken"] | None, typer.Option(help="Only these.")
    ] = None,
    trigger: Annotated[Literal["schedule", "event", "manual"] | None, typer.Option(help="Only these.")] = None,
    search: Annotated[str | None, typer.Option(help="Only those with this in them.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """List the rules."""
    from igny8.cli.answers import RuleRow
    from igny8.cli.calls import AutomationApi
    from igny8.cli.output import moment, note, print_json, print_table, word
    from igny8.cli.places import airflow

    query = {"account": account, "site": site, "status": status, "trigger": trigger, "search": search}
    with AutomationApi(airflow(url, token)) as api:
        found = list(api.pages("rules/", query, limit))
        if json:
            print_json(found)
            return
        rows = [api.as_model(RuleRow, rule) for rule in found]
    if not rows:
        chosen = any(query.values())
        note("No rule is like that." if chosen else "There are no rules. Write one: igny8 rules new my-rule")
        return
    print_table(
        ["ID", "NAME", "ACCOUNT", "SITE", "STATUS", "WHEN", "RUNS", "LAST RUN", "NEXT RUN"],
        [
            (
                rule.id,
                rule.name,
                rule.account,
                rule.site,
                word(rule.state),
                rule.when,
                rule.execution_count,
                word(rule.last_run.status) if rule.last_run else "",
                moment(rule.next_run_at),
            )
            for rule in rows
        ],
        right=["RUNS"],
    )


def show(rule_id: RuleId, *, url: AirflowUrl = None, token: Token = None, json: AsJson = False) -> None:
    """Show a rule: when it runs, and the next five times, only if what holds, what it does."""
    from igny8.cli.answers import NextRuns, RuleRow
    from igny8.cli.calls import AutomationApi, part
    from igny8.cli.output import print_json
    from igny8.cli.places import airflow

    with AutomationApi(airflow(url, token)) as api:
        data = api.call("GET", f"rules/{part(rule_id)}/")
        rule = api.as_model(RuleRow, data)
        by_clock = rule.schedule is not None and not rule.problems
        coming = api.call("GET", f"rules/{part(rule_id)}/next-runs/") if by_clock else {}
    if json:
        print_json({**data, **coming} if isinstance(data, dict) and isinstance(coming, dict) else data)
    else:
        _show_rule(rule, NextRuns.model_validate(coming))


def run(
    rule_id: RuleId,
    *,
    context: Annotated[
        str, typer.Option(help="What the run is about, as a JSON object: rules read it as event.<field>. - is stdin.")
    ] = "",
    key: Annotated[str | None, typer.Option(help="An idempotency key: the same one again finds the same run.")] = None,
    wait: Annotated[bool, typer.Option(help="Follow the run until it has ended.")] = True,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """Run a rule now and follow it. Ctrl-C stops the following, not the run. Exit code 5: it failed."""
    import uuid

    from igny8.cli.answers import Started
    from igny8.cli.calls import AutomationApi, part
    from igny8.cli.follow import Run
    from igny8.cli.output import print_json, say
    from igny8.cli.places import airflow

    body: JsonValue = {"context": json_object(context, "--context")}
    with AutomationApi(airflow(url, token)) as api:
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        data = api.call("POST", f"rules/{part(rule_id)}/execute/", body=body, headers=headers)
        started = Run(rule_id, api.as_model(Started, data).run_id)
        if wait:
            follow_to_the_end(api, started, json=json)
        elif json:
            print_json(data)
        else:
            say(f"Run {started.run_id} of {rule_id} is started. {started.how_to_look}")


def export(
    rule_id: RuleId,
    target: Annotated[str, typer.Argument(metavar="[FILE]", help="A new file; - is stdout.")] = "-",
    *,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """Write a rule as YAML, with its comments. Never overwrites a file."""
    from igny8.cli.calls import AutomationApi, part
    from igny8.cli.errors import RefusedError
    from igny8.cli.output import print_json, say
    from igny8.cli.places import airflow

    with AutomationApi(airflow(url, token)) as api:
        text = api.yaml(f"rules/{part(rule_id)}/export/")
    if target != "-":
        try:
            with Path(target).open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise RefusedError(f"{target} is there already and is not overwritten.") from None
        except OSError as error:
            raise RefusedError(f"{target} can't be written: {error.strerror or error}.") from error
    if json:
        print_json({"id": rule_id, "yaml": text} if target == "-" else {"id": rule_id, "path": target})
    elif target == "-":
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        say(f"{target} is written.")


def import_rules(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders with rules; - is stdin.")],
    *,
    replace: Annotated[bool, typer.Option(help="Put them in the place of stored rules of the same ids.")] = False,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """Put rules into a running system. They are all checked before the first is sent."""
    from igny8.cli.calls import AutomationApi
    from igny8.cli.errors import CommandError, RulesInvalidError
    from igny8.cli.output import note, print_json, say
    from igny8.cli.places import airflow
    from igny8.cli.rule_files import problem_line, read_paths

    files = read_paths(paths)
    problems = [problem_line(file, problem) for file in files for problem in file.problems]
    if problems:
        raise RulesInvalidError("Nothing was sent, because there are problems:", problems)
    if not files:
        note(f"There are no rules in {' and '.join(paths)}.")
    done: list[JsonValue] = []
    with AutomationApi(airflow(url, token)) as api:
        for file in files:
            try:
                done.append(_import(api, file, replace=replace))
            except CommandError as error:
                sent = [f"{len(done)} of {len(files)} rules were sent before."] if len(files) > 1 else []
                details = [*error.details, *sent]
                raise type(error)(f"{file.relative}: {error}", details) from error
            if not json:
                say(f"{file.rule_id} is stored.")
    if json:
        print_json(done)


def _import(api: AutomationApi, file: RuleFile, *, replace: bool) -> JsonValue:
    headers = {"Content-Type": "application/yaml"}
    query = {"replace": "true" if replace else None}
    return api.call("POST", "rules/import/", params=query, content=(file.data or b""), headers=headers)


def follow_to_the_end(api: AutomationApi, run: Run, *, json: bool) -> None:
    """Follow a run, show how it ended, and end the command accordingly."""
    from igny8.cli.answers import Execution
    from igny8.cli.calls import part
    from igny8.cli.follow import follow
    from igny8.cli.output import err, out, print_json

    try:
        follow(api, run, err() if json else out())
    except KeyboardInterrupt:
        err().print(f"\nThe run goes on. {run.how_to_look}", markup=False)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    data = api.call("GET", f"executions/{part(run.run_id)}/", params={"rule": run.rule_id})
    ended = api.as_model(Execution, data)
    if json:
        print_json(data)
    else:
        _show_end(ended)
    if ended.status in {"failed", "stopped_by_budget", "cancelled"}:
        raise typer.Exit(ExitCode.RUN_FAILED)


def _show_end(ended: Execution) -> None:
    from igny8.cli.output import STYLES, say

    took = f" after {ended.duration:.1f} s" if ended.duration is not None else ""
    say(f"Run {ended.id} is {ended.status}{took}.", STYLES.get(ended.status, ""))
    if ended.why:
        say(ended.why)


def json_object(text: str, option: str) -> dict[str, JsonValue]:
    """A JSON object that was given as text, or on stdin for ``-``; empty for no text.

    Raises:
        UsageError: when it is something else.
    """
    import json

    from igny8.cli.errors import UsageError

    if text == "-":
        text = sys.stdin.read()
    if not text.strip():
        return {}
    try:
        value: JsonValue = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{option} is no JSON: {error}.") from None
    if not isinstance(value, dict):
        raise UsageError(f'{option} is a JSON object such as {{"content_id": 12}}, and something else was given.')
    return value


def _show_rule(rule: RuleRow, coming: NextRuns) -> None:
    from igny8.cli.output import print_fields, say, word
    from igny8.cli.words import action_words, condition_words, overlap_text, quiet_text

    print_fields(
        {
            "Rule": rule.id,
            "Name": rule.name,
            "About": rule.description,
            "Account": rule.account,
            "Site": rule.site,
            "Status": word(rule.state),
            "When": rule.when,
            "But not": quiet_text(rule.quiet_hours, rule.excluded_dates),
            "Next runs": coming.lines,
            "Overlap": overlap_text(rule.overlap),
            "Revision": rule.revision,
            "Runs": rule.execution_count,
            "Last run": f"{rule.last_run.id} {rule.last_run.status}" if rule.last_run else None,
        }
    )
    if rule.problems:
        say("\nProblems", "bold")
        for problem in rule.problems:
            say(f"  {problem}", "red")
        return
    conditions = rule.conditions if isinstance(rule.conditions, list) else [rule.conditions or []]
    if conditions:
        say("\nOnly if", "bold")
        for condition in conditions:
            say(f"  {condition_words(condition)}")
    say("\nDo", "bold")
    for number, action in enumerate(rule.actions if isinstance(rule.actions, list) else [], start=1):
        say(f"  {number}. {action_words(action)}")
