"""Everything that can be wrong with a rule: where, what, and what was probably meant."""

# ruff: noqa: E501, PLR0917 - the rows of a table read best in one line each

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from igny8.rules import Problem, RuleInvalidError, check_rule

Document = dict[str, Any]
Problems = Callable[[Document], dict[str, Problem]]


def with_action(document: Document, **action: Any) -> Document:
    return {**document, "actions": [*document["actions"], {"type": "optimize_content", **action}]}


@pytest.mark.parametrize(
    ("change", "path", "code", "words", "suggestion"),
    [
        ({"id": "My Rule"}, "id", "bad_id", "'My Rule' cannot be the id", "my-rule"),
        ({"id": "../../etc/passwd"}, "id", "bad_id", "small letters, digits and hyphens", "etc-passwd"),
        ({"id": "a" * 81}, "id", "bad_id", "1 to 80", "a" * 80),
        ({"id": "a\n"}, "id", "bad_id", "cannot be the id", "a"),
        ({"id": 7}, "id", "wrong_type", "id is a text, and the number 7 was given.", None),
        ({"name": " "}, "name", "bad_name", "not empty", None),
        ({"name": "a\nb"}, "name", "bad_name", "one line", None),
        ({"name": "x" * 201}, "name", "too_long", "at most 200 characters; it has 201", None),
        ({"account": "Demo"}, "account", "bad_id", "'Demo' cannot be the account", "demo"),
        ({"status": "actve"}, "status", "not_an_option", "'actve' is not a status. It is one of active, paused and inactive.",
         "active"),
        ({"status": True}, "status", "not_an_option", "True is not a status", None),
        ({"trigger": "cron"}, "trigger", "not_an_option", "schedule, event and manual", None),
        ({"contitions": []}, "contitions", "unknown_field", "A rule has no field 'contitions'.", "conditions"),
        ({"zzz": 1}, "zzz", "unknown_field", "It has id, name,", None),
        ({"a.b [c]": 1}, '["a.b [c]"]', "unknown_field", "has no field 'a.b [c]'", None),
        ({"actions": []}, "actions", "too_short", "actions must not be empty.", None),
        ({"actions": {"type": "x"}}, "actions", "wrong_type", "actions is a list", None),
        ({"actions": [7]}, "actions[0]", "wrong_type", "This should be a mapping of fields, and is the number 7.", None),
        ({"actions": [{}]}, "actions[0].type", "missing", "The action has no type. Known are cluster_keywords", None),
        ({"actions": [{"type": "generate_contents"}]}, "actions[0].type", "unknown_action",
         "'generate_contents' is not an action.", "generate_content"),
        ({"actions": [{"type": "😀"}]}, "actions[0].type", "unknown_action", "'😀' is not an action. Known are", None),
        ({"description": "a\x00b"}, "description", "unusable_value", "U+0000", None),
        ({"description": "\ud83d"}, "description", "unusable_value", "half a character", None),
        ({"description": float("nan")}, "description", "unusable_value", "nan is not a number", None),
        ({"description": {1: 2}}, "description", "unusable_value", "Names of fields are texts; 1", None),
        ({"trigger": "schedule"}, "schedule", "missing", "A rule with trigger schedule needs a schedule", None),
        ({"schedule": "@daily"}, "schedule", "does_not_belong", "A rule with trigger manual has no schedule", None),
        ({"trigger": "event"}, "event", "missing", "needs an event such as keywords.imported, or assets", None),
        ({"event": "keywords.imported"}, "event", "does_not_belong", "trigger manual has no event", None),
        ({"assets": ["s3://x"]}, "assets", "does_not_belong", "trigger manual has no assets", None),
        ({"trigger": "event", "event": "Keywords Imported"}, "event", "bad_event", "keywords.imported", None),
        ({"trigger": "event", "assets": ["s3://قهوة"]}, "assets[0]", "bad_asset", "ASCII", None),
        ({"trigger": "event", "assets": [" "]}, "assets[0]", "bad_asset", "empty", None),
        ({"trigger": "event", "assets": ["airflow://x"]}, "assets[0]", "bad_asset", "Airflow's own", None),
        ({"timezone": "Europe/Berln"}, "timezone", "unknown_timezone", "is not a time zone", "Europe/Berlin"),
        ({"timezone": "europe/berlin"}, "timezone", "unknown_timezone", "is not a time zone", "Europe/Berlin"),
        ({"timezone": "New York"}, "timezone", "unknown_timezone", "is not a time zone", "America/New_York"),
        ({"timezone": "../../etc/passwd"}, "timezone", "unknown_timezone", "is not a time zone", None),
        ({"timezone": "localtime"}, "timezone", "unknown_timezone", "is not a time zone", None),
        ({"timezone": ""}, "timezone", "unknown_timezone", "is not a time zone", None),
    ],
)  # fmt: skip
def test_fields_of_the_rule(
    document: Document,
    problems: Problems,
    change: Document,
    path: str,
    code: str,
    words: str,
    suggestion: str | None,
) -> None:
    found = problems({**document, **change})
    assert list(found) == [path]
    assert words in found[path].message
    assert (found[path].code, found[path].suggestion) == (code, suggestion)
    assert found[path].message.endswith((".", "?"))


@pytest.mark.parametrize("name", ["id", "name", "account", "site", "trigger", "actions"])
def test_what_is_missing_is_named(document: Document, problems: Problems, name: str) -> None:
    del document[name]
    assert problems(document)[name].message == f"A rule needs the field '{name}'."


@pytest.mark.parametrize(
    ("cron", "code", "words"),
    [
        ("", "bad_cron", "'' has 0 fields; a cron has five: minute, hour, day of month, month and day of week."),
        ("0 0 6 * * MON", "bad_cron", "has 6 fields"),
        ("0 25 * * *", "bad_cron", "'25' is no hour"),
        ("0 6 * * MOO", "bad_cron", "'MOO' is no day of week"),
        ("0 6 32 * *", "bad_cron", "'32' is no day of month"),
        ("😀 6 * * *", "bad_cron", "'😀' is no minute"),
        ("H 6 * * *", "bad_cron", "leaves its time to chance"),
        ("0 R(1-5) * * *", "bad_cron", "leaves its time to chance"),
        ("0 0 31 2 *", "never_fires", "'0 0 31 2 *' never comes: there is no such day."),
        ("0 0 30 2 *", "never_fires", "never comes"),
        ("0," * 200 + "0 0 * * *", "bad_cron", "is longer than the 250 characters"),
        ("@reboot", "bad_cron", "Known are @hourly, @daily"),
        ("@dayly", "bad_cron", "'@dayly' is not a schedule"),
    ],
)
def test_bad_crons(document: Document, problems: Problems, cron: str, code: str, words: str) -> None:
    document["trigger"] = "schedule"
    one = problems({**document, "schedule": cron})["schedule"]
    assert words in one.message
    assert one.code == code
    several = problems({**document, "schedule": ["@daily", cron]})
    assert list(several) == ["schedule[1]"]
    assert several["schedule[1]"].message == one.message


def test_crons_stand_once_and_are_texts(document: Document, problems: Problems) -> None:
    document["trigger"] = "schedule"
    assert problems({**document, "schedule": ["@daily", "@daily"]})["schedule[1]"].code == "duplicate"
    assert problems({**document, "schedule": [6]})["schedule[0]"].code == "wrong_type"
    assert problems({**document, "schedule": 6})["schedule"].code == "wrong_type"
    assert problems({**document, "schedule": []})["schedule"].code == "too_short"


