"""Secrets and access.json."""

import json
import stat
from pathlib import Path

from standardwebhooks import Webhook

from igny8_local.access import Access
from igny8_local.credentials import Credentials

ACCESS = Access("http://127.0.0.1:1", "admin", "secret", "http://127.0.0.1:2", "key", "demo")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_they_are_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    first = Credentials.load(file)
    assert mode(file) == 0o600
    assert Credentials.load(file) == first
    assert Credentials.load(tmp_path / "another.json").airflow_password != first.airflow_password
    assert Webhook(first.events_secret)


def test_what_an_older_file_lacks_is_made(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text('{"airflow_password": "kept"}')
    loaded = Credentials.load(file)
    assert loaded.airflow_password == "kept"
    assert Credentials.load(file) == loaded


def test_access_is_for_its_owner_only_even_where_a_file_was_open_to_all(tmp_path: Path) -> None:
    file = tmp_path / "access.json"
    file.write_text("{}")
    file.chmod(0o644)
    ACCESS.write(file)
    assert mode(file) == 0o600
    assert set(json.loads(file.read_text())) == {
        "airflow_url", "username", "password", "engine_url", "engine_key", "account",
    }  # fmt: skip
    assert Access.read(file) == ACCESS
