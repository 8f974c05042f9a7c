"""How every error is answered: one JSON envelope, all problems at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, JsonValue
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from igny8_engine.errors import EngineError, Problem, TooLargeError

_log = logging.getLogger(__name__)


class ProblemView(BaseModel):
    """One thing that is wrong in a request."""

    path: str = Field(description="Where: a dotted path into the body, or query.<name>.")
    message: str = Field(description="What is wrong there.")
    value: JsonValue = Field(default=None, description="The value that was given.")


class Refusal(BaseModel):
    """Why a request was not done."""

    code: str = Field(description="The cause, for programs.")
    message: str = Field(description="The cause, for people.")
    hint: str | None = Field(default=None, description="What to do about it.")
    problems: list[ProblemView] = Field(default=[], description="Everything that is wrong in the request.")


class ErrorEnvelope(BaseModel):
    """The body of every answer that is an error."""

    error: Refusal


def refusal(
    status: int,
    code: str,
    message: str,
    *,
    hint: str | None = None,
    problems: Sequence[Problem] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An answer that is an error."""
    listed = [ProblemView(path=problem.path, message=problem.message, value=problem.value) for problem in problems]
    envelope = ErrorEnvelope(error=Refusal(code=code, message=message, hint=hint, problems=listed))
    return JSONResponse(_printable(envelope.model_dump()), status, headers)


def engine_refusal(error: EngineError) -> JSONResponse:
    """The answer to one of the engine's own errors."""
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None  # noqa: PLR2004 - the status of HTTP
    return refusal(error.status, error.code, error.message, hint=error.hint, problems=error.problems, headers=headers)


def _printable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value without the halves of surrogate pairs that JSON can carry and UTF-8 can't."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {_printable(name): _printable(item) for name, item in value.items()}
    return value


def _from_validation(error: RequestValidationError) -> list[Problem]:
    problems = []
    for found in error.errors():
        where = [str(part) for part in found["loc"]]
        path = ".".join(where[1:] if where[:1] == ["body"] else where)
        value = found.get("input")
        shown = value if isinstance(value, str | int | float | bool) else None
        problems.append(Problem(path, found["msg"], shown))
    return problems


def database_refusal(error: Exception) -> JSONResponse:
    """The answer while the database is away."""
    return refusal(
        503,
        "database_unavailable",
        f"The engine's database does not answer ({str(error).splitlines()[0]}).",
        hint="Try again in a moment.",
        headers={"Retry-After": "2"},
    )


def answer_errors(app: FastAPI) -> None:
    """Make the app answer every error with the envelope."""

    @app.exception_handler(EngineError)
    async def engine_error(_: Request, error: EngineError) -> JSONResponse:
        return engine_refusal(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        problems = _from_validation(error)
        first = problems[0]
        return refusal(422, "invalid_request", f"{first.path}: {first.message}", problems=problems)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        codes = {404: "not_found", 405: "method_not_allowed", 413: TooLargeError.code}
        headers = dict(error.headers) if error.headers else None
        message = f"{error.detail}: {request.method} {request.url.path}" if error.status_code != 413 else error.detail  # noqa: PLR2004
        return refusal(error.status_code, codes.get(error.status_code, "refused"), message, headers=headers)

    @app.exception_handler(OperationalError)
    @app.exception_handler(PoolTimeoutError)
    async def database_away(_: Request, error: Exception) -> JSONResponse:
        _log.warning("The database does not answer: %s", error)
        return database_refusal(error)

    @app.exception_handler(DBAPIError)
    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        _log.error("%s %s broke off.", request.method, request.url.path, exc_info=error)
        return refusal(500, "internal_error", "The engine broke off.", hint="Its log has the details.")