@pytest.mark.parametrize(
    "cron", ["0 6 * * MON", "*/15 8-18 * JAN,JUL 1-5", "0 0 29 2 *", "0 0 L * *", "0 0 * * 5#2", "@daily"]
)
def test_good_crons(document: Document, cron: str) -> None:
    rule = check_rule({**document, "trigger": "schedule", "schedule": [cron], "timezone": "Asia/Kolkata"})
    assert rule.schedules == (cron,)


def condition(field: Any = "keywords.new", operator: Any = "greater_than", value: Any = 1) -> Document:
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("conditions", "path", "code", "words", "suggestion"),
    [
        ([condition("keyword.new")], "conditions[0].field", "unknown_fact", "There is no fact 'keyword.new'.", "keywords.new"),
        ([condition("keywords.old")], "conditions[0].field", "unknown_fact", "There is no fact", "keywords.total"),
        ([condition("xyzzy")], "conditions[0].field", "unknown_fact", "Facts are named like", None),
        ([condition("events.count")], "conditions[0].field", "unknown_fact", "There is no fact 'events.count'", "event.count"),
        ([condition("a b")], "conditions[0].field", "bad_field", "not a dotted path", None),
        ([condition(operator="greater")], "conditions[0].operator", "unknown_operator", "'greater' is not an operator",
         "greater_than"),
        ([condition(value="20")], "conditions[0].value", "wrong_value",
         "keywords.new is a number, and cannot be compared with the text '20'. Leave the quotes out.", None),
        ([condition(value="many")], "conditions[0].value", "wrong_value", "cannot be compared with the text 'many'.", None),
        ([condition(value=True)], "conditions[0].value", "wrong_value", "cannot be compared with true", None),
        ([condition(value=None)], "conditions[0].value", "wrong_value", "cannot be compared with nothing", None),
        ([condition(operator="in", value=3)], "conditions[0].value", "list_needed", "in compares with a list of values", None),
        ([condition(operator="not_in", value=[1, "2"])], "conditions[0].value[1]", "wrong_value", "the text '2'", None),
        ([condition(operator="contains")], "conditions[0].operator", "wrong_operator",
         "contains cannot be used on keywords.new, which is a number.", None),
        ([condition("event.x", "greater_than", [1])], "conditions[0].value", "wrong_value", "compares numbers or texts", None),
        ([condition("event.x", "in", "a")], "conditions[0].value", "list_needed", "the text 'a' was given", None),
        ([condition(value="{{ event.limit }}")], "conditions[0].value", "reference_not_allowed", "plain values", None),
        (condition("keyword.new"), "conditions.field", "unknown_fact", "There is no fact", "keywords.new"),
        ({"not": {"not": condition("keyword.new")}}, "conditions.not.not.field", "unknown_fact", "no fact", "keywords.new"),
        ([{"any": [condition(), {"all": [condition(operator="is")]}]}], "conditions[0].any[1].all[0].operator",
         "unknown_operator", "'is' is not an operator", None),
        ([{"ani": [condition()]}], "conditions[0]", "bad_condition", "neither a comparison", "any"),
        ([{"any": [], "limit": 3}], "conditions[0].limit", "unknown_field", "A condition has no field 'limit'. It has any.", None),
        ([{"field": "keywords.new", "operator": "equals"}], "conditions[0].value", "missing",
         "A condition needs the field 'value'.", None),
        ([condition() | {"valeu": 3}], "conditions[0].valeu", "unknown_field", "no field 'valeu'", "value"),
        (["keywords.new > 3"], "conditions[0]", "wrong_type", "This should be a mapping of fields", None),
        ("keywords.new > 3", "conditions", "wrong_type", "conditions is a list", None),
        ({"any": condition()}, "conditions.any", "wrong_type", "any is a list, and a mapping of fields was given", None),
    ],
)  # fmt: skip
def test_conditions(
    document: Document, problems: Problems, conditions: Any, path: str, code: str, words: str, suggestion: str | None
) -> None:
    found = problems({**document, "conditions": conditions})
    assert list(found) == [path]
    assert words in found[path].message
    assert (found[path].code, found[path].suggestion) == (code, suggestion)


