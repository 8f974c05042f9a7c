"""The engine's settings, read from environment variables that begin with ``IGNY8_``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from cryptography.fernet import Fernet
from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from igny8.targets import read_hosts
from igny8.webhooks import HookSecret, read_secrets


class Settings(BaseSettings):
    """What an operator can set."""

    model_config = SettingsConfigDict(env_prefix="IGNY8_", extra="ignore", populate_by_name=True)

    database: str = Field(
        validation_alias=AliasChoices("IGNY8_ENGINE_DATABASE", "database"),
        pattern=r"^postgres(ql)?://",
        description="The PostgreSQL database, as a libpq URL: postgresql://user:password@host/name.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description=(
            "The Fernet key that the passwords of integrations are encrypted with. Behind it, with spaces between, may "
            "stand former ones, which they can still be read with."
        ),
    )
    llm_model: str = Field(default="", description="The pydantic-ai name of the model that writes; empty is offline.")
    llm_base_url: str = Field(default="", description="The address of an OpenAI-compatible server for the texts.")
    llm_api_key: SecretStr | None = Field(default=None, description="The key for that address.")
    image_model: str = Field(default="", description="The model that makes images; empty is none.")
    image_base_url: str = Field(default="", description="The address of an OpenAI-compatible server for images.")
    image_api_key: SecretStr | None = Field(default=None, description="The key for that address.")
    embedding_model: str = Field(default="", description="The model that compares keywords; empty is offline.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Hosts (with or without :port) on private networks that may be called, separated by commas.",
    )
    preview_path: Path | None = Field(default=None, description="The folder of the preview site; empty is none.")
    concurrency: int = Field(
        default=16,
        ge=1,
        le=256,
        validation_alias=AliasChoices("IGNY8_ENGINE_CONCURRENCY", "concurrency"),
        description="How many jobs one worker runs at once.",
    )
    publish_at_once: int = Field(
        default=4,
        ge=1,
        le=32,
        validation_alias=AliasChoices("IGNY8_ENGINE_PUBLISH_AT_ONCE", "publish_at_once"),
        description="How many texts one worker publishes at once to one WordPress.",
    )
    lease: float = Field(
        default=6.0,
        ge=0.5,
        validation_alias=AliasChoices("IGNY8_ENGINE_LEASE", "lease"),
        description="Seconds without a sign of life after which another worker takes over a job.",
    )
    events_url: str = Field(
        default="", pattern=r"^(https?://[^\s/].*)?$", description="Where events are delivered to; empty is nowhere."
    )
    events_secret: SecretStr | None = Field(
        default=None,
        description=(
            "What events are signed with: whsec_ and 24 to 64 random bytes in Base64; several, separated by spaces, "
            "while they are being changed."
        ),
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return read_hosts(value)
        return value

    @field_validator("preview_path", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("events_secret", mode="before")
    @classmethod
    def _webhook_secret(cls, value: object) -> object:
        if value in {None, ""}:
            return None
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        found, unusable = read_secrets(text)
        if unusable or not found:
            raise ValueError(
                "it is no webhook secret, or several separated by spaces; make one with: python -c 'import base64, os; "
                'print("whsec_" + base64.b64encode(os.urandom(32)).decode())\''
            )
        return value

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.events_url and self.events_secret is None:
            raise ValueError("IGNY8_EVENTS_URL is set and IGNY8_EVENTS_SECRET is not; events are not sent unsigned")
        return self

    @property
    def events_secrets(self) -> list[HookSecret]:
        """What events are signed with; none where they are not sent."""
        return read_secrets(self.events_secret.get_secret_value() if self.events_secret else "")[0]

    @field_validator("secret_key", mode="before")
    @classmethod
    def _fernet(cls, value: object) -> object:
        if value in {None, ""}:
            return None
        key = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        try:
            for each in key.split():
                Fernet(each)
        except ValueError as error:
            raise ValueError(
                "it is no Fernet key; make one with: python -c 'from cryptography.fernet import Fernet; "
                "print(Fernet.generate_key().decode())'"
            ) from error
        return value
