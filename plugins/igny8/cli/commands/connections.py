"""The WordPress that a site's articles go to: ``sites connect``, ``list``, ``probe``, ``rotate``, ``disconnect``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from igny8.cli.commands.sites import Integration, Site, connection_path
from igny8.cli.options import AsJson, EngineKey, EngineUrl

if TYPE_CHECKING:
    from pydantic import JsonValue

    from igny8.cli.answers import ConnectedSite
    from igny8.cli.calls import EngineApi

Password = Annotated[
    str | None,
    typer.Option(
        envvar="IGNY8_WORDPRESS_PASSWORD",
        help="An application password of that user. Best left out here: it is asked for, or read from stdin.",
    ),
]


def connect(
    site: Site,
    url: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address of the WordPress.", show_default=False)],
    *,
    username: Annotated[str, typer.Option(help="A user of the WordPress who may publish.", show_default=False)],
    password: Password = None,
    name: Annotated[str | None, typer.Option(help="What to call it.", show_default="the address's host")] = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Connect a site with the WordPress that its articles are published to, and say what will work there."""
    from urllib.parse import urlsplit

    from igny8.cli.calls import EngineApi, part
    from igny8.cli.places import engine

    body: dict[str, JsonValue] = {
        "name": name or urlsplit(url).hostname or url,
        "kind": "wordpress",
        "url": url,
        "username": username,
        "password": _password(password),
    }
    with EngineApi(engine(engine_url, engine_key)) as api:
        answer = api.call("POST", f"sites/{part(site)}/integrations", body=body, patient=True)
        _tell(api, site, answer, json=json, done=f"{site} is connected.")


def list_connections(
    site: Site, *, engine_url: EngineUrl = None, engine_key: EngineKey = None, json: AsJson = False
) -> None:
    """List the WordPresses that a site is connected with, and whether they worked when they were last looked at."""
    from igny8.cli.answers import ConnectedSites
    from igny8.cli.calls import EngineApi, part
    from igny8.cli.output import moment, note, print_json, print_table, word
    from igny8.cli.places import engine

    with EngineApi(engine(engine_url, engine_key)) as api:
        answer = api.call("GET", f"sites/{part(site)}/integrations")
        if json:
            print_json(answer)
            return
        found = api.as_model(ConnectedSites, answer).items
    if not found:
        note(f"{site} is connected with no WordPress: igny8 sites connect {site} ADDRESS --username USER")
        return
    verdicts = {True: "ok", False: "fail", None: ""}
    rows = [
        (one.id, one.name, one.url, one.username, word(verdicts[one.works]), moment(one.probed_at)) for one in found
    ]
    print_table(["ID", "NAME", "ADDRESS", "USER", "WORKS", "LOOKED AT"], rows, right=["ID"])


def probe(
    site: Site,
    *,
    integration: Integration = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Look at a connected WordPress again, and say in words what will work there. Nothing on it is changed."""
    from igny8.cli.calls import EngineApi
    from igny8.cli.places import engine

    with EngineApi(engine(engine_url, engine_key)) as api:
        answer = api.call("POST", f"{connection_path(api, site, integration)}/probe", patient=True)
        _tell(api, site, answer, json=json)


def rotate(
    site: Site,
    *,
    username: Annotated[
        str | None, typer.Option(help="The user that the new password is of.", show_default="as before")
    ] = None,
    password: Password = None,
    revoke: Annotated[
        bool, typer.Option(help="Revoke the old password in the WordPress once the new one works.")
    ] = True,
    integration: Integration = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Give a connected WordPress a new application password; the old one is revoked."""
    from igny8.cli.calls import EngineApi
    from igny8.cli.places import engine

    body: dict[str, JsonValue] = {"password": _password(password), "revoke": revoke}
    if username is not None:
        body["username"] = username
    done = f"{site} has its new password" + (", and the old one is revoked." if revoke else ".")
    with EngineApi(engine(engine_url, engine_key)) as api:
        answer = api.call("PATCH", connection_path(api, site, integration), body=body, patient=True)
        _tell(api, site, answer, json=json, done=done)


def disconnect(
    site: Site,
    *,
    revoke: Annotated[bool, typer.Option(help="Revoke the application password in the WordPress first.")] = True,
    integration: Integration = None,
    engine_url: EngineUrl = None,
    engine_key: EngineKey = None,
    json: AsJson = False,
) -> None:
    """Disconnect a site from its WordPress: the password is revoked and deleted; the posts stay."""
    from igny8.cli.calls import EngineApi
    from igny8.cli.output import print_json, say
    from igny8.cli.places import engine

    with EngineApi(engine(engine_url, engine_key)) as api:
        path = connection_path(api, site, integration)
        api.call("DELETE", path, params={"revoke": "true"} if revoke else {}, patient=True)
    if json:
        print_json({"id": int(path.rpartition("/")[2]), "revoked": revoke})
        return
    left = "Its password is revoked." if revoke else "Its password is still good: revoke it in the WordPress."
    say(f"{site} is disconnected. {left}", "green" if revoke else "yellow")


def _tell(api: EngineApi, site: str, answer: JsonValue, *, json: bool, done: str | None = None) -> None:
    """Say what the WordPress that an answer is about was found to be.

    Raises:
        CommandError: nothing can be published there; scripts understand its code.
    """
    from igny8.cli.answers import ConnectedSite
    from igny8.cli.errors import CommandError
    from igny8.cli.output import print_json, say

    found = api.as_model(ConnectedSite, answer)
    if json:
        print_json(answer)
    else:
        if done:
            say(done, "green" if found.works else "yellow")
        _print(found)
    if found.works is False:
        again = f"Mend what failed, then look again: igny8 sites probe {site} --integration {found.id}"
        raise CommandError(f"Nothing can be published to {found.url} as it is.", [again])


def _print(found: ConnectedSite) -> None:
    from igny8.cli.output import print_fields, print_table, say, word

    print_fields({"Id": found.id, "Name": found.name, "Address": found.url, "User": found.username})
    say("")
    levels = {"ok": "ok", "limited": "warn", "failed": "fail"}
    rows = [
        (
            word(levels.get(each.level, each.level)),
            each.name.replace("_", " "),
            " ".join(filter(None, (each.message, each.hint))),
        )
        for each in found.findings
    ]
    print_table(["", "LOOKED AT", "FOUND"], rows)
    say(f"Rules publish to it with  integration_id: {found.id}")


def _password(given: str | None) -> str:
    from igny8.cli.errors import UsageError

    secret = given
    if not secret and sys.stdin.isatty():
        secret = str(typer.prompt("Application password", hide_input=True))
    elif not secret:
        secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise UsageError("There is no password: give it on stdin, or in IGNY8_WORDPRESS_PASSWORD.")
    return secret
