"""What a preset is: a rule with places, and the inputs that fill them."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from igny8.rules.model import ACTION_ID, ONE_LINE, SLUG
from igny8.rules.schedule import cron_fault, zone_exists

InputType: TypeAlias = Literal[
    "text", "integer", "number", "boolean", "schedule", "timezone", "integration", "id", "ids"
]
INPUT_TYPES: Final = get_args(InputType)

OWN_FIELDS: Final = ("id", "account", "site")
"""The fields of a rule that a preset leaves to whoever uses it."""

_SAMPLES: Final[dict[InputType, JsonValue]] = {
    "text": "text",
    "integer": 1,
    "number": 1,
    "boolean": True,
    "schedule": "0 6 * * MON",
    "timezone": "UTC",
    "integration": 1,
    "id": 1,
    "ids": [1],
}
_WORDS: Final[dict[InputType, str]] = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "schedule": "a cron of five fields such as '0 6 * * MON'",
    "timezone": "a time zone by its IANA name, such as Europe/Berlin",
    "integration": "the number of a connected WordPress site",
    "id": "the number of an item",
    "ids": "a list of items' numbers",
}


class PresetInput(BaseModel):
    """Something that is asked for when a preset is used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=ACTION_ID, description="What places name it by: {{ inputs.<name> }}.")
    type: InputType = Field(description="What kind of value it takes.")
    title: str = Field(max_length=200, pattern=ONE_LINE, description="What a form calls it, in one line.")
    description: str = Field(default="", max_length=2000, description="What it decides, in a sentence or two.")
    default: JsonValue = Field(
        default=None,
        description=(
            "What it is unless something else is given. Without a default it must be given; a default of null leaves "
            "out what it stands for."
        ),
    )
    choices: list[JsonValue] | None = Field(
        default=None, min_length=1, max_length=100, description="The only values that it takes."
    )

    @property
    def is_required(self) -> bool:
        """Whether it must be given: it has no default."""
        return "default" not in self.model_fields_set

    @property
    def sample(self) -> JsonValue:
        """A value that it takes."""
        if not self.is_required:
            return self.default
        return self.choices[0] if self.choices else _SAMPLES[self.type]

    def fault(self, value: JsonValue) -> str | None:
        """What is wrong with a value, as a full sentence; ``None`` when it takes it."""
        if not _fits(value, self.type):
            return f"'{self.name}' is {_WORDS[self.type]}, and {_shown(value)} is not."
        if self.choices is not None and value not in self.choices:
            return f"'{self.name}' is one of {', '.join(_shown(choice) for choice in self.choices)}."
        return None


class Preset(BaseModel):
    """A rule with places for what differs wherever it is used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=SLUG, description="The preset's id: small letters, digits and hyphens.")
    name: str = Field(max_length=200, pattern=ONE_LINE, description="What people call it, in one line.")
    description: str = Field(max_length=10_000, description="What it does, for whom, and what it needs.")
    inputs: list[PresetInput] = Field(
        default=[], max_length=50, description="What is asked for when it is used, in the order of a form."
    )
    rule: dict[str, JsonValue] = Field(
        description=(
            "The rule without id, account and site. A place {{ inputs.<name> }} that is a whole value takes the "
            "input's value with its type; within a longer text it takes it as text. Without a name and a description "
            "of its own the rule gets the preset's."
        )
    )

    @property
    def must_set(self) -> list[PresetInput]:
        """The inputs that must be given."""
        return [each for each in self.inputs if each.is_required]


def _fits(value: JsonValue, wanted: InputType) -> bool:
    match wanted:
        case "text":
            return isinstance(value, str) and bool(value.strip())
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "schedule":
            return isinstance(value, str) and cron_fault(value) is None
        case "timezone":
            return isinstance(value, str) and zone_exists(value)
        case "integration" | "id":
            return isinstance(value, int) and not isinstance(value, bool) and value > 0
        case "ids":
            return isinstance(value, list) and bool(value) and all(_fits(item, "id") for item in value)


def _shown(value: JsonValue) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
