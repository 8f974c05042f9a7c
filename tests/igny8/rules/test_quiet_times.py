"""Quiet hours, excluded dates and overlap: what they mean, what is wrong with them, and how they are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from igny8.rules import Problem, check_rule, differences, dump_rule, in_words, read_rule, warnings
from igny8.rules.quiet import QuietHours, QuietTimes

Document = dict[str, Any]
NIGHT = {"from": "22:00", "to": "06:00"}
WEEKEND = {"from": "00:00", "to": "24:00", "days": ["SAT", "SUN"]}


def quiet(*hours: Document, dates: frozenset[str] = frozenset()) -> QuietTimes:
    return QuietTimes(tuple(QuietHours.model_validate(each) for each in hours), dates)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("times", "when", "until"),
    [
        (quiet(NIGHT), "2026-11-25 21:59", "2026-11-25 21:59"),
        (quiet(NIGHT), "2026-11-25 22:00", "2026-11-26 06:00"),
        (quiet(NIGHT), "2026-11-25 05:59", "2026-11-25 06:00"),
        (quiet(NIGHT), "2026-11-25 06:00", "2026-11-25 06:00"),
        # The days are those on which the quiet time begins: Sunday's goes on into Monday.
        (quiet({**NIGHT, "days": ["SUN"]}), "2026-11-30 03:00", "2026-11-30 06:00"),
        (quiet({**NIGHT, "days": ["SUN"]}), "2026-11-29 03:00", "2026-11-29 03:00"),
        (quiet(WEEKEND), "2026-11-28 12:00", "2026-11-30 00:00"),
        (quiet(WEEKEND, NIGHT), "2026-11-27 23:00", "2026-11-30 06:00"),
        (quiet({"from": "12:00", "to": "13:00"}), "2026-11-25 12:30", "2026-11-25 13:00"),
        (quiet(NIGHT, dates=frozenset({"2026-12-25", "12-26"})), "2026-12-24 23:00", "2026-12-27 06:00"),
        (quiet(dates=frozenset({"02-29"})), "2028-02-29 10:00", "2028-03-01 00:00"),
    ],
)
def test_a_quiet_time_ends(times: QuietTimes, when: str, until: str) -> None:
    assert times.until(at(when)) == at(until)
    assert (times.reason(at(when)) is None) is (when == until)


def test_some_never_end() -> None:
    halves = quiet({"from": "00:00", "to": "12:00"}, {"from": "12:00", "to": "24:00"})
    assert halves.until(at("2026-11-25 10:00")) is None
    assert quiet(NIGHT).reason(at("2026-11-25 23:00")) == "it is quiet from 22:00 to 06:00"
    assert quiet(dates=frozenset({"12-25"})).reason(at("2026-12-25 23:00")) == "2026-12-25 is an excluded date"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quiet_hours": [{"from": "9:00", "to": "10:00"}]}, ("quiet_hours[0].from", "bad_time", "written as HH:MM")),
        ({"quiet_hours": [{"from": "09:00", "to": "24:30"}]}, ("quiet_hours[0].to", "bad_time", "from 00:00 to 24:00")),
        (
            {"quiet_hours": [{"from": "24:00", "to": "01:00"}]},
            ("quiet_hours[0].from", "bad_time", "00:00 to 23:59"),
        ),
        ({"quiet_hours": [{"from": "09:00", "to": "09:00"}]}, ("quiet_hours[0].to", "no_time", "00:00 to 24:00")),
        (
            {"quiet_hours": [{**NIGHT, "days": ["Sat"]}]},
            ("quiet_hours[0].days[0]", "not_an_option", "day of the week"),
        ),
        ({"quiet_hours": [{**NIGHT, "days": ["SAT", "SAT"]}]}, ("quiet_hours[0].days[1]", "duplicate", "twice")),
        ({"quiet_hours": [{"to": "10:00"}]}, ("quiet_hours[0].from", "missing", "A stretch of quiet hours needs")),
        ({"excluded_dates": ["25.12."]}, ("excluded_dates[0]", "bad_date", "as 12-25 for every year")),
        ({"excluded_dates": ["2026-02-29"]}, ("excluded_dates[0]", "bad_date", "There is no date '2026-02-29'")),
        ({"excluded_dates": ["02-30"]}, ("excluded_dates[0]", "bad_date", "There is no date")),
        ({"excluded_dates": ["12-25", "12-25"]}, ("excluded_dates[1]", "duplicate", "twice")),
        ({"overlap": "skp"}, ("overlap", "not_an_option", "skip, queue and cancel_older. Or give a number")),
        ({"overlap": 3}, ("overlap", "not_an_option", "Or give a number: {parallel: 3}")),
        ({"overlap": {"parallel": 0}}, ("overlap.parallel", "out_of_range", "at least 1")),
        ({"overlap": {"parallel": 101}}, ("overlap.parallel", "out_of_range", "at most 100")),
        ({"overlap": {}}, ("overlap.parallel", "missing", "An overlap needs the field 'parallel'")),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(
    document: Document,
    problems: Callable[[Document], dict[str, Problem]],
    changes: Document,
    told: tuple[str, str, str],
) -> None:
    path, code, message = told
    found = problems({**document, **changes})
    assert list(found) == [path]
    assert found[path].code == code
    assert message in found[path].message


def scheduled(document: Document, schedule: Any = "0 23 * * *", **changes: Any) -> Document:
    return {**document, "trigger": "schedule", "schedule": schedule, "timezone": "Europe/Berlin", **changes}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quiet_hours": [NIGHT]}, [("never_starts", "schedule")]),
        ({"quiet_hours": [NIGHT], "schedule": ["0 23 * * *", "0 7 * * *"]}, [("never_starts", "schedule[0]")]),
        ({"quiet_hours": [NIGHT], "schedule": "0 6,22 * * *"}, []),
        ({"quiet_hours": [WEEKEND], "schedule": "0 9 * * SAT"}, [("never_starts", "schedule")]),
        ({"excluded_dates": ["12-25"], "schedule": "0 9 25 12 *"}, [("never_starts", "schedule")]),
        ({"excluded_dates": ["2026-12-25"], "schedule": "0 9 25 12 *"}, []),
        ({"excluded_dates": ["02-29"], "schedule": "0 9 29 2 *"}, [("never_starts", "schedule")]),
        ({"quiet_hours": [{**WEEKEND, "days": ["MON", "TUE", "WED", "THU", "FRI"]}, WEEKEND]},
         [("never_starts", "quiet_hours")]),
        ({"quiet_hours": [NIGHT], "trigger": "manual", "schedule": None}, [("no_effect", "quiet_hours")]),
        ({"excluded_dates": ["12-25"], "trigger": "manual", "schedule": None}, [("no_effect", "excluded_dates")]),
    ],
)  # fmt: skip
def test_quiet_times_in_which_nothing_can_begin_are_warned_of(
    document: Document, changes: Document, told: list[tuple[str, str]]
) -> None:
    rule = check_rule({name: value for name, value in scheduled(document, **changes).items() if value is not None})
    assert [(problem.code, problem.path) for problem in warnings(rule)] == told


def test_they_are_told_in_words(document: Document) -> None:
    plain = scheduled(document, "0 * * * *")
    both = {**plain, "quiet_hours": [NIGHT, WEEKEND], "excluded_dates": ["2026-12-24", "01-01"], "overlap": "skip"}
    rule = check_rule(both)
    assert read_rule(dump_rule(rule)) == rule
    quiet_words = "from 22:00 to 06:00, nor all day on Saturday and Sunday, nor on 24 December 2026 or 1 January"
    assert in_words(rule).startswith(f"Every hour (Europe/Berlin), but not {quiet_words}, on the site shop: ")
    assert in_words(rule).endswith(" A run that is due while another one is going is skipped.")
    event = {**document, "trigger": "event", "event": "keywords.imported"}
    assert in_words(
        check_rule({**event, "quiet_hours": [{**NIGHT, "days": ["MON", "TUE", "WED", "THU", "FRI"]}]})
    ).startswith(
        "When keywords.imported happens, but not from 22:00 to 06:00 on weekdays (UTC), when it waits until that is "
        "over, on the site shop: "
    )
    assert differences(plain, both) == [
        f"quiet times: none → {quiet_words}",
        "overlap: as many runs go at once as Airflow lets → a run that is due while another one is going is skipped",
    ]
    told = {
        "queue": "waits for its end",
        "cancel_older": "cancels that one",
        "parallel": "Up to 3 runs go at once",
    }
    for policy, words in told.items():
        overlap = {"parallel": 3} if policy == "parallel" else policy
        assert words in in_words(check_rule({**plain, "overlap": overlap}))


def test_a_rule_without_them_is_as_it_was(document: Document) -> None:
    rule = check_rule(document)
    assert (rule.quiet_hours, rule.excluded_dates, rule.overlap, bool(rule.quiet_times)) == ([], [], None, False)
