"""A reverse proxy that breaks what passes through it, by rules: for tests only."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Literal

import httpx


@dataclass
class Rule:
    """What to break. The first rule that fits a request and has ``times`` left is used."""

    method: str
    path: str
    do: Literal["answer", "cut", "hang", "strip", "late", "slow"]
    when: Literal["before", "after"] = "before"
    """Before: the site is never asked. After: it has done its work, and the client isn't told."""
    status: int = 502
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "<html><body>Bad gateway</body></html>"
    content_type: str = "text/html"
    names: tuple[str, ...] = ()
    """Of ``strip``: the fields that the site never gets."""
    times: int = 1
    seconds: float = math.inf
    """Of ``slow``: how long the site is at it. It does its work at the end of that, or once the client hangs up."""
    skip: int = 0
    """How many requests that fit pass unharmed before."""


@dataclass
class Seen:
    method: str
    path: str
    headers: httpx.Headers
    body: bytes

    def fits(self, pattern: str) -> bool:
        """Whether the pattern is in the path, with its parameters or without."""
        return any(re.search(pattern, path) for path in (self.path, self.path.partition("?")[0]))


class FaultyProxy:
    """Stands before a site at ``url``; ``rules`` says what breaks, ``seen`` what was asked."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.url = ""
        self.rules: list[Rule] = []
        self.seen: list[Seen] = []
        self._late: list[Seen] = []

    def asked(self, method: str, path: str = "") -> list[Seen]:
        return [seen for seen in self.seen if seen.method == method and seen.fits(path)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FaultyProxy]:
        async with httpx.AsyncClient(timeout=60, trust_env=False, verify=False) as self._http:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            self.url = f"http://127.0.0.1:{port}"
            async with server:
                yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen = await self._request(reader)
            self.seen.append(seen)
            rule = self._rule(seen)
            if rule is not None and rule.do == "late":
                self._late.append(seen)
                writer.transport.abort()
                return
            await self._act(rule, reader, writer, seen)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _act(
        self, rule: Rule | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen
    ) -> None:
        if seen.method == "POST":
            await self._deliver_late()
        if rule is not None and rule.do == "slow":
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), rule.seconds)
        answer = await self._forward(_stripped(seen, rule)) if _reaches_the_site(rule) else None
        if rule is not None and rule.do == "cut":
            writer.transport.abort()
        elif rule is not None and rule.do == "hang":
            await reader.read()  # until the client has had enough and hangs up
        elif answer is not None and (rule is None or rule.do in {"strip", "slow"}):
            kept = {name: answer.headers[name] for name in answer.headers if name.startswith(("x-wp", "location"))}
            self._write(writer, answer.status_code, answer.headers.get("content-type", ""), answer.content, kept)
        elif rule is not None:
            self._write(writer, rule.status, rule.content_type, rule.body.encode(), rule.headers)
        if not writer.transport.is_closing():
            await writer.drain()

    async def _deliver_late(self) -> None:
        """What was sent earlier and is late arrives now."""
        late, self._late = self._late, []
        for seen in late:
            await self._forward(seen)

    @staticmethod
    async def _request(reader: asyncio.StreamReader) -> Seen:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = httpx.Headers(
            [(name, value) for name, _, value in (line.partition(": ") for line in head[1:] if line)]
        )
        return Seen(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))

    async def _forward(self, seen: Seen) -> httpx.Response:
        skipped = {"content-length", "connection", "accept-encoding"}
        kept = [(name, value) for name, value in seen.headers.multi_items() if name not in skipped]
        return await self._http.request(seen.method, self.target + seen.path, headers=kept, content=seen.body)

    @staticmethod
    def _write(
        writer: asyncio.StreamWriter, status: int, content_type: str, body: bytes, headers: dict[str, str]
    ) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body)

    def _rule(self, seen: Seen) -> Rule | None:
        for rule in self.rules:
            if rule.times and rule.method == seen.method and seen.fits(rule.path):
                if rule.skip:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                return rule
        return None


def _reaches_the_site(rule: Rule | None) -> bool:
    return rule is None or rule.when == "after" or rule.do in {"strip", "slow"}


def _stripped(seen: Seen, rule: Rule | None) -> Seen:
    if rule is None or rule.do != "strip":
        return seen
    kept = {name: value for name, value in json.loads(seen.body).items() if name not in rule.names}
    return replace(seen, body=json.dumps(kept).encode())
