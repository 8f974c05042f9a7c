"""What is taken as the body of a request: not too much of it, and only JSON that can be stored."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Final

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import JsonValue
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from igny8.api.envelope import Fault, refuse
from igny8.api.errors import ApiError, MalformedRequestError, TooLargeError
from igny8.rules.document import MAX_DEPTH, MAX_DIGITS

MAX_BODY: Final = 1_048_576
"""The largest body that is read, in bytes."""
_DISCARDED: Final = 32 * MAX_BODY
"""How much more of a body that is too large is let in and thrown away, so that its sender gets to read the answer."""
MAX_FILE: Final = 10 * MAX_BODY
"""The largest file that is read, in bytes; the content engine takes as much."""
_LEFT: Final = ("/hooks/", "/content/keywords/import/")
"""What is sent there is not read before it is known who sends it: the routes read it themselves, by
:func:`read_signed` and :func:`read_file`."""

_Parts = tuple[str | int, ...]


class CheckBodies:
    """A middleware: no route gets a body that is too large, or JSON that is none or cannot be stored."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, and go on with it or refuse it."""
        request = Request(scope) if scope["type"] == "http" else None
        if request is None or _path(request).startswith(_LEFT):
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive)
            if body is None:
                return  # half a body is none, and nobody waits for an answer
            if _is_json(request) and body.strip():
                read_json(body)
        except ApiError as error:
            await _refusal(request, error)(scope, receive, send)
            return
        told = False

        async def again() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


async def read_signed(request: Request) -> bytes:
    """The body of a request that this module's middleware has left alone.

    Raises:
        TooLargeError: when it is larger than :data:`MAX_BODY`; no more than that is read.
        MalformedRequestError: when the connection ends before it.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BODY:
        raise _too_large()
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise _too_large()
    except ClientDisconnect as error:
        raise _half() from error
    return bytes(body)


async def read_file(request: Request) -> bytes:
    """A file as the body of a request that this module's middleware has left alone.

    Raises:
        TooLargeError: when it is larger than :data:`MAX_FILE`; no more than that is kept.
        MalformedRequestError: when the connection ends before it.
    """
    body = await _read(request.receive, MAX_FILE)
    if body is None:
        raise _half()
    return body


async def _read(receive: Receive, limit: int = MAX_BODY) -> bytes | None:
    """The whole body; ``None`` when its sender has gone before the end of it."""
    body = bytearray()
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            body += chunk
        elif size > _DISCARDED:
            break
        more = bool(message.get("more_body", False))
    if size > limit:
        raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int = MAX_BODY) -> TooLargeError:
    return TooLargeError(f"The body is larger than the {limit:,} bytes that are read at most. Send less at once.")


def _half() -> MalformedRequestError:
    return MalformedRequestError("The connection ended before the whole body was there.")


def _is_json(request: Request) -> bool:
    return "json" in request.headers.get("content-type", "")


def _path(request: Request) -> str:
    return str(request.url.path).removeprefix(str(request.scope.get("root_path", "")))


def _refusal(request: Request, error: ApiError) -> JSONResponse:
    return refuse(request, error.status, str(error), error.faults, headers=error.headers)


def read_json(body: bytes) -> JsonValue:
    """A body as data.

    Raises:
        MalformedRequestError: when it is not JSON, or JSON whose meaning is in doubt (a name twice in an object), or
            that no database keeps (numbers without end, NUL characters, halves of characters); says where.
    """
    try:
        document: JsonValue = json.loads(
            body, parse_constant=_no_constant, parse_float=_float, parse_int=_int, object_pairs_hook=_object
        )
    except UnicodeDecodeError as error:
        raise MalformedRequestError(f"The body is not UTF-8: {error.reason} at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        message = f"The body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise malformed(message, error.lineno, error.colno) from error
    except RecursionError as error:
        raise MalformedRequestError(_too_deep()) from error
    except ValueError as error:
        raise MalformedRequestError(f"The body is not JSON that can be used: {error}.") from error
    _check(document)
    return document


def malformed(message: str, line: int | None, column: int | None) -> MalformedRequestError:
    """The refusal of a body that cannot be read at that place."""
    fault = Fault(path="", message=message, code=MalformedRequestError.code, line=line, column=column)
    return MalformedRequestError(message, [fault])


def _check(document: JsonValue) -> None:
    """Refuse texts that cannot be stored, and depths that nothing else here gets through."""
    waiting: list[tuple[JsonValue, _Parts]] = [(document, ())]
    while waiting:
        value, parts = waiting.pop()
        if len(parts) > MAX_DEPTH:
            raise MalformedRequestError(_too_deep())
        match value:
            case str():
                _check_text(value, parts)
            case dict():
                for name, each in value.items():
                    _check_text(name, parts)
                    waiting.append((each, (*parts, name)))
            case list():
                waiting.extend((each, (*parts, index)) for index, each in enumerate(value))


def _check_text(text: str, parts: _Parts) -> None:
    if text.isascii() and "\0" not in text:
        return
    if "\0" in text:
        what = "a NUL character (\\u0000)"
    elif any("\ud800" <= character <= "\udfff" for character in text):
        what = "half of a character (\\ud800 to \\udfff without its other half)"
    else:
        return
    place = _place(parts)
    message = f"The text at {place or 'the top'} holds {what}, which cannot be stored. Take it out."
    raise MalformedRequestError(message, [Fault(path=place, message=message, code=MalformedRequestError.code)])


def _place(parts: Sequence[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _too_deep() -> str:
    return f"The body nests lists and objects more than {MAX_DEPTH} deep. Nothing here needs so many levels."


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"{twice!r} stands twice in the same object; take one of them out")
    return found


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:MAX_DIGITS]} is larger than any number that can be kept")
    return number


def _int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"{text[:MAX_DIGITS]}… has more than {MAX_DIGITS} digits")
    return int(text)


def _no_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is not a JSON number")
