"""The store: files, histories, conflicts, and files that are no rules."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from igny8.rules import (
    RevisionConflictError,
    RevisionNotFoundError,
    RuleInvalidError,
    RuleNotFoundError,
    RuleStore,
    RuleStoreError,
    check_rule,
)
from igny8.rules.folders import RemoteFolder, RulePath
from igny8.rules.revisions import FOUND_IN_FILE, Revision, decode, encode

TEXT = """\
# Why it is there.
id: weekly
name: Weekly # in one line
account: demo
site: shop
trigger: manual
actions:
  - type: cluster_keywords
    params: {keyword_ids: [1]}
"""


def text(rule_id: str = "weekly", name: str = "Weekly") -> str:
    return TEXT.replace("id: weekly", f"id: {rule_id}").replace("name: Weekly", f"name: {name}")


@pytest.fixture(params=["disk", "url", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RulePath]:
    if request.param == "disk":
        yield tmp_path / "rules"
    elif request.param == "url":
        yield UPath(f"file://{tmp_path}/rules")
    else:
        yield UPath(f"memory://{uuid.uuid4().hex}/rules")


@pytest.fixture
def store(root: RulePath) -> RuleStore:
    return RuleStore(root)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def local(folder: Path) -> RuleStore:
    return RuleStore(folder)


def test_a_rule_is_saved_and_read_back(store: RuleStore, root: RulePath) -> None:
    saved = store.save(TEXT, "ann", expected_revision=0)
    assert saved.revision == 1
    assert (root / "weekly.yaml").read_text() == TEXT
    found = store.get("weekly")
    assert (found.rule, found.text, found.revision) == (saved.rule, TEXT, 1)
    assert str(found.path).endswith("/rules/weekly.yaml")
    scan = store.scan()
    assert scan.rules == [found]
    assert scan.broken == []


def test_a_change_keeps_comments_and_makes_a_revision(store: RuleStore) -> None:
    first = store.save(TEXT, "ann")
    document = {**first.rule.document(), "status": "paused"}
    second = store.save(document, "bob", expected_revision=1)
    assert second.revision == 2
    assert "# Why it is there." in second.text
    assert "name: Weekly # in one line" in second.text
    third = store.save(check_rule({**document, "name": "שבועי ☕"}), "cem", expected_revision=2)
    assert "name: שבועי ☕ # in one line" in third.text
    history = store.revisions("weekly")
    assert [(revision.number, revision.author, revision.text) for revision in history] == [
        (1, "ann", TEXT),
        (2, "bob", second.text),
        (3, "cem", third.text),
    ]
    for revision in history:
        assert revision.saved_at is not None
        assert datetime.now(UTC) - revision.saved_at < timedelta(minutes=5)
        assert revision == store.revision("weekly", revision.number)


def test_saving_what_is_there_changes_nothing(store: RuleStore) -> None:
    store.save(TEXT, "ann")
    again = store.save(store.get("weekly").rule, "bob")
    assert (again.revision, again.text) == (1, TEXT)
    assert len(store.revisions("weekly")) == 1


def test_who_comes_late_hears_of_both_sides(store: RuleStore) -> None:
    store.save(TEXT, "ann")
    theirs = store.save(text(name="Theirs"), "bob", expected_revision=1)
    with pytest.raises(RevisionConflictError) as caught:
        store.save(text(name="Mine"), "cem", expected_revision=1)
    error = caught.value
    assert (error.expected, error.current) == (1, 2)
    assert (error.current_text, error.proposed_text) == (theirs.text, text(name="Mine"))
    assert str(error).startswith("The rule 'weekly' is at revision 2, but you started from revision 1.")
    assert store.get("weekly") == theirs
    with pytest.raises(RevisionConflictError, match="you meant to make a new rule"):
        store.save(TEXT, "dan", expected_revision=0)
    with pytest.raises(RevisionConflictError, match="is not there"):
        store.save(text("other"), "dan", expected_revision=3)
    with pytest.raises(RevisionConflictError) as caught:
        store.delete("weekly", "dan", expected_revision=1)
    assert caught.value.proposed_text is None
    assert store.save(text(name="Last"), "eve").revision == 3


def test_a_change_by_hand_is_a_revision_of_its_own(store: RuleStore, root: RulePath) -> None:
    store.save(TEXT, "ann")
    by_hand = text(name="By hand")
    (root / "weekly.yaml").write_text(by_hand)
    assert store.get("weekly").revision == 2
    assert store.scan().rules[0].revision == 2
    assert [(r.number, r.author, r.saved_at) for r in store.revisions("weekly")][1:] == [(2, FOUND_IN_FILE, None)]
    assert store.revision("weekly", 2).text == by_hand
    with pytest.raises(RevisionConflictError) as caught:
        store.save(text(name="Mine"), "bob", expected_revision=1)
    assert caught.value.current_text == by_hand
    assert store.save(text(name="Mine"), "bob", expected_revision=2).revision == 3
    assert [(r.number, r.author, r.text) for r in store.revisions("weekly")][1:] == [
        (2, FOUND_IN_FILE, by_hand),
        (3, "bob", text(name="Mine")),
    ]


def test_a_file_without_history_is_revision_1(store: RuleStore, root: RulePath) -> None:
    (root / "team").mkdir(parents=True)
    (root / "team" / "some.yml").write_text(TEXT)
    assert store.get("weekly").revision == 1
    saved = store.save(text(name="New"), "ann", expected_revision=1)
    assert (saved.revision, saved.path.name) == (2, "some.yml")
    assert [path.name for path in root.iterdir() if path.name.endswith(".yaml")] == []
    assert [r.author for r in store.revisions("weekly")] == [FOUND_IN_FILE, "ann"]


def test_deleting_keeps_the_history(store: RuleStore, root: RulePath) -> None:
    store.save(TEXT, "ann")
    store.delete("weekly", "bob", expected_revision=1)
    assert not (root / "weekly.yaml").exists()
    assert store.scan().rules == []
    with pytest.raises(RuleNotFoundError):
        store.get("weekly")
    with pytest.raises(RuleNotFoundError):
        store.delete("weekly", "bob")
    assert [(r.number, r.author, r.deleted, r.text) for r in store.revisions("weekly")] == [
        (1, "ann", False, TEXT),
        (2, "bob", True, TEXT),
    ]
    assert store.save(TEXT, "cem", expected_revision=0).revision == 3
    assert store.get("weekly").revision == 3


def test_what_is_not_there_has_a_suggestion(store: RuleStore) -> None:
    store.save(TEXT, "ann")
    for call in (store.get, store.revisions, lambda rule_id: store.revision(rule_id, 1)):
        with pytest.raises(RuleNotFoundError, match=r"There is no rule 'weakly'\. Did you mean 'weekly'\?"):
            call("weakly")
    with pytest.raises(RevisionNotFoundError, match=r"has no revision 7\. Its revisions are 1 to 1"):
        store.revision("weekly", 7)


@pytest.mark.parametrize(
    "rule_id",
    ["../weekly", "..", ".revisions/weekly", "/etc/passwd", "a/b", "", "a\x00b", "weekly\n", "WEEKLY", ".lock"],
)
def test_an_id_never_leaves_the_folder(folder: Path, rule_id: str) -> None:
    store = RuleStore(folder / "rules")
    store.save(TEXT, "ann")
    (folder / "weekly.yaml").write_text(TEXT)
    before = sorted(path for path in folder.rglob("*"))
    with pytest.raises(RuleNotFoundError):
        store.get(rule_id)
    with pytest.raises(RuleNotFoundError):
        store.delete(rule_id, "eve")
    with pytest.raises(RuleNotFoundError):
        store.revisions(rule_id)
    with pytest.raises(RuleNotFoundError):
        store.revision(rule_id, 1)
    with pytest.raises(RuleInvalidError):
        store.save({**store.get("weekly").rule.document(), "id": rule_id}, "eve")
    assert sorted(path for path in folder.rglob("*")) == before


def test_a_rule_that_is_wrong_is_not_saved(store: RuleStore, root: RulePath) -> None:
    with pytest.raises(RuleInvalidError) as caught:
        store.save(TEXT + "  - type: generate_contents\n", "ann")
    assert [(p.path, p.line) for p in caught.value.problems] == [("actions[1].type", 10)]
    assert not root.exists()


def test_presets_history_and_hidden_files_are_no_rules(store: RuleStore, root: RulePath) -> None:
    store.save(TEXT, "ann")
    for name in ("presets/a.yaml", ".git/b.yaml", ".hidden.yaml", "team/.c.yaml", "rule.schema.json", "notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("nonsense: [")
    scan = store.scan()
    assert [stored.rule.id for stored in scan.rules] == ["weekly"]
    assert scan.broken == []


def test_broken_files_harm_no_other_rule(store: RuleStore, root: RulePath) -> None:
    store.save(TEXT, "ann")
    (root / "bytes.yaml").write_bytes(b"id: bytes\nname: \xff\n")
    (root / "huge.yaml").write_bytes(b"x" * (2 << 20))
    (root / "syntax.yaml").write_text("id: syntax\nname: [\n")
    (root / "unknown.yml").write_text(text("unknown") + "  - type: generate_contents\n")
    scan = store.scan()
    assert [stored.rule.id for stored in scan.rules] == ["weekly"]
    assert [(broken.name, broken.rule_id, broken.revision) for broken in scan.broken] == [
        ("bytes.yaml", None, None),
        ("huge.yaml", None, None),
        ("syntax.yaml", None, None),
        ("unknown.yml", "unknown", 1),
    ]
    assert [[(p.code, p.line) for p in broken.problems] for broken in scan.broken] == [
        [("bad_encoding", 2)],
        [("too_large", 1)],
        [("bad_yaml", 3 - 1)],
        [("unknown_action", 10)],
    ]
    assert scan.broken[3].text.endswith("generate_contents\n")
    with pytest.raises(RuleInvalidError) as caught:
        store.get("unknown")
    assert str(caught.value) == (
        "unknown.yml:10:11: actions[1].type: 'generate_contents' is not an action. Did you mean 'generate_content'?"
    )


def test_a_broken_rule_is_mended_by_saving_it(store: RuleStore, root: RulePath) -> None:
    store.save(TEXT, "ann")
    (root / "weekly.yaml").write_bytes(b"id: weekly\nname: \xff[\n")
    with pytest.raises(RuleInvalidError):
        store.get("weekly")
    assert store.save({**check_rule(dict(TEXT_DOCUMENT)).document()}, "bob", expected_revision=2).revision == 3
    assert store.get("weekly").rule.name == "Weekly"
    assert [(r.number, r.author) for r in store.revisions("weekly")] == [(1, "ann"), (2, FOUND_IN_FILE), (3, "bob")]
    assert store.revision("weekly", 2).data == b"id: weekly\nname: \xff[\n"


TEXT_DOCUMENT: dict[str, Any] = {
    "id": "weekly",
    "name": "Weekly",
    "account": "demo",
    "site": "shop",
    "trigger": "manual",
    "actions": [{"type": "cluster_keywords", "params": {"keyword_ids": [1]}}],
}


def test_an_id_belongs_to_the_file_of_its_name_nearest_the_root(store: RuleStore, root: RulePath) -> None:
    store.save(TEXT, "ann")
    (root / "team").mkdir()
    (root / "copy.yaml").write_text(text(name="Copy"))
    (root / "team" / "weekly.yaml").write_text(text(name="Team"))
    scan = store.scan()
    assert [stored.rule.name for stored in scan.rules] == ["Weekly"]
    assert [broken.name for broken in scan.broken] == ["copy.yaml", "team/weekly.yaml"]
    (problem,) = scan.broken[0].problems
    assert problem.message == "The id 'weekly' is that of weekly.yaml already. Give copy.yaml another id."
    assert (problem.path, problem.line, problem.column) == ("id", 2, 5)
    assert store.get("weekly").rule.name == "Weekly"
    assert store.save(text(name="New"), "bob").path.name == "weekly.yaml"


def test_an_id_that_no_file_bears_belongs_to_none(store: RuleStore, root: RulePath) -> None:
    root.mkdir(parents=True)
    (root / "a.yaml").write_text(TEXT)
    (root / "b.yaml").write_text(TEXT)
    (root / "other.yaml").write_text(text("other"))
    scan = store.scan()
    assert [stored.rule.id for stored in scan.rules] == ["other"]
    assert [broken.name for broken in scan.broken] == ["a.yaml", "b.yaml"]
    message = "The id 'weekly' stands in a.yaml and b.yaml. Give all but one of them another id."
    assert {broken.problems[0].message for broken in scan.broken} == {message}
    for call in (lambda: store.get("weekly"), lambda: store.save(TEXT, "ann"), lambda: store.delete("weekly", "ann")):
        with pytest.raises(RuleInvalidError, match=r"a\.yaml and b\.yaml"):
            call()


def test_a_broken_file_keeps_its_id_from_its_copies(store: RuleStore, root: RulePath) -> None:
    root.mkdir(parents=True)
    (root / "weekly.yaml").write_text(TEXT + "statuss: x\n")
    (root / "copy.yaml").write_text(TEXT)
    assert store.scan().rules == []
    assert [broken.problems[0].code for broken in store.scan().broken] == ["duplicate_rule", "unknown_field"]


def test_another_rule_s_file_is_not_overwritten(store: RuleStore, root: RulePath) -> None:
    root.mkdir(parents=True)
    (root / "weekly.yaml").write_text(text("other"))
    with pytest.raises(RuleStoreError, match="this file holds the rule 'other'"):
        store.save(TEXT, "ann")
    with pytest.raises(RuleNotFoundError):
        store.get("weekly")
    with pytest.raises(RuleNotFoundError):
        store.delete("weekly", "ann")
    assert (root / "weekly.yaml").read_text() == text("other")


def test_a_folder_that_is_not_there(folder: Path) -> None:
    store = RuleStore(folder / "nowhere")
    with pytest.raises(RuleStoreError, match="cannot be listed"):
        store.scan()
    with pytest.raises(RuleNotFoundError):
        store.get("weekly")
    assert not (folder / "nowhere").exists()


def test_pipes_folders_and_dangling_links_are_broken_rules(local: RuleStore, folder: Path) -> None:
    local.save(TEXT, "ann")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "dangling.yaml").symlink_to("nowhere")
    (folder / "folder.yaml").mkdir()
    (folder / "loop.yaml").symlink_to("loop.yaml")
    scan = local.scan()
    assert [stored.rule.id for stored in scan.rules] == ["weekly"]
    assert [broken.name for broken in scan.broken] == ["dangling.yaml", "loop.yaml", "pipe.yaml"]
    assert all(broken.problems[0].message.startswith("The file cannot be read: ") for broken in scan.broken)
    assert all(broken.text == "" for broken in scan.broken)
    (folder / "other.yaml").symlink_to("nowhere")
    with pytest.raises(RuleStoreError, match="the file is there and cannot be read, so it is not replaced"):
        local.save(text("other"), "ann")


def test_linked_files_are_read(local: RuleStore, folder: Path) -> None:
    (folder / "..data").mkdir()
    (folder / "..data" / "weekly.yaml").write_text(TEXT)
    (folder / "weekly.yaml").symlink_to("..data/weekly.yaml")
    assert local.get("weekly").revision == 1
    assert len(local.scan().rules) == 1


def test_what_cannot_be_written_is_said(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(RuleStoreError, match="the rule 'weekly' cannot be saved"):
        RuleStore(folder / "file").save(TEXT, "ann")


def test_a_revision_that_was_changed_is_not_believed(local: RuleStore, folder: Path) -> None:
    local.save(TEXT, "ann")
    record = folder / ".revisions" / "weekly" / "1.yaml"
    good = record.read_text()
    record.write_text(good.replace("Weekly", "Forged"))
    with pytest.raises(RuleStoreError, match="changed after it was written"):
        local.revision("weekly", 1)
    record.write_text("[")
    with pytest.raises(RuleStoreError, match="cannot be read"):
        local.revisions("weekly")
    assert local.get("weekly").revision == 2, "the rule itself lives on"


def test_the_mode_of_a_file_stays(local: RuleStore, folder: Path) -> None:
    path = Path(str(local.save(TEXT, "ann").path))
    path.chmod(0o640)
    local.save(text(name="New"), "ann")
    assert path.stat().st_mode & 0o777 == 0o640


def test_in_object_storage_the_first_to_record_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    root = UPath(f"memory://{uuid.uuid4().hex}/rules")
    store, other = RuleStore(root), RuleStore(root)
    store.save(TEXT, "ann")
    commit = RemoteFolder.commit

    def overtaken(self: RemoteFolder, *arguments: Any) -> bool:
        monkeypatch.setattr(RemoteFolder, "commit", commit)
        other.save(text(name="Faster"), "bob", expected_revision=1)
        return commit(self, *arguments)

    monkeypatch.setattr(RemoteFolder, "commit", overtaken)
    with pytest.raises(RevisionConflictError) as caught:
        store.save(text(name="Slower"), "cem", expected_revision=1)
    assert (caught.value.expected, caught.value.current) == (1, 2)
    assert caught.value.current_text == text(name="Faster")
    assert store.get("weekly").rule.name == "Faster"


def test_a_thousand_rules_are_scanned_quickly(local: RuleStore, folder: Path) -> None:
    for number in range(1000):
        (folder / f"r{number}.yaml").write_text(text(f"r{number}"))
    started = time.process_time()
    scan = local.scan()
    assert time.process_time() - started < 3
    assert len(scan.rules) == 1000


bodies = st.binary(max_size=60) | st.text(max_size=60).map(lambda body: body.encode("utf-8", "ignore"))
lines = st.lists(
    st.sampled_from(["a", " b", "\tc", "", " ", "d ", "é☕", "\x85", "\u2028", "#", "- x", "...", "---"]), max_size=6
)


@given(
    bodies
    | st.builds(lambda parts, end: (end.join(parts)).encode(), lines, st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
)
def test_a_revision_comes_back_byte_for_byte(data: bytes) -> None:
    revision = Revision("a", 3, "Ann: \n'x' ☕", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), data)
    assert decode("a", encode(revision), "path") == revision
