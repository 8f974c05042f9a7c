"""Whether a run may begin, by what it would cost."""

from __future__ import annotations

import pytest

from igny8.planning import judge
from igny8.rules import Limits


@pytest.mark.parametrize(
    ("least", "most", "limits", "asks", "shown"),
    [
        (100, 100, {"approve_above": 100}, False, 100),  # what is known for certain has no margin
        (101, 101, {"approve_above": 100}, True, 101),
        (10, 91, {"approve_above": 100}, True, 101),  # a tenth is added, and rounded up
        (10, 90, {"approve_above": 100}, False, 99),
        (10, None, {"approve_above": 100}, True, None),
        (10, None, {"approve_above": 100, "credits_per_run": 100}, False, 100),  # it cannot cost more than that
        (0, 0, {"approve_above": 0}, False, 0),
        (10, 1000, {}, False, 1100),
    ],
)
def test_people_are_asked_about_the_most_that_a_run_may_cost(
    least: int, most: int | None, limits: dict[str, int], asks: bool, shown: int | None
) -> None:
    verdict = judge(least, most, 5_000, Limits(**limits))
    assert (verdict.asks, verdict.most, verdict.exceeded) == (asks, shown, None)


@pytest.mark.parametrize(
    ("limits", "balance", "limit", "over"),
    [
        ({"credits_per_run": 49}, 5_000, "credits_per_run", 1),
        ({"credits_per_day": 40, "approve_above": 1}, 5_000, "credits_per_day", 10),
        ({"credits_per_run": 50}, 20, "balance", 30),
    ],
)
def test_what_is_certain_to_be_too_much_is_stopped_and_nobody_is_asked(
    limits: dict[str, int], balance: int, limit: str, over: int
) -> None:
    verdict = judge(50, 200, balance, Limits(**limits))
    assert verdict.exceeded is not None
    assert (verdict.exceeded.limit, verdict.exceeded.over, verdict.asks) == (limit, over, False)
    assert judge(40, 200, 5_000, Limits(credits_per_run=40)).exceeded is None


def test_what_is_left_of_the_day_is_what_counts() -> None:
    limits = Limits(credits_per_day=60, approve_above=1)
    exceeded = judge(31, 31, 5_000, limits, used_today=30).exceeded
    assert exceeded is not None
    assert str(exceeded) == (
        "The rule may spend 60 credits a day (credits_per_day); 30 of them are spent or set aside, and 31 more are "
        "needed: 1 too many."
    )
    assert judge(30, 30, 5_000, limits, used_today=30).asks
