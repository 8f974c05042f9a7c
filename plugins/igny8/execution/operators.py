"""One operator per action type, and the gate. Each starts in the triggerer, with no worker on the way to success."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NoReturn

from airflow.sdk import BaseOperator, Context
from airflow.triggers.base import StartTriggerArgs
from pydantic import JsonValue

from igny8.actions import ActionType, action_type
from igny8.actions.cluster_keywords import CLUSTER_KEYWORDS
from igny8.actions.generate_content import GENERATE_CONTENT
from igny8.actions.generate_ideas import GENERATE_IDEAS
from igny8.actions.generate_images import GENERATE_IMAGES
from igny8.actions.generate_page_content import GENERATE_PAGE_CONTENT
from igny8.actions.generate_site_structure import GENERATE_SITE_STRUCTURE
from igny8.actions.optimize_content import OPTIMIZE_CONTENT
from igny8.actions.publish_to_wordpress import PUBLISH_TO_WORDPRESS
from igny8.execution.errors import ActionFailedError, ActionRefusedError
from igny8.execution.notifying import NotifyTrigger, Receiver
from igny8.execution.own_actions import OwnActionTrigger
from igny8.execution.retrying import ByCause
from igny8.execution.spending import Spending
from igny8.execution.triggers import ActionTrigger, Failure, GateTrigger, RunTrigger
from igny8.execution.turn import TurnTrigger
from igny8.rules.retries import USUAL, Retries


class RuleOperator(BaseOperator):
    """The base of all tasks of a rule: the scheduler hands the task to the triggerer by itself.

    Args:
        account: The account whose credits and content the task works on.
        site: The site within the account, by its slug.
        conditions: The conditions under which the task does anything, as JSON; where they don't hold it is skipped.
        again: How often it is tried again, by what made it fail.
    """

    start_from_trigger = True
    ui_fgcolor = "#1a202c"
    least_retries: ClassVar[int] = 0
    """How often Airflow itself may have it tried again at least; what fails by a cause has a number of its own."""

    def __init__(
        self,
        *,
        account: str,
        site: str,
        conditions: Sequence[JsonValue] = (),
        again: Retries = USUAL,
        **kwargs: Any,  # noqa: ANN401 - BaseOperator's own
    ) -> None:
        super().__init__(retries=max(again.most, self.least_retries), retry_policy=ByCause(again), **kwargs)
        self.account = account
        self.site = site
        self.conditions = list(conditions)

    def _start_with(self, trigger: RunTrigger, then: str = "fail") -> None:
        classpath, trigger_kwargs = trigger.serialize()
        self.start_trigger_args = StartTriggerArgs(
            trigger_cls=classpath, trigger_kwargs=trigger_kwargs, next_method=then
        )
        self._trigger = trigger

    def execute(self, context: Context) -> NoReturn:
        """Hand over to the triggerer; reached only where a Dag is run without a scheduler."""
        arguments = self.start_trigger_args
        self.defer(trigger=self._trigger, method_name=arguments.next_method if arguments else "fail")

    def fail(self, context: Context, event: Failure) -> NoReturn:
        """Fail the task with what the trigger found, in a worker, where Airflow's retries and callbacks see it.

        Raises:
            ActionFailedError: when trying again may help.
            ActionRefusedError: when it can't.
        """
        if event["cause"] == "refused":
            raise ActionRefusedError(event["message"])
        raise ActionFailedError(event["message"], event["cause"], event["wait"])


class ActionOperator(RuleOperator):
    """The base of what runs an action.

    Args:
        action_params: The action's params; references such as ``{{ actions.write.content_ids }}`` are resolved when
            it runs.
    """

    ui_color = "#dbeafe"

    def __init__(self, *, action_params: Mapping[str, JsonValue] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - BaseOperator's own
        super().__init__(**kwargs)
        self.action_params = dict(action_params or {})


class JobOperator(ActionOperator):
    """Runs one action as a job of the content engine.

    While it runs, the XCom ``progress`` says how far it is. At its end each output of the action is an XCom of the
    output's name, with its type kept (``cluster_ids``: a list of numbers), and ``return_value`` tells what became of
    each item and what was charged.

    A second try resumes the job of the first: items that are done stay done and are not paid twice. A task that a user
    fails or clears cancels its job.

    Args:
        spending: Whose spending it is, and what limits it; ``None`` where nothing does.
    """

    action: ClassVar[ActionType]
    trigger: ClassVar[type[ActionTrigger]] = ActionTrigger
    """What does the work in the triggerer."""
    then: ClassVar[str] = "fail"
    """What is called in a worker where the trigger does not end the task."""

    def __init__(self, *, spending: Spending | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - BaseOperator's own
        super().__init__(**kwargs)
        self.spending = spending
        self._start_with(
            self.trigger(
                account=self.account,
                site=self.site,
                conditions=self.conditions,
                action=self.action.name,
                action_params=self.action_params,
                spending=spending,
            ),
            self.then,
        )


class ClusterKeywordsOperator(JobOperator):
    """Groups keywords into clusters. Outputs: ``cluster_ids``."""

    action = CLUSTER_KEYWORDS


class GenerateIdeasOperator(JobOperator):
    """Finds article ideas in clusters. Outputs: ``idea_ids``, ``task_ids``."""

    action = GENERATE_IDEAS


class GenerateContentOperator(JobOperator):
    """Writes articles. Outputs: ``content_ids``."""

    action = GENERATE_CONTENT


class GenerateImagesOperator(JobOperator):
    """Makes featured images. Outputs: ``image_ids``, ``content_ids``."""

    action = GENERATE_IMAGES


class GenerateSiteStructureOperator(JobOperator):
    """Plans the pages of a site. Outputs: ``page_ids``."""

    action = GENERATE_SITE_STRUCTURE


class GeneratePageContentOperator(JobOperator):
    """Writes the text of planned pages. Outputs: ``page_ids``, ``content_ids``."""

    action = GENERATE_PAGE_CONTENT


class OptimizeContentOperator(JobOperator):
    """Scores and repairs articles. Outputs: ``content_ids``."""

    action = OPTIMIZE_CONTENT


class PublishToWordPressOperator(JobOperator):
    """Publishes articles. Outputs: ``post_ids``, ``post_urls``."""

    action = PUBLISH_TO_WORDPRESS


class OwnActionOperator(ActionOperator):
    """Runs an action's own function in the triggerer; what it leaves behind is as of the engine's actions.

    A second try, and a triggerer that takes over from one that died, call the function again with the same key.

    Args:
        action: The action's type.
        watched: The tasks of the run whose failures it may tell of; for actions that run on failure.
    """

    ui_color = "#ccfbf1"

    def __init__(self, *, action: str, watched: Sequence[str] = (), **kwargs: Any) -> None:  # noqa: ANN401 - BaseOperator's own
        super().__init__(**kwargs)
        self.action = action
        self.watched = list(watched)
        self.custom_operator_name = action_type(action).title  # what the Airflow UI calls it
        self._start_with(
            OwnActionTrigger(
                account=self.account,
                site=self.site,
                conditions=self.conditions,
                action=action,
                action_params=self.action_params,
                watched=self.watched,
            )
        )


class GateOperator(RuleOperator):
    """Decides whether a rule acts: evaluates its conditions and skips everything after it where they don't hold.

    The XCom ``ledger`` keeps each condition with the actual value, and the outcome in one sentence.
    """

    ui_color = "#fef3c7"

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - BaseOperator's own
        super().__init__(**kwargs)
        self._start_with(GateTrigger(account=self.account, site=self.site, conditions=self.conditions))


class TurnOperator(RuleOperator):
    """Waits for the end of a quiet time, and decides what becomes of runs that overlap, before everything else.

    Where its run gives way it skips everything after it, and the XCom ``overlap`` says why.

    Args:
        overlap: ``skip``, ``cancel_older``, or ``None`` where runs that overlap do not concern each other.
        timezone: The time zone of the quiet times.
        quiet_hours: The rule's quiet hours, as JSON.
        excluded_dates: Its excluded dates.
    """

    ui_color = "#fee2e2"

    def __init__(
        self,
        *,
        overlap: str | None,
        timezone: str,
        quiet_hours: list[JsonValue],
        excluded_dates: list[str],
        **kwargs: Any,  # noqa: ANN401 - BaseOperator's own
    ) -> None:
        super().__init__(**kwargs)
        self._start_with(
            TurnTrigger(
                overlap=overlap,
                timezone=timezone,
                quiet_hours=quiet_hours,
                excluded_dates=excluded_dates,
            )
        )


class NotifyOperator(RuleOperator):
    """Tells receivers how the run went. A teardown: it runs whatever happened before it, and changes nothing of it.

    The XCom ``deliveries`` says what became of each message.

    Args:
        rule: The rule's id.
        revision: The rule's revision, ``None`` where none is known.
        receivers: Who is told, and of what.
        tasks: The ids of the run's other tasks.
        actions: The ids of those that are actions.
    """

    ui_color = "#ede9fe"

    def __init__(
        self,
        *,
        rule: str,
        revision: int | None,
        receivers: list[Receiver],
        tasks: list[str],
        actions: list[str],
        **kwargs: Any,  # noqa: ANN401 - BaseOperator's own
    ) -> None:
        super().__init__(**kwargs)
        self.rule = rule
        self.receivers = receivers
        self.tasks = tasks
        self.actions = actions
        self._start_with(
            NotifyTrigger(
                account=self.account,
                site=self.site,
                rule=rule,
                revision=revision,
                receivers=receivers,
                tasks=tasks,
                actions=actions,
            )
        )
        self.as_teardown()


OPERATORS: dict[str, type[JobOperator]] = {
    operator.action.name: operator
    for operator in (
        ClusterKeywordsOperator,
        GenerateIdeasOperator,
        GenerateContentOperator,
        GenerateImagesOperator,
        GenerateSiteStructureOperator,
        GeneratePageContentOperator,
        OptimizeContentOperator,
        PublishToWordPressOperator,
    )
}
"""The operator of each action type that is a job of the engine's; all others run by themselves."""
