"""Calling the command in this process, with nothing of the caller's environment that could reach a real system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from igny8.cli.app import app

Igny8 = Callable[..., Result]


@pytest.fixture
def igny8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Igny8:
    """Calls ``igny8`` in an empty folder; stdout and stderr are apart in the result."""
    for name in ("URL", "TOKEN", "USERNAME", "PASSWORD", "ENGINE_URL", "ENGINE_KEY", "RULES_PATH"):
        monkeypatch.delenv(f"IGNY8_{name}", raising=False)
    monkeypatch.setenv("IGNY8_HOME", str(tmp_path / "no-home"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, given: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(app, list(arguments), input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call
