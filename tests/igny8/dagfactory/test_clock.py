"""When the clock starts a rule: time zones, both change-over nights, and quiet times left out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.timetables.base import DataInterval, TimeRestriction

from igny8.dagfactory import timetable as timetable_module
from igny8.dagfactory.clock import clock_of, next_runs
from igny8.dagfactory.timetable import QuietTimetable
from igny8.rules import Rule, check_rule

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
NIGHT = {"from": "22:00", "to": "06:00"}


def rule(schedule: str | list[str], timezone: str = BERLIN, **changes: Any) -> Rule:
    document: dict[str, Any] = {
        "id": "clocked",
        "name": "Clocked",
        "account": "demo",
        "site": "shop",
        "trigger": "schedule",
        "schedule": schedule,
        "timezone": timezone,
        "actions": [{"type": "optimize_content", "params": {"content_ids": [1]}}],
    }
    return check_rule({**document, **changes})


def told(found: Rule, after: str, count: int = 4) -> list[str]:
    zone = ZoneInfo(found.timezone)
    runs = next_runs(found, datetime.fromisoformat(after).replace(tzinfo=zone), count)
    return [f"{at.astimezone(zone):%m-%d %H:%M %Z}" for at in runs]


@pytest.mark.parametrize(
    ("timezone", "cron", "after", "runs"),
    [
        # In spring there is no 02:30: it runs at the moment that would have been it, which the clock calls 03:30.
        (BERLIN, "30 2 * * *", "2026-03-27 12:00", ["03-28 02:30 CET", "03-29 03:30 CEST", "03-30 02:30 CEST"]),
        (NEW_YORK, "30 2 * * *", "2026-03-06 12:00", ["03-07 02:30 EST", "03-08 03:30 EDT", "03-09 02:30 EDT"]),
        # In autumn a time comes twice: it runs at the second, in winter time, and once only.
        (BERLIN, "30 2 * * *", "2026-10-23 12:00", ["10-24 02:30 CEST", "10-25 02:30 CET", "10-26 02:30 CET"]),
        (NEW_YORK, "30 1 * * *", "2026-10-30 12:00", ["10-31 01:30 EDT", "11-01 01:30 EST", "11-02 01:30 EST"]),
        (NEW_YORK, "30 2 * * *", "2026-10-30 12:00", ["10-31 02:30 EDT", "11-01 02:30 EST", "11-02 02:30 EST"]),
        # What runs every hour runs in both of the two, and leaves out none.
        (BERLIN, "30 * * * *", "2026-03-29 01:00", ["03-29 01:30 CET", "03-29 03:30 CEST", "03-29 04:30 CEST"]),
        (BERLIN, "30 * * * *", "2026-10-25 02:00", ["10-25 02:30 CEST", "10-25 02:30 CET", "10-25 03:30 CET"]),
        (NEW_YORK, "30 * * * *", "2026-11-01 01:00", ["11-01 01:30 EDT", "11-01 01:30 EST", "11-01 02:30 EST"]),
        # Other times of those nights are what the clock shows.
        (BERLIN, "0 6 * * *", "2026-03-28 12:00", ["03-29 06:00 CEST", "03-30 06:00 CEST", "03-31 06:00 CEST"]),
    ],
)
def test_both_change_over_nights(timezone: str, cron: str, after: str, runs: list[str]) -> None:
    assert told(rule(cron, timezone), after, 3) == runs
    # Quiet times that touch none of these change nothing.
    assert told(rule(cron, timezone, quiet_hours=[{"from": "18:00", "to": "18:01"}]), after, 3) == runs


def test_several_schedules_are_one_sequence_and_each_time_comes_once() -> None:
    found = rule(["0 6 * * *", "0 6 * * MON", "30 7 * * MON-FRI"])
    assert told(found, "2026-11-29 12:00", 3) == ["11-30 06:00 CET", "11-30 07:30 CET", "12-01 06:00 CET"]


@pytest.mark.parametrize(
    ("changes", "after", "runs"),
    [
        ({"quiet_hours": [NIGHT]}, "2026-11-25 20:30", ["11-25 21:00 CET", "11-26 06:00 CET", "11-26 07:00 CET"]),
        ({"quiet_hours": [NIGHT]}, "2026-03-28 20:30", ["03-28 21:00 CET", "03-29 06:00 CEST", "03-29 07:00 CEST"]),
        # It ends at 02:30, which is not there that night, or there twice.
        ({"quiet_hours": [{"from": "00:00", "to": "02:30"}], "schedule": "*/30 * * * *"}, "2026-03-28 23:30",
         ["03-29 03:30 CEST", "03-29 04:00 CEST", "03-29 04:30 CEST"]),
        ({"quiet_hours": [{"from": "00:00", "to": "02:30"}], "schedule": "*/30 * * * *"}, "2026-10-24 23:30",
         ["10-25 02:30 CEST", "10-25 02:30 CET", "10-25 03:00 CET"]),
        ({"excluded_dates": ["12-25", "2026-12-26"], "schedule": "0 9 * * *"}, "2026-12-24 08:00",
         ["12-24 09:00 CET", "12-27 09:00 CET", "12-28 09:00 CET"]),
        ({"quiet_hours": [{"from": "00:00", "to": "24:00", "days": ["SAT", "SUN"]}], "schedule": ["0 9 * * *"]},
         "2026-11-27 08:00", ["11-27 09:00 CET", "11-30 09:00 CET", "12-01 09:00 CET"]),
        ({"quiet_hours": [NIGHT], "schedule": ["0 23 * * *", "0 8 * * *"]}, "2026-11-25 20:30",
         ["11-26 08:00 CET", "11-27 08:00 CET", "11-28 08:00 CET"]),
        ({"quiet_hours": [NIGHT], "schedule": "0 23 * * *"}, "2026-11-25 20:30", []),
        ({"status": "paused"}, "2026-11-25 20:30", []),
        ({"trigger": "manual", "schedule": None}, "2026-11-25 20:30", []),
    ],
)  # fmt: skip
def test_quiet_times_are_left_out(changes: dict[str, Any], after: str, runs: list[str]) -> None:
    document = {**rule("0 * * * *").document(), **changes}
    found = check_rule({name: value for name, value in document.items() if value is not None})
    assert told(found, after, 3) == runs


def test_a_timetable_is_stored_and_made_again() -> None:
    clock = clock_of(rule(["0 * * * *", "30 7 * * *"], quiet_hours=[NIGHT], excluded_dates=["12-25"]))
    assert isinstance(clock, QuietTimetable)
    again = QuietTimetable.deserialize(clock.serialize())
    assert again.serialize() == clock.serialize()
    assert (again.summary, again.description) == (clock.summary, clock.description)
    assert clock.summary == "0 * * * *, 30 7 * * *, quiet times left out"
    assert clock.description.endswith("but not from 22:00 to 06:00, nor on 25 December")


def test_what_was_missed_in_a_quiet_time_is_not_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = clock_of(rule("0 * * * *", quiet_hours=[NIGHT]))
    assert isinstance(clock, QuietTimetable)
    last = DataInterval.exact(pendulum.datetime(2026, 11, 25, 20, tz=BERLIN))
    now = TimeRestriction(earliest=None, latest=None, catchup=False)
    for clock_shows, due in (("23:10", "06:00"), ("06:20", "06:00"), ("08:20", "08:00")):
        day = "2026-11-25" if clock_shows == "23:10" else "2026-11-26"
        at = pendulum.parse(f"{day} {clock_shows}", tz=BERLIN)
        monkeypatch.setattr("airflow.timetables.trigger.utcnow", lambda at=at: at)
        found = clock.next_dagrun_info(last_automated_data_interval=last, restriction=now)
        assert found is not None
        assert found.run_after.in_timezone(BERLIN).format("YYYY-MM-DD HH:mm") == f"2026-11-26 {due}"


def test_a_search_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timetable_module, "LONGEST_SEARCH", timedelta(days=30))
    assert told(rule("0 9 25 12 *", excluded_dates=["2026-12-25"]), "2026-11-25 12:00", 1) == []
