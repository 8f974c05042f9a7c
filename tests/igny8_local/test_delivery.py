"""What is handed on: the parts on a server by docker compose, and the plugin for WordPress as an archive."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from igny8_engine.settings import Settings
from igny8_local.env_file import read_env_file
from igny8_local.paths import REPOSITORY

BY_HAND = {"IGNY8_HOME", "IGNY8_PRESETS_PATH"}
"""Settings of `make up` that a server has no use for: its state is in volumes, and its presets lie with the rules."""


@pytest.fixture(scope="module")
def text() -> str:
    return (REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    assert len(found) == 8
    return found


def copied() -> list[str]:
    """What the image is made of."""
    dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    return re.findall(r"^COPY (?:--\S+ )*(\S+) \S+$", dockerfile, re.MULTILINE)


def read_by_code() -> set[str]:
    """The variables that the programs read, whichever it is."""
    fields = {name for name, field in Settings.model_fields.items() if field.validation_alias is None}
    found = {f"IGNY8_{name.upper()}" for name in fields}
    for folder in ("plugins/igny8", "include/igny8_engine"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            found |= set(re.findall(r'"(IGNY8_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    return found


def test_the_image_is_made_of_what_there_is() -> None:
    let_in = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert len(copied()) == 5
    for source in copied():
        assert (REPOSITORY / source).exists(), source
        assert f"!{source}" in let_in, source


def test_what_docker_compose_builds_mounts_and_reads_is_there(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if name == "postgres":
            assert service["image"].startswith("postgres:")
        else:
            assert (REPOSITORY / service["build"] / "Dockerfile").is_file(), name
        if "env_file" in service:
            assert read_env_file(REPOSITORY / service["env_file"])["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
        mounted = [volume.partition(":")[0] for volume in service.get("volumes", []) if volume.startswith(".")]
        assert all((REPOSITORY / path).is_dir() for path in mounted), name
        assert set(service.get("depends_on", {})) <= services.keys(), name


def test_docker_compose_passes_every_setting_on_and_no_other(services: dict[str, Any]) -> None:
    passed = {name for service in services.values() for name in service["environment"] if name.startswith("IGNY8_")}
    assert passed <= read_by_code(), passed - read_by_code()
    documented = set(re.findall(r"`(IGNY8_[A-Z_]+)`", (REPOSITORY / "docs" / "operations.md").read_text("utf-8")))
    documented |= {"IGNY8_LLM_API_KEY", "IGNY8_ENGINE_PUBLISH_AT_ONCE"}
    in_image = set(re.findall(r"IGNY8_[A-Z_]+", (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")))
    assert documented <= passed | in_image | BY_HAND, documented - passed - in_image - BY_HAND


def test_the_secrets_that_docker_compose_wants_are_in_the_example(text: str) -> None:
    wanted = set(re.findall(r"\$\{(\w+):\?", text))
    assert "IGNY8_SECRET_KEY" in wanted
    assert wanted <= read_env_file(REPOSITORY / ".env.example").keys()


def test_the_plugin_is_packed_whole_and_with_nothing_else() -> None:
    done = subprocess.run(
        ["make", "--silent", "plugin"], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    archive = REPOSITORY / Path(done.stdout.strip())
    sources = REPOSITORY / "include" / "wordpress"
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        content = {name: packed.read(name) for name in packed.namelist() if not name.endswith("/")}
    kept = {path.relative_to(sources).as_posix(): path.read_bytes() for path in sources.rglob("*") if path.is_file()}
    assert content == kept
    assert {Path(name).suffix for name in content} == {".php", ".txt"}
    assert b"Plugin Name:" in content["igny8-helper/igny8-helper.php"], "WordPress knows a plugin by it"
