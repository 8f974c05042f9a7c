"""How ``http_request`` calls: to allowed hosts only, with limits, and with every failure named by its cause."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Collection
from typing import Final
from weakref import WeakKeyDictionary

import httpx
from pydantic import JsonValue

from igny8.actions.errors import ActionNotDoneError
from igny8.actions.http_request import HttpRequestParams, Secret
from igny8.actions.own import ActionRun
from igny8.asking_to_wait import asked_pause
from igny8.conditions import MISSING, lookup
from igny8.targets import GuardedTransport, TargetRefusedError

MOST_BYTES: Final = 1 << 20
"""How large an answer may be: it is kept with the run."""
MOST_REDIRECTS: Final = 3

_LONGEST: Final = 120.0
"""How long any one step of a call may take, in seconds; the call's own limit comes first."""
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[frozenset[str], httpx.AsyncClient]] = WeakKeyDictionary()

_MOMENTARY: Final = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY})
_ASKS: Final = frozenset({"GET", "HEAD"})
"""The methods that change nothing: only they follow redirects."""


async def call(
    params: HttpRequestParams, run: ActionRun, *, hosts: Collection[str], private_hosts: Collection[str]
) -> tuple[int, JsonValue]:
    """Send the request; the status of the answer, and what was asked for of it.

    Args:
        params: The request, with a value in the place of every reference.
        run: The run that it belongs to.
        hosts: The hosts that may be called at all.
        private_hosts: Those that may although they are on private networks.

    Raises:
        ActionNotDoneError: it could not be sent, or the answer is not as expected.
    """
    http = _client(frozenset(private_hosts))
    try:
        async with asyncio.timeout(params.timeout):
            return await _Call(params, run, hosts, http).made()
    except TimeoutError as error:
        reason = f"{_shown(params.url)} did not answer within {params.timeout:g} seconds."
        raise ActionNotDoneError(reason, cause="unavailable") from error
    except TargetRefusedError as error:
        raise ActionNotDoneError(f"{error} {error.hint or ''}".strip(), cause="refused") from error
    except httpx.InvalidURL as error:
        raise ActionNotDoneError(f"{_shown(params.url)} is no address: {error}.", cause="refused") from error
    except (httpx.HTTPError, OSError) as error:
        reason = f"{_shown(params.url)} did not answer ({str(error) or type(error).__name__})."
        raise ActionNotDoneError(reason, cause="unavailable") from error


def _client(private_hosts: frozenset[str]) -> httpx.AsyncClient:
    # One for all calls of a process: to make one takes time in which no other trigger runs. Connections are not kept,
    # as they are made to addresses, and one that was made for another name at the same address would be taken for this.
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    if private_hosts not in clients:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        transport = GuardedTransport(private_hosts, httpx.AsyncHTTPTransport(limits=limits))
        clients[private_hosts] = httpx.AsyncClient(
            transport=transport, follow_redirects=False, trust_env=False, timeout=_LONGEST
        )
    return clients[private_hosts]


