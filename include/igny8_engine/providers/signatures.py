"""The functions that providers are given and give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

Embed = Callable[[Sequence[str]], Awaitable[list[list[float]]]]
"""Turns phrases into vectors of one length, in their order."""

Fetch = Callable[[str], Awaitable[bytes]]
"""Loads an address that an image server named; refuses what the operator does not allow. Raises ``httpx.HTTPError``."""
