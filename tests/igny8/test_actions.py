"""The contract of the actions: names, params, outputs and prices."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from igny8.actions import ACTION_TYPES, EVENT_TYPES, UnknownActionError, action_type
from igny8.actions.events import ENVELOPE, run_event
from igny8.actions.items import COLLECTIONS, Collection, fact_names
from igny8.actions.params import Selector, reference_path

PLAN = {
    "cluster_keywords": ({"keyword_ids", "sector_id"}, {"cluster_ids"}),
    "generate_ideas": ({"cluster_ids", "ideas_per_cluster", "topic_memory"}, {"idea_ids", "task_ids"}),
    "generate_content": ({"task_ids", "topic_memory"}, {"content_ids"}),
    "generate_images": ({"content_id", "provider", "size"}, {"image_ids", "content_ids"}),
    "generate_site_structure": ({"site_id"}, {"page_ids"}),
    "generate_page_content": ({"page_ids"}, {"page_ids", "content_ids"}),
    "optimize_content": ({"content_ids"}, {"content_ids"}),
    "request_approval": ({"content_ids", "timeout_hours"}, {"content_ids"}),
    "publish_to_wordpress": (
        {
            "content_ids",
            "integration_id",
            "status",
            "publish_at",
            "drip",
            "author",
            "on_edited",
            "internal_links",
            "canonical_integration_id",
        },
        {"post_ids", "post_urls"},
    ),
}


def test_the_actions_have_the_plan_s_names_params_and_outputs() -> None:
    found = {
        name: (set(kind.params.model_fields), {output.name for output in kind.outputs})
        for name, kind in ACTION_TYPES.items()
        if kind.run is None
    }
    assert found == PLAN


@pytest.mark.parametrize("name", PLAN)
def test_everything_is_described(name: str) -> None:
    kind = action_type(name)
    schema = kind.params.model_json_schema()
    assert kind.description.endswith(".")
    assert all(output.description for output in kind.outputs)
    assert all(field.description for field in kind.params.model_fields.values())
    for param, items in kind.params.item_inputs().items():
        assert schema["properties"][param]["x-collection"] == items.collection.value
        assert schema["properties"][param]["x-supplied-by"] == list(items.supplied_by)
        fields = schema["properties"][param]["x-fields"]
        assert fields.keys() == COLLECTIONS[items.collection].fields.keys()
        assert fields["status"]["enum"] == list(COLLECTIONS[items.collection].statuses)
        suppliers = {out.name for other in ACTION_TYPES.values() for out in other.outputs if out.collection}
        assert name == "cluster_keywords" or suppliers & set(items.supplied_by), "some action must supply it"


def test_outputs_that_supply_a_param_are_of_its_collection() -> None:
    for kind in ACTION_TYPES.values():
        for items in kind.params.item_inputs().values():
            for other in ACTION_TYPES.values():
                for output in other.outputs:
                    if output.name in items.supplied_by:
                        assert output.collection is items.collection


@pytest.mark.parametrize(
    ("name", "params", "items", "credits"),
    [
        ("cluster_keywords", {}, 0, 0),
        ("cluster_keywords", {}, 1, 10),
        ("cluster_keywords", {}, 100, 10),
        ("cluster_keywords", {}, 101, 20),
        ("generate_ideas", {}, 8, 120),
        ("generate_content", {}, 8, 400),
        ("generate_images", {}, 8, 8),
        ("generate_images", {"provider": "model", "size": "1600x900"}, 2, 8),
        ("generate_site_structure", {}, 1, 20),
        ("generate_page_content", {}, 3, 90),
        ("optimize_content", {}, 8, 80),
        ("publish_to_wordpress", {"integration_id": 1}, 8, 40),
    ],
)
def test_prices(name: str, params: dict[str, Any], items: int, credits: int) -> None:
    kind = action_type(name)
    price = kind.params.model_validate(params).price()
    assert price.total(items) == credits
    assert str(price) in " ".join(kind.prices)


@pytest.mark.parametrize(
    "value", [[1, 2], [], 7, {"where": [], "limit": 3}, "{{ actions.write.content_ids }}", "{{event.ids}}", None]
)
def test_items_are_ids_an_id_a_selector_or_a_reference(value: Any) -> None:
    params = action_type("optimize_content").params.model_validate({"content_ids": value})
    assert params.model_dump(mode="json", exclude_unset=True) == {"content_ids": value}


@pytest.mark.parametrize(
    "value", ["7", ["7"], [0], -1, True, [True], 1.0, "{{ a b }}", "x {{ a.b }}", {"where": 1}, {"limit": 0}]
)
def test_other_values_are_no_items(value: Any) -> None:
    with pytest.raises(ValidationError):
        action_type("optimize_content").params.model_validate({"content_ids": value})


def test_params_refuse_unknown_names_and_never_change() -> None:
    kind = action_type("optimize_content").params
    with pytest.raises(ValidationError):
        kind.model_validate({"content_id": 1})
    with pytest.raises(ValidationError):
        setattr(kind.model_validate({}), "content_ids", [1])  # noqa: B010


def test_every_action_emits_events_that_are_listed_and_described() -> None:
    emitted = {event.name for kind in ACTION_TYPES.values() for event in kind.emits}
    assert emitted == set(EVENT_TYPES) - {"keywords.imported"}
    for event in EVENT_TYPES.values():
        assert event.description.endswith(".")
        assert not set(event.data) & set(ENVELOPE), "an event's data must not hide what it is"
        given = run_event(event.example())
        assert given["type"] == event.name
        assert given == event.data | {name: event.example()[name] for name in ENVELOPE}


def test_an_unknown_action_has_a_suggestion() -> None:
    with pytest.raises(
        UnknownActionError, match=r"'generate_contents' is not an action\. Did you mean 'generate_content'\?"
    ):
        action_type("generate_contents")
    with pytest.raises(UnknownActionError, match="Known are cluster_keywords"):
        action_type("😀")


def test_a_reference_is_the_whole_value() -> None:
    assert reference_path("{{ actions.a.b }}") == "actions.a.b"
    assert reference_path(" {{event.items.0.id}} ") == "event.items.0.id"
    for other in ["", "actions.a.b", "{{ }}", "{{ a. }}", "{{ a | b }}", "{{ a }} {{ b }}", 7, None]:
        assert reference_path(other) is None


def test_every_status_and_total_is_a_fact() -> None:
    names = fact_names()
    assert {"keywords.new", "keywords.total", "content.draft", "credits.balance"} <= set(names)
    assert len(names) == sum(1 + len(info.statuses) for info in COLLECTIONS.values()) + 2
    assert set(COLLECTIONS) == set(Collection)


def test_selectors_are_bounded() -> None:
    assert Selector().model_dump() == {"where": [], "order_by": None, "limit": None}
    with pytest.raises(ValidationError):
        Selector(limit=100_001)
    with pytest.raises(ValidationError):
        Selector(order_by="volume; drop table")


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"status": "future"}, "needs publish_at"),
        ({"drip": {}}, "needs the status future"),
        ({"status": "future", "drip": {}, "publish_at": "2026-12-01T08:00"}, "exclude each other"),
        ({"status": "future", "drip": {"first": "18:00", "until": "08:00"}}, "later in the day"),
    ],
)
def test_a_drip_that_can_t_be_is_refused(params: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        action_type("publish_to_wordpress").params.model_validate({"integration_id": 1, **params})
