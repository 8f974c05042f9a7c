"""Many savers at once, and savers that die: nothing is half written, nothing that was acknowledged is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from igny8.rules import RevisionConflictError, RuleStore
from igny8.rules.folders import LocalFolder

PLUGINS = Path(__file__).parents[3] / "plugins"
TEXT = """\
id: counter
name: "{name}"
account: demo
site: shop
trigger: manual
description: "{padding}"
actions:
  - type: cluster_keywords
    params: {{keyword_ids: [1]}}
"""

SAVER = """
import sys
from pathlib import Path
from igny8.rules import RevisionConflictError, RuleStore

root, author, rounds, template = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
store = RuleStore(root)
for number in range(rounds):
    while True:
        started = store.get("counter").revision
        try:
            saved = store.save(template.format(name=f"{author} {number}", padding="x" * 5000), author, started)
        except RevisionConflictError:
            continue
        assert saved.revision == started + 1, (saved.revision, started)
        print(saved.revision, f"{author} {number}", flush=True)
        break
"""


def saver(root: Path, author: str, rounds: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SAVER, str(root), author, str(rounds), TEXT],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PLUGINS)},
    )


def test_of_many_who_save_the_same_revision_exactly_one_wins(tmp_path: Path) -> None:
    store = RuleStore(tmp_path)
    store.save(TEXT.format(name="start", padding=""), "start")
    savers = [saver(tmp_path, f"author {number}", 8) for number in range(4)]
    told = [line.split(" ", 1) for process in savers for line in process.communicate(timeout=120)[0].splitlines()]
    assert [process.returncode for process in savers] == [0] * 4
    by_revision = {int(number): name for number, name in told}
    assert sorted(by_revision) == list(range(2, 34)), "every save got a revision of its own"
    for revision in store.revisions("counter")[1:]:
        assert f'name: "{by_revision[revision.number]}"' in revision.text
    assert store.get("counter").rule.name == by_revision[33]


def test_threads_do_not_get_in_each_other_s_way(tmp_path: Path) -> None:
    store = RuleStore(tmp_path)
    store.save(TEXT.format(name="start", padding=""), "start")
    barrier = threading.Barrier(8)

    def save(number: int) -> bool:
        barrier.wait()
        try:
            store.save(TEXT.format(name=f"thread {number}", padding=""), "thread", 1)
        except RevisionConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(save, range(8))) == 1
    assert store.get("counter").revision == 2


def test_readers_never_see_half_a_rule_or_a_wrong_number(tmp_path: Path) -> None:
    store = RuleStore(tmp_path)
    store.save(TEXT.format(name="start", padding=""), "start")
    process = saver(tmp_path, "writer", 25)
    seen: dict[int, str] = {}
    while process.poll() is None:
        scan = store.scan()
        assert scan.broken == []
        (stored,) = scan.rules
        assert seen.setdefault(stored.revision, stored.rule.name) == stored.rule.name
    assert process.communicate()[0].count("\n") == 25
    assert process.returncode == 0
    for number, name in seen.items():
        assert f'name: "{name}"' in store.revision("counter", number).text


def test_kill_9_at_any_time_loses_no_acknowledged_save(tmp_path: Path) -> None:
    store = RuleStore(tmp_path)
    store.save(TEXT.format(name="start", padding=""), "start")
    acknowledged: dict[int, str] = {}
    for turn in range(8):
        process = saver(tmp_path, f"victim {turn}", 10_000)
        assert process.stdout is not None
        # Let it save a few times, and kill it at a place in the next save that differs from turn to turn.
        lines = [process.stdout.readline() for _ in range(2 + turn % 3)]
        killer = threading.Timer(turn * 0.0011, lambda victim=process: os.kill(victim.pid, signal.SIGKILL))
        killer.start()
        lines += process.stdout.readlines()
        killer.join()
        process.wait(timeout=30)
        process.stdout.close()
        whole = [line.rstrip("\n").split(" ", 1) for line in lines if line.endswith("\n")]
        acknowledged |= {int(number): name for number, name in whole}
        scan = store.scan()
        assert scan.broken == []
        assert scan.rules[0].revision >= max(acknowledged)
    store.save(TEXT.format(name="end", padding=""), "end")
    history = {revision.number: revision for revision in store.revisions("counter")}
    assert sorted(history) == list(range(1, len(history) + 1))
    for number, name in acknowledged.items():
        assert f'name: "{name}"' in history[number].text
        assert history[number].author == name.rsplit(" ", 1)[0]
    assert not list(tmp_path.glob(".*.tmp"))
    assert not list((tmp_path / ".revisions" / "counter").glob(".*"))


class Died(BaseException):
    """Stands for the end of the process: nothing after it runs, not even clean-up that catches Exception."""


@pytest.mark.parametrize("deletion", [False, True])
@pytest.mark.parametrize("steps", range(3))
def test_a_save_that_dies_at_each_step_is_done_or_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, deletion: bool
) -> None:
    store = RuleStore(tmp_path)
    store.save(TEXT.format(name="one", padding=""), "ann")
    taken = 0
    writing, renaming = LocalFolder._write, LocalFolder._rename

    def count() -> None:
        nonlocal taken
        if taken == steps:
            raise Died
        taken += 1

    def write(self: LocalFolder, relative: str, data: bytes) -> None:
        count()
        writing(self, relative, data)

    def rename(self: LocalFolder, old: str, new: str) -> None:
        count()
        renaming(self, old, new)

    with monkeypatch.context() as patched, pytest.raises(Died):  # noqa: PT012 - one way to die for both
        patched.setattr(LocalFolder, "_write", write)
        patched.setattr(LocalFolder, "_rename", rename)
        if deletion:
            store.delete("counter", "bob")
            raise Died
        store.save(TEXT.format(name="two", padding=""), "bob", 1)
    gone = deletion and steps > 0
    done = steps == 2 and not deletion
    assert store.scan().broken == []
    assert [stored.rule.name for stored in store.scan().rules] == ([] if gone else ["two" if done else "one"])
    if not gone:
        assert store.get("counter").revision == (2 if done else 1)
    # Whoever saves next finds the history complete, with the right author.
    store.save(TEXT.format(name="three", padding=""), "cem")
    authors = [(revision.author, revision.deleted) for revision in store.revisions("counter")]
    if gone:
        assert authors == [("ann", False), ("bob", True), ("cem", False)]
    elif done:
        assert authors == [("ann", False), ("bob", False), ("cem", False)]
    else:
        assert authors == [("ann", False), ("cem", False)]
    assert not list((tmp_path / ".revisions" / "counter").glob(".*"))
