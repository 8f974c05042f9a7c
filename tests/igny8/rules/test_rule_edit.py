"""Changing a rule's text: what did not change stays as it was."""

from __future__ import annotations

import copy
import difflib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8.rules.document import dump, parse
from igny8.rules.edit import update_text

TEXT = """\
# A comment above.
id:    weekly   # aligned by hand
name: "Weekly ☕"

status: active # why
conditions:
  - {field: keywords.new,   operator: greater_than, value: 20}  # enough
actions:
  # First of all.
  - type: cluster_keywords
    params: {keyword_ids: [1, 2]}

  # And then.
  - type: generate_ideas # last
"""


def changed(new: dict[str, Any], text: str = TEXT) -> list[str]:
    updated = update_text(text, new)
    assert parse(updated).data == new
    lines = difflib.unified_diff(text.splitlines(), updated.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.fixture
def data() -> dict[str, Any]:
    return copy.deepcopy(parse(TEXT).data)


def test_nothing_changed(data: dict[str, Any]) -> None:
    assert update_text(TEXT, data) == TEXT


def test_single_values_are_replaced_in_place(data: dict[str, Any]) -> None:
    data["status"] = "paused"
    data["name"] = 'קפה "חדש"'
    data["conditions"][0]["value"] = 30
    assert changed(data) == [
        '-name: "Weekly ☕"',
        '+name: "קפה \\"חדש\\""',
        "-status: active # why",
        "+status: paused # why",
        "-  - {field: keywords.new,   operator: greater_than, value: 20}  # enough",
        "+  - {field: keywords.new,   operator: greater_than, value: 30}  # enough",
    ]


@pytest.mark.parametrize(
    "value", ["a, b", "a: b", "[x]", "true", "no", "12", "", " x ", "#x", "{{ event.x }}", None, True, 1.5, "0o7"]
)
def test_a_value_is_quoted_as_it_needs(data: dict[str, Any], value: Any) -> None:
    data["status"] = value
    data["conditions"][0]["field"] = value
    assert len(changed(data)) == 4


def test_added_and_removed_parts_keep_the_comments_around(data: dict[str, Any]) -> None:
    data["timezone"] = "Europe/Berlin"
    del data["name"]
    data["actions"].append({"type": "generate_content", "params": {"task_ids": [1]}})
    updated = update_text(TEXT, data)
    assert parse(updated).data == data
    for comment in (
        "# A comment above.",
        "# aligned by hand",
        "# why",
        "# enough",
        "# First of all.",
        "# And then.",
        "# last",
    ):
        assert comment in updated
    assert "timezone: Europe/Berlin" in updated
    assert "keyword_ids: [1, 2]" in updated


def test_an_action_that_is_put_in_between_leaves_the_others(data: dict[str, Any]) -> None:
    data["actions"].insert(1, {"type": "optimize_content", "params": {"content_ids": [3]}})
    updated = update_text(TEXT, data)
    assert parse(updated).data == data
    assert "# First of all." in updated
    assert "# last" in updated


def test_several_lines_and_windows_line_ends(data: dict[str, Any]) -> None:
    data["name"] = "two\nlines\n"
    assert parse(update_text(TEXT, data)).data == data
    data["name"] = "one"
    assert parse(update_text(TEXT.replace("\n", "\r\n"), data)).data == data


def test_a_text_that_cannot_be_read_is_written_anew(data: dict[str, Any]) -> None:
    assert update_text("id: [", data) == dump(data)
    assert update_text("", data) == dump(data)


def test_aliases_are_not_followed_into_other_places() -> None:
    text = "a: &x [1, 2]\nb: *x\n"
    assert parse(update_text(text, {"a": [1, 2], "b": [1, 3]})).data == {"a": [1, 2], "b": [1, 3]}


def test_true_and_one_are_different() -> None:
    assert update_text("a: 1\n", {"a": True}) == "a: true\n"
    assert update_text("a: 1\n", {"a": 1.0}) == "a: 1.0\n"


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
leaves = st.none() | st.booleans() | st.integers(-999, 999) | texts
documents = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)


@given(documents, documents)
def test_the_updated_text_always_says_the_new_document(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert parse(update_text(dump(old), new)).data == new
