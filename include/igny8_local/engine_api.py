"""The part of the engine's HTTP API that setting up and summing up a demonstration needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Self

import httpx
from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from igny8_local.errors import EngineAnswerError

_OBJECT: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
_IMPORT_TIMEOUT: Final = 300.0


class RejectedRow(BaseModel):
    """A line of a keyword file that was left out."""

    model_config = ConfigDict(extra="ignore")

    line: int
    reason: str


class ImportReport(BaseModel):
    """What became of a keyword file."""

    model_config = ConfigDict(extra="ignore")

    added: int
    merged: int
    rejected: list[RejectedRow]
    format: str


class Finding(BaseModel):
    """What was found out about a WordPress."""

    model_config = ConfigDict(extra="ignore")

    level: str
    message: str
    hint: str | None = None


class Integration(BaseModel):
    """A place that a site publishes to."""

    model_config = ConfigDict(extra="ignore")

    id: int
    name: str
    url: str
    works: bool | None = None
    findings: list[Finding] = []


@dataclass(frozen=True, slots=True)
class Login:
    """A WordPress, and who we are there."""

    name: str
    """What the integration is called."""
    url: str
    username: str
    password: str
    """An application password."""


class Article(BaseModel):
    """A text of a site, as lists show it."""

    model_config = ConfigDict(extra="ignore")

    id: int
    title: str
    word_count: int


class EngineApi:
    """A client that acts for one account; a context, closed at its end."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, JsonValue] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> dict[str, JsonValue]:
        """Call ``/v1/<path>`` and return the JSON object of the answer.

        Raises:
            EngineAnswerError: when the answer is an error.
        """
        return _checked(self._http.request(method, f"/v1/{path}", json=body, params=params))

    def has_site(self, slug: str) -> bool:
        """Whether the account has the site."""
        sites = TypeAdapter(list[dict[str, JsonValue]]).validate_python(self.call("GET", "sites")["items"])
        return any(site["slug"] == slug for site in sites)

    def add_site(self, slug: str, name: str) -> None:
        """Make a site."""
        self.call("POST", "sites", body={"slug": slug, "name": name})

    def integrations(self, site: str) -> list[Integration]:
        """Where the site publishes to."""
        answer = self.call("GET", f"sites/{site}/integrations")
        return TypeAdapter(list[Integration]).validate_python(answer["items"])

    def connect(self, site: str, login: Login, integration_id: int | None = None) -> Integration:
        """Connect the site to a WordPress, or let an integration that there is be that one from now on."""
        path = f"sites/{site}/integrations" + (f"/{integration_id}" if integration_id else "")
        answer = self.call("PATCH" if integration_id else "POST", path, body=asdict(login))
        return Integration.model_validate(answer)

    def import_keywords(self, site: str, data: bytes, filename: str) -> ImportReport:
        """Import a keyword file; its format is found out by the engine."""
        answer = self._http.post(
            f"/v1/sites/{site}/keywords/import", params={"filename": filename}, content=data, timeout=_IMPORT_TIMEOUT
        )
        return ImportReport.model_validate(_checked(answer))

    def articles(self, site: str, ids: Sequence[int]) -> list[Article]:
        """The articles with these ids, in their order."""
        where = f'[{{"field": "id", "operator": "in", "value": {list(ids)}}}]'
        answer = self.call("GET", f"sites/{site}/content", params={"where": where, "limit": max(1, len(ids))})
        found = {article.id: article for article in TypeAdapter(list[Article]).validate_python(answer["items"])}
        return [found[article_id] for article_id in ids if article_id in found]

    def fact(self, site: str, name: str) -> int:
        """A fact of the site, such as ``keywords.total``."""
        facts = self.call("GET", f"sites/{site}/facts", params={"name": name})["facts"]
        return int(TypeAdapter(dict[str, float]).validate_python(facts)[name])

    def job_error(self, job_id: int) -> str | None:
        """Why a job failed, or None when it didn't."""
        error = self.call("GET", f"jobs/{job_id}")["error"]
        return str(error["message"]) if isinstance(error, dict) else None


def _checked(answer: httpx.Response) -> dict[str, JsonValue]:
    if not answer.is_success:
        request = answer.request
        raise EngineAnswerError(f"{request.method} {request.url.path}", answer.status_code, answer.text)
    return _OBJECT.validate_json(answer.content)
