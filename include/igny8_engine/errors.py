"""The errors of the content engine, one class per cause.

Each says what was wrong and what to do about it; ``code`` is what programs tell them apart by.
"""

from __future__ import annotations


class EngineError(Exception):
    """The base: a message for people, a code for programs, and the HTTP status that the API answers with."""

    code = "engine_error"
    status = 500

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


class ItemFailedError(EngineError):
    """One item of a job cannot be done; the job goes on with the others."""

    code = "item_failed"
    status = 422


class ProviderFailedError(ItemFailedError):
    """A model provider did not deliver after every retry: refused, timed out, or sent what cannot be used."""

    code = "provider_failed"
    status = 502

    def __init__(self, provider: str, message: str, *, hint: str | None = None) -> None:
        self.provider = provider
        super().__init__(f"{provider}: {message}", hint=hint)
