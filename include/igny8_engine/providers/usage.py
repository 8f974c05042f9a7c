"""How much of a model was used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Usage:
    """What was sent to a model and came back, failed attempts at an answer included."""

    requests: int = 0
    """Answers that the model gave."""
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, requests: int, input_tokens: int, output_tokens: int) -> None:
        """Count more in."""
        self.requests += requests
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens


class UsageMeter:
    """Counts the usage of one writer, in all and per piece of work."""

    def __init__(self) -> None:
        self.total = Usage()
        self._measured: ContextVar[tuple[Usage, ...]] = ContextVar("measured_usage", default=())

    @contextmanager
    def measure(self) -> Iterator[Usage]:
        """Count what the work inside the block uses, and nothing that runs beside it."""
        usage = Usage()
        token = self._measured.set((*self._measured.get(), usage))
        try:
            yield usage
        finally:
            self._measured.reset(token)

    def record(self, requests: int, input_tokens: int, output_tokens: int) -> None:
        """Count one conversation with the model."""
        for usage in (self.total, *self._measured.get()):
            usage.add(requests, input_tokens, output_tokens)
