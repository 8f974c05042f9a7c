"""Which addresses that users give may be called: http(s), on public networks or on hosts that the operator allows.

Both halves call such addresses: the engine WordPress, Airflow's half the receivers of notifications.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from contextlib import suppress

import httpx

_PORTS = {"http": 80, "https": 443}


class TargetRefusedError(Exception):
    """An address that may not be called: not http(s), or on a private network. ``hint`` says what to do about it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.hint = hint
        super().__init__(message)


def read_hosts(text: str) -> tuple[str, ...]:
    """The hosts of ``IGNY8_ALLOWED_HOSTS``: ``host`` or ``host:port``, separated by commas."""
    return tuple(host for part in text.split(",") if (host := part.strip().lower()))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Looks up every host before it is called, checks the addresses, and connects to one of those it has checked.

    Names are looked up once, so that a name which changes its mind after the check leads nowhere else. Redirects come
    through here as well.
    """

    def __init__(self, allowed_hosts: Collection[str], inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._allowed = frozenset(allowed_hosts)
        self._given = inner
        self._by_host: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Check where the request goes, and send it.

        Raises:
            TargetRefusedError: the address may not be called.
        """
        address = await self._checked(request.url)
        # A request of its own: the caller's keeps its address, from which redirects and cookies are worked out.
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return await self._inner(request.url.host).handle_async_request(pinned)

    async def aclose(self) -> None:
        """Close the connections."""
        for transport in (self._given, *self._by_host.values()):
            if transport is not None:
                await transport.aclose()

    def _inner(self, host: str) -> httpx.AsyncBaseTransport:
        # Hosts at one address share no connections: on one that was made for another, that one's certificate was shown.
        if self._given is not None:
            return self._given
        if host not in self._by_host:
            self._by_host[host] = httpx.AsyncHTTPTransport(retries=1)
        return self._by_host[host]

    async def check(self, url: str) -> None:
        """Make sure that the address may be called.

        Raises:
            TargetRefusedError: it may not.
            httpx.ConnectError: its host is not known.
        """
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise self._refusal(f"{url!r} is no address: {error}") from error
        await self._checked(parsed)

    def _refusal(self, message: str, hint: str | None = None) -> Exception:
        return TargetRefusedError(message, hint)

    async def _checked(self, url: httpx.URL) -> str:
        if url.scheme not in _PORTS or not url.host:
            raise self._refusal(f"{url.copy_with(userinfo=b'')} cannot be called: only http and https addresses can.")
        port = url.port or _PORTS[url.scheme]
        addresses = await _addresses(url.host, port)
        allowed = not self._allowed.isdisjoint({url.host.lower(), f"{url.host.lower()}:{port}"})
        for address in addresses:
            if not allowed and not _is_public(address):
                raise self._refusal(
                    f"{url.host}:{port} leads to {address}, which is on a private network.",
                    hint=f"If that is meant, add {url.host}:{port} to IGNY8_ALLOWED_HOSTS.",
                )
        return addresses[0]


async def _addresses(host: str, port: int) -> list[str]:
    with suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"the host {host} is not known ({error})") from error
    # IPv4 first: a host may have an IPv6 address that this machine has no way to.
    return sorted({str(address[4][0]) for address in found}, key=lambda address: (":" in address, address))


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast
