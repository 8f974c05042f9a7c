"""What a rule is: when it runs, only if what holds, and what it does.

The models here say which fields there are and what each may hold; whether the parts fit each other is the business of
:func:`igny8.rules.check.check_rule`, through which every rule passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, JsonValue, Tag, create_model

from igny8.actions import ACTION_TYPES, EVENT_TYPES, ActionParams, ActionType
from igny8.actions.items import fact_names
from igny8.actions.topic_memory import TopicMemory
from igny8.actions.weekdays import EXCLUDED_DATE
from igny8.conditions import ConditionTree
from igny8.rules.limits import Limits
from igny8.rules.overlap import Overlap
from igny8.rules.quiet import MAX_EXCLUDED_DATES, MAX_QUIET_HOURS, QuietHours, QuietTimes
from igny8.rules.retries import Retries

RuleStatus = Literal["active", "paused", "inactive"]
TriggerKind = Literal["schedule", "event", "manual"]
Expectation = Literal["match", "no_match"]
Occasion = Literal["success", "failure", "approval"]
STATUSES: Final = get_args(RuleStatus)
TRIGGERS: Final = get_args(TriggerKind)

SLUG: Final = r"^[a-z0-9][a-z0-9-]{0,79}$"
"""What ids of rules, accounts and sites look like."""
ACTION_ID: Final = r"^[a-z][a-z0-9_]{0,99}$"
"""What ids of actions look like."""
RESERVED_ACTION_IDS: Final = {
    "budget": "it is the step that reckons what a run will cost",
    "gate": "it is the step that checks the rule's conditions",
    "notify": "it is the step that sends the rule's notifications",
    "turn": "it is the step that waits for the end of quiet hours and decides on runs that overlap",
    "outcome": "it is the step that says whether the actions of a rule with on_failure succeeded",
}
"""The ids that actions may not have, and why."""
RESERVED_IDS: Final = frozenset({"action-types", "estimate", "execution-history", "import", "schema", "validate"})
"""The ids that rules may not have: the REST API has other things at these addresses."""
ACTION_LISTS: Final = ("actions", "on_failure")
"""The fields of a rule that hold actions; their ids are unique over both."""
MAX_ACTIONS: Final = 100
"""How many actions a rule may have."""
MAX_ON_FAILURE: Final = 10
"""How many actions a rule may have on failure."""
MAX_TESTS: Final = 100
"""How many tests a rule may carry."""
MAX_NOTIFICATIONS: Final = 10
"""How many receivers a rule may notify."""
ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, Mapping) else value


def _schedule_shape(value: object) -> Literal["several", "one"]:
    return "several" if isinstance(value, list | tuple) else "one"


Conditions = Annotated[
    list[ConditionTree], BeforeValidator(_as_list, json_schema_input_type=list[ConditionTree] | ConditionTree)
]
"""Conditions that must all hold; one alone may stand without a list around it."""


class Action(BaseModel):
    """One thing that a rule does; every action type has a subclass with its own params."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(
        default="",
        pattern=ACTION_ID,
        description=(
            "The action's name within the rule, for references and needs. "
            "Left out, it is the action's type, with _2, _3 and so on from the second of its type on."
        ),
    )
    type: str = Field(description="What the action does.")
    params: ActionParams = Field(description="What the action is told; each type of action has its own params.")
    needs: list[str] | None = Field(
        default=None,
        description=(
            "The ids of the actions that must be done before this one starts; an empty list starts it at once. "
            "Left out, the action waits for the one just above it."
        ),
    )
    when: Conditions | None = Field(
        default=None,
        description=(
            "Conditions that must all hold when the action's turn comes, otherwise it is skipped and the rule goes on. "
            "They may look at facts, at the event, at outputs (actions.<id>.<output>) and at how many items an "
            "action has done (actions.<id>.count)."
        ),
    )
    else_of: str | None = Field(
        default=None,
        description="The id of an action with a when: this action runs exactly if that one is skipped because of it.",
    )
    retries: Retries | None = Field(
        default=None,
        description=(
            "How often the action is tried again, by what made it fail. Left out, 5 times when it is asked to wait, "
            "3 times when something does not answer, twice when its work failed."
        ),
    )


def _action_model(kind: ActionType) -> type[Action]:
    needs_params = any(field.is_required() for field in kind.params.model_fields.values())
    params: Any = (
        (kind.params, Field(description="What the action is told."))
        if needs_params
        else (kind.params, Field(default_factory=kind.params, description="What the action is told."))
    )
    name = "".join(part.capitalize() for part in kind.name.split("_")) + "Action"
    kind_of_type: Any = (Literal[kind.name], Field(description=kind.title + "."))
    return create_model(
        name,
        __base__=Action,
        __module__=__name__,
        __doc__=kind.description,
        type=kind_of_type,
        params=params,
    )


ACTION_MODELS: Final[dict[str, type[Action]]] = {name: _action_model(kind) for name, kind in ACTION_TYPES.items()}
"""The model of an action of each type."""

if TYPE_CHECKING:
    AnyAction = Action
