"""Reading rules as YAML: what it means, what is refused, and where the mistake is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8.rules import Problem, RuleInvalidError, read_rule
from igny8.rules.document import MAX_BYTES, decode, dump, parse

HEAD = "id: a\nname: A\naccount: demo\nsite: s\ntrigger: manual\n"
ACTIONS = "actions:\n  - type: cluster_keywords\n    params: {keyword_ids: [1]}\n"


def only(text: str | bytes) -> Problem:
    with pytest.raises(RuleInvalidError) as caught:
        read_rule(text, "rules/a.yaml")
    assert len(caught.value.problems) == 1, str(caught.value)
    assert caught.value.source == "rules/a.yaml"
    return caught.value.problems[0]


def test_the_core_schema_of_yaml_1_2() -> None:
    text = "a: [1, 010, 0o17, 0x1F, -3, 1.5, 1e3, .5, 12:30:45, 2024-01-01, on, yes, True, true, false, ~, null"
    text += ", '', 1_000, !!str 5]"
    assert parse(text).data["a"] == [
        1, 10, 15, 31, -3, 1.5, 1000.0, 0.5, "12:30:45", "2024-01-01", "on", "yes", "True", True, False, None, None, "",
        "1_000", "5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "empty"),
        ("# nothing\n", 1, 1, "empty"),
        ("- a\n", 1, 1, "A rule is a mapping of fields such as 'id: my-rule', and this is a list."),
        ("hello\n", 1, 1, "and this is a single value"),
        ("id: a\nname: 'x\n", 2, 9, "a quote or bracket was never closed"),
        ("id: a\nactions: [1,\nname: x\n", 3, 8, "',' or the closing bracket is missing (it began in line 2)"),
        ("id: a\nname: b: c\n", 2, 8, "Put a text that holds ': ' into quotes"),
        ("id: a\nactions:\n\t- x\n", 3, 1, "The line is indented with a tab; YAML is indented with spaces only."),
        ("id: a\n  b: c\n", 2, 4, "':'"),
        ("id: *x\n", 1, 5, "alias"),
        ("id: @x\n", 1, 5, "put it into quotes"),
        ("id: a\n---\nid: b\n", 2, 1, "A file holds one rule"),
        ("id: a\nid: b\n", 2, 1, "'id' stands here a second time; it is in line 1 already."),
        ("a: {x: 1,\n x: 2}\n", 2, 2, "'x' stands here a second time"),
        ("1: a\n", 1, 1, "Names of fields are texts; 1 is not one."),
        ("? [a]\n: b\n", 1, 3, "Names of fields are texts"),
        ("a: !!python/object:os.system {}\n", 1, 4, "The tag !!python/object:os.system is not used in rules"),
        ("a: !secret b\n", 1, 4, "The tag !secret is not used in rules"),
        ("a: !!int x\n", 1, 4, "'x' is marked as int and is none"),
        ("a: .nan\n", 1, 4, ".nan is not a number that a rule can hold"),
        ("a: 1e999\n", 1, 4, "1e999 is not a number that a rule can hold"),
        (f"a: {'9' * 5000}\n", 1, 4, "more than 30 digits"),
        ("id: a\nname: \x07\n", 2, 7, "The character U+0007 must not stand in YAML."),
        ("😀: ok\nname: 😀\x07\n", 2, 8, "U+0007"),
        ('name: "a\\0b"\n', 1, 7, "U+0000"),
        ("name: \ud83d\n", 1, 7, "half a character"),
        ("[" * 100_000, 1, 1, "nest too deeply"),
        ("- " * 100_000, 1, 1, "nest too deeply"),
        ("a: &a [*a]\n", 1, 4, "contain themselves"),
        ("x" * (MAX_BYTES + 1), 1, 1, "A rule is at most 1024 KiB long."),
    ],
)
def test_malformed_yaml_is_explained_with_its_place(text: str, line: int, column: int, words: str) -> None:
    found = only(text)
    assert words in found.message
    assert (found.line, found.column) == (line, column)
    assert str(found).startswith(f"{line}:{column}: ")


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert "values once its aliases are spelled out" in only("\n".join(lines)).message


def test_anchors_may_be_used() -> None:
    text = HEAD + ACTIONS.replace("params: ", "params: &p ") + "  - {type: cluster_keywords, params: *p}\n"
    first, second = read_rule(text).actions
    assert first.params == second.params


def test_bytes_that_are_no_utf_8() -> None:
    found = only(HEAD.encode() + b"description: caf\xe9\n")
    assert "not a text in UTF-8: the byte 0xe9 in line 6" in found.message
    assert (found.line, found.column) == (6, 17)
    assert "UTF-8" in only("id: ü".encode("utf-16")).message


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    text = (HEAD + ACTIONS).replace("\n", "\r\n")
    assert read_rule(b"\xef\xbb\xbf" + text.encode()).id == "a"
    assert decode(b"\xef\xbb\xbfx") == "x"


def test_emoji_and_right_to_left_texts_are_kept_and_columns_count_characters() -> None:
    text = HEAD.replace("name: A", "name: قهوة ☕ 👩‍🚀") + ACTIONS
    assert read_rule(text).name == "قهوة ☕ 👩‍🚀"
    wrong = HEAD + "conditions:\n  - {value: قهوة👩‍🚀, field: keyword.new, operator: equals}\n" + ACTIONS
    with pytest.raises(RuleInvalidError) as caught:
        read_rule(wrong)
    (found,) = caught.value.problems
    assert found.suggestion == "keywords.new"
    line = wrong.splitlines()[6]
    assert (found.line, found.column) == (7, line.index("keyword.new") + 1)


def test_every_problem_has_its_line_in_the_order_of_the_text() -> None:
    text = """\
