"""What a WordPress on SQLite takes: the switch, npm, and a file that is the one that is pinned."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from igny8_local.errors import BadSettingError
from igny8_local.places import WantedPlace
from igny8_local.wordpress import driver, npm, programs
from igny8_local.wordpress.databases import wanted_database
from igny8_local.wordpress.driver import fetch_driver
from igny8_local.wordpress.errors import NoSqliteError
from igny8_local.wordpress.npm import NpmPackage
from igny8_local.wordpress.programs import Programs
from igny8_local.wordpress.sqlite import Sqlite


@pytest.mark.parametrize(("value", "name"), [("", "mariadb"), ("mariadb", "mariadb"), (" sqlite ", "sqlite")])
def test_the_database_is_mariadb_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str, name: str
) -> None:
    monkeypatch.setenv("WORDPRESS_DATABASE", value)
    monkeypatch.setenv("WORDPRESS", "local")
    assert (wanted_database(), WantedPlace.from_environment().database) == (name, name)


@pytest.mark.parametrize("place", ["", "preview"])
def test_what_is_no_database_is_refused_wherever_is_published_to(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("WORDPRESS", place)
    monkeypatch.setenv("WORDPRESS_DATABASE", "postgres")
    with pytest.raises(BadSettingError, match=r"WORDPRESS_DATABASE='postgres' can't be used: it is mariadb or sqlite"):
        WantedPlace.from_environment()


def test_without_npm_it_is_said_how_to_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(npm, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSqliteError) as error:
        Programs(tmp_path).with_sqlite()
    first, second = str(error.value).splitlines()
    assert "no npm" in first
    assert "apt-get install npm" in first
    assert "MariaDB" in second


@pytest.fixture
def package(tmp_path: Path) -> NpmPackage:
    """A package like the one that is pinned, but on this machine, and of another hash than is said."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "package.json").write_text('{"name": "like-it", "version": "1.0.0"}')
    with zipfile.ZipFile(folder / "sqlite-database-integration.zip", "w") as plugin:
        plugin.writestr("plugin-sqlite-database-integration/readme.txt", "Requires at least: 6.4\n")
    return NpmPackage("like-it", f"file:{folder}", "sha512-another")


def test_another_file_than_the_one_that_is_pinned_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: NpmPackage
) -> None:
    folder = tmp_path / "driver"
    monkeypatch.setattr(driver, "DRIVER", package)
    with pytest.raises(NoSqliteError, match="sha512-another") as error:
        fetch_driver(tmp_path / "first", folder)
    assert not folder.exists()
    found = re.search(r"sha512-[\w+/]+==", str(error.value))
    assert found is not None
    monkeypatch.setattr(driver, "DRIVER", replace(package, integrity=found[0]))
    fetch_driver(tmp_path / "second", folder)
    assert [path.name for path in folder.iterdir()] == ["readme.txt"]


@pytest.mark.parametrize(("version", "refused"), [("6.1.9", True), ("6.3", True), ("6.4-RC1", False), ("6.10", False)])
def test_a_wordpress_that_is_too_old_for_it_is_refused(tmp_path: Path, version: str, refused: bool) -> None:
    tree = tmp_path / "usr" / "share" / "wordpress"
    for file, text in {
        tree / "wp-includes" / "version.php": f"<?php\n$wp_version = '{version}';\n",
        tree / "wp-content" / "index.php": "<?php\n",
        tmp_path / "driver" / "readme.txt": "Requires at least: 6.4\n",
    }.items():
        file.parent.mkdir(parents=True)
        file.write_text(text)
    database = Sqlite(tmp_path, Programs(tmp_path, sqlite=tmp_path), tree)
    if refused:
        with pytest.raises(NoSqliteError, match=rf"from 6.4 on, and this one is {re.escape(version)}"):
            database.start()
    else:
        database.start()
    assert (tree / "wp-content" / "db.php").exists() == (not refused)
