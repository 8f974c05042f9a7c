"""How rules look in answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model

from igny8.api.access import Deed
from igny8.api.dags import DagState
from igny8.api.envelope import Fault
from igny8.api.run_statuses import ExecutionStatus
from igny8.api.runs import RuleRuns, Run
from igny8.dagfactory.ids import dag_id_of
from igny8.rules import BrokenRule, Problem, Rule, RuleInvalidError, StoredRule, in_words
from igny8.rules.aloud import starts
from igny8.rules.document import parse
from igny8.rules.model import ACTION_LISTS

UNREADABLE = "unknown"
"""Stands for the account or the id of a rule whose file does not even say that much."""


class LastRun(BaseModel):
    """A run of a rule, in short."""

    id: str = Field(description="Its id, as Airflow has it.")
    status: ExecutionStatus = Field(description="How it went.")
    executed_at: datetime | None = Field(description="When it began.")
    duration: float | None = Field(description="How long it took, in seconds; null while it goes on.")


class RecentRuns(BaseModel):
    """The newest runs of a rule."""

    automation_rule: str = Field(description="The id of the rule.")
    account: str = Field(description="The rule's account.")
    runs: list[LastRun] = Field(description="Its runs, the newest first; empty for a rule that has never run.")


class RuleFacts(BaseModel):
    """What is known of every rule, usable or not, besides what it says itself."""

    is_active: bool = Field(description="Whether the rule runs when it is triggered: its status is active.")
    last_executed_at: datetime | None = Field(description="When a run of it began last.")
    last_checked_at: datetime | None = Field(
        description="When its conditions were evaluated last; for a rule without any, when a run of it began last."
    )
    last_acted_at: datetime | None = Field(
        description="When an action of it last ended with at least one item done, as far back as Airflow keeps runs."
    )
    execution_count: int = Field(description="How many runs of it Airflow has.")
    next_run_at: datetime | None = Field(description="When its schedule starts it next.")
    last_run: LastRun | None = Field(description="The run that was made last.")
    revision: int | None = Field(description="The number of its present revision.")
    dag_id: str = Field(description="The id of its Dag.")
    has_dag: bool = Field(description="Whether Airflow has taken up the Dag.")
    is_paused: bool = Field(description="Whether the Dag is paused by Airflow's own switch, beside the rule's status.")
    problems: list[Fault] = Field(description="Everything that is wrong with it; empty for a usable rule.")
    in_words: str | None = Field(description="The rule read aloud, in plain English; null for one that is broken.")
    trigger_in_words: str | None = Field(description="What starts it, read aloud; null for one that is broken.")
    allowed: list[Deed] = Field(
        description="What you may do with it: edit, delete, run, change_runs (cancel and repeat runs of it)."
    )


if TYPE_CHECKING:

    class RuleView(RuleFacts):
        """A rule as it is stored, and what Airflow knows of it."""
else:
    RuleView = create_model(
        "RuleView",
        __base__=RuleFacts,
        __module__=__name__,
        __doc__="A rule as it is stored, and what Airflow knows of it.",
        **{name: (field.annotation, field) for name, field in Rule.model_fields.items()},
    )


class BrokenRuleView(RuleFacts):
    """A rule that cannot be used until it is mended, as far as it can be read."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(description="Its id, or its file's name where the id cannot be read.")
    name: str = Field(description="Its name, or its file's name.")
    file: str = Field(description="The file within the store.")
    yaml: str = Field(description="The file's text.")


def short_run(run: Run) -> LastRun:
    """A run in a line."""
    return LastRun(id=run.run_id, status=run.status, executed_at=run.started_at, duration=run.duration)


def dag_id_of_broken(broken: BrokenRule) -> str:
    """The id of the Dag that a broken rule would become, for asking who may see it."""
    account = readable(broken.text).get("account")
    return dag_id_of(account if isinstance(account, str) else UNREADABLE, broken.rule_id or UNREADABLE)


def readable(text: str) -> Mapping[str, JsonValue]:
    """The fields of a YAML text as far as it can be read."""
    try:
        return parse(text).data
    except RuleInvalidError:
        return {}


def faults(problems: Iterable[Problem]) -> list[Fault]:
    """Problems of a rule as an answer tells them."""
    return [
        Fault(
            path=problem.path,
            message=problem.message,
            value=problem.value,
            suggestion=problem.suggestion,
            code=problem.code,
            line=problem.line,
            column=problem.column,
        )
        for problem in problems
    ]


def rule_document(rule: Rule) -> dict[str, JsonValue]:
    """A rule as data: what was written, with the ids of its actions and the defaults of its own fields."""
    document: dict[str, JsonValue] = {
        name: field.get_default(call_default_factory=True, validated_data={})
        for name, field in Rule.model_fields.items()
        if not field.is_required()
    }
    document.update(rule.document())
    document = {name: document[name] for name in Rule.model_fields}
    for name in ACTION_LISTS:
        written = document[name]
        if isinstance(written, list):
            document[name] = [
                {"id": action.id, **each, "params": each.get("params") or {}}
                for action, each in zip(getattr(rule, name), written, strict=True)
                if isinstance(each, dict)
            ]
    return document


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a rule from elsewhere: what Airflow has of its Dag, and what the caller may do."""

    dag_id: str
    runs: RuleRuns | None
    dag: DagState | None
    allowed: Sequence[Deed]


def rule_view(stored: StoredRule, known: Known) -> dict[str, object]:
    """A usable rule; its shape is :class:`RuleView`."""
    facts = _facts(known, stored.revision, is_active=stored.rule.is_active, problems=())
    aloud, start = _aloud(_Read(stored.text, stored.rule))
    return {**rule_document(stored.rule), **facts, "in_words": aloud, "trigger_in_words": start}


@dataclass(frozen=True, slots=True)
class _Read:
    """A rule under its text, so that what is made of it can be kept until it changes."""

    text: str
    rule: Rule = field(compare=False)


@lru_cache(maxsize=2048)
def _aloud(read: _Read) -> tuple[str, str]:
    return in_words(read.rule), starts(read.rule)


def broken_view(broken: BrokenRule, known: Known) -> dict[str, object]:
    """A broken rule; its shape is :class:`BrokenRuleView`."""
    document = readable(broken.text)
    plain: dict[str, object] = {name: document.get(name) for name in Rule.model_fields}
    name = document.get("name")
    return {
        **plain,
        "id": broken.rule_id or broken.name,
        "name": name if isinstance(name, str) else broken.name,
        "file": broken.name,
        "yaml": broken.text,
        **_facts(known, broken.revision, is_active=False, problems=broken.problems),
    }


def _facts(known: Known, revision: int | None, *, is_active: bool, problems: Iterable[Problem]) -> dict[str, object]:
    runs, dag = known.runs, known.dag
    last = runs.last if runs else None
    facts = RuleFacts(
        is_active=is_active,
        last_executed_at=runs.last_started_at if runs else None,
        last_checked_at=runs.last_checked_at if runs else None,
        last_acted_at=runs.last_acted_at if runs else None,
        execution_count=runs.count if runs else 0,
        next_run_at=dag.next_run_at if dag and not dag.is_paused else None,
        last_run=short_run(last) if last else None,
        revision=revision,
        dag_id=known.dag_id,
        has_dag=dag is not None,
        is_paused=dag is not None and dag.is_paused,
        problems=faults(problems),
        in_words=None,
        trigger_in_words=None,
        allowed=list(known.allowed),
    )
    return facts.model_dump(mode="json")
