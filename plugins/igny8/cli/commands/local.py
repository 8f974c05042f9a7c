"""The system on this machine: ``up``, ``demo``, ``accounts create`` and ``doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from igny8.cli.exits import ExitCode
from igny8.cli.options import AirflowUrl, AsJson, EngineKey, EngineUrl, Token


def up(*, json: AsJson = False) -> None:
    """Start the whole system on this machine and leave it up until Ctrl-C."""
    from igny8.cli.programs import local_command

    local_command("up", *(["--json"] if json else []))


def demo(
    *,
    stop: Annotated[bool, typer.Option("--exit", help="Stop by itself when the run has ended.")] = False,
    keywords: Annotated[Path | None, typer.Option(help="A keyword file of your own.")] = None,
    json: AsJson = False,
) -> None:
    """Start the whole system and turn keywords into published articles."""
    from igny8.cli.programs import local_command

    options = ["--exit"] if stop else []
    options += [f"--keywords={keywords}"] if keywords else []
    local_command("demo", *options, *(["--json"] if json else []))


def create_account(
    name: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's name, as rules have it.")],
    *,
    credits: Annotated[int, typer.Option(min=0, help="The credits that it starts with.")] = 0,
    exist_ok: Annotated[bool, typer.Option(help="Make a further key if the account is there already.")] = False,
    json: AsJson = False,  # noqa: ARG001 - JSON is what it always prints
) -> None:
    """Make an account of the engine and print its API key, which can't be shown again, as JSON."""
    from igny8.cli.programs import engine_command

    engine_command("accounts", "create", name, f"--credits={credits}", *(["--exist-ok"] if exist_ok else []))


def doctor(
    *,
    url: AirflowUrl = None,
    token: Token = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Look at what is installed, reachable and configured, and say how to mend what is not."""
    from dataclasses import asdict

    from igny8.cli.doctor import examine
    from igny8.cli.output import note, print_json, print_table, say, word

    checks = examine(url, token, engine_url, engine_key)
    failed = [check for check in checks if check.state == "fail"]
    if json:
        print_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        print_table(["", "WHAT", "FOUND"], [(word(check.state), check.name, check.found) for check in checks])
        fixes = [check for check in checks if check.fix]
        if fixes:
            say("")
            for check in fixes:
                say(f"{check.name}: {check.fix}")
        else:
            note("Nothing to mend.")
    if failed:
        raise typer.Exit(ExitCode.PROBLEMS)