id: a
nmae: A
account: demo
site: s
trigger: schedule
schedule: 0 25 * * *
timezone: Europe/Berln
conditions: {field: keywords.new, operator: greater, value: 1}
actions:
  - type: generate_contents
  - type: generate_images
    params: {provider: crad,
             content_id: "{{ actions.write.content_ids }}"}
"""
    with pytest.raises(RuleInvalidError) as caught:
        read_rule(text, "rules/a.yaml")
    assert [(p.line, p.column, p.path, p.suggestion) for p in caught.value.problems] == [
        (1, 1, "name", None),
        (2, 7, "nmae", "name"),
        (6, 11, "schedule", None),
        (7, 11, "timezone", "Europe/Berlin"),
        (8, 45, "conditions.operator", "greater_than"),
        (10, 11, "actions[0].type", "generate_content"),
        (12, 24, "actions[1].params.provider", "card"),
        (13, 26, "actions[1].params.content_id", None),
    ]
    lines = str(caught.value).splitlines()
    assert lines[5] == (
        "rules/a.yaml:10:11: actions[0].type: 'generate_contents' is not an action. Did you mean 'generate_content'?"
    )
    assert all(line.startswith("rules/a.yaml:") for line in lines)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(texts, data, max_size=4))
def test_what_is_written_reads_back_the_same(document: dict[str, Any]) -> None:
    text = dump(document)
    assert parse(text).data == document


@given(st.text(max_size=200))
def test_no_text_does_anything_else_than_be_refused(text: str) -> None:
    with pytest.raises(RuleInvalidError) as caught:
        read_rule(text)
    assert all(problem.line is not None and problem.message for problem in caught.value.problems)


def test_the_demo_s_rule() -> None:
    path = Path(__file__).parents[3] / "rules" / "keywords-to-articles.yaml"
    rule = read_rule(path.read_bytes(), str(path))
    assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=./rule.schema.json\n")
    assert (rule.id, rule.account, rule.site, rule.timezone) == (path.stem, "demo", "home-espresso", "Europe/Berlin")
    assert rule.is_active
    assert rule.schedules == ("0 6 * * MON",)
    assert [action.type for action in rule.actions] == [
        "cluster_keywords", "generate_ideas", "generate_content", "generate_images", "optimize_content",
        "publish_to_wordpress",
    ]  # fmt: skip
