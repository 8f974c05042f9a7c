"""The timetable of rules with quiet times, which Airflow's scheduler asks when a run is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.timetables.trigger import CronTriggerTimetable, MultipleCronTriggerTimetable

from igny8.rules.aloud.times import quiet_words
from igny8.rules.quiet import LONGEST_SEARCH, MOST_STEPS, QuietHours, QuietTimes
from igny8.rules.quiet_problems import ever_starts

if TYPE_CHECKING:
    from pendulum import DateTime

_JUST_BEFORE: Final = timedelta(seconds=1)


class QuietTimetable(Timetable):
    """Starts a rule as its crons say, and leaves out what is within its quiet hours or on an excluded date.

    Without quiet times it would be Airflow's own timetable for crons, which it asks for every time.

    Args:
        crons: The crons of the rule.
        timezone: The IANA name of the time zone that crons and quiet times are in.
        quiet_hours: The stretches of quiet hours.
        excluded_dates: The excluded dates.
    """

    def __init__(
        self,
        crons: Sequence[str],
        *,
        timezone: str,
        quiet_hours: Sequence[QuietHours] = (),
        excluded_dates: Sequence[str] = (),
    ) -> None:
        self._crons = tuple(crons)
        self._timezone = timezone
        self._hours = tuple(quiet_hours)
        self._dates = tuple(excluded_dates)
        self._zone = ZoneInfo(timezone)
        self._quiet = QuietTimes(self._hours, frozenset(self._dates))
        self._clock: Timetable = (
            CronTriggerTimetable(self._crons[0], timezone=timezone)
            if len(self._crons) == 1
            else MultipleCronTriggerTimetable(*self._crons, timezone=timezone)
        )
        self.description = f"{self._clock.description}, but not {quiet_words(self._hours, self._dates)}"

    def serialize(self) -> dict[str, Any]:
        """What is needed to make this timetable again, as JSON."""
        return {
            "crons": list(self._crons),
            "timezone": self._timezone,
            "quiet_hours": [hours.model_dump(mode="json", by_alias=True) for hours in self._hours],
            "excluded_dates": list(self._dates),
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        """The timetable that was serialized so."""
        hours = [QuietHours.model_validate(each) for each in data["quiet_hours"]]
        return cls(data["crons"], timezone=data["timezone"], quiet_hours=hours, excluded_dates=data["excluded_dates"])

    @property
    def summary(self) -> str:
        """The crons, as Airflow's UI shows them."""
        return f"{self._clock.summary}, quiet times left out"

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """The data interval of a run that is started by hand: that moment."""
        return self._clock.infer_manual_data_interval(run_after=run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The first run that the crons ask for and that is not in a quiet time; ``None`` when there is none.

        A run that was missed in a quiet time is not made up for.
        """
        due = self._clock.next_dagrun_info(
            last_automated_data_interval=last_automated_data_interval, restriction=restriction
        )
        first = due
        # After the first, every further one is the next after a quiet time, whatever the time is now.
        onwards = restriction._replace(catchup=True)
        for _ in range(MOST_STEPS):
            if due is None or first is None or due.run_after - first.run_after > LONGEST_SEARCH:
                return None
            wall = due.run_after.astimezone(self._zone).replace(tzinfo=None)
            end = self._quiet.until(wall)
            if end == wall:
                return due
            if end is None or not self._ever_starts:
                return None
            over = pendulum.instance(self._moment(end, after=due.run_after) - _JUST_BEFORE)
            due = self._clock.next_dagrun_info(
                last_automated_data_interval=DataInterval.exact(over), restriction=onwards
            )
        return None

    @cached_property
    def _ever_starts(self) -> bool:
        # Asked before a search, which would take a second to find nothing, in the scheduler.
        return any(ever_starts(cron, self._quiet) for cron in self._crons)

    def _moment(self, wall: datetime, *, after: datetime) -> datetime:
        """When the wall clock shows that time; of two such moments the first that is later than another one."""
        moments = (wall.replace(tzinfo=self._zone, fold=fold).astimezone(ZoneInfo("UTC")) for fold in (0, 1))
        return next((moment for moment in moments if moment > after), after + _JUST_BEFORE)
