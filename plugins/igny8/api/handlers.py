"""From what is raised to an answer in the envelope."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import JsonValue
from starlette.exceptions import HTTPException
from starlette.routing import Match

from igny8.api.envelope import Conflict, Fault, refuse, request_id
from igny8.api.errors import ApiError
from igny8.api.views import faults
from igny8.errors import EngineBusyError, EngineCallError, EngineRefusalError, EngineUnreachableError
from igny8.rules import (
    RevisionConflictError,
    RevisionNotFoundError,
    RuleInvalidError,
    RuleNotFoundError,
    RuleStoreError,
)

log = logging.getLogger(__name__)

_LISTED = 3
_BAD_TOKEN = "Invalid JWT token"  # noqa: S105
"""Airflow's words for a login that is over, or never was one."""


def add_handlers(app: FastAPI) -> None:
    """Have the application answer everything that is raised in the envelope."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RuleInvalidError, _rule_invalid)
    app.add_exception_handler(RevisionConflictError, _conflict)
    app.add_exception_handler(RuleNotFoundError, _not_found)
    app.add_exception_handler(RevisionNotFoundError, _not_found)
    app.add_exception_handler(RuleStoreError, _store_error)
    app.add_exception_handler(EngineCallError, _engine_error)
    app.add_exception_handler(RequestValidationError, _request_invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


async def _api_error(request: Request, error: Exception) -> JSONResponse:
    refusal = cast("ApiError", error)
    return refuse(request, refusal.status, str(refusal), refusal.faults, headers=refusal.headers)


async def _rule_invalid(request: Request, error: Exception) -> JSONResponse:
    problems = cast("RuleInvalidError", error).problems
    first = f"{problems[0].path}: {problems[0].message}" if problems[0].path else problems[0].message
    more = f" And {len(problems) - 1} more, see errors." if len(problems) > 1 else ""
    return refuse(request, 422, f"The rule cannot be used. {first}{more}", faults(problems))


async def _conflict(request: Request, error: Exception) -> JSONResponse:
    found = cast("RevisionConflictError", error)
    both = Conflict(
        expected_revision=found.expected,
        current_revision=found.current,
        current=found.current_text,
        proposed=found.proposed_text,
    )
    fault = Fault(path="expected_revision", message=str(found), value=found.expected, code="revision_conflict")
    return refuse(request, 409, str(found), [fault], conflict=both)


async def _not_found(request: Request, error: Exception) -> JSONResponse:
    suggestion = error.suggestion if isinstance(error, RuleNotFoundError) else None
    return refuse(
        request, 404, str(error), [Fault(path="", message=str(error), suggestion=suggestion, code="not_found")]
    )


async def _store_error(request: Request, error: Exception) -> JSONResponse:
    log.error("The rules' store: %s", error)
    return refuse(request, 503, str(error), [Fault(path="", message=str(error), code="store_unavailable")])


async def _engine_error(request: Request, error: Exception) -> JSONResponse:
    match error:
        case EngineRefusalError():
            status, code = 422, error.code
        case EngineUnreachableError() | EngineBusyError():
            status, code = 503, "engine_unavailable"
        case _:
            status, code = 502, "engine_failed"
    wait = error.retry_after if isinstance(error, EngineCallError) else None
    headers = {} if wait is None else {"Retry-After": str(round(wait))}
    return refuse(request, status, str(error), [Fault(path="", message=str(error), code=code)], headers=headers)


async def _request_invalid(request: Request, error: Exception) -> JSONResponse:
    found = cast("Sequence[dict[str, Any]]", cast("RequestValidationError", error).errors())
    listed = [
        Fault(
            path=".".join(str(part) for part in each["loc"] if part != "body"),
            message=f"{each['msg']}.",
            value=_plain(each.get("input")),
            code="malformed" if each["type"] == "json_invalid" else "invalid",
        )
        for each in found
    ]
    status = 400 if any(fault.code == "malformed" for fault in listed) else 422
    told = "; ".join(f"{fault.path}: {fault.message}" if fault.path else fault.message for fault in listed[:_LISTED])
    return refuse(request, status, f"The request cannot be used. {told}", listed)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    found = cast("HTTPException", error)
    message = found.detail if isinstance(found.detail, str) else "The request was refused."
    headers = dict(found.headers or {})
    if found.status_code == 404:  # noqa: PLR2004 - no route
        message = f"There is nothing at {request.url.path}. The paths of this API end with a slash; see openapi.json."
    elif found.status_code == 405:  # noqa: PLR2004
        # Starlette names the methods of the first route there only.
        headers = {"Allow": ", ".join(_methods(request))}
        message = f"{request.method} is not possible at {request.url.path}; what is: {headers['Allow']}."
    elif found.status_code == 401 or found.detail == _BAD_TOKEN:  # noqa: PLR2004
        message = f"{message}. Log in at Airflow (POST /auth/token), and send the token as 'Authorization: Bearer …'."
    codes = {401: "not_authenticated", 403: "not_allowed", 404: "not_found", 405: "wrong_method"}
    fault = Fault(path="", message=message, code=codes.get(found.status_code, "refused"))
    return refuse(request, found.status_code, message, [fault], headers=headers)


def _methods(request: Request) -> list[str]:
    """What can be sent to the path of a request."""
    here = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in here for method in getattr(route, "methods", None) or ()})


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("Request %s, %s %s", request_id(request), request.method, request.url.path, exc_info=error)
    message = f"Something went wrong here. The API server's log has it under the request id {request_id(request)}."
    return refuse(request, 500, message, [Fault(path="", message=message, code="internal")])


def _plain(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | float | str):
        return value[:200] if isinstance(value, str) else value
    return None
