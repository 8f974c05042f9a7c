"""Showing how far a run is: a bar for each action on a terminal, lines where there is none."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as LiveBars

GATE: Final = "gate"
"""The step that evaluates a rule's conditions."""
TURN: Final = "turn"
"""The step that waits for the end of quiet times and decides on runs that overlap."""

_WORDS: Final = {
    None: "",
    "scheduled": "",
    "queued": "starts",
    "deferred": "runs",
    "running": "runs",
    "awaiting_input": "waits for a person: igny8 approvals list",
    "success": "done",
    "failed": "failed",
    "skipped": "skipped",
    "upstream_failed": "not started: an action before it failed",
    "up_for_retry": "will be tried again",
    "cancelled": "cancelled",
}
_MARKS: Final = {
    "success": "[green]✓[/]",
    "failed": "[red]✗[/]",
    "skipped": "[yellow]-[/]",
    "upstream_failed": "[red]-[/]",
    "cancelled": "[yellow]✗[/]",
}
_LEAST_PAUSE: Final = 1.0


class Progress(BaseModel):
    """How far an action is, as its operator says."""

    model_config = ConfigDict(extra="ignore")

    phase: str = ""
    done: int = 0
    total: int = 0
    failed: int = 0
    credits: float = 0
    job: int | None = None
    """The engine's job, once it has one."""


@dataclass(frozen=True, slots=True)
class Step:
    """An action or the gate, as it is at one moment."""

    id: str
    state: str | None
    """Airflow's state of the task; None before it is scheduled."""
    progress: Progress

    @property
    def title(self) -> str:
        """What the person at the terminal reads."""
        if self.id == TURN:
            return "Quiet times and overlap"
        return "Conditions" if self.id == GATE else self.id.replace("_", " ").capitalize()

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in {"success", "failed", "skipped", "upstream_failed", "removed", "cancelled"}


class Display(Protocol):
    """Something that shows steps; a context."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(self, *error: object) -> None:
        """Leave the last state on the screen."""

    def show(self, steps: Sequence[Step]) -> None:
        """Show the steps as they are now."""


def display_on(console: Console) -> Display:
    """The display that fits what the console writes to."""
    return Bars(console) if console.is_terminal else Lines(console)


def words(step: Step) -> str:
    """What a step is doing."""
    if step.state in {"deferred", "running"} and step.progress.phase:
        return step.progress.phase
    text = _WORDS.get(step.state, step.state or "")
    return f"{text}, {step.progress.failed} failed" if step.progress.failed else text


class Bars:
    """A bar for each step."""

    def __init__(self, console: Console) -> None:
        self._progress = LiveBars(
            TextColumn("{task.fields[mark]} {task.description:<24}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}", markup=False),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, steps: Sequence[Step]) -> None:
        """Show the steps as they are now."""
        for step in steps:
            if step.id not in self._tasks:
                self._tasks[step.id] = self._progress.add_task(step.title, start=False, total=None, mark=" ", words="")
            task = self._tasks[step.id]
            if step.state in {"running", "deferred", "success"} and self._progress.tasks[task].start_time is None:
                self._progress.start_task(task)
            total, done = step.progress.total, step.progress.done + step.progress.failed
            if step.state == "success" and not total:
                total = done = 1
            self._progress.update(
                task, total=total or None, completed=done, mark=_MARKS.get(step.state or "", " "), words=words(step)
            )
            if step.ended:
                self._progress.stop_task(task)


class Lines:
    """A line whenever a step changes, but not more than one a second for each."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[str, tuple[str, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def show(self, steps: Sequence[Step]) -> None:
        """Show the steps that have changed."""
        for step in steps:
            text = words(step)
            if not text:
                continue
            if step.progress.total:
                text = f"{step.progress.done + step.progress.failed}/{step.progress.total} {text}"
            shown, at = self._shown.get(step.id, ("", 0.0))
            if text != shown and (step.ended or time.monotonic() - at >= _LEAST_PAUSE):
                self._console.print(f"  {step.title:<24} {text}", markup=False)
                self._shown[step.id] = (text, time.monotonic())
