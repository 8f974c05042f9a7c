"""Which of the runs of a rule goes on when several are going: decided by each run for itself, and yet by all alike.

Every run decides in its task ``turn``, before it does anything else. What it sees of the others may be a moment old,
and others may be deciding at the same moment. So it marks that it claims its turn before it looks. One that was made
later and did not see it, because it was not there yet, has then left its mark, and its decision is waited for; in all
other cases the order in which the runs were made says which of them gives way. A run only ever waits for the decision
of one that was made after it, so that none waits for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from igny8.execution.airflow_runs import GoingRun

GAVE_WAY: Final = frozenset({"skipped", "failed", "upstream_failed", "removed"})
"""The states of a turn after which its run does nothing."""
DECIDED: Final = frozenset({"success", *GAVE_WAY})


@dataclass(frozen=True, slots=True)
class Mark:
    """What a run lets the others know while it decides."""

    claims: bool = False
    """It goes on, unless it sees now that it has to give way."""
    waits: bool = False
    """It waits for the end of a quiet time, and until then it is not going."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the decision of a run stands."""

    state: str | None
    """The state of its task ``turn``; ``success`` for a run that has no such task."""
    mark: Mark = Mark()


class Records(Protocol):
    """What a run sees of the others, and what it lets them know."""

    async def going(self) -> Sequence[GoingRun]:
        """The runs of the rule that are due, itself among them, in the order in which they were made."""

    async def turns(self, run_ids: Sequence[str]) -> Mapping[str, Turn]:
        """Where the decisions of those runs stand."""

    async def mark(self, mark: Mark) -> None:
        """Let the others know."""

    async def cancel(self, run: GoingRun) -> None:
        """End another run."""

    async def pause(self) -> None:
        """Let some time pass."""


async def older_that_goes(me: str, records: Records) -> GoingRun | None:
    """The run because of which this one is skipped; ``None`` when it goes on. Whichever was made first goes on.

    One that was made later and has its turn already, because this one was not there yet, goes on too.
    """
    earlier, later = await _claim(me, records)
    for run in earlier:
        return run
    for run in later:
        if await _decision(run, records) == "success":
            return run
    return None


async def newer_that_goes(me: str, records: Records) -> GoingRun | None:
    """Cancel all runs that were made before this one; the newer run for which this one gives way, if there is one."""
    earlier, later = await _claim(me, records)
    for run in earlier:
        await records.cancel(run)
    for run in later:
        # One that was skipped gave way to one that is newer still.
        if await _decision(run, records) in {"success", "skipped"}:
            return run
    return None


async def _claim(me: str, records: Records) -> tuple[Sequence[GoingRun], Sequence[GoingRun]]:
    """Claim the turn; the other runs: those that were made before this one and do not give way, and those after it."""
    await records.mark(Mark(claims=True))
    runs = await records.going()
    place = next((index for index, run in enumerate(runs) if run.run_id == me), None)
    if place is None:
        # This run was ended, and what decides here has not been stopped yet: the others are no concern of it any more.
        return [], []
    turns = await records.turns([run.run_id for run in runs[:place]])
    going = [
        run for run in runs[:place] if turns[run.run_id].state not in GAVE_WAY and not turns[run.run_id].mark.waits
    ]
    return going, runs[place + 1 :]


async def _decision(run: GoingRun, records: Records) -> str | None:
    """How a run that claims its turn decides; ``None`` for one that does not claim it, and will see this one."""
    while True:
        turn = (await records.turns([run.run_id]))[run.run_id]
        if turn.state in DECIDED:
            return turn.state
        if not turn.mark.claims:
            return None
        await records.pause()