else:
    AnyAction = Annotated[Union[tuple(ACTION_MODELS.values())], Discriminator("type")]  # noqa: UP007


def _facts_schema() -> dict[str, Any]:
    """The facts by name, so that editors complete them."""
    return {
        "properties": {name: {"type": "number", "description": text} for name, text in fact_names().items()},
        "additionalProperties": False,
    }


class RuleTest(BaseModel):
    """An example of what a rule's conditions should make of a situation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        max_length=200, pattern=ONE_LINE, description="What the test is about, in one line; its result is shown by it."
    )
    facts: dict[str, JsonValue] = Field(
        default={},
        json_schema_extra=_facts_schema(),
        description="The facts as they are in the test, by their dotted names; one that is left out is missing.",
    )
    event: dict[str, JsonValue] = Field(
        default={}, description="What the event brings in the test; conditions find it below event."
    )
    expect: Expectation = Field(
        description="match: all conditions of the rule hold on this. no_match: at least one of them does not."
    )


class Notification(BaseModel):
    """A receiver that is told how the runs of a rule went."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        max_length=2000,
        pattern=r"^https?://[^\s/?#]+[^\s#]*$",
        description=(
            "The address that a signed message is posted to, after the Standard Webhooks specification. "
            "It begins with https:// or http://."
        ),
    )
    on: list[Occasion] = Field(
        default=["success", "failure"],
        min_length=1,
        description=(
            "What the receiver is told of. success: a run has done something and nothing failed. failure: something in "
            "a run failed. A run in which all was skipped is told to nobody. approval: a run waits for a person."
        ),
    )
    repeat: bool = Field(
        default=False,
        description=(
            "Whether a failure is told again and again. Unless it is, a failure of the same revision for the same "
            "cause is told once, until a run succeeds or fails for another."
        ),
    )


def _trigger_schema(schema: dict[str, Any]) -> None:
    def when(trigger: str, then: dict[str, Any]) -> dict[str, Any]:
        return {"if": {"properties": {"trigger": {"const": trigger}}, "required": ["trigger"]}, "then": then}

    schema["allOf"] = [
        when("schedule", {"required": ["schedule"]}),
        when("event", {"anyOf": [{"required": ["event"]}, {"required": ["assets"]}]}),
    ]