@pytest.mark.parametrize(
    ("selector", "path", "code", "words", "suggestion"),
    [
        ({"where": [condition("statuss", "equals", "new")]}, "where[0].field", "unknown_item_field",
         "Keywords have no field 'statuss'.", "status"),
        ({"where": [condition("keywords.new")]}, "where[0].field", "unknown_item_field", "Keywords have no field", None),
        ({"where": [condition("status", "equals", "nw")]}, "where[0].value", "not_an_option",
         "status is never 'nw'. It is one of new and clustered.", "new"),
        ({"where": [condition("status", "in", ["new", "done"])]}, "where[0].value[1]", "not_an_option", "never 'done'", None),
        ({"where": [condition("volume", "greater_than", "100")]}, "where[0].value", "wrong_value", "Leave the quotes out", None),
        ({"where": [condition("volume", "contains", 1)]}, "where[0].operator", "wrong_operator", "which is a number", None),
        ({"where": [condition("phrase", "contains", 1)]}, "where[0].value", "wrong_value", "phrase is a text", None),
        ({"where": [condition("created_at", "less_than", "yesterday")]}, "where[0].value", "wrong_value", "ISO 8601", None),
        ({"where": condition("status", "equals", "new")}, "where", "wrong_type", "where is a list", None),
        ({"order_by": "-volum"}, "order_by", "unknown_item_field", "cannot be sorted by 'volum'", "-volume"),
        ({"order_by": "volume desc"}, "order_by", "bad_order", "is not a field to sort by", None),
        ({"limit": 0}, "limit", "out_of_range", "limit is at least 1; 0 is less.", None),
        ({"limit": 100_001}, "limit", "out_of_range", "limit is at most 100000", None),
        ({"limits": 1}, "limits", "unknown_field", "A selector has no field 'limits'.", "limit"),
    ],
)  # fmt: skip
def test_selectors(
    document: Document, problems: Problems, selector: Any, path: str, code: str, words: str, suggestion: str | None
) -> None:
    document["actions"][0]["params"]["keyword_ids"] = selector
    found = problems(document)
    path = f"actions[0].params.keyword_ids.{path}"
    if code == "bad_order":
        assert path in found
    else:
        assert list(found) == [path]
        assert found[path].suggestion == suggestion
    assert words in found[path].message
    assert found[path].code == code


def test_a_reference_may_stand_in_a_selector(document: Document) -> None:
    value = "{{ actions.generate_ideas.idea_ids }}"
    selector = {"where": [{"field": "idea_id", "operator": "in", "value": value}], "order_by": "-id"}
    document["actions"][2]["params"] = {"task_ids": selector}
    assert check_rule(document).document() == document


@pytest.mark.parametrize(
    ("reference", "code", "words", "suggestion"),
    [
        ("{{ actions.generate_idea.task_ids }}", "unknown_action_id", "there is no action 'generate_idea' in this rule",
         "{{ actions.generate_ideas.task_ids }}"),
        ("{{ actions.write.content_ids }}", "unknown_action_id", "there is no action 'write'", None),
        ("{{ actions.generate_content.content_id }}", "unknown_output",
         "'generate_content' has no output 'content_id'. It puts out content_ids.",
         "{{ actions.generate_content.content_ids }}"),
        ("{{ actions.generate_content }}", "unknown_output", "does not say which output",
         "{{ actions.generate_content.content_ids }}"),
        ("{{ actions.generate_content.content_ids.first }}", "unknown_output", "only a position such as .0", None),
        ("{{ actions.generate_content.count }}", "unknown_output", "has no output 'count'", None),
        ("{{ actions.generate_ideas.task_ids }}", "wrong_reference", "content_ids takes content, and", None),
        ("{{ actions.optimize_content.content_ids }}", "runs_later", "points at the action itself", None),
        ("{{ action.generate_content.content_ids }}", "bad_reference", "references begin with actions.",
         "{{ actions.generate_content.content_ids }}"),
        ("{{ content_ids }}", "bad_reference", "points nowhere", None),
        ("{{ event }}", "bad_reference", "points nowhere", None),
        ("{{ actions.a.b | first }}", "bad_reference", "is not a reference", None),
        ("id {{ event.id }}", "bad_reference", "A reference is the whole value", None),
        ("{{", "bad_reference", "is not a reference", None),
        ("all of them", "wrong_type", "content_ids is a list of ids, one id, a selector", None),
    ],
)  # fmt: skip
def test_references(
    document: Document, problems: Problems, reference: str, code: str, words: str, suggestion: str | None
) -> None:
    found = problems(with_action(document, params={"content_ids": reference}))
    assert list(found) == ["actions[3].params.content_ids"]
    problem = found["actions[3].params.content_ids"]
    assert words in problem.message
    assert (problem.code, problem.suggestion, problem.value) == (code, suggestion, reference)


