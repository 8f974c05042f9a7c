"""The errors of the model providers, one class per kind of cause."""

from __future__ import annotations

from igny8_engine.errors import EngineError, ProviderFailedError


class ProviderRefusedError(ProviderFailedError):
    """The provider will not do it however often it is asked: a wrong key, no money left, an unknown model."""

    code = "provider_refused"
    retryable = False


class ProviderUnavailableError(ProviderFailedError):
    """The provider could not be reached, was overloaded or too slow, also after every retry."""

    code = "provider_unavailable"
    retryable = True


class ProviderAnswerError(ProviderFailedError):
    """The provider answered, but with nothing that can be used, also after it was told what was wrong."""

    code = "provider_answer_unusable"
    retryable = True


class ProviderSettingsError(EngineError):
    """The settings name a model that cannot be connected to, such as an unknown name or one without a key."""

    code = "provider_settings"
    status = 500
