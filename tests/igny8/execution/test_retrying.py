"""How often and when a failed action is tried again, by its cause; and when two failures are the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk.definitions.retry_policy import RetryAction

from igny8.actions.causes import Cause
from igny8.execution.alerts import Alert, digest
from igny8.execution.errors import ActionFailedError
from igny8.execution.failing import cause_of, told
from igny8.execution.retrying import ByCause
from igny8.rules.retries import USUAL, Retries


def tries(retries: Retries, cause: Cause) -> int:
    """How often it is tried in all, where every try fails so."""
    policy, number = ByCause(retries), 1
    while policy.evaluate(ActionFailedError("no", cause), number, retries.most).action is RetryAction.RETRY:
        number += 1
    return number


@pytest.mark.parametrize(
    ("cause", "usual", "own"), [("busy", 6, 1), ("unavailable", 4, 10), ("failed", 3, 4), ("refused", 1, 1)]
)
def test_each_cause_has_its_own_number(cause: Cause, usual: int, own: int) -> None:
    assert tries(USUAL, cause) == usual
    assert tries(Retries(busy=0, unavailable=9, failed=3), cause) == own


def test_who_asks_to_wait_is_waited_for_as_long() -> None:
    policy = ByCause(USUAL)
    asked = {wait: policy.evaluate(ActionFailedError("no", "busy", wait), 1, 5).retry_delay for wait in (0, 7, 1e9)}
    assert asked == {0: timedelta(seconds=1), 7: timedelta(seconds=7), 1e9: timedelta(days=1)}


def test_pauses_grow_and_end_growing() -> None:
    policy = ByCause(Retries(failed=20, pause=10))
    for number, longest in ((1, 10), (2, 20), (3, 40), (20, 900)):
        pause = policy.evaluate(ActionFailedError("no", "failed"), number, 20).retry_delay
        assert pause is not None
        assert 0.75 * longest <= pause.total_seconds() <= longest


def test_what_no_action_has_raised_is_airflow_s_own_business() -> None:
    assert ByCause().evaluate(MemoryError(), 1, 5).action is RetryAction.DEFAULT


def test_the_same_cause_is_known_whatever_its_numbers() -> None:
    refused = "The content engine at http://e:8800 does not answer (Connection refused). Is it running?"
    silent = "The content engine at http://e:8800 does not answer (timed out). Is it running?"
    assert cause_of({"write": refused}) == cause_of({"write": silent})
    assert cause_of({"write": "It needs 50 credits; 3 are left."}) == cause_of(
        {"write": "It needs 60 credits; 0 are left."}
    )
    gone, unknown = ({"write": f"https://x.example answered {status}."} for status in (410, 404))
    assert cause_of(gone) != cause_of(unknown)
    assert cause_of({"write": refused}) != cause_of({"polish": refused})
    assert cause_of({"write": refused}) != cause_of({"write": "The key is refused."})
    assert told({"write": "No.", "polish": ""}) == "write: No. polish failed; its log says why."
    assert told({}) is None


def test_an_alert_covers_the_same_revision_cause_and_receiver_of_other_runs() -> None:
    alert = Alert(revision=3, cause=digest("a"), run_id="run 1", told=(digest("https://x.example"),))
    assert alert.covers(3, "a", "https://x.example", "run 2")
    for other in [(4, "a", "https://x.example", "run 2"), (3, "b", "https://x.example", "run 2")]:
        assert not alert.covers(*other)
    assert not alert.covers(3, "a", "https://y.example", "run 2"), "that one has not been told"
    assert not alert.covers(3, "a", "https://x.example", "run 1"), "its own run may tell it again when it is cleared"
