"""What Airflow's side and the engine answer, as far as it is shown to people; programs get the whole (``--json``)."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue

from igny8.cli.progress import Progress, Step


class Answer(BaseModel):
    """A part of an answer; what it holds besides is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Trouble(Answer):
    """One thing that is wrong in a request."""

    path: str | None = ""
    message: str = ""
    suggestion: str | None = None

    def __str__(self) -> str:
        """One line."""
        path = f"{self.path}: " if self.path else ""
        hint = f" Did you mean '{self.suggestion}'?" if self.suggestion else ""
        return f"{path}{self.message}{hint}"


class Envelope(Answer):
    """What every answer of the automation API is wrapped in."""

    success: bool
    data: JsonValue = None
    error: str | None = None
    errors: list[Trouble] | None = None
    meta: dict[str, JsonValue] | None = None


class RuleRow(Answer):
    """A rule, as lists show it."""

    id: str
    name: str = ""
    account: str = ""
    site: str = ""
    status: str = ""
    trigger: str = ""
    schedule: str | list[str] | None = None
    event: str | None = None
    timezone: str | None = None
    description: str = ""
    revision: int | None = None
    execution_count: int | None = None
    last_executed_at: str | None = None
    last_run_status: str | None = None
    conditions: list[dict[str, JsonValue]] | dict[str, JsonValue] = []
    actions: list[dict[str, JsonValue]] = []

    @property
    def when(self) -> str:
        """What starts it, in a few words."""
        match self.trigger:
            case "schedule":
                crons = self.schedule if isinstance(self.schedule, list) else [self.schedule or ""]
                return f"{' and '.join(crons)} {self.timezone or ''}".strip()
            case "event" if self.event:
                return f"event {self.event}"
        return self.trigger


class Execution(Answer):
    """A run of a rule."""

    id: str
    automation_rule: JsonValue = None
    scheduled_at: str | None = None
    executed_at: str | None = None
    status: str = ""
    error_message: str | None = None
    duration: float | None = None
    result: JsonValue = None

    @property
    def rule_id(self) -> str:
        """The rule that ran."""
        match self.automation_rule:
            case dict() as rule:
                return str(rule.get("id", ""))
            case None:
                return ""
            case rule:
                return str(rule)


class Started(Answer):
    """A run that was asked for."""

    run_id: str


class EventRun(Answer):
    """A run that an event started."""

    run_id: str = ""
    rule_id: str = Field(default="", validation_alias=AliasChoices("rule_id", "automation_rule", "rule"))


class SentEvent(Answer):
    """What an event started."""

    runs: list[EventRun] = []


class ActionProgress(Answer):
    """How far an action of a run is."""

    id: str
    state: str | None = None
    done: int | None = None
    total: int | None = None
    failed: int | None = None
    phase: str | None = None
    credits: float | None = None
    error: str | None = None

    def as_step(self) -> Step:
        """The same for the display."""
        progress = Progress(
            phase=self.phase or "", done=self.done or 0, total=self.total or 0, failed=self.failed or 0,
            credits=self.credits or 0,
        )  # fmt: skip
        return Step(self.id, self.state, progress)


class RunProgress(Answer):
    """How far a run is."""

    status: str
    phase: str | None = None
    actions: list[ActionProgress] = []

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in {"SUCCESS", "FAILURE"}


class EngineProblem(Answer):
    """One thing that is wrong in a request to the engine."""

    path: str = ""
    message: str = ""


class EngineRefusal(Answer):
    """Why the engine refuses."""

    message: str
    hint: str | None = None
    problems: list[EngineProblem] = []


class EngineEnvelope(Answer):
    """The body of the engine's answer that is an error."""

    error: EngineRefusal


class RejectedRow(Answer):
    """A row of a keyword file that was left out."""

    line: int
    reason: str
    text: str = ""


class ImportReport(Answer):
    """What became of a keyword file."""

    added: int
    merged: int
    rejected: list[RejectedRow] = []
    format: str = ""
    total_rows: int = 0


class Credits(Answer):
    """The credits of an account."""

    balance: int
    reserved: int = 0
    spent_today: int = 0


class Account(Answer):
    """An account of the engine."""

    account: str
    credits: Credits = Field(description="Its credits.")
