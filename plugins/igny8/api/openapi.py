"""The OpenAPI document, and the page that shows it; both need a login like everything else."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse, Response

from igny8.api.examples import add_examples
from igny8.rules import Rule

router = APIRouter(include_in_schema=False)

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

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>IGNY8 Automation: REST API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# Its requests are answered by this server, with the cookie of the login that the page itself needed.
_START: Final = """\
// Light or dark as Airflow's own switch was left, which is at the same address; else as the system has it.
const dark = matchMedia("(prefers-color-scheme: dark)");
const show = () => {
  const chosen = localStorage.getItem("theme");
  document.documentElement.classList.toggle("dark-mode", chosen === "dark" || (chosen !== "light" && dark.matches));
};
dark.addEventListener("change", show);
addEventListener("storage", show);
show();
SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ASSETS: Final = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
"""The files of Swagger UI by name, with their types."""


@router.get("/openapi.json")
def get_document(request: Request) -> JSONResponse:
    """The OpenAPI document, for the address under which this server is asked."""
    document = {**request.app.openapi(), "servers": [{"url": request.scope.get("root_path") or "/"}]}
    return JSONResponse(document)


@router.get("/docs", response_class=HTMLResponse)
def get_page() -> HTMLResponse:
    """The page that shows the document. Everything on it comes from this server."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"})


@router.get("/docs/start.js")
def get_start() -> Response:
    """What fills the page."""
    return Response(_START, media_type="text/javascript")


@router.get("/docs/{name}")
def get_asset(name: str) -> Response:
    """A file of Swagger UI."""
    if name not in _ASSETS:
        raise HTTPException(404)
    # Only the files of that package are wanted; importing it is not needed for them.
    content = files("fastapi_offline").joinpath("static", name).read_bytes()
    return Response(content, media_type=_ASSETS[name], headers={"Cache-Control": "private, max-age=86400"})


def describe(app: FastAPI, prefix: str) -> None:
    """Give the application, which is mounted there, its OpenAPI document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version="1",
                description=_ABOUT,
                routes=app.routes,
                servers=[{"url": prefix}],
                separate_input_output_schemas=False,
            )
            rule = Rule.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
            components = schema["components"]["schemas"]
            components.update({name: part for name, part in rule.pop("$defs", {}).items() if name not in components})
            components["RuleDocument"] = rule
            _refuse_in_json(schema)
            add_examples(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _refuse_in_json(schema: dict[str, Any]) -> None:
    """Have the document say that a refusal is JSON, also where a good answer is a page or an image."""
    for methods in schema["paths"].values():
        for operation in methods.values():
            for status in ("4XX", "5XX"):
                response = operation["responses"][status]
                [content] = response["content"].values()
                response["content"] = {"application/json": content}


def document_text(app: FastAPI) -> str:
    """The document as it is stored in the repository."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"
