"""When Airflow's clock starts a rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow.sdk import CronTriggerTimetable, MultipleCronTriggerTimetable

from igny8.rules import Rule

if TYPE_CHECKING:
    from igny8.dagfactory.timetable import QuietTimetable


def clock_of(rule: Rule) -> CronTriggerTimetable | MultipleCronTriggerTimetable | QuietTimetable | None:
    """The timetable of a rule's Dag; ``None`` for a rule that no clock starts."""
    # A paused rule keeps its Dag, to be run by hand, but no clock starts it.
    if rule.status != "active" or not rule.schedules:
        return None
    if rule.quiet_times:
        # What it is built on belongs to the scheduler, and takes seconds to import.
        from igny8.dagfactory.timetable import QuietTimetable  # noqa: PLC0415

        return QuietTimetable(
            rule.schedules,
            timezone=rule.timezone,
            quiet_hours=rule.quiet_hours,
            excluded_dates=rule.excluded_dates,
        )
    if isinstance(rule.schedule, str):
        return CronTriggerTimetable(rule.schedule, timezone=rule.timezone)
    return MultipleCronTriggerTimetable(*rule.schedules, timezone=rule.timezone)


def next_runs(rule: Rule, after: datetime, count: int) -> list[datetime]:
    """When the clock starts a rule next, in UTC: the answers of the very timetable that Airflow's scheduler asks.

    Args:
        rule: The rule.
        after: The time after which, with its time zone.
        count: How many times at most. There are fewer where no more will come, and none for a rule that no clock
            starts.
    """
    import pendulum  # noqa: PLC0415 - with the scheduler's part of Airflow, which takes seconds to import
    from airflow.serialization.encoders import coerce_to_core_timetable  # noqa: PLC0415
    from airflow.timetables.base import DataInterval, TimeRestriction  # noqa: PLC0415

    clock = clock_of(rule)
    if clock is None:
        return []
    timetable = coerce_to_core_timetable(clock)
    onwards = TimeRestriction(earliest=None, latest=None, catchup=True)
    last = DataInterval.exact(pendulum.instance(after.astimezone(UTC)))
    found: list[datetime] = []
    while len(found) < count:
        due = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=onwards)
        if due is None:
            break
        found.append(datetime.fromtimestamp(due.run_after.timestamp(), UTC))
        last = DataInterval.exact(due.run_after)
    return found
