from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from igny8_engine.preview.records import Wanted
from igny8_engine.preview.slugs import cut, slug_from
from igny8_engine.preview.store import PreviewStore, TermExistsError
from igny8_local.ports import Ports


def test_passwords_are_hashed_and_rotate(tmp_path: Path) -> None:
    store = PreviewStore(tmp_path)
    first = store.add_user("ed")
    account = store.account("ed", first)
    assert account is not None
    assert (account.login, account.role) == ("ed", "editor")
    assert store.account("ed", first.replace(" ", "")) == account
    second = store.add_user("ed")
    assert store.account("ed", first) is None
    assert store.account("ed", second) == account
    assert store.account("nobody", second) is None
    with closing(sqlite3.connect(tmp_path / "preview.sqlite3")) as raw:
        stored = " ".join(str(row) for row in raw.execute("select * from users"))
    assert second.replace(" ", "") not in stored
    assert second not in stored


def test_writers_in_many_threads_lose_nothing(tmp_path: Path) -> None:
    store = PreviewStore(tmp_path)
    store.add_user("ed")
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for _ in range(5):
                store.write(None, "post", 1, {"title": "T", "slug": "same", "status": "publish"}, {"category": (1, 99)})
                PreviewStore(tmp_path).add_term("post_tag", f"tag {number}", slug=f"tag-{number}-x")
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test says so
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    found, total = store.entries(Wanted(type="post", limit=100))
    assert total == 40
    assert len({entry.slug for entry in found}) == 40
    assert [term.id for term in store.terms_of(found[0].id, "category")] == [1]


def test_a_change_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = PreviewStore(tmp_path)
    with pytest.raises(LookupError, match="no entry 7"):
        store.write(7, "post", 1, {"title": "T"})
    with pytest.raises(sqlite3.IntegrityError):
        store.write(None, "post", 999, {"title": "an author that is none"})
    assert store.entries(Wanted(type="post", statuses=())) == ([], 0)
    with pytest.raises(TermExistsError):
        store.add_term("category", "uncategorized")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("", ""),
        ("!!!", ""),
        ("%d7%a9", "%d7%a9"),
        ("50%", "50"),
        ("Ångström", "angstrom"),
        ("😀 ok", "%f0%9f%98%80-ok"),
    ],
)
def test_slug_from(text: str, slug: str) -> None:
    assert slug_from(text) == slug


@pytest.mark.parametrize(
    ("slug", "length", "shorter"),
    [
        ("abc", 5, "abc"),
        ("abc-def", 4, "abc"),
        ("%d7%a9%d7%9c", 11, "%d7%a9"),
        ("%d7%a9%d7%9c", 9, "%d7%a9"),
        ("%d7%a9%d7%9c", 6, "%d7%a9"),
        ("a%f0%9f%98%80", 12, "a"),
    ],
)
def test_cut(slug: str, length: int, shorter: str) -> None:
    assert cut(slug, length) == shorter


class Running:
    """The preview site as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = Ports.free().engine
        self.folder = folder
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "igny8_engine.preview", "--folder", str(self.folder), "--port", str(self.port)]
        self.process = subprocess.Popen([*command, "--user", "ed"], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.password = self.process.stdout.readline().strip().removeprefix("ed: ")
        limit = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < limit, "the preview site did not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/wp-json/", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def stop(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def client(self) -> httpx.Client:
        base = f"http://127.0.0.1:{self.port}/wp-json/wp/v2/"
        return httpx.Client(base_url=base, auth=("ed", self.password), trust_env=False)


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("PYTHONPATH", ":".join(entry for entry in sys.path if entry))
    site = Running(tmp_path)
    yield site
    site.stop(signal.SIGTERM)


def test_what_was_answered_survives_a_kill(running: Running) -> None:
    stop = threading.Event()
    answered: list[int] = []

    def write() -> None:
        with running.client() as client:
            while not stop.is_set():
                try:
                    made = client.post("posts", json={"title": "T", "slug": "t", "status": "publish"})
                except httpx.TransportError:
                    return
                answered.append(made.json()["id"])

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    limit = time.monotonic() + 30
    while len(answered) < 15 and time.monotonic() < limit:
        time.sleep(0.01)
    running.stop(signal.SIGKILL)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(answered) >= 15
    running.start()
    with running.client() as client:
        for number in answered:
            assert client.get(f"posts/{number}").status_code == 200
        assert client.post("posts", json={"title": "after"}).status_code == 201
