"""What is wrong with quiet hours and excluded dates beyond the form of the single fields, and what can't be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from croniter import CroniterBadDateError, croniter

from igny8.actions.weekdays import EXCLUDED_DATE
from igny8.rules.errors import Problem
from igny8.rules.model import Rule
from igny8.rules.quiet import LONGEST_SEARCH, MAX_EXCLUDED_DATES, MAX_QUIET_HOURS, MOST_STEPS, QuietTimes
from igny8.rules.structure import problem_at
from igny8.rules.values import JSON

_DATE: Final = re.compile(EXCLUDED_DATE)
_LEAP_YEAR: Final = 2024
"""A year that has every day that any year has."""
_START: Final = datetime(2024, 1, 1)  # noqa: DTZ001 - quiet times are on wall-clock time; advice is the same every day


def quiet_problems(document: Mapping[str, JSON]) -> Iterator[Problem]:
    """Stretches that have no length, dates that there are not, and what stands there twice."""
    stretches, dates = document.get("quiet_hours"), document.get("excluded_dates")
    for index, each in enumerate(stretches[:MAX_QUIET_HOURS] if isinstance(stretches, list) else []):
        if not isinstance(each, Mapping):
            continue
        if isinstance(each.get("from"), str) and each.get("from") == each.get("to"):
            message = f"From {each['from']} to {each['to']} is no time at all. A whole day is from 00:00 to 24:00."
            yield problem_at(("quiet_hours", index, "to"), "no_time", message, each["to"])
        days = each.get("days")
        for place, day in enumerate(days if isinstance(days, list) else []):
            if isinstance(days, list) and isinstance(day, str) and day in days[:place]:
                message = f"{day} stands in the list twice."
                yield problem_at(("quiet_hours", index, "days", place), "duplicate", message, day)
    for index, text in enumerate(dates[:MAX_EXCLUDED_DATES] if isinstance(dates, list) else []):
        if not isinstance(text, str) or not _DATE.match(text):
            continue
        if not _exists(text):
            message = f"There is no date '{text}'. Write one as 2026-12-25, or as 12-25 for every year."
            yield problem_at(("excluded_dates", index), "bad_date", message, text)
        elif isinstance(dates, list) and text in dates[:index]:
            message = f"The date '{text}' stands in the list twice."
            yield problem_at(("excluded_dates", index), "duplicate", message, text)


def quiet_warnings(rule: Rule) -> Iterator[Problem]:
    """Quiet times in which a whole rule or one of its crons drowns, and those that have no effect.

    ``never_starts``: no run of the rule, or none of one of its crons, ever begins. ``no_effect``: nothing starts the
    rule by itself, so there is nothing to be left out.
    """
    quiet = rule.quiet_times
    if not quiet:
        return
    where = "quiet_hours" if rule.quiet_hours else "excluded_dates"
    if rule.trigger == "manual":
        message = "Quiet times change nothing in a rule that is only started by hand."
        yield problem_at((where,), "no_effect", message)
    elif quiet.until(_START) is None:
        message = "The quiet times never end, so the rule never begins by itself."
        yield problem_at((where,), "never_starts", message)
    else:
        dead = [cron for cron in rule.schedules if not ever_starts(cron, quiet)]
        if dead and len(dead) == len(rule.schedules):
            message = "The schedule is within the quiet times whenever it comes, so no run ever begins by itself."
            yield problem_at(("schedule",), "never_starts", message, rule.schedule)
            return
        for cron in dead:
            message = f"The cron '{cron}' is within the quiet times whenever it comes."
            yield problem_at(("schedule", rule.schedules.index(cron)), "never_starts", message, cron)


def ever_starts(cron: str, quiet: QuietTimes) -> bool:
    """Whether a cron ever comes outside of the quiet times."""
    at = _START
    for _ in range(MOST_STEPS):
        try:
            at = croniter(cron, at).get_next(datetime)
        except CroniterBadDateError:
            return False
        end = quiet.until(at)
        if end is None or end == at:
            return end is not None
        if end - _START > LONGEST_SEARCH:
            return False
        at = end - timedelta(seconds=1)  # a cron that comes at that moment is to be found
    return False


def _exists(text: str) -> bool:
    try:
        date.fromisoformat(text if text.count("-") > 1 else f"{_LEAP_YEAR}-{text}")
    except ValueError:
        return False
    return True
