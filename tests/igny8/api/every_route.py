"""What the application answers, taken from itself: a new route is asked by the tests of all routes as well."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute

SIGNED = "/hooks/"
"""Routes that ask for a signature in the place of a login."""
OPEN = "/static/"
"""The files of the web pages, which are the same for everybody."""
PRESET = "illustrate-what-lacks-images"
_VALUES = {
    "number": "1",
    "integration_id": "1",
    "preset_id": PRESET,
    "article": "1",
    "collection": "keywords",
    "field": "phrase",
}


@dataclass(frozen=True)
class Route:
    """One method of one path that asks for a login."""

    method: str
    path: str
    fields: tuple[str, ...] | None
    """The fields of its body, as the OpenAPI document has them; ``None`` where it takes none."""
    needs_body: bool

    @property
    def places(self) -> list[str]:
        """The names of what stands in the places of the path."""
        return re.findall(r"\{(\w+)\}", self.path)

    def filled(self, **values: str) -> str:
        """The path with these values in its places, and in the others some that can be."""
        return filled(self.path, **values)


def filled(path: str, **values: str) -> str:
    """A path with these values in its places, and in the others some that can be."""
    known = {"rule_id": "keywords-to-articles", **_VALUES, **values}
    return re.sub(r"\{(\w+)\}", lambda part: known.get(part[1], "x"), path)


def every_route() -> list[Route]:
    """All routes that ask for a login."""
    from igny8.api.app import create_app

    app = create_app()
    document = app.openapi()
    found: list[Route] = []
    for route in app.routes:
        assert isinstance(route, APIRoute), f"{route} is no route that these tests know how to ask"
        for method in sorted(route.methods):
            operation = document["paths"].get(route.path, {}).get(method.lower(), {})
            body = operation.get("requestBody")
            fields = None if body is None else _fields(body, document["components"]["schemas"])
            found.append(Route(method, route.path, fields, bool(body and body.get("required"))))
    asked = {(route.method, route.path) for route in found}
    assert {("GET", "/rules/"), ("GET", "/openapi.json"), ("POST", "/rules/")} <= asked
    return [route for route in found if not route.path.startswith((SIGNED, OPEN))]


def _fields(body: dict[str, Any], components: dict[str, Any]) -> tuple[str, ...]:
    schema = next(iter(body["content"].values()))["schema"]
    for each in (schema, *schema.get("anyOf", [])):
        if "$ref" in each:
            return tuple(components[each["$ref"].rpartition("/")[2]]["properties"])
    return tuple(components["RuleDocument"]["properties"])  # some of them, or all as YAML
