"""Calls of addresses that users give, with the engine's own refusal."""

from __future__ import annotations

import httpx

from igny8 import targets
from igny8_engine.errors import TargetNotAllowedError


class GuardedTransport(targets.GuardedTransport):
    """Calls only what may be called; refuses the rest with :class:`igny8_engine.errors.TargetNotAllowedError`."""

    def _refusal(self, message: str, hint: str | None = None) -> Exception:
        return TargetNotAllowedError(message, hint=hint)


def guarded_client(transport: GuardedTransport) -> httpx.AsyncClient:
    """An HTTP client for calls to addresses that users give."""
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(30.0, connect=10.0),
        trust_env=False,
        headers={"User-Agent": "igny8-engine"},
    )
