"""The OpenAPI document, which needs a login like everything else."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from igny8.rules import Rule

_ABOUT = """\
Rules of content teams: *when* (schedule, event, by hand), *only if* (conditions), *do* (actions). Each rule is a Dag of
this Airflow; ids, names and states here are those that Airflow shows.

Log in as for Airflow's own API (`POST /auth/token`) and send the token as `Authorization: Bearer …`; a browser that is
logged in at Airflow sends its cookie. You see and touch the rules whose Dags you may read, run or edit.

Webhooks (`POST hooks/{rule_id}/`) ask for a signature after the Standard Webhooks specification in the place of a
login; `rules/{rule_id}/hook-secrets/` makes their secrets.

Every answer has the envelope `{"success": true, "data": …, "request_id": …}`; a refusal has `error` in a sentence and
`errors` with everything that was wrong.
"""


def describe(app: FastAPI) -> None:
    """Give the application its OpenAPI document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version="1", description=_ABOUT, routes=app.routes, separate_input_output_schemas=False
            )
            rule = Rule.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
            components = schema["components"]["schemas"]
            components.update({name: part for name, part in rule.pop("$defs", {}).items() if name not in components})
            components["RuleDocument"] = rule
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
