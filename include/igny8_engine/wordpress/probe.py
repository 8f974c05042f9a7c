"""What will work on a site, in words: found out when it is connected, and whenever somebody asks again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from igny8_engine.errors import EngineError
from igny8_engine.wordpress.answers import Index, User
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.errors import CredentialsRefusedError, WordPressError
from igny8_engine.wordpress.seo import NAMES, seo_adapter

FindingName = Literal[
    "reachable", "encrypted", "credentials", "role", "permalinks", "seo", "helper", "time_zone", "limits"
]
Level = Literal["ok", "limited", "failed"]

_RIGHTS: Final = {
    "publish_posts": "publish articles",
    "edit_others_posts": "change articles of other users",
    "upload_files": "upload images",
    "manage_categories": "make new categories",
    "publish_pages": "publish pages",
}
_LEAST: Final = "edit_posts"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: FindingName
    level: Level
    """``ok``; ``limited``: something will not work or be otherwise; ``failed``: nothing can be published."""
    message: str
    hint: str | None = None
    """What to do about it."""


async def probe(client: WordPressClient) -> list[Finding]:
    """Look at everything that publishing needs; what cannot be asked because something failed before is left out.

    Nothing on the site is changed, and nothing is raised: what goes wrong is a finding.
    """
    found: list[Finding] = []
    for look in (_reachable, _credentials, _seo, _helper):
        try:
            found += await look(client)
        except CredentialsRefusedError as error:  # some plugins refuse a wrong password whatever is asked for
            found.append(Finding("credentials", "failed", error.message, error.hint))
        except EngineError as error:
            if look is _reachable:
                found.append(Finding("reachable", "failed", error.message, error.hint))
            else:
                found.append(Finding("seo" if look is _seo else "helper", "limited", error.message, error.hint))
        if any(finding.level == "failed" for finding in found):
            break
    return found


async def _reachable(client: WordPressClient) -> list[Finding]:
    index = await client.index()
    found = [Finding("reachable", "ok", f"{client.site} is a WordPress site: {index.name or 'without a name'}.")]
    if client.site.startswith("http://"):
        found.append(
            Finding(
                "encrypted",
                "limited",
                "The address is plain http: the password can be read on its way.",
                "Connect the https address of the site if it has one.",
            )
        )
    if client.memory.pretty:
        found.append(Finding("permalinks", "ok", "Articles will have readable addresses."))
    else:
        found.append(
            Finding(
                "permalinks",
                "limited",
                "The site has plain permalinks: articles will have addresses such as /?p=123.",
                "Choose 'Post name' in WordPress under Settings, Permalinks.",
            )
        )
    found.append(_time_zone(index))
    return found


def _time_zone(index: Index) -> Finding:
    zone = index.timezone_string or f"UTC{index.gmt_offset:+g}"
    return Finding("time_zone", "ok", f"The site's clock is {zone}; times without an offset are taken as that.")


async def _credentials(client: WordPressClient) -> list[Finding]:
    try:
        user = await client.user()
    except CredentialsRefusedError as error:
        return [await _refused(client, error)]
    except WordPressError as error:
        return [Finding("credentials", "failed", error.message, error.hint)]
    accepted = Finding(
        "credentials", "ok", f"The application password is accepted; we are {user.name or user.id} there."
    )
    return [accepted, _role(user)]


async def _refused(client: WordPressClient, error: CredentialsRefusedError) -> Finding:
    """Why the credentials are refused: WordPress says the same to a wrong password and to one that never arrived."""
    index = await client.index()
    if "application-passwords" not in index.authentication:
        return Finding(
            "credentials",
            "failed",
            "The site has application passwords switched off.",
            "They need https (or a site marked as local), and a security plugin may switch them off: allow them there.",
        )
    if await client.accepts_password_in_body():
        return Finding(
            "credentials",
            "failed",
            "The user name and the application password are right, but the site's web server does not hand the "
            "Authorization header on to WordPress.",
            "Ask the host to pass it on. With Apache and CGI this line in .htaccess does it: "
            'SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1',
        )
    return Finding("credentials", "failed", error.message, error.hint)


def _role(user: User) -> Finding:
    role = ", ".join(user.roles) or "unknown"
    if not user.capabilities:
        return Finding("role", "limited", f"The site does not tell what the user (role: {role}) may do.")
    if not user.may(_LEAST):
        return Finding(
            "role",
            "failed",
            f"The user's role ({role}) may not write articles.",
            "Give the user the role Editor in WordPress.",
        )
    may = [words for right, words in _RIGHTS.items() if user.may(right)]
    may_not = [words for right, words in _RIGHTS.items() if not user.may(right)]
    message = f"The user's role ({role}) may save drafts{_listed(', ', may)}"
    if not may_not:
        return Finding("role", "ok", f"{message}.")
    return Finding(
        "role", "limited", f"{message}, but not{_listed(' ', may_not)}.", "Give the user the role Editor in WordPress."
    )


def _listed(lead: str, words: list[str]) -> str:
    return lead + ", ".join(words) if words else ""


async def _seo(client: WordPressClient) -> list[Finding]:
    adapter = await seo_adapter(client)
    if adapter is None:
        message = "The site has no SEO plugin that we know: SEO titles and descriptions are not sent."
        return [Finding("seo", "limited", message, "Install the IGNY8 plugin there, or one of the known SEO plugins.")]
    name = NAMES[adapter.plugin]
    if not adapter.writable:
        return [
            Finding(
                "seo",
                "limited",
                f"The site has {name}, whose title and description cannot be written from outside.",
                "Install the IGNY8 plugin there; it opens these fields.",
            )
        ]
    words = ", ".join(sorted(adapter.writable)).replace("_", " ")
    return [Finding("seo", "ok", f"The site has {name}; we can write its {words}.")]


async def _helper(client: WordPressClient) -> list[Finding]:
    if not await client.has_helper():
        return [
            Finding(
                "helper",
                "ok",
                "The IGNY8 plugin is not installed. Articles are found again by a marker in their text, which does.",
            ),
            _limits(None),
        ]
    site = await client.helper()
    active = Finding("helper", "ok", f"The IGNY8 plugin {site.version} is active: articles are found again exactly.")
    return [active, _limits(site.upload_limit)]


def _limits(most: int | None) -> Finding:
    if most is not None:
        return Finding("limits", "ok", f"WordPress names {most / 2**20:.1f} MB as the most that an image may have.")
    # Neither the index nor OPTIONS name it, and a refused upload says that it was too large, not what is not.
    return Finding(
        "limits",
        "ok",
        "How large an image may be is unknown: WordPress tells that to nobody outside. "
        "One that is too large is refused by name when it is sent.",
        "Install the IGNY8 plugin there to know it beforehand.",
    )
