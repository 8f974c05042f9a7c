"""The HTTP client of the content engine: jobs, credits and facts, as its OpenAPI document describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict, TypeVar, Unpack
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, computed_field

from igny8.actions.budget import Budget, Exceeded
from igny8.errors import (
    EngineAnswerError,
    EngineBusyError,
    EngineCredentialsError,
    EngineRefusalError,
    EngineUnreachableError,
)

LONG_POLL = 20.0
"""How long one question for a job's news may stay open, in seconds."""

Query = dict[str, str | int | float] | list[tuple[str, str | int | float | bool | None]]

JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class Call(TypedDict, total=False):
    """What may go with a call of the engine."""

    params: Query
    json: Mapping[str, JsonValue]
    content: bytes
    headers: Mapping[str, str]
    patience: float
    """How long it may take, in seconds; 15 unless it is said."""


class EngineAnswer(BaseModel):
    """What the engine says of something."""

    # Another backend may say more than ours does.
    model_config = ConfigDict(extra="ignore", frozen=True)


A = TypeVar("A", bound=EngineAnswer)


class JobCredits(EngineAnswer):
    """What a job costs."""

    estimated: int = 0
    charged: int = 0


class JobItem(EngineAnswer):
    """What became of one item of a job."""

    id: int | str | None = None
    label: str = ""
    state: str
    error: str | None = None
    result: dict[str, JsonValue] | None = None
    credits: int = 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def warnings(self) -> list[str]:
        """What is otherwise than was asked for, though the item is done."""
        told = (self.result or {}).get("warnings")
        return [str(each["message"]) for each in told if isinstance(each, dict)] if isinstance(told, list) else []


class JobError(EngineAnswer):
    """Why a job failed."""

    code: str
    message: str
    hint: str | None = None
    retryable: bool = True
    exceeded: Exceeded | None = None

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class Job(EngineAnswer):
    """A job of the engine at one moment."""

    id: int | str
    state: JobState
    version: int
    phase: str = ""
    total: int = 0
    done: int = 0
    failed: int = 0
    outputs: dict[str, list[JsonValue]] = Field(default={})
    credits: JobCredits = JobCredits()
    provider: str | None = None
    items: list[JobItem] | None = None
    error: JobError | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {"succeeded", "failed", "cancelled"}


class PreviewedItem(EngineAnswer):
    """One item that a job would work on."""

    id: int | str
    label: str = ""
    status: str | None = None


class JobPreview(EngineAnswer):
    """What a job would work on if it were started now."""

    total: int
    done_before: int = 0
    """How many of the items are done already: they are handed on and cost nothing."""
    items: list[PreviewedItem] = Field(default=[])
    """The first of them."""


class Credits(EngineAnswer):
    """The credits of an account."""

    balance: int
    reserved: int = 0
    spent_today: int = 0


class Account(EngineAnswer):
    """The account that a connection's API key belongs to."""

    account: str
    name: str = ""
    credits: Credits


class Spending(EngineAnswer):
    """What an account has spent in the last days."""

    total: int


class RuleDay(EngineAnswer):
    """What a rule has used of its day."""

    credits: int


class Content(EngineAnswer):
    """A text to be read."""

    id: int
    title: str
    excerpt: str = ""
    html: str
    """The body, sanitised by the engine."""


class _Problem(EngineAnswer):
    path: str = ""
    message: str


class _Refusal(EngineAnswer):
    code: str = "refused"
    message: str
    hint: str | None = None
    problems: list[_Problem] | None = None


class _Envelope(EngineAnswer):
    error: _Refusal


class _Facts(EngineAnswer):
    facts: dict[str, JsonValue]


class _Removed(EngineAnswer):
    removed: int


