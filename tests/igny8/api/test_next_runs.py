"""When the clock starts a rule next: of a rule that is saved, and of one that is being written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from automation_client import Automation, rule_fields

QUIET: dict[str, Any] = {
    "trigger": "schedule",
    "schedule": "0 9 * * *",
    "timezone": "America/New_York",
    "quiet_hours": [{"from": "00:00", "to": "24:00", "days": ["SAT", "SUN"]}],
}


def test_the_next_runs_are_told_of_rules_saved_or_not(automation: Automation) -> None:
    drafted = automation.ok("POST", "/rules/validate/", {**rule_fields(), **QUIET})
    assert drafted["valid"] is True
    runs = [datetime.fromisoformat(each) for each in drafted["next_runs"]]
    assert len(runs) == 5
    assert {(at.hour, at.minute) for at in runs} == {(9, 0)}, "in the rule's time zone"
    assert not {at.weekday() for at in runs} & {5, 6}

    rule = automation.make(**QUIET)
    saved = automation.ok("GET", f"/rules/{rule['id']}/next-runs/?count=3")
    assert saved == {"timezone": "America/New_York", "next_runs": drafted["next_runs"][:3]}
    assert automation.send("GET", f"/rules/{rule['id']}/next-runs/?count=0").status_code == 422
    assert automation.send("GET", "/rules/nobody/next-runs/").status_code == 404


def test_what_no_clock_starts_has_none(automation: Automation) -> None:
    assert automation.ok("POST", "/rules/validate/", {**rule_fields(), "trigger": "manual"})["next_runs"] == []
    never = {**QUIET, "quiet_hours": [{"from": "08:00", "to": "10:00"}]}
    told = automation.ok("POST", "/rules/validate/", {**rule_fields(), **never})
    assert told["next_runs"] == []
    assert [warning["code"] for warning in told["warnings"]] == ["never_starts"]
    refused = automation.ok("POST", "/rules/validate/", {**rule_fields(), **QUIET, "overlap": "skp"})
    assert refused["valid"] is False
    assert refused["errors"][0]["suggestion"] == "skip"
    assert len(refused["next_runs"]) == 5, "its start is right"
    assert "09:00" in refused["trigger_in_words"]
    refused = automation.ok("POST", "/rules/validate/", {**rule_fields(), **QUIET, "schedule": "61 9 * * *"})
    assert (refused["next_runs"], refused["trigger_in_words"]) == ([], None)
