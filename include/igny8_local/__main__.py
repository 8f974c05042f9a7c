"""The commands: ``python -m igny8_local up`` and ``demo``."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Final, Never

import typer
from rich.console import Console

from igny8.cli.exits import ExitCode
from igny8_local.credentials import Credentials
from igny8_local.demo import Demo, published_lines
from igny8_local.environment import engine_environment
from igny8_local.errors import LocalError, NotRunningError
from igny8_local.paths import Home, rules_path
from igny8_local.places import WantedPlace
from igny8_local.ports import Ports
from igny8_local.postgres import running_url
from igny8_local.seed import seed_site
from igny8_local.stack import ENGINE, Stack

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)

_WATCH: Final = 0.5


@app.callback()
def _main() -> None:
    """The whole system on this machine: PostgreSQL, the content engine and Airflow."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a shell has background jobs ignore SIGINT
        signal.signal(number, _interrupt)


Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and everything for people on stderr.")]


@app.command()
def up(*, json: Json = False) -> None:
    """Start the system and leave it up until Ctrl-C."""
    console.stderr = json
    with _plain_ending():
        home, ports, clock = Home.from_environment(), Ports.from_environment(), _Clock()
        wanted = WantedPlace.from_environment()
        with Stack(home, ports, say=clock.say) as stack, wanted.opened(home, ports, clock.say) as place:
            stack.wait_ready(ENGINE)
            seed_site(stack, place=place)
            stack.wait_ready()
            access = stack.access
            access.write(stack.home.access)
            if json:
                print(stack.home.access.read_text(encoding="utf-8"), flush=True)  # noqa: T201
            console.print(f"\nAirflow            {access.airflow_url}")
            console.print(f"                   user {access.username}, password {access.password}", markup=False)
            console.print(f"Engine             {access.engine_url}")
            for line in published_lines(stack, place):
                console.print(line, markup=False)
            console.print(f"Rules              {rules_path()}", markup=False)
            console.print(f"For scripts        {stack.home.access}", markup=False)
            _stay(stack)


@app.command()
def demo(
    *,
    stop: Annotated[bool, typer.Option("--exit", envvar="EXIT", help="Stop by itself when the run has ended.")] = False,
    keywords: Annotated[Path | None, typer.Option(envvar="KEYWORDS", help="A keyword file of your own.")] = None,
    json: Json = False,
) -> None:
    """Turn keywords into published articles by running a rule."""
    console.stderr = json
    complete = False
    with _plain_ending():
        home = Home.from_environment()
        home.make()
        ports, clock, wanted = Ports.from_environment(), _Clock(), WantedPlace.from_environment()
        show = Demo(home, ports, console, keywords, wanted.status)
        with show.stack(clock.say) as stack, wanted.opened(home, ports, clock.say) as place:
            stack.wait_ready(ENGINE)
            rule_id = show.prepare(stack, place)
            stack.wait_ready()
            stack.access.write(stack.home.access)
            clock.say(f"the rule {rule_id}")
            summary = show.run(stack, rule_id)
            summary.print(console)
            complete = summary.complete
            if not stop:
                show.say_where(stack, place)
                _stay(stack)
        print(summary.as_json(), flush=True)  # noqa: T201 - the last line, for scripts, whatever the terminal's width
    if not complete:
        raise typer.Exit(ExitCode.RUN_FAILED)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def engine(context: typer.Context) -> None:
    """Run a command of the engine's on the system that is up, such as: engine accounts create acme --credits 500."""
    console.stderr = True  # stdout is the engine's
    with _plain_ending():
        home = Home.from_environment()
        database = running_url(home.postgres, "igny8")
        if database is None or not home.credentials.exists():
            raise NotRunningError(home.path)
        environment = engine_environment(home, Ports.from_environment(), database, Credentials.load(home.credentials))
        command = [sys.executable, "-m", "igny8_engine", *context.args]
        os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is wanted


class _Clock:
    """Says what is being done, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def say(self, what: str) -> None:
        console.print(f"[dim]{time.monotonic() - self._start:5.1f} s[/]  {what} …")


def _stay(stack: Stack) -> Never:
    console.print("\nUp until Ctrl-C.")
    while True:
        stack.check()
        time.sleep(_WATCH)


@contextmanager
def _plain_ending() -> Iterator[None]:
    """Ends the program with a sentence where it would end with a traceback."""
    try:
        yield
    except LocalError as error:
        console.print(f"\n{error}", style="red", markup=False)
        raise typer.Exit(error.code) from None
    except KeyboardInterrupt:
        console.print("\nStopped; no process is left.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def _interrupt(_number: int, _frame: FrameType | None) -> Never:
    raise KeyboardInterrupt


if __name__ == "__main__":
    app()
