"""The commands: ``python -m igny8_local up`` and ``demo``."""

from __future__ import annotations

import signal
import time
from types import FrameType

import typer
from rich.console import Console

from igny8_local.errors import LocalError
from igny8_local.paths import Home
from igny8_local.ports import Ports
from igny8_local.stack import Stack

app = typer.Typer(add_completion=False, no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)


@app.callback()
def _main() -> None:
    """The whole system on this machine."""


@app.command()
def up() -> None:
    """Start the system and leave it up until Ctrl-C."""
    start = time.monotonic()

    def say(what: str) -> None:
        console.print(f"{time.monotonic() - start:5.1f} s  {what} …")

    try:
        with Stack(Home.from_environment(), Ports.from_environment(), say=say) as stack:
            stack.access.write(stack.home.access)
            console.print(stack.access, f"{time.monotonic() - start:.1f} s")
            while True:
                stack.check()
                time.sleep(0.5)
    except LocalError as error:
        console.print(str(error))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("Stopped.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGINT too: a shell ignores it for background jobs
        signal.signal(number, _interrupt)
    app()
