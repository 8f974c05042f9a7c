"""Calling the automation API in Airflow, and the content engine. Whatever goes wrong is a sentence and an exit code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, JsonValue, ValidationError

from igny8.cli.answers import EngineEnvelope, Envelope
from igny8.cli.errors import CommandError, NotFoundError, RefusedError, UnreachableError
from igny8.cli.places import Airflow, Engine

API: Final = "/api/v1/automation"
"""Where the automation API is, below Airflow's address."""

Query = Mapping[str, str | int | None]
M = TypeVar("M", bound=BaseModel)

_HINTS: Final = {
    "ambiguous_run": "Say which one with --rule.",
    "revision_conflict": "To put it in the place of the stored one all the same: --replace",
}
"""What to do with this command where the API's own words are about its addresses."""

_NOT_LET_IN: Final = "Invalid JWT token"
"""What Airflow says, with a 403, of a token that is none of its own."""

_TIMEOUT: Final = 30.0
_LONGER: Final = 300.0
_PAGE: Final = 100
_CUT_OFF: Final = (httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.WriteError)


class Caller:
    """A client of one address; a context, closed at its end."""

    def __init__(self, what: str, url: str) -> None:
        self._what = what
        self._url = url
        self._http = httpx.Client(timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def as_model(self, model: type[M], data: JsonValue) -> M:
        """Data of an answer as a model.

        Raises:
            UnreachableError: when it is something else.
        """
        try:
            return model.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the body"
            raise UnreachableError(
                f"What {self._what} at {self._url} answered is not what it should be: {where}: {first['msg']}."
            ) from error

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: JsonValue = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = _TIMEOUT,
    ) -> httpx.Response:
        """Send a request; one with an ``Idempotency-Key`` whose answer was lost is sent a second time.

        Raises:
            UnreachableError: when there is no answer.
        """
        given = {name: value for name, value in (params or {}).items() if value not in {None, ""}}
        repeat = "Idempotency-Key" in (headers or {})
        while True:
            try:
                return self._http.request(
                    method,
                    f"{self._url}{path}",
                    params=given,
                    json=body,
                    content=content,
                    headers=headers,
                    timeout=timeout,
                )
            except _CUT_OFF as error:
                if not repeat:
                    raise self._silence(error) from error
                repeat = False
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise self._silence(error) from error

    def _silence(self, error: Exception) -> UnreachableError:
        reason = str(error) or type(error).__name__
        return UnreachableError(f"{self._what} at {self._url} does not answer ({reason}). Is it up? Start: igny8 up")

    def _not_it(self, answer: httpx.Response) -> CommandError:
        where = f"{answer.request.method} {answer.request.url.path}"
        return UnreachableError(
            f"{self._what} at {self._url} answered {where} with {answer.status_code}, and not as it should."
        )


