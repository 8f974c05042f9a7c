"""Somebody who is sent events: on a socket, doing as it is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Answer = Callable[[int, dict[str, str], bytes], Awaitable[bytes]]


async def received(_: int, __: dict[str, str], ___: bytes) -> bytes:
    return b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@dataclass
class Receiver:
    """Receives events on a socket, and misbehaves as it is told to."""

    answer: Answer = received
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, count: int) -> None:
        async with self.more:
            await self.more.wait_for(lambda: len(self.seen) >= count)

    async def until_all(self, ids: set[str]) -> None:
        async with self.more:
            await self.more.wait_for(lambda: ids <= set(self.ids()))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head if line)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.seen.append((headers, body))
            async with self.more:
                self.more.notify_all()
            writer.write(await self.answer(len(self.seen), headers, body))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def ids(self) -> Counter[str]:
        return Counter(headers["webhook-id"] for headers, _ in self.seen)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks/"
    yield made
    server.close()
