"""What rules work on: ``keywords import``, ``events send``, ``accounts credits``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from igny8.cli.options import AirflowUrl, AsJson, EngineKey, EngineUrl, Token

if TYPE_CHECKING:
    from pydantic import JsonValue

_SHOWN_ROWS = 20


def import_keywords(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file; - is stdin.", show_default=False)],
    *,
    site: Annotated[str, typer.Option(help="The site that gets the keywords.", show_default=False)],
    sector: Annotated[int | None, typer.Option(min=1, help="The id of the sector to put them in.")] = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Import keywords: a plain CSV, or an export of Google Keyword Planner, Ahrefs or Semrush."""
    from igny8.cli.answers import ImportReport
    from igny8.cli.calls import EngineApi, part
    from igny8.cli.errors import UsageError
    from igny8.cli.output import count, note, print_json, print_table, say
    from igny8.cli.places import engine

    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).expanduser().read_bytes()
    except OSError as error:
        raise UsageError(f"The keyword file {file} can't be read: {error.strerror or error}.") from error
    query = {"filename": None if file == "-" else Path(file).name, "sector_id": sector}
    with EngineApi(engine(engine_url, engine_key)) as api:
        answer = api.call("POST", f"sites/{part(site)}/keywords/import", params=query, content=data)
        if json:
            print_json(answer)
            return
        report = api.as_model(ImportReport, answer)
    say(f"{count(report.added, 'keyword')} imported into {site}, {report.merged} merged with others.", "green")
    if report.rejected:
        say(f"{count(len(report.rejected), 'row')} could not be used:", "yellow")
        rows = report.rejected[:_SHOWN_ROWS]
        print_table(["LINE", "REASON", "TEXT"], [(row.line, row.reason, row.text) for row in rows], right=["LINE"])
        if len(report.rejected) > _SHOWN_ROWS:
            note(f"{len(report.rejected) - _SHOWN_ROWS} more; --json lists all.")


def send_event(
    type: Annotated[str, typer.Argument(metavar="TYPE", help="The type, such as keywords.imported.")],
    *,
    data: Annotated[str, typer.Option(help="What it brings, as a JSON object. - is stdin.")] = "",
    id: Annotated[
        str | None, typer.Option(help="Its id: the same one again starts nothing twice.", show_default="a new one")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Only rules of this account are started.")] = None,
    site: Annotated[str | None, typer.Option(help="Only rules of this site are started.")] = None,
    url: AirflowUrl = None,
    token: Token = None,
    json: AsJson = False,
) -> None:
    """Send an event: it starts the rules that wait for its type."""
    import uuid

    from igny8.cli.answers import SentEvent
    from igny8.cli.calls import AutomationApi
    from igny8.cli.commands.rules import json_object
    from igny8.cli.output import note, print_json, print_table, say
    from igny8.cli.places import airflow

    event_id = id or str(uuid.uuid4())
    body: dict[str, JsonValue] = {"id": event_id, "type": type, "data": json_object(data, "--data")}
    body.update({name: value for name, value in (("account", account), ("site", site)) if value})
    with AutomationApi(airflow(url, token)) as api:
        answer = api.call("POST", "events/", body=body, headers={"Idempotency-Key": event_id})
        if json:
            print_json(answer)
            return
        sent = api.as_model(SentEvent, answer)
    say(f"Event {event_id} of type {type} is sent.")
    if sent.runs:
        rows = [(run.run_id, run.automation_rule, "" if run.is_new else "started before") for run in sent.runs]
        print_table(["RUN", "RULE", ""], rows)
    for refused in sent.not_started:
        say(f"{refused.automation_rule} was not started: {refused.reason}", "yellow")
    if not sent.runs and not sent.not_started:
        note(f"No active rule waits for it. One that does has  trigger: event  and  event: {type}")


def show_credits(
    name: Annotated[
        str | None, typer.Argument(metavar="[ACCOUNT]", help="The account to add credits to, with --add.")
    ] = None,
    *,
    add: Annotated[
        int | None, typer.Option(min=1, help="Credits to add; for whoever operates the engine, on its machine.")
    ] = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Show an account's credits, or add some."""
    from igny8.cli.answers import Account
    from igny8.cli.calls import EngineApi
    from igny8.cli.errors import UsageError
    from igny8.cli.output import print_fields, print_json
    from igny8.cli.places import engine
    from igny8.cli.programs import engine_command

    if add is not None:
        if name is None:
            raise UsageError("Say which account: igny8 accounts credits ACCOUNT --add CREDITS")
        engine_command("accounts", "grant", name, str(add))
    with EngineApi(engine(engine_url, engine_key)) as api:
        answer = api.call("GET", "account")
        account = api.as_model(Account, answer)
    if name is not None and name != account.account:
        raise UsageError(f"The key is that of {account.account}. Give that of {name} in IGNY8_ENGINE_KEY.")
    if json:
        print_json(answer)
        return
    print_fields(
        {
            "Account": account.account,
            "Balance": f"{account.credits.balance:,}",
            "Reserved": f"{account.credits.reserved:,}",
            "Spent today": f"{account.credits.spent_today:,}",
        }
    )
