"""Connecting to a model by its name."""

from __future__ import annotations

from inspect import signature
from typing import Any

from openai import AsyncOpenAI, OpenAIError
from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model, infer_model, parse_model_id
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers import Provider, infer_provider_class
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from igny8_engine.providers.errors import ProviderSettingsError

_OPENAI = frozenset({"openai", "openai-chat"})
_NO_KEY = "no-key"
"""What is sent to a server that asks for no key; the OpenAI library insists on one."""


def chat_model(name: str, *, base_url: str | None = None, api_key: str | None = None) -> Model:
    """The model of that name.

    With a base URL, ``openai:`` names are asked for over the chat completions protocol that OpenAI-compatible servers
    speak; other providers' names keep their own protocol at that address. Without a key, the provider's own
    environment variable is read; for ``openai:`` names only if there is no base URL, so that OpenAI's key goes to
    nobody else.

    Raises:
        ProviderSettingsError: the name is unknown, its library is not installed, or a key is missing.
    """
    provider_name, model_name = parse_model_id(name)
    try:
        if base_url and provider_name in _OPENAI:
            return OpenAIChatModel(
                model_name, provider=OpenAICompatibleProvider("openai-compatible", base_url=base_url, api_key=api_key)
            )
        if base_url or api_key:
            return infer_model(name, provider_factory=lambda kind: _provider(kind, base_url, api_key))
        return infer_model(name)
    except (UserError, OpenAIError, ImportError, ValueError) as error:
        raise ProviderSettingsError(
            f"The model {name!r} cannot be used: {error}",
            hint="Give a name such as openai:gpt-6-luna or anthropic:claude-sonnet-5-5 and the key that it needs.",
        ) from error


def _provider(kind: str, base_url: str | None, api_key: str | None) -> Provider[Any]:
    provider_class = infer_provider_class(kind)
    given = {"base_url": base_url, "api_key": api_key}
    arguments = {name: value for name, value in given.items() if value is not None}
    if unknown := arguments.keys() - signature(provider_class).parameters.keys():
        raise ValueError(f"{kind} takes no {' and no '.join(sorted(unknown))}")
    return provider_class(**arguments)


def openai_client(*, base_url: str | None, api_key: str | None, timeout: float) -> AsyncOpenAI:
    """A client for the endpoints that OpenAI-compatible servers have beside the chat, with its own retries off.

    ``timeout`` is for one attempt, in seconds.

    Raises:
        ProviderSettingsError: neither a base URL nor a key is known.
    """
    try:
        return AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or (_NO_KEY if base_url else None),
            timeout=timeout,
            max_retries=0,
        )
    except OpenAIError as error:
        raise ProviderSettingsError(
            f"OpenAI cannot be used: {error}", hint="Set OPENAI_API_KEY, or the base URL of another server."
        ) from error
