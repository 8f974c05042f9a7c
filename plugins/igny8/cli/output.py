"""What the commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from igny8.cli.errors import CommandError

_WIDE: Final = 10_000
"""The width of what is no terminal, in columns: nothing is cut off for a program that reads it."""

STYLES: Final = {
    "completed": "green",
    "success": "green",
    "active": "green",
    "ok": "green",
    "running": "cyan",
    "pending": "cyan",
    "retrying": "yellow",
    "awaiting_approval": "yellow",
    "awaiting_input": "yellow",
    "skipped": "yellow",
    "paused": "yellow",
    "cancelled": "yellow",
    "warn": "yellow",
    "failed": "red",
    "stopped_by_budget": "red",
    "fail": "red",
    "broken": "red",
    "inactive": "dim",
}
"""The colour of each word that says how something stands."""

Row = Sequence[object]


def out() -> Console:
    """The console of stdout."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)


def err() -> Console:
    """The console of stderr."""
    return Console(stderr=True, highlight=False, soft_wrap=True, width=None if sys.stderr.isatty() else _WIDE)


def print_json(value: object) -> None:
    """Print a value on stdout as JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say(text: str, style: str = "") -> None:
    """Print a line on stdout as it is."""
    out().print(text, style=style, markup=False)


def note(text: str) -> None:
    """Print a line on stderr: what is not the result itself."""
    err().print(text, style="dim", markup=False)


def complain(error: CommandError) -> None:
    """Print on stderr why the command can't do what it was asked for."""
    console = err()
    console.print(str(error), style="red", markup=False)
    for detail in error.details:
        console.print(f"  {detail}", markup=False)


def word(text: str) -> Text:
    """A word that says how something stands, in its colour."""
    return Text(text, style=STYLES.get(text, ""))


def count(number: int, what: str) -> str:
    """A number of things: ``1 rule``, ``3 rules``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def moment(text: str | None) -> str:
    """A moment as people read it, to the second and in UTC; empty for none."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if text else ""


def print_table(columns: Sequence[str], rows: Sequence[Row], *, right: Sequence[str] = ()) -> None:
    """Print rows in aligned columns; those named in ``right`` hold numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text("" if cell is None else str(cell)) for cell in row))
    out().print(table, soft_wrap=False)


def print_fields(fields: Mapping[str, object]) -> None:
    """Print names and values, one pair a line; what is empty is left out."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields.items():
        if value not in (None, "", [], {}):
            table.add_row(Text(name), value if isinstance(value, Text) else Text(str(value)))
    out().print(table, soft_wrap=False)