class AutomationApi(Caller):
    """The automation API, for one user of Airflow. The login happens with the first call."""

    def __init__(self, system: Airflow) -> None:
        super().__init__("Airflow", system.url)
        self._system = system
        if system.token:
            self._http.headers["Authorization"] = f"Bearer {system.token}"

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: JsonValue = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> JsonValue:
        """Call ``<API>/<path>`` and return the data of the answer.

        Raises:
            UnreachableError: when Airflow or the API in it does not answer as it should.
            RefusedError: when it refuses the login or the request.
            NotFoundError: when there is no such thing.
        """
        return self._envelope(method, path, params=params, body=body, content=content, headers=headers).data

    def read(self, model: type[M], method: str, path: str, *, params: Query | None = None) -> M:
        """Call, and read the data as a model."""
        return self.as_model(model, self.call(method, path, params=params))

    def yaml(self, path: str) -> str:
        """The YAML text that a path has.

        Raises:
            CommandError: as :meth:`call` does.
        """
        answer = self._answer("GET", path)
        if not answer.is_success:
            self._checked(answer)
        if "yaml" not in answer.headers.get("content-type", ""):
            raise self._not_it(answer)
        return answer.content.decode("utf-8", "replace")

    def pages(self, path: str, params: Query, limit: int) -> Iterator[JsonValue]:
        """The items of a list, page by page, up to a number."""
        page, taken = 1, 0
        size = min(limit, _PAGE)
        while taken < limit:
            envelope = self._envelope("GET", path, params={**params, "page": page, "page_size": size})
            items = envelope.data if isinstance(envelope.data, list) else []
            yield from items[: limit - taken]
            taken += len(items)
            if not items or not (envelope.meta or {}).get("next"):
                return
            page += 1

    def login(self) -> None:
        """Get a token for the user.

        Raises:
            RefusedError: when there is no login, or it is not valid.
        """
        if not self._system.username:
            raise RefusedError(
                f"Airflow at {self._url} wants a login. Give --token, or set IGNY8_USERNAME and IGNY8_PASSWORD."
            )
        credentials: JsonValue = {"username": self._system.username, "password": self._system.password or ""}
        answer = self._send("POST", "/auth/token", body=credentials)
        if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise RefusedError(
                f"Airflow at {self._url} does not accept the password of the user '{self._system.username}'."
            )
        try:
            self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        except (ValueError, KeyError, TypeError):
            raise self._not_it(answer) from None

    def _envelope(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: JsonValue = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Envelope:
        return self._checked(self._answer(method, path, params=params, body=body, content=content, headers=headers))

    def _answer(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: JsonValue = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        where = f"{API}/{path}"
        fresh = "Authorization" not in self._http.headers
        if fresh:
            self.login()
        answer = self._send(method, where, params=params, body=body, content=content, headers=headers)
        if answer.status_code == httpx.codes.UNAUTHORIZED and not fresh and self._system.username:
            self.login()  # the token has expired
            answer = self._send(method, where, params=params, body=body, content=content, headers=headers)
        return answer

    def _checked(self, answer: httpx.Response) -> Envelope:
        status = answer.status_code
        if status == httpx.codes.UNAUTHORIZED or (status == httpx.codes.FORBIDDEN and _NOT_LET_IN in answer.text):
            raise RefusedError(f"Airflow at {self._url} does not accept the token. Get a new one, or give a login.")
        try:
            envelope = Envelope.model_validate_json(answer.content)
        except ValidationError:
            if status == httpx.codes.NOT_FOUND:
                raise UnreachableError(
                    f"There is no automation API at {self._url}{API}. Is the address right, and the plugin loaded?"
                ) from None
            if status == httpx.codes.FORBIDDEN:
                raise RefusedError(f"Airflow at {self._url} does not allow this user to do that.") from None
            raise self._not_it(answer) from None
        if answer.is_success and envelope.success:
            return envelope
        message = envelope.error or f"Airflow answered with {status}."
        troubles = envelope.errors or []
        details = [str(trouble) for trouble in troubles if trouble.message != message]
        hints = [_HINTS[trouble.code] for trouble in troubles if trouble.code in _HINTS]
        raise _refusal(status, message, [*details, *hints])


class EngineApi(Caller):
    """The content engine, for one account."""

    def __init__(self, system: Engine) -> None:
        super().__init__("The content engine", system.url)
        if system.key:
            self._http.headers["Authorization"] = f"Bearer {system.key}"

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: JsonValue = None,
        content: bytes | None = None,
        patient: bool = False,
    ) -> JsonValue:
        """Call ``/v1/<path>`` and return the answer; ``patient`` is for what takes the engine longer.

        Raises:
            UnreachableError: when the engine does not answer as it should.
            RefusedError: when it refuses the key or the request.
            NotFoundError: when there is no such thing.
        """
        timeout = _LONGER if content or patient else _TIMEOUT
        answer = self._send(method, f"/v1/{path}", params=params, body=body, content=content, timeout=timeout)
        if answer.status_code == httpx.codes.NO_CONTENT:
            return None
        if answer.is_success:
            try:
                data: JsonValue = answer.json()
            except ValueError:
                raise self._not_it(answer) from None
            return data
        try:
            refusal = EngineEnvelope.model_validate_json(answer.content).error
        except ValidationError:
            raise self._not_it(answer) from None
        message = f"{refusal.message} {refusal.hint}" if refusal.hint else refusal.message
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            message = f"{refusal.message} Give --engine-key, or set IGNY8_ENGINE_KEY."
        raise _refusal(answer.status_code, message, [f"{p.path}: {p.message}" for p in refusal.problems])


def _refusal(status: int, message: str, details: Sequence[str]) -> CommandError:
    told = [detail for detail in details if detail not in message]
    if status == httpx.codes.NOT_FOUND:
        return NotFoundError(message, told)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UnreachableError(message, told)
    return RefusedError(message, told)


def part(text: str) -> str:
    """A text as one part of an address."""
    return quote(text, safe="")
