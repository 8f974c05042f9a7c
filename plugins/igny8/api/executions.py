"""What answers say of runs: executions, scheduled tasks and progress."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from igny8.api.access import Deed
from igny8.api.run_statuses import ExecutionStatus
from igny8.execution.ledger import Ledger

ProgressStatus = Literal["PENDING", "PROGRESS", "SUCCESS", "FAILURE", "idle"]
ActionState = Literal[
    "pending", "running", "retrying", "awaiting_approval", "completed", "failed", "skipped", "cancelled"
]


class ActionResult(BaseModel):
    """What an action has done."""

    done: int = Field(description="How many items it has done.")
    failed: int = Field(description="How many items could not be done.")
    total: int = Field(description="How many items it had.")
    credits: int = Field(description="What it cost.")
    warnings: int = Field(description="How many things are otherwise than was asked for; the items tell which.")
    provider: str | None = Field(description="What it worked with: offline, a model's name, or null.")


class ExecutionResult(BaseModel):
    """What a run has done, in short."""

    credits: int = Field(description="What all of its actions cost.")
    summary: str = Field(description="The same in a sentence.")
    actions: dict[str, ActionResult] = Field(description="The actions that have done anything, by their ids.")
    articles: list[int] = Field(description="The articles that they wrote or worked on, by their ids.")


class Execution(BaseModel):
    """One run of a rule."""

    id: str = Field(description="Its id, as Airflow has it; two rules may have runs of the same id.")
    automation_rule: str = Field(description="The id of its rule.")
    account: str = Field(description="The rule's account.")
    scheduled_at: datetime | None = Field(description="When it was due.")
    executed_at: datetime | None = Field(description="When it began.")
    ended_at: datetime | None = Field(description="When it was over.")
    duration: float | None = Field(description="How long it took, in seconds; null while it goes on.")
    status: ExecutionStatus = Field(description="How it went.")
    state: str = Field(description="Airflow's own word for that.")
    trigger: Literal["schedule", "event", "manual"] = Field(description="What started it.")
    result: ExecutionResult | None = Field(description="What it has done; null before it has done anything.")
    error_message: str | None = Field(description="Why it failed.")
    skip_reason: str | None = Field(description="Why it did nothing, in a sentence; null unless it was skipped.")
    started_by: str | None = Field(description="Who or what started it; null for the clock.")
    dag_id: str = Field(description="The id of its Dag.")


class ScheduledTask(BaseModel):
    """A run that the clock has started or will start."""

    id: str = Field(description="The id of the run, as Airflow has it or will have it.")
    automation_rule: str = Field(description="The id of its rule.")
    account: str = Field(description="The rule's account.")
    scheduled_at: datetime = Field(description="When it is or was due.")
    executed_at: datetime | None = Field(description="When it began; null for one that is still to come.")
    status: ExecutionStatus = Field(description="How it went; pending for one that is still to come.")
    result: ExecutionResult | None = Field(description="What it has done.")
    error_message: str | None = Field(description="Why it failed.")
    dag_id: str = Field(description="The id of its Dag.")


class ActionProgress(BaseModel):
    """How far one action of a run is."""

    id: str = Field(description="The action's id.")
    type: str | None = Field(description="The action's type; null when the rule no longer has it.")
    state: ActionState = Field(description="Where it stands.")
    task_state: str | None = Field(description="Airflow's own word for that.")
    progress: int = Field(description="How far it is, from 0 to 100.")
    phase: str | None = Field(description="What it is doing.")
    done: int = Field(description="How many items it has done.")
    failed: int = Field(description="How many items could not be done.")
    total: int = Field(description="How many items it has; 0 while that is not known.")
    credits: int = Field(description="What it has cost so far.")
    tries: int = Field(description="How often it was begun.")
    started_at: datetime | None = Field(description="When it began.")
    ended_at: datetime | None = Field(description="When it was over.")
    error: str | None = Field(description="Why its last try failed.")


class Progress(BaseModel):
    """How far a run is."""

    status: ProgressStatus = Field(description="Where it stands; idle for a rule that has never run.")
    progress: int = Field(description="How far it is, from 0 to 100.")
    phase: str | None = Field(description="What it is doing, in words.")
    action: str | None = Field(description="The id of the action that is at work.")
    run_id: str | None = Field(description="The run.")
    execution_status: ExecutionStatus | None = Field(description="The same, as the history has it.")
    started_at: datetime | None = Field(description="When it began.")
    ended_at: datetime | None = Field(description="When it was over.")
    expected_duration: float | None = Field(
        description=(
            "How long it usually takes, in seconds: the median of the rule's last 20 completed runs before it; null "
            "where there are none."
        )
    )
    credits: int = Field(description="What it has cost so far.")
    error: str | None = Field(description="Why it failed.")
    actions: list[ActionProgress] = Field(description="Its actions, in the order of the rule.")


class Item(BaseModel):
    """What became of one item of an action."""

    id: int | str | None = Field(default=None, description="The item's id.")
    label: str = Field(default="", description="What people call it.")
    state: str = Field(description="What became of it.")
    error: str | None = Field(default=None, description="Why it could not be done.")
    warnings: list[str] = Field(default=[], description="What is otherwise than was asked for, though it is done.")
    result: dict[str, JsonValue] | None = Field(default=None, description="What was made of it.")
    credits: int = Field(default=0, description="What it cost.")


class ActionDetail(ActionProgress):
    """An action of a run with everything it has left behind."""

    provider: str | None = Field(description="What it worked with.")
    items: list[Item] = Field(description="What became of each item; empty before the action has ended.")
    conditions: Ledger | None = Field(description="The evaluation of its when, where it has one.")


class ExecutionDetail(Execution):
    """One run of a rule, action by action and item by item."""

    revision: int | None = Field(description="The revision of the rule that it runs.")
    context: dict[str, JsonValue] = Field(description="What it was given as its event.")
    allowed: list[Deed] = Field(
        description="What you may do with it: run (run it again as a new one), change_runs (cancel it, or repeat it)."
    )
    conditions: Ledger | None = Field(description="The evaluation of the rule's conditions, where it has some.")
    actions: list[ActionDetail] = Field(description="Its actions, in the order of the rule.")