@pytest.mark.parametrize(
    "reference", ["{{ event.content_id }}", "{{ event.items.0.id }}", "{{actions.generate_content.content_ids.0}}"]
)
def test_good_references(document: Document, reference: str) -> None:
    rule = check_rule(with_action(document, params={"content_ids": reference}))
    assert rule.document()["actions"][3] == {"type": "optimize_content", "params": {"content_ids": reference}}  # type: ignore[index, call-overload]


def test_a_reference_must_fit_a_param_that_takes_one_id(document: Document, problems: Problems) -> None:
    document["actions"][0]["id"] = "first"
    document["actions"].append(
        {"type": "publish_to_wordpress", "params": {"integration_id": "{{ actions.first.cluster_ids }}"}}
    )
    found = problems(document)["actions[3].params.integration_id"]
    assert found.message.endswith("is a list of cluster ids, which integration_id does not take.")
    document["actions"][3]["params"]["integration_id"] = "{{ event.integration }}"
    assert check_rule(document)


def test_a_reference_needs_a_path_of_needs(document: Document, problems: Problems) -> None:
    wrong = with_action(document, needs=[], params={"content_ids": "{{ actions.generate_content.content_ids }}"})
    found = problems(wrong)["actions[3].params.content_ids"]
    assert found.code == "runs_later"
    assert "does not run before 'optimize_content'. Name it in needs" in found.message
    assert check_rule(with_action(document, needs=["generate_content"], params=wrong["actions"][3]["params"]))


def test_a_param_that_nothing_supplies(document: Document, problems: Problems) -> None:
    found = problems(with_action(document, needs=["generate_ideas"]))
    assert found["actions[3].params.content_ids"].code == "nothing_supplies"
    assert "no action before this one puts out content_ids" in found["actions[3].params.content_ids"].message
    assert list(problems({**document, "actions": [{"type": "cluster_keywords"}]})) == ["actions[0].params.keyword_ids"]