class Rule(BaseModel):
    """A rule: when it runs, only if what holds, and what it does."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_trigger_schema)

    id: str = Field(
        pattern=SLUG,
        description="The rule's id: small letters, digits and hyphens. It never changes; a new id is a new rule.",
    )
    name: str = Field(max_length=200, pattern=ONE_LINE, description="What people call the rule, in one line.")
    description: str = Field(default="", max_length=10_000, description="What the rule is for, in a few sentences.")
    account: str = Field(pattern=SLUG, description="The account whose content and credits the rule uses.")
    site: str = Field(pattern=SLUG, description="The site of that account whose content the rule works on.")
    status: RuleStatus = Field(
        default="active",
        description=(
            "active: it runs when triggered. paused: it is kept ready and starts nothing. "
            "inactive: it is stored and not offered for running."
        ),
    )
    trigger: TriggerKind = Field(
        description="What starts the rule: a schedule, an event, or a person or program by hand (manual)."
    )
    schedule: (
        Annotated[
            Annotated[str, Tag("one")] | Annotated[list[str], Tag("several"), Field(min_length=1, max_length=20)],
            Discriminator(_schedule_shape),
        ]
        | None
    ) = Field(
        default=None,
        description=(
            "When a rule with trigger schedule starts: a cron of five fields (minute, hour, day of month, month, "
            "day of week), or a list of them."
        ),
    )
    timezone: str = Field(
        default="UTC",
        description=(
            "The time zone of the schedule, the quiet hours and the excluded dates by its IANA name, for example "
            "Europe/Berlin."
        ),
    )
    quiet_hours: list[QuietHours] = Field(
        default=[],
        max_length=MAX_QUIET_HOURS,
        description=(
            "Stretches of the day in which no run begins by itself: the schedule leaves them out, and a run that an "
            "event or asset starts waits until they are over. A run that is going goes on, and a person may start one."
        ),
    )
    excluded_dates: list[Annotated[str, Field(pattern=EXCLUDED_DATE)]] = Field(
        default=[],
        max_length=MAX_EXCLUDED_DATES,
        examples=[["2026-12-25", "01-01"]],
        description=(
            "Dates on which no run begins by itself, as in quiet hours that last all day: 2026-12-25, or 12-25 for "
            "every year."
        ),
    )
    overlap: Overlap | None = Field(
        default=None,
        description=(
            "What happens when a run is due while another one of the rule is going. skip: the new one does nothing and "
            "says why. queue: it waits until the other one is over. cancel_older: the other one is cancelled. "
            "{parallel: n}: up to n go at once, and one more waits. Left out, as many go at once as Airflow lets."
        ),
    )
    event: str | None = Field(
        default=None,
        max_length=200,
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$",
        examples=list(EVENT_TYPES),
        description=(
            "The type of event that starts a rule with trigger event: one of the engine's, for example "
            "keywords.imported, or one that another program sends."
        ),
    )
    assets: list[str] = Field(
        default=[],
        max_length=50,
        description="The addresses of Airflow assets whose update starts a rule with trigger event.",
    )
    conditions: Conditions = Field(
        default=[],
        description=(
            "Conditions that must all hold when the rule is triggered, otherwise it does nothing. "
            "They look at facts such as keywords.new, and at what the event brings (event.<field>)."
        ),
    )
    actions: list[AnyAction] = Field(
        min_length=1, max_length=MAX_ACTIONS, description="What the rule does, in this order."
    )
    on_failure: list[AnyAction] = Field(
        default=[],
        max_length=MAX_ON_FAILURE,
        description=(
            "What is done when an action has failed and is not tried again, one after the other. Actions here run in "
            "Airflow itself, such as http_request, and refer to {{ failure.text }}, {{ failure.action }} or "
            "{{ failure.error }}."
        ),
    )
    topic_memory: TopicMemory | None = Field(
        default=None,
        description=(
            "How close ideas and articles may come to those that the site has or plans. Left out, only equal titles "
            "are avoided."
        ),
    )
    tests: list[RuleTest] = Field(
        default=[],
        max_length=MAX_TESTS,
        description=(
            "Examples of situations in which the conditions should hold or not, for igny8 rules test to try. "
            "They change nothing in how the rule runs."
        ),
    )
    limits: Limits | None = Field(
        default=None, description="What the rule may spend, and from what price on a person is asked."
    )
    notify: list[Notification] = Field(
        default=[],
        max_length=MAX_NOTIFICATIONS,
        description="Who is told when a run of the rule is over, and on which occasions.",
    )

    @property
    def is_active(self) -> bool:
        """Whether the rule runs when it is triggered."""
        return self.status == "active"

    @property
    def schedules(self) -> tuple[str, ...]:
        """The crons of the schedule: none, one or several."""
        if self.schedule is None:
            return ()
        return (self.schedule,) if isinstance(self.schedule, str) else tuple(self.schedule)

    @property
    def quiet_times(self) -> QuietTimes:
        """The times in which no run begins by itself."""
        return QuietTimes(tuple(self.quiet_hours), frozenset(self.excluded_dates))

    def action(self, action_id: str) -> Action:
        """The action of that id.

        Raises:
            KeyError: when the rule has no such action.
        """
        for action in self.actions:
            if action.id == action_id:
                return action
        raise KeyError(action_id)

    def document(self) -> dict[str, JsonValue]:
        """The rule as plain data: what was written, without the defaults and ids that were filled in."""
        document: dict[str, JsonValue] = self.model_dump(
            mode="json", by_alias=True, exclude_unset=True, serialize_as_any=True
        )
        return document


def assign_ids(actions: Sequence[tuple[str | None, str]]) -> list[str]:
    """The id of every action, given as (its own id or ``None``, its type).

    An action without an id of its own is called after its type; where that is taken, the first free of type_2,
    type_3 and so on. Ids that are written down are never given to another action.
    """
    taken = Counter(own for own, _ in actions if own)
    ids: list[str] = []
    for own, kind in actions:
        if own:
            ids.append(own)
            continue
        number, given = 1, kind
        while taken[given]:
            number += 1
            given = f"{kind}_{number}"
        taken[given] += 1
        ids.append(given)
    return ids


def build_rule(document: Mapping[str, JsonValue]) -> Rule:
    """Make the rule of a document whose parts are known to fit, giving ids to the actions that have none.

    Raises:
        pydantic.ValidationError: when a field is missing, unknown or of the wrong kind.
    """
    lists = {name: actions for name in ACTION_LISTS if isinstance(actions := document.get(name), list)}
    every = [(name, index, action) for name, actions in lists.items() for index, action in enumerate(actions)]
    ids = assign_ids([(_own_id(action), _kind(action)) for _, _, action in every])
    named: dict[str, list[JsonValue]] = {name: [] for name in lists}
    filled_in: list[tuple[str, int, str]] = []
    for (name, index, action), given in zip(every, ids, strict=True):
        if isinstance(action, dict) and _kind(action) in ACTION_TYPES:
            if action.get("id") is None:
                filled_in.append((name, index, "id"))
                action = {**action, "id": given}  # noqa: PLW2901
            if action.get("params") is None:
                filled_in.append((name, index, "params"))
                action = {**action, "params": {}}  # noqa: PLW2901
        named[name].append(action)
    rule = Rule.model_validate({**document, **named})
    for name, index, field in filled_in:
        # What was filled in is not part of the document, so a stored rule keeps the form it was written in.
        getattr(rule, name)[index].__pydantic_fields_set__.discard(field)
    return rule


def _own_id(action: object) -> str | None:
    own = action.get("id") if isinstance(action, Mapping) else None
    return own if isinstance(own, str) and own else None


def _kind(action: object) -> str:
    kind = action.get("type") if isinstance(action, Mapping) else None
    return kind if isinstance(kind, str) else ""
