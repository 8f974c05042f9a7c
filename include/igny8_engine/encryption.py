"""Encrypting the passwords of integrations."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from igny8_engine.errors import MissingSecretKeyError, WrongSecretKeyError


class PasswordSafe:
    """Encrypts with the engine's key, and decrypts with any of its keys.

    Args:
        keys: Fernet keys with spaces between them: the one that encrypts, then those before it.
    """

    def __init__(self, keys: SecretStr | None) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys.get_secret_value().split()]) if keys else None

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

    def renewed(self, stored: bytes, integration: str) -> bytes:
        """The same password, encrypted with the first key.

        Raises:
            MissingSecretKeyError: the engine has no key.
            WrongSecretKeyError: it was encrypted with a key that the engine has not.
        """
        return self.encrypt(self.decrypt(stored, integration))
