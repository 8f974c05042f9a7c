"""The first task of rules with quiet times or an overlap policy: it waits, then decides whether its run goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from airflow.sdk.execution_time.xcom import XCom
from airflow.triggers.base import TaskSkippedEvent, TaskSuccessEvent, TriggerEvent
from pydantic import JsonValue

from igny8.execution.airflow_runs import GoingRun, end_run, going_runs
from igny8.execution.errors import AirflowCallError
from igny8.execution.overlap import DECIDED, Mark, Turn, newer_that_goes, older_that_goes
from igny8.execution.scope import ERROR
from igny8.execution.triggers import PROGRESS, RunTrigger, failure
from igny8.rules.quiet import QuietHours, QuietTimes

MARK: Final = "turn"
"""The XCom by which a run lets others know where its decision stands."""
REASON: Final = "overlap"
"""The XCom that says in a sentence why a run was skipped or cancelled for another one, or why it is waiting."""

_LOOK: Final = 0.5
"""How often the decision of another run is asked for, in seconds."""
_LONGEST_SLEEP: Final = 300.0
"""How long the wall clock is not looked at while a quiet time lasts, in seconds: it may be put forward or back."""


class TurnTrigger(RunTrigger):
    """Waits until no quiet time keeps the run from beginning, then decides on the runs that overlap.

    A run that the clock starts does not wait: the clock leaves quiet times out. Nor does one that somebody starts by
    hand.

    Args:
        overlap: ``skip``, ``cancel_older``, or ``None`` where runs that overlap do not concern each other.
        timezone: The time zone of the quiet times.
        quiet_hours: The rule's quiet hours, as JSON.
        excluded_dates: Its excluded dates.
    """

    made_of = ("overlap", "timezone", "quiet_hours", "excluded_dates")

    def __init__(
        self,
        *,
        overlap: str | None,
        timezone: str,
        quiet_hours: list[JsonValue],
        excluded_dates: list[str],
    ) -> None:
        super().__init__()
        self.overlap = overlap
        self.timezone = timezone
        self.quiet_hours = quiet_hours
        self.excluded_dates = excluded_dates

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Run to the end of the task."""
        try:
            event = await self._turn()
        except AirflowCallError as error:
            await self._xcom(ERROR, str(error))
            event = failure(str(error), cause="failed" if error.retryable else "refused")
        yield event

    async def _turn(self) -> TriggerEvent:
        run = self._runtime()
        if run.try_number > 1:
            await self._xcom(REASON, None)  # what a former try has left is not true any more
        if not await self._wait():
            return TaskSkippedEvent()
        if self.overlap is None:
            return TaskSuccessEvent()
        records = AirflowRecords(self)
        if self.overlap == "skip":
            other = await older_that_goes(run.run_id, records)
            reason = f"{self.named(other)} was still going." if other else ""
        else:
            other = await newer_that_goes(run.run_id, records)
            reason = f"{self.named(other)}, which is newer, is going." if other else ""
        if other is None:
            return TaskSuccessEvent()
        await self._xcom(REASON, reason)
        self.log.info(reason)
        return TaskSkippedEvent()

    def named(self, run: GoingRun) -> str:
        """A run by the time at which it was due, as the subject of a sentence."""
        zone = ZoneInfo(self.timezone)
        due, today = run.due.astimezone(zone), self._due().astimezone(zone)
        return f"The run of {due:{'%H:%M' if due.date() == today.date() else '%Y-%m-%d %H:%M'}} ({self.timezone})"

    def _due(self) -> datetime:
        due: datetime = self._runtime().get_template_context()["dag_run"].run_after
        return due

    async def _wait(self) -> bool:
        """Wait for the end of a quiet time, if the run is one that does; false for a quiet time that has no end."""
        hours = tuple(QuietHours.model_validate(each) for each in self.quiet_hours)
        quiet = QuietTimes(hours, frozenset(self.excluded_dates))
        if not quiet or not self._waits():
            return True
        told = None
        while True:
            wall = datetime.now(ZoneInfo(self.timezone)).replace(tzinfo=None)
            end = quiet.until(wall)
            if end == wall:
                return True
            reason = f"it began in a quiet time: {quiet.reason(wall)} ({self.timezone})"
            if end is None:
                await self._xcom(REASON, f"The run never begins, because {reason}, and that has no end.")
                return False
            if told != end:
                told = end
                phase = f"waiting until {end:%Y-%m-%d %H:%M}, because {reason}"
                self.log.info(phase)
                await self._xcom(MARK, {"claims": False, "waits": True})
                await self._xcom(PROGRESS, {"phase": phase})
            await asyncio.sleep(min((end - wall).total_seconds(), _LONGEST_SLEEP))

    def _waits(self) -> bool:
        run = self._runtime().get_template_context()["dag_run"]
        by_asset: bool = run.run_type == "asset_triggered"
        return by_asset or str(run.run_id).startswith("event__")


class AirflowRecords:
    """What a run sees of the others in Airflow's own records."""

    def __init__(self, trigger: TurnTrigger) -> None:
        self._trigger = trigger
        self._run = trigger._runtime()  # noqa: SLF001 - the trigger is the run's own

    async def going(self) -> Sequence[GoingRun]:
        """The runs of the rule that are due, in the order in which they were made."""
        now = datetime.now(UTC)
        runs = await self._trigger._patiently(lambda: going_runs(self._run.dag_id))  # noqa: SLF001 - as above
        return [run for run in runs if run.due <= now or run.run_id == self._run.run_id]

    async def turns(self, run_ids: Sequence[str]) -> Mapping[str, Turn]:
        """Where the decisions of those runs stand."""
        if not run_ids:
            return {}
        task = self._run.task_id
        found = self._run.get_task_states(self._run.dag_id, task_ids=[task], run_ids=list(run_ids))
        states = {run_id: found.get(run_id, {}).get(task, "success") for run_id in run_ids}
        open_ones = [run_id for run_id, state in states.items() if state not in DECIDED]
        marks = dict(zip(open_ones, await asyncio.gather(*map(self._mark_of, open_ones)), strict=True))
        return {run_id: Turn(state, marks.get(run_id, Mark())) for run_id, state in states.items()}

    async def mark(self, mark: Mark) -> None:
        """Let the others know."""
        await self._leave(self._run.run_id, MARK, {"claims": mark.claims, "waits": mark.waits})

    async def cancel(self, run: GoingRun) -> None:
        """End another run, and leave with it why."""
        told = self._trigger.named(GoingRun(self._run.run_id, "", self._trigger._due()))  # noqa: SLF001
        reason = f"Cancelled by overlap: {told[:1].lower()}{told[1:]} was due."
        await self._leave(run.run_id, REASON, reason)
        await self._trigger._patiently(lambda: end_run(self._run.dag_id, run.run_id, reason))  # noqa: SLF001

    async def pause(self) -> None:
        """Let some time pass."""
        await asyncio.sleep(_LOOK)

    async def _mark_of(self, run_id: str) -> Mark:
        value = await XCom.aget_one(key=MARK, dag_id=self._run.dag_id, task_id=self._run.task_id, run_id=run_id)
        return Mark(**value) if isinstance(value, dict) else Mark()

    async def _leave(self, run_id: str, key: str, value: JsonValue) -> None:
        await XCom.aset(key, value, dag_id=self._run.dag_id, task_id=self._run.task_id, run_id=run_id)
