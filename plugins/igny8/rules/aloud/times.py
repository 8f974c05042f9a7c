"""Quiet hours, excluded dates and overlap in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from igny8.actions.weekdays import WEEKDAYS, Weekday
from igny8.rules.aloud.crons import DAYS, MONTHS
from igny8.rules.aloud.values import several
from igny8.rules.overlap import Overlap
from igny8.rules.quiet import QuietHours
from igny8.rules.values import listed

QUIET_FIELDS: Final = ("quiet_hours", "excluded_dates")
"""The fields of a rule that say when it does not begin by itself."""


def quiet_words(hours: Sequence[QuietHours], dates: Sequence[str]) -> str | None:
    """When a rule does not begin by itself: ``from 22:00 to 06:00 on weekdays, nor on 25 December``."""
    told = [_stretch_words(each) for each in hours]
    if dates:
        told.append(f"on {several((_date_words(text) for text in dates), 'or')}")
    return ", nor ".join(told) or None


def overlap_words(overlap: Overlap | None) -> str | None:
    """What happens when a run is due while another one is going, as a sentence without its full stop."""
    match overlap:
        case None:
            return None
        case "skip":
            return "a run that is due while another one is going is skipped"
        case "queue":
            return "a run that is due while another one is going waits for its end"
        case "cancel_older":
            return "a run that is due while another one is going cancels that one"
    return f"up to {overlap.parallel} runs go at once" if overlap.parallel > 1 else overlap_words("queue")


def _stretch_words(hours: QuietHours) -> str:
    all_day = (hours.from_, hours.to) == ("00:00", "24:00")
    return f"{'all day' if all_day else f'from {hours.from_} to {hours.to}'}{_days_words(hours.days)}"


def _days_words(days: Sequence[Weekday]) -> str:
    found = [day for day in WEEKDAYS if day in days]
    if len(found) == len(WEEKDAYS):
        return ""
    if found == list(WEEKDAYS[:5]):
        return " on weekdays"
    # The week begins on Monday here, and on Sunday there.
    return f" on {listed(DAYS[(WEEKDAYS.index(day) + 1) % len(DAYS)] for day in found)}"


def _date_words(text: str) -> str:
    *year, month, day = text.split("-")
    return f"{int(day)} {MONTHS[int(month) - 1]}{f' {year[0]}' if year else ''}"
