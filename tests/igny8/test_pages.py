"""The built web pages: up to date with their sources, small, and served as files that do nothing by themselves."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from igny8.api.pages import FOLDER, asset_url, react_apps

SOURCES = Path(__file__).parents[2] / "include" / "ui"
GENERATED = SOURCES / "src" / "api" / "schema.ts"
LIMIT = 250_000
"""Bytes, gzipped, of the bundle that every page loads."""


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_bundles_are_built_from_these_sources() -> None:
    files = [path for path in (SOURCES / "src").rglob("*") if path.is_file() and ".test." not in path.name]
    files += [SOURCES / name for name in ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")]
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(SOURCES).as_posix(), path) for path in files if path != GENERATED):
        digest.update(f"{name} {sha256(path)}\n".encode())
    built = json.loads((FOLDER / "built.json").read_text())
    assert built["sources"] == digest.hexdigest(), "the sources of the pages have changed; run: make ui"
    bundles = {path.name: sha256(path) for path in FOLDER.glob("*.js")}
    assert built["bundles"] == bundles, "a bundle is not what was built; run: make ui"
    # The first bundle knows the others by their versions.
    for name, digest_of_file in bundles.items():
        assert name == "automation.js" or digest_of_file[:12] in (FOLDER / "automation.js").read_text()


def test_the_first_bundle_is_small() -> None:
    assert len(gzip.compress((FOLDER / "automation.js").read_bytes())) < LIMIT


def test_the_lock_file_names_no_place_that_packages_come_from() -> None:
    packages = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert len(packages) > 100
    assert not [name for name, package in packages.items() if "resolved" in package]


@pytest.mark.parametrize("entry", react_apps(), ids=lambda entry: str(entry["destination"]))
def test_airflow_finds_each_entry(entry: dict[str, str]) -> None:
    assert not entry["bundle_url"].startswith("/"), "Airflow may be mounted below a path"
    assert re.fullmatch(r"api/v1/automation/static/automation\.js\?v=[0-9a-f]{12}", entry["bundle_url"])
    bundle = (FOLDER / "automation.js").read_text()
    # The page looks a component up under the entry's name.
    assert re.search(rf"\.{entry['name']}=|[`\"']{entry['name']}[`\"']", bundle)
    assert asset_url("icon.svg") == entry["icon"]


def test_no_source_renders_what_it_was_sent_as_markup() -> None:
    for path in (SOURCES / "src").rglob("*.ts*"):
        assert not re.search(r"dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|\beval\(", path.read_text()), path