class _Call:
    def __init__(
        self, params: HttpRequestParams, run: ActionRun, hosts: Collection[str], http: httpx.AsyncClient
    ) -> None:
        self._params = params
        self._run = run
        self._hosts = frozenset(hosts)
        self._http = http

    async def made(self) -> tuple[int, JsonValue]:
        url = httpx.URL(self._params.url)
        if self._params.query:
            url = url.copy_merge_params({name: _text(value) for name, value in self._params.query.items()})
        for _ in range(MOST_REDIRECTS + 1):
            self._check(url)
            request = self._http.build_request(
                self._params.method, url, headers=await self._headers(url), content=self._content()
            )
            answer = await self._http.send(request, stream=True)
            try:
                if self._params.method in _ASKS and answer.has_redirect_location and not self._expected(answer):
                    url = url.join(answer.headers["Location"])
                    continue
                self._judge(answer)
                return answer.status_code, await self._taken(answer)
            finally:
                await answer.aclose()
        raise ActionNotDoneError(f"{_shown(self._params.url)} redirects without end.", cause="refused")

    def _check(self, url: httpx.URL) -> None:
        host, port = url.host.lower(), url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
        if url.scheme not in {"http", "https"} or not host:
            raise ActionNotDoneError(f"{_shown(str(url))} is no address that can be called.", cause="refused")
        if self._hosts.isdisjoint({host, f"{host}:{port}"}):
            raise ActionNotDoneError(
                f"Rules may not call {host}:{port}. If they shall, add it to IGNY8_HTTP_HOSTS.", cause="refused"
            )

    async def _headers(self, url: httpx.URL) -> dict[str, str]:
        headers = {
            "User-Agent": "igny8-automation",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # what is packed can be larger than it says
            "Idempotency-Key": f"igny8-{hashlib.sha256(self._run.key.encode()).hexdigest()[:40]}",
        }
        if self._content() is not None:
            headers["Content-Type"] = "application/json"
        at_home = url.host == httpx.URL(self._params.url).host
        for name, value in self._params.headers.items():
            if isinstance(value, str):
                headers[name] = value
            elif at_home:
                headers[name] = f"{value.prefix}{await self._secret(value, url.host)}"
        return headers

    async def _secret(self, secret: Secret, host: str) -> str:
        if secret.variable is not None:
            found = await self._run.variable(secret.variable)
        else:
            credentials = await self._run.connection(secret.connection or "")
            meant = credentials.host.rpartition("://")[2].partition("/")[0].partition(":")[0].lower()
            if meant != host.lower():
                raise ActionNotDoneError(
                    f"The connection '{secret.connection}' is for {meant or 'no host'}, so its password is not sent to "
                    f"{host}. Put {host} into its host if that is meant.",
                    cause="refused",
                )
            found = credentials.password
        if not found.isascii() or not found.isprintable():
            raise ActionNotDoneError(
                f"The secret '{secret.connection or secret.variable}' holds what no header can.", cause="refused"
            )
        return found

    def _content(self) -> bytes | None:
        return None if self._params.body is None else json.dumps(self._params.body, ensure_ascii=False).encode()

    def _expected(self, answer: httpx.Response) -> bool:
        wanted = self._params.expected_status
        return answer.status_code in wanted if wanted else answer.is_success

    def _judge(self, answer: httpx.Response) -> None:
        """Make sure that the status is an expected one."""
        if self._expected(answer):
            return
        status, shown = answer.status_code, _shown(self._params.url)
        asked = asked_pause(answer.headers.get("Retry-After"))
        if status == httpx.codes.TOO_MANY_REQUESTS:
            wait = f" for {asked:g} seconds" if asked is not None else ""
            raise ActionNotDoneError(f"{shown} is busy and asks to wait{wait} (429).", cause="busy", wait=asked)
        if answer.is_server_error or status in _MOMENTARY:
            raise ActionNotDoneError(f"{shown} answered {status}.", cause="unavailable", wait=asked)
        if answer.has_redirect_location:
            reason = f"{shown} wants to redirect elsewhere ({status}), which {self._params.method} does not follow."
            raise ActionNotDoneError(reason, cause="refused")
        wanted = ", ".join(map(str, self._params.expected_status)) or "200 to 299"
        raise ActionNotDoneError(f"{shown} answered {status}, and {wanted} was expected.", cause="refused")

    async def _taken(self, answer: httpx.Response) -> JsonValue:
        shown = _shown(self._params.url)
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise ActionNotDoneError(f"{shown} answered with packed data, which was not asked for.", cause="refused")
        body = bytearray()
        async for part in answer.aiter_raw():
            body += part
            if len(body) > MOST_BYTES:
                raise ActionNotDoneError(f"{shown} answered with more than {MOST_BYTES:,} bytes.", cause="refused")
        try:
            value: JsonValue = json.loads(body)
        except (ValueError, RecursionError) as error:
            if self._params.take is None:
                return None
            reason = f"{shown} answered with no JSON, so nothing can be taken from {self._params.take}."
            raise ActionNotDoneError(reason, cause="refused") from error
        if self._params.take is None:
            return value
        taken = lookup({"answer": value}, f"answer.{self._params.take}")
        if taken is MISSING:
            raise ActionNotDoneError(f"The answer of {shown} has nothing at {self._params.take}.", cause="refused")
        return taken  # type: ignore[return-value]


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _shown(url: str) -> str:
    """The address for messages: without what may be a secret."""
    return url.partition("?")[0].partition("#")[0]