@pytest.mark.parametrize(
    ("action", "path", "code", "words", "suggestion"),
    [
        ({"id": "Polish it"}, "id", "bad_id", "cannot be an action's id", "polish_it"),
        ({"id": "gate"}, "id", "reserved_id", "No action can have the id 'gate': it is the step that checks", None),
        ({"id": "notify"}, "id", "reserved_id", "No action can have the id 'notify': it is the step that sends", None),
        ({"needs": ["generate_idea"]}, "needs[0]", "unknown_action_id", "There is no action 'generate_idea'", "generate_ideas"),
        ({"needs": ["optimize_content"]}, "needs[0]", "cycle", "cannot wait for itself", None),
        ({"needs": ["generate_content", "generate_content"]}, "needs[1]", "duplicate", "twice", None),
        ({"needs": "generate_content"}, "needs", "wrong_type", "needs is a list, and the text 'generate_content' was given", None),
        ({"else_of": "nobody"}, "else_of", "unknown_action_id", "There is no action 'nobody'", None),
        ({"else_of": "optimize_content"}, "else_of", "cycle", "cannot be the else of itself", None),
        ({"else_of": "generate_content"}, "else_of", "else_without_when", "has no when, so nothing can be its else", None),
        ({"when": {"field": "actions.generate_contnt.count", "operator": "equals", "value": 1}}, "when.field",
         "unknown_action_id", "there is no action", "actions.generate_content.count"),
        ({"when": [{"field": "actions.generate_content.words", "operator": "equals", "value": 1}]}, "when[0].field",
         "unknown_output", "It puts out content_ids and count.", None),
        ({"when": [{"field": "actions.generate_content.content_ids", "operator": "greater_than", "value": 1}]},
         "when[0].operator", "wrong_operator", "Ask for actions.generate_content.count instead.", None),
        ({"when": [{"field": "actions.generate_content.count", "operator": "greater_than", "value": "1"}]},
         "when[0].value", "wrong_value", "Leave the quotes out", None),
        ({"when": [{"field": "action.generate_content.count", "operator": "equals", "value": 1}]}, "when[0].field",
         "unknown_fact", "A when looks at facts", "actions.generate_content.count"),
        ({"when": [{"field": "content.drft", "operator": "equals", "value": 1}]}, "when[0].field", "unknown_fact",
         "There is no fact", "content.draft"),
        ({"wehn": []}, "wehn", "unknown_field", "An action has no field 'wehn'.", "when"),
        ({"params": {"content_id": 1}}, "params.content_id", "unknown_field",
         "The action optimize_content has no field 'content_id'.", "content_ids"),
        ({"params": {"content_ids": [0, "a"]}}, "params.content_ids[0]", "out_of_range", "at least 1", None),
        ({"params": []}, "params", "wrong_type", "params is a mapping of fields, and a list was given", None),
    ],
)  # fmt: skip
def test_actions(
    document: Document, problems: Problems, action: Any, path: str, code: str, words: str, suggestion: str | None
) -> None:
    found = problems(with_action(document, **action))
    path = f"actions[3].{path}"
    if code != "out_of_range":
        assert list(found) == [path]
    assert words in found[path].message
    assert (found[path].code, found[path].suggestion) == (code, suggestion)


def test_ids_are_given_once(document: Document, problems: Problems) -> None:
    found = problems(with_action(with_action(document, id="polish"), id="polish"))
    assert found["actions[4].id"].message == "The id 'polish' is that of actions[3] already; every action has its own."
    assert [action.id for action in check_rule(with_action(document, id="generate_ideas")).actions] == [
        "cluster_keywords",
        "generate_ideas_2",
        "generate_content",
        "generate_ideas",
    ]


def test_else_of_takes_its_order_and_conditions_from_its_other_branch(document: Document, problems: Problems) -> None:
    when = [condition()]
    wrong = with_action(with_action(document, id="a", when=when), id="b", else_of="a", needs=[], when=when)
    assert {path: problem.code for path, problem in problems(wrong).items()} == {
        "actions[4].needs": "does_not_belong",
        "actions[4].when": "does_not_belong",
    }


def test_a_cycle_is_named(document: Document, problems: Problems) -> None:
    actions = [
        {"id": name, "type": "optimize_content", "params": {"content_ids": [1]}, "needs": [need]}
        for name, need in (("a", "c"), ("b", "a"), ("c", "b"))
    ]
    found = problems({**document, "actions": actions})
    assert list(found) == ["actions[0].needs"]
    assert found["actions[0].needs"].message == (
        "These actions wait for each other, so none could start: a → c → b → a."
    )
    del actions[1]["needs"]
    found = problems({**document, "actions": actions})
    assert "'b' has no needs and so waits for the one above it." in found["actions[0].needs"].message


