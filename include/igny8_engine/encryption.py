"""Encrypting the passwords of integrations."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr

from igny8_engine.errors import MissingSecretKeyError, WrongSecretKeyError


class PasswordSafe:
    """Encrypts and decrypts with the engine's key."""

    def __init__(self, key: SecretStr | None) -> None:
        self._fernet = Fernet(key.get_secret_value()) if key else None

    def encrypt(self, password: str) -> bytes:
        """The password as it is stored.

        Raises:
            MissingSecretKeyError: the engine has no key.
        """
        if self._fernet is None:
            raise MissingSecretKeyError
        return self._fernet.encrypt(password.encode())

    def decrypt(self, stored: bytes, integration: str) -> str:
        """The password of the integration of that name.

        Raises:
            MissingSecretKeyError: the engine has no key.
            WrongSecretKeyError: it was encrypted with another one.
        """
        if self._fernet is None:
            raise MissingSecretKeyError
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken as error:
            raise WrongSecretKeyError(integration) from error
