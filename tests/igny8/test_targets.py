"""Calling addresses that users give."""

from __future__ import annotations

import asyncio

import httpx

from igny8.targets import GuardedTransport


async def test_hosts_at_the_same_address_share_no_connection() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = GuardedTransport(("127.0.0.1", "localhost"))
    async with server, httpx.AsyncClient(transport=transport, trust_env=False) as http:
        for host in ("127.0.0.1", "localhost", "127.0.0.1"):
            assert (await http.get(f"http://{host}:{port}/")).text == "ok"
        assert connections == 2