def test_one_mistake_does_not_hide_another(document: Document, problems: Problems) -> None:
    wrong = {
        **document,
        "trigger": "schedule",
        "schedule": "0 25 * * *",
        "timezone": "Mars/Phobos",
        "conditions": [condition("keyword.new", "greater", [])],
        "actions": [
            {"id": "a", "type": "optimize_content", "needs": ["b"], "params": {"content_ids": True}},
            {"id": "b", "type": "optimize_content", "needs": ["a"], "params": {"nothing": 1}},
            {"id": "c", "type": "publish_to_wordpress", "params": {"content_ids": "{{ actions.x.content_ids }}"}},
            {"id": "d", "type": "generate_idea", "when": condition("event.ok", "in", 1), "params": {"any": "thing"}},
        ],
    }
    assert {path: problem.code for path, problem in problems(wrong).items()} == {
        "schedule": "bad_cron",
        "timezone": "unknown_timezone",
        "conditions[0].field": "unknown_fact",
        "conditions[0].operator": "unknown_operator",
        "actions[0].needs": "cycle",
        "actions[0].params.content_ids": "wrong_type",
        "actions[1].params.nothing": "unknown_field",
        "actions[2].params.integration_id": "missing",
        "actions[2].params.content_ids": "unknown_action_id",
        "actions[3].type": "unknown_action",
        "actions[3].when.value": "list_needed",
    }


def test_a_thousand_actions_are_too_many_and_cost_nothing(document: Document, problems: Problems) -> None:
    actions = [{"id": f"a{i}", "type": "cluster_keywords", "needs": [f"a{i + 1}"]} for i in range(5000)]
    found = problems({**document, "actions": actions})
    assert "at most 100 entries" in found["actions"].message


def test_thousands_of_mistakes_are_told_in_a_moment(document: Document) -> None:
    started = time.process_time()
    with pytest.raises(RuleInvalidError) as caught:
        check_rule({**document, "conditions": [condition(f"keyword.new{i}", "greater") for i in range(10_000)]})
    assert len(caught.value.problems) == 200
    assert time.process_time() - started < 5


def test_the_error_lists_every_problem(document: Document) -> None:
    with pytest.raises(RuleInvalidError) as caught:
        check_rule({**document, "status": "of", "site": "Shop"}, "the form")
    assert str(caught.value).splitlines() == [
        "the form: site: 'Shop' cannot be the site: it is made of 1 to 80 small letters, digits and hyphens (my-site-1). Did you mean 'shop'?",
        "the form: status: 'of' is not a status. It is one of active, paused and inactive.",
    ]


def test_everything_that_is_wrong_with_receivers(document: Document, problems: Problems) -> None:
    good = "https://hooks.example/a?b=c"
    assert [each.on for each in check_rule({**document, "notify": [{"url": good}]}).notify] == [["success", "failure"]]
    found = problems(
        {
            **document,
            "notify": [
                {"url": good, "on": ["sucess", "failure", "failure"]},
                {"url": good, "on": []},
                {"url": "ftp://hooks.example", "to": 1},
                {"url": "https://user:secret@hooks.example/"},
                {"url": "https://hooks.example:99999/"},
                {"on": ["approvals"]},
                "https://hooks.example",
            ],
        }
    )
    assert {path: (problem.code, problem.suggestion) for path, problem in found.items()} == {
        "notify[0].on[0]": ("not_an_option", "success"),
        "notify[0].on[2]": ("duplicate_occasion", None),
        "notify[1].url": ("duplicate_url", None),
        "notify[1].on": ("too_short", None),
        "notify[2].url": ("bad_url", None),
        "notify[2].to": ("unknown_field", None),
        "notify[3].url": ("bad_url", None),
        "notify[4].url": ("bad_url", None),
        "notify[5].url": ("missing", None),
        "notify[5].on[0]": ("not_an_option", "approval"),
        "notify[6]": ("wrong_type", None),
    }
    assert "A notification has no field 'to'. It has url, on and repeat." in found["notify[2].to"].message
    assert "'approvals' is not an occasion to notify anybody of" in found["notify[5].on[0]"].message
