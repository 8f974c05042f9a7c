"""The examples of the OpenAPI document: calls of all kinds, in an order in which they can be made."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from igny8.api.mime import JSON, YAML


class Example(BaseModel):
    """One call and its answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation: str = Field(description="The id of the operation.")
    path: dict[str, str] = Field(default={}, description="What stands in the places of the path.")
    query: dict[str, str] = Field(default={}, description="What stands behind the path.")
    headers: dict[str, str] = Field(default={}, description="What is told in headers.")
    body: dict[str, JsonValue] | str | None = Field(default=None, description="The body: JSON, or a text.")
    text: str = Field(default=YAML, description="What kind of text the body is.")
    status: Literal[200, 201, 202] = Field(description="The status of the answer.")
    answer: dict[str, JsonValue] | str | None = Field(description="The answer; null where it is too long to show.")


@cache
def examples() -> list[Example]:
    """All of them; each can be made when those before it were."""
    text = files("igny8.api").joinpath("examples.json").read_text(encoding="utf-8")
    return TypeAdapter(list[Example]).validate_json(text)


def add_examples(document: dict[str, Any]) -> None:
    """Show them in an OpenAPI document, the first of each operation."""
    by_operation = {example.operation: example for example in reversed(examples())}  # the first of each
    for methods in document["paths"].values():
        for operation in methods.values():
            if (example := by_operation.get(operation["operationId"])) is not None:
                _show(operation, example)


def _show(operation: dict[str, Any], example: Example) -> None:
    given = {"path": example.path, "query": example.query, "header": example.headers}
    for parameter in operation.get("parameters", []):
        if (value := given.get(parameter["in"], {}).get(parameter["name"])) is not None:
            # Everything is text in an address; what the schema calls a number is shown as one.
            kind = parameter["schema"].get("type")
            parameter["example"] = json.loads(value) if kind in {"integer", "boolean"} else value
    if example.body is not None:
        kind = example.text if isinstance(example.body, str) else JSON
        operation["requestBody"]["content"][kind]["example"] = example.body
    if example.answer is not None:
        kind = YAML if isinstance(example.answer, str) else JSON
        operation["responses"][str(example.status)]["content"][kind]["example"] = example.answer
