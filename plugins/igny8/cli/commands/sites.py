"""What is on a site already: ``sites import``, ``sites unpublish``, ``sites trash``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from igny8.cli.options import AsJson, EngineKey, EngineUrl

if TYPE_CHECKING:
    from pydantic import JsonValue

    from igny8.cli.answers import LinkingPost, WithdrawnArticle, WithdrawnArticles
    from igny8.cli.calls import EngineApi

_AT_A_TIME: Final = 5
"""How many articles go into one request, so that what is done is seen soon."""

_WORDS: Final = {
    "taken_down": "taken down",
    "unchanged": "was down already",
    "gone": "is not there any more",
    "never_published": "was never there",
    "failed": "failed",
}

_LINKS: Final = {
    "corrected": "leads there no more",
    "edited": "still leads there: people have changed the post since, and it was left alone",
    "failed": "still leads there:",
}

Site = Annotated[str, typer.Argument(metavar="SITE", help="The site, by its name in rules.", show_default=False)]
Articles = Annotated[
    list[int], typer.Argument(metavar="ARTICLE...", help="The articles, by their ids.", show_default=False)
]
Integration = Annotated[
    int | None,
    typer.Option(min=1, help="Which of the WordPresses that the site is connected with.", show_default="the only one"),
]


def import_posts(
    site: Site,
    *,
    integration: Integration = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Import what a WordPress has already, so that nothing is written twice and articles link to it."""
    from rich.progress import Progress

    from igny8.cli.answers import SiteImport
    from igny8.cli.calls import EngineApi
    from igny8.cli.output import count, err, print_json, say
    from igny8.cli.places import engine

    console = err()
    with (
        EngineApi(engine(engine_url, engine_key)) as api,
        Progress(console=console, transient=True, disable=not console.is_terminal) as shown,
    ):
        path = connection_path(api, site, integration)
        task = shown.add_task(f"Posts of {site}", total=None)
        while True:
            answer = api.call("POST", f"{path}/import", patient=True)
            reached = api.as_model(SiteImport, answer)
            shown.update(task, completed=reached.done, total=reached.total)
            if reached.state == "done":
                break
    if json:
        print_json(answer)
        return
    say(f"{count(reached.done, 'post')} of {site} imported.", "green")


def unpublish(
    site: Site,
    articles: Articles,
    *,
    to: Annotated[Literal["draft", "private"], typer.Option(help="What the posts become.")] = "draft",
    integration: Integration = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Take published articles down from the WordPress: their posts become drafts again."""
    _take_down(site, articles, to, integration, (engine_url, engine_key), json=json)


def trash(
    site: Site,
    articles: Articles,
    *,
    integration: Integration = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Delete the posts of published articles: into the WordPress' trash, from where people can bring them back."""
    _take_down(site, articles, "trash", integration, (engine_url, engine_key), json=json)


def _take_down(
    site: str,
    articles: list[int],
    to: str,
    integration: int | None,
    options: tuple[str | None, str | None],
    *,
    json: bool,
) -> None:
    from igny8.cli.answers import WithdrawnArticles
    from igny8.cli.calls import EngineApi
    from igny8.cli.errors import RefusedError
    from igny8.cli.output import count, print_json
    from igny8.cli.places import engine

    wanted = list(dict.fromkeys(articles))
    done: list[WithdrawnArticle] = []
    linking: list[LinkingPost] = []
    answers: list[JsonValue] = []
    links: list[JsonValue] = []
    with EngineApi(engine(*options)) as api:
        path = f"{connection_path(api, site, integration)}/withdraw"
        for start in range(0, len(wanted), _AT_A_TIME):
            body: JsonValue = {"content_ids": list(wanted[start : start + _AT_A_TIME]), "to": to}
            answer = api.call("POST", path, body=body, patient=True)
            found = api.as_model(WithdrawnArticles, answer)
            done += found.items
            linking += found.linking
            if isinstance(answer, dict):
                answers += _listed(answer, "items")
                links += _listed(answer, "linking")
            if not json:
                _print(found)
    failed = sum(item.error is not None for item in done)
    if json:
        print_json({"items": answers, "done": len(done) - failed, "failed": failed, "linking": links})
    if failed:
        raise RefusedError(f"{count(failed, 'article')} of {len(done)} could not be taken down.")
    if left := sum(post.error is not None for post in linking):
        raise RefusedError(f"{count(left, 'post')} still lead to what is down. The same command tries again.")


def _listed(answer: dict[str, JsonValue], name: str) -> list[JsonValue]:
    items = answer.get(name)
    return items if isinstance(items, list) else []


def _print(found: WithdrawnArticles) -> None:
    from igny8.cli.output import say

    for item in found.items:
        post = f" (post {item.post_id}: {item.status})" if item.post_id is not None else ""
        style = {"taken_down": "green", "failed": "red"}.get(item.change, "yellow")
        say(f"{item.content_id} {item.title}: {_WORDS.get(item.change, item.change)}{post}", style)
        if item.error is not None:
            say(f"  {item.error.message}" + (f" {item.error.hint}" if item.error.hint else ""))
        for warning in item.warnings:
            say(f"  {warning.message}")
    for led in found.linking:
        why = f" {led.error.message}" if led.error is not None else ""
        style = {"corrected": "green", "failed": "red"}.get(led.change, "yellow")
        say(f"{led.content_id} {led.title}: {_LINKS.get(led.change, led.change)}{why}", style)


def connection_path(api: EngineApi, site: str, integration: int | None) -> str:
    """Where the engine has a connection of the site: the one of that number, else the only one.

    Raises:
        NotFoundError: the site has none.
        UsageError: it has several, and none is named.
    """
    from igny8.cli.answers import ConnectedSites
    from igny8.cli.calls import part
    from igny8.cli.errors import NotFoundError, UsageError

    path = f"sites/{part(site)}/integrations"
    if integration is not None:
        return f"{path}/{integration}"
    found = api.as_model(ConnectedSites, api.call("GET", path)).items
    if not found:
        raise NotFoundError(f"{site} is connected with no WordPress: igny8 sites connect")
    if len(found) > 1:
        known = [f"--integration {one.id}: {one.name}, {one.url}" for one in found]
        raise UsageError(f"{site} is connected with {len(found)}; say which one.", known)
    return f"{path}/{found[0].id}"
