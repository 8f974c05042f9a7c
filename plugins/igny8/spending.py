"""The task that reckons the cost of a run before it does anything, and asks people where that is much."""

from __future__ import annotations

import time
from typing import Any

from airflow.sdk import Context
from airflow.triggers.base import TaskSuccessEvent, TriggerEvent
from pydantic import JsonValue

from igny8.actions.budget import Exceeded
from igny8.execution.approving import Answer, AskingOperator, AskingTrigger, Request
from igny8.execution.connection import engine_client
from igny8.execution.errors import ActionRefusedError
from igny8.execution.spending import ALLOWANCE, STOPPED, stop_mark
from igny8.execution.triggers import RuleTrigger, failure
from igny8.planning import estimate, judge, request_text
from igny8.rules import Limits, check_rule


class BudgetTrigger(AskingTrigger, RuleTrigger):
    """Reckons what the run costs; ends the task where that is within the rule's limits and nobody is to be asked.

    Args:
        account: The rule's account.
        site: The rule's site.
        rule: The rule, as it is written.
    """

    made_of = ("account", "site", "rule")

    def __init__(self, *, account: str, site: str, rule: dict[str, JsonValue]) -> None:
        super().__init__(account=account, site=site, conditions=[])
        self.rule = rule

    async def _work(self) -> TriggerEvent:
        client = await engine_client(self.account)
        rule = check_rule(self.rule)
        limits = rule.limits or Limits()
        reckoned = await self._patiently(lambda: estimate(rule, client, self._event()))
        verdict = judge(reckoned.least, reckoned.most, reckoned.balance, limits, reckoned.used_today or 0)
        if verdict.exceeded is not None:
            await self._xcom(STOPPED, stop_mark(verdict.exceeded, self._runtime().try_number))
            return failure(f"{verdict.exceeded} Nothing was done or charged.")
        if not verdict.asks:
            if limits.approve_above is not None:
                await self._xcom(ALLOWANCE, limits.approve_above)
            return TaskSuccessEvent()
        most = f"up to {verdict.most:,}" if verdict.most is not None else f"{verdict.least:,} or more"
        request: Request = {
            "kind": "budget",
            "subject": f"{rule.name}: may this run cost {most} credits?",
            "body": request_text(reckoned, verdict, limits),
            "until": time.time() + limits.approval_timeout_hours * 3600,
            "articles": [],
            "least": verdict.least,
            "most": verdict.most,
            "allowance": verdict.allowance,
        }
        return await self._ask(request)


class BudgetOperator(AskingOperator):
    """Holds a run to its rule's limits before it does anything, and asks people where it may cost much.

    The XCom ``request`` says what was asked, ``answer`` what was answered, and ``allowance`` what the run may cost.

    Args:
        rule: The rule, as it is written.
    """

    ui_color = "#dcfce7"

    def __init__(self, *, rule: dict[str, JsonValue], **kwargs: Any) -> None:  # noqa: ANN401 - BaseOperator's own
        super().__init__(**kwargs)
        self.rule = rule
        self._start_with(BudgetTrigger(account=self.account, site=self.site, rule=rule), self.resume.__name__)

    def answered(self, context: Context, request: Request, answer: Answer) -> None:
        """Let the run go on, or stop it.

        Raises:
            ActionRefusedError: it was not approved.
        """
        task_instance = context["ti"]
        if answer.approved:
            task_instance.xcom_push(key=ALLOWANCE, value=request["allowance"])
            return
        above = Limits.model_validate(self.rule["limits"]).approve_above or 0
        needed = request["most"] if request["most"] is not None else request["least"]
        exceeded = Exceeded(limit="approve_above", allowed=above, used=0, needed=needed or 0)
        task_instance.xcom_push(key=STOPPED, value=stop_mark(exceeded, task_instance.try_number))
        message = f"{exceeded} {answer.no} Nothing was done or charged."
        self._say_why(context, message)
        raise ActionRefusedError(message)
