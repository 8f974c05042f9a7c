"""Rules to look ahead at."""

from __future__ import annotations

from typing import Any

from igny8.rules import Rule, check_rule

NEW = {"where": [{"field": "status", "operator": "equals", "value": "new"}]}


def rule(*actions: dict[str, Any], **more: Any) -> Rule:
    return check_rule(
        {
            "id": "planned",
            "name": "Planned",
            "account": "demo",
            "site": "home",
            "trigger": "manual",
            "actions": list(actions),
            **more,
        }
    )


def action(kind: str, **fields: Any) -> dict[str, Any]:
    own = {name: fields.pop(name) for name in ("id", "needs", "when", "else_of") if name in fields}
    return {"type": kind, "params": fields, **own}