class EngineClient:
    """Calls the engine for one account.

    Every call raises a subclass of :class:`igny8.errors.EngineCallError` when it fails; none is repeated here.
    """

    def __init__(self, http: httpx.AsyncClient, url: str, api_key: str, account: str, connection_id: str) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}
        self._account = account
        self._connection_id = connection_id

    async def start_job(
        self,
        action: str,
        site: str,
        params: Mapping[str, JsonValue],
        *,
        key: str,
        attempt: int,
        budget: Budget | None = None,
    ) -> Job:
        """Start a job, or find the one started under the same key; a higher attempt resumes one that failed."""
        body: dict[str, JsonValue] = {"type": action, "site": site, "params": dict(params), "attempt": attempt}
        if budget is not None:
            body["budget"] = budget.model_dump(mode="json")
        return await self.ask(Job, "POST", "/v1/jobs", json=body, headers={"Idempotency-Key": key})

    async def preview_job(
        self, action: str, site: str, params: Mapping[str, JsonValue], *, shown: int = 20
    ) -> JobPreview:
        """What a job would work on if it were started now, with that many of its items; nothing is changed."""
        body: dict[str, JsonValue] = {"type": action, "site": site, "params": dict(params)}
        return await self.ask(JobPreview, "POST", "/v1/jobs/preview", json=body, params={"items": shown})

    async def account(self) -> Account:
        """The account and its credits."""
        return await self.ask(Account, "GET", "/v1/account")

    async def spending(self, days: int) -> Spending:
        """What the account has spent in that many days, with today (UTC)."""
        return await self.ask(Spending, "GET", "/v1/account/spending", params={"days": days})

    async def used_today(self, rule: str, timezone: str) -> int:
        """What the jobs of a rule with limits have spent or set aside on the day that it is in that time zone."""
        query: dict[str, str | int | float] = {"rule": rule, "timezone": timezone}
        return (await self.ask(RuleDay, "GET", "/v1/account/spending/today", params=query)).credits

    async def job(self, job_id: int | str, *, wait: float = 0, version: int | None = None) -> Job:
        """The job as it is; with ``wait`` (seconds), as soon as it is newer than ``version`` or that time is over."""
        query: dict[str, str | int | float] = {"wait": wait} if wait else {}
        if version is not None:
            query["version"] = version
        return await self.ask(Job, "GET", f"/v1/jobs/{path_part(job_id)}", params=query, patience=wait + 15)

    async def cancel_job(self, job_id: int | str) -> Job:
        """Ask a job to stop; one that has ended stays as it is."""
        return await self.ask(Job, "POST", f"/v1/jobs/{path_part(job_id)}/cancel")

    async def facts(self, site: str, names: Sequence[str] | None = None) -> dict[str, JsonValue]:
        """The values of the named facts, or of all; a name that the engine doesn't know is left out."""
        if names is not None and not names:
            return {}
        wanted: Query = [("name", name) for name in names or ()]
        return (await self.ask(_Facts, "GET", f"/v1/sites/{path_part(site)}/facts", params=wanted)).facts

    async def content(self, content_id: int) -> Content:
        """One of the account's texts."""
        return await self.ask(Content, "GET", f"/v1/content/{path_part(content_id)}")

    async def remove_jobs(self, older_than_days: int) -> int:
        """Remove the account's ended jobs older than that many days; how many they were."""
        answer = await self.ask(_Removed, "DELETE", "/v1/jobs", params={"older_than_days": older_than_days})
        return answer.removed

    async def ask(
        self,
        answer: type[A],
        method: str,
        path: str,
        **call: Unpack[Call],
    ) -> A:
        """Call the engine, and read its answer."""
        response = await self.fetch(method, path, **call)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise EngineAnswerError(self._url, f"{where or 'the body'}: {first['msg']}") from error

    async def fetch(
        self,
        method: str,
        path: str,
        *,
        stream: bool = False,
        **call: Unpack[Call],
    ) -> httpx.Response:
        """Call the engine, and give its answer as it is; with ``stream``, the caller reads and closes it."""
        try:
            request = self._http.build_request(
                method,
                f"{self._url}{path}",
                params=call.get("params"),
                json=call.get("json"),
                content=call.get("content"),
                headers={**self._headers, **call.get("headers", {})},
                timeout=call.get("patience", 15),
            )
            response = await self._http.send(request, stream=stream)
            if not response.is_success:
                await response.aread()
        except httpx.InvalidURL as error:
            raise EngineAnswerError(self._url, str(error)) from error
        except httpx.HTTPError as error:
            raise EngineUnreachableError(self._url, str(error) or type(error).__name__, self._connection_id) from error
        self._raise_for(response)
        return response

    def _raise_for(self, response: httpx.Response) -> None:
        status = response.status_code
        if response.is_success:
            return
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise EngineCredentialsError(self._url, self._account, self._connection_id)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise EngineBusyError(self._url, _seconds(response.headers.get("Retry-After")))
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
            raise EngineUnreachableError(self._url, f"it answered {status}", self._connection_id)
        try:
            refusal = _Envelope.model_validate_json(response.content).error
        except ValidationError as error:
            raise EngineAnswerError(self._url, f"a {status} without an error in its body") from error
        problems = tuple(f"{p.path}: {p.message}" if p.path else p.message for p in refusal.problems or [])
        raise EngineRefusalError(refusal.code, refusal.message, refusal.hint, problems)


def path_part(value: int | str) -> str:
    """A value as one part of a path."""
    return quote(str(value), safe="")


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None  # a date: our engine never sends one, and backing off by ourselves is as good
