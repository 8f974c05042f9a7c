"""Following a run until it has ended."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from igny8.cli.answers import RunProgress
from igny8.cli.calls import AutomationApi, part
from igny8.cli.errors import UnreachableError
from igny8.cli.progress import display_on

_POLL: Final = 0.5
_PATIENCE: Final = 60.0
"""How long Airflow may be away while a run is followed, in seconds."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a rule, by its names."""

    rule_id: str
    run_id: str

    @property
    def how_to_look(self) -> str:
        """The commands that look at it and stop it."""
        names = f"{self.run_id} --rule {self.rule_id}"
        return f"Look at it: igny8 runs show {names}    Stop it: igny8 runs cancel {names}"


def follow(api: AutomationApi, run: Run, console: Console) -> None:
    """Show how far a run is until it has ended.

    Raises:
        UnreachableError: when Airflow stays away; the run itself may go on.
    """
    with display_on(console) as display:
        heard = time.monotonic()
        while True:
            try:
                progress = api.read(
                    RunProgress, "GET", f"rules/{part(run.rule_id)}/progress/", params={"run_id": run.run_id}
                )
            except UnreachableError:
                if time.monotonic() - heard > _PATIENCE:
                    raise
            else:
                heard = time.monotonic()
                display.show([action.as_step() for action in progress.actions])
                if progress.ended:
                    return
            time.sleep(_POLL)
