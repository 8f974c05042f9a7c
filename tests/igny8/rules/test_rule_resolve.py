"""Putting a run's values in the place of references."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8.rules import UnresolvedReferenceError, references, resolve

SCOPE = {"event": {"content_id": 7, "deep": [{"x": None}]}, "actions": {"write": {"content_ids": [1, 2]}}}


def test_values_keep_their_type() -> None:
    params = {
        "ids": "{{ actions.write.content_ids }}",
        "one": "{{event.content_id}}",
        "position": "{{ actions.write.content_ids.1 }}",
        "nothing": "{{ event.deep.0.x }}",
        "selector": {"where": [{"field": "id", "operator": "in", "value": " {{ actions.write.content_ids }} "}]},
        "plain": ["text", 1, True, None, "{ event }"],
    }
    assert resolve(params, SCOPE) == {
        "ids": [1, 2],
        "one": 7,
        "position": 2,
        "nothing": None,
        "selector": {"where": [{"field": "id", "operator": "in", "value": [1, 2]}]},
        "plain": ["text", 1, True, None, "{ event }"],
    }
    assert references(params) == [
        "actions.write.content_ids",
        "event.content_id",
        "actions.write.content_ids.1",
        "event.deep.0.x",
    ]
    assert params["ids"] == "{{ actions.write.content_ids }}", "the params themselves do not change"


@pytest.mark.parametrize(
    ("params", "reference", "words"),
    [
        ({"a": "{{ event.other }}"}, "event.other", "a: '{{ event.other }}' has no value in this run: the event that"),
        (
            {"a": [{"b": "{{ actions.x.ids }}"}]},
            "actions.x.ids",
            "a[0].b: '{{ actions.x.ids }}' has no value in this run",
        ),
        ("{{ actions.write.content_ids.2 }}", "actions.write.content_ids.2", "params: "),
        ("{{ actions.x.ids or event.other }}", "actions.x.ids", "that action was skipped"),
    ],
)
def test_a_reference_without_a_value_is_an_error(params: Any, reference: str, words: str) -> None:
    with pytest.raises(UnresolvedReferenceError) as caught:
        resolve(params, SCOPE)
    assert caught.value.reference == reference
    assert words in str(caught.value)


def test_the_first_of_several_paths_that_has_a_value_counts() -> None:
    assert resolve("{{ actions.x.ids or actions.write.content_ids }}", SCOPE) == [1, 2]
    assert resolve("{{ event.deep.0.x or event.content_id }}", SCOPE) is None, "nothing is a value"


def test_what_a_value_holds_is_not_resolved_again() -> None:
    assert resolve("{{ event.a }}", {"event": {"a": "{{ event.b }}", "b": 1}}) == "{{ event.b }}"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
plain = values.filter(lambda value: "{{" not in str(value))


@given(plain)
def test_params_without_references_stay_as_they_are(params: Any) -> None:
    assert resolve(params, {}) == params
    assert references(params) == []


@given(values, st.lists(st.sampled_from(["a", "b", "0", "x-y"]), max_size=3), plain)
def test_a_reference_anywhere_becomes_exactly_its_value(value: Any, path: list[str], around: Any) -> None:
    dotted = ".".join(["event", *path])
    scope: Any = value
    for part in reversed(path):
        scope = {part: scope}
    params = [around, {"k": [f"{{{{ {dotted} }}}}"]}]
    assert references(params) == [dotted]
    assert resolve(params, {"event": scope}) == [around, {"k": [value]}]
