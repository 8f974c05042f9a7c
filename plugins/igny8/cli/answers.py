"""What Airflow's side and the engine answer, as far as it is shown to people; programs get the whole (``--json``)."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from igny8.cli.progress import Progress, Step


class Answer(BaseModel):
    """A part of an answer; what it holds besides is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Trouble(Answer):
    """One thing that is wrong in a request."""

    path: str | None = ""
    message: str = ""
    code: str = ""
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


class ApprovalArticle(Answer):
    """An article that waits for a person."""

    id: int
    title: str = ""
    excerpt: str = ""
    url: str = ""


class ApprovalAnswer(Answer):
    """What a person has said."""

    approved: bool
    by: str | None = None
    reason: str | None = None


class Approval(Answer):
    """What waits for a person, or has."""

    run_id: str
    automation_rule: str
    action: str
    subject: str = ""
    body: str = ""
    asked_at: str | None = None
    expires_at: str | None = None
    articles: list[ApprovalArticle] = []
    answer: ApprovalAnswer | None = None

    @property
    def answered(self) -> str:
        """What was answered, in a few words."""
        if self.answer is None:
            return "none yet"
        said = "approved" if self.answer.approved else "rejected"
        who = f" by {self.answer.by}" if self.answer.by else ": nobody answered in time"
        return f"{said}{who}{f': {self.answer.reason}' if self.answer.reason else ''}"


class LastRun(Answer):
    """The run of a rule that was made last."""

    id: str = ""
    status: str = ""
    executed_at: str | None = None


class RuleRow(Answer):
    """A rule, as lists show it; of a broken one, whatever can be read."""

    id: str
    name: str | None = None
    account: JsonValue = None
    site: JsonValue = None
    status: JsonValue = None
    trigger: JsonValue = None
    schedule: JsonValue = None
    event: JsonValue = None
    timezone: JsonValue = None
    quiet_hours: JsonValue = None
    excluded_dates: JsonValue = None
    overlap: JsonValue = None
    description: JsonValue = None
    revision: int | None = None
    execution_count: int | None = None
    last_run: LastRun | None = None
    next_run_at: str | None = None
    is_paused: bool = False
    conditions: JsonValue = None
    actions: JsonValue = None
    problems: list[Trouble] = []

    @property
    def state(self) -> str:
        """How it stands, in a word."""
        if self.problems:
            return "broken"
        return "paused" if self.is_paused else str(self.status or "")

    @property
    def when(self) -> str:
        """What starts it, in a few words."""
        match self.trigger:
            case "schedule":
                crons = self.schedule if isinstance(self.schedule, list) else [self.schedule or ""]
                return f"{' and '.join(str(cron) for cron in crons)} {self.timezone or ''}".strip()
            case "event" if self.event:
                return f"event {self.event}"
        return str(self.trigger or "")


class NextRuns(Answer):
    """When the clock starts a rule next."""

    timezone: str = ""
    next_runs: list[datetime] = []

    @property
    def lines(self) -> str:
        """The times in the rule's time zone, one a line."""
        return "\n".join(f"{at:%a %Y-%m-%d %H:%M} ({self.timezone})" for at in self.next_runs)


class Item(Answer):
    """What became of one item of an action."""

    label: str = ""
    state: str = ""
    error: str | None = None
    warnings: tuple[str, ...] = ()


class ActionProgress(Answer):
    """How far an action of a run is, and in the end what it has done."""

    id: str
    state: str = "pending"
    phase: str | None = None
    done: int = 0
    failed: int = 0
    total: int = 0
    credits: float = 0
    error: str | None = None
    items: list[Item] = []

    def as_step(self) -> Step:
        """The same for the display."""
        progress = Progress(
            phase=self.phase or "", done=self.done, total=self.total, failed=self.failed, credits=self.credits
        )
        return Step(self.id, _TASK_STATES.get(self.state, self.state), progress)


_TASK_STATES: dict[str, str | None] = {"pending": None, "completed": "success", "retrying": "up_for_retry"}
"""What the display calls the states of an action, where it is another word."""


class RunProgress(Answer):
    """How far a run is."""

    status: str
    actions: list[ActionProgress] = []

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in {"SUCCESS", "FAILURE"}


class Ledger(Answer):
    """The evaluation of a rule's conditions."""

    reason: str = ""


class Result(Answer):
    """What a run has done, in short."""

    credits: float = 0
    summary: str = ""


class Execution(Answer):
    """A run of a rule."""

    id: str
    automation_rule: str = ""
    scheduled_at: str | None = None
    executed_at: str | None = None
    status: str = ""
    error_message: str | None = None
    duration: float | None = None
    result: Result | None = None
    revision: int | None = None
    started_by: str | None = None
    conditions: Ledger | None = None
    actions: list[ActionProgress] = []

    @property
    def why(self) -> str:
        """Why it failed, or did nothing; else what it has done."""
        if self.error_message:
            return self.error_message
        if self.status == "skipped" and self.conditions:
            return self.conditions.reason
        return self.result.summary if self.result else ""


class Started(Answer):
    """A run that was asked for."""

    run_id: str


class EventRun(Answer):
    """A run that an event started."""

    run_id: str
    automation_rule: str
    is_new: bool = True


class NotStarted(Answer):
    """A rule that waits for an event and was not started."""

    automation_rule: str
    reason: str


class SentEvent(Answer):
    """What an event started."""

    runs: list[EventRun] = []
    not_started: list[NotStarted] = []


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


class Finding(Answer):
    """One thing that was looked at on a WordPress."""

    name: str = ""
    level: str = ""
    message: str = ""
    hint: str | None = None


class ConnectedSite(Answer):
    """A WordPress that a site is connected with."""

    id: int
    name: str = ""
    url: str = ""
    username: str = ""
    works: bool | None = None
    findings: tuple[Finding, ...] = ()
    probed_at: str | None = None


class ConnectedSites(Answer):
    """All that a site is connected with."""

    items: list[ConnectedSite] = []


class Failure(Answer):
    """Why something was not done."""

    message: str = ""
    hint: str | None = None


class Warned(Answer):
    """Something that is otherwise than one would expect."""

    message: str = ""


class WithdrawnArticle(Answer):
    """What has become of an article that was to be taken down."""

    content_id: int
    title: str = ""
    change: str
    post_id: int | None = None
    status: str | None = None
    warnings: list[Warned] = []
    error: Failure | None = None


class LinkingPost(Answer):
    """What has become of another article's post that led to what is down."""

    content_id: int
    title: str = ""
    change: str
    post_id: int | None = None
    error: Failure | None = None


class WithdrawnArticles(Answer):
    """What has become of some of them."""

    items: list[WithdrawnArticle]
    linking: list[LinkingPost] = []


class SiteImport(Answer):
    """How far the import of a WordPress' posts is."""

    state: str
    done: int = 0
    total: int = 0


class Credits(Answer):
    """The credits of an account."""

    balance: int
    reserved: int = 0
    spent_today: int = 0


class Account(Answer):
    """An account of the engine."""

    account: str
    credits: Credits = Field(description="Its credits.")
