"""From an answer that is none to the error that says why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from pydantic import ValidationError

from igny8_engine.wordpress.answers import Fault
from igny8_engine.wordpress.errors import (
    BlockedError,
    CredentialsRefusedError,
    NoRestApiError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    RoleRefusedError,
    SiteMovedError,
    UnavailableError,
    UploadRefusedError,
    WordPressError,
)

_PERMANENT_UPLOAD_FAULTS: Final = frozenset({"rest_upload_sideload_error", "rest_upload_unknown_error"})
_RECONNECT = "Connect the site again: make a new application password in WordPress under Users, Profile."


def is_json(response: httpx.Response) -> bool:
    """Whether the answer says of itself that it is JSON; error pages of proxies and firewalls don't."""
    media_type: str = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that the site wants us to wait, from a number or a date; ``None`` when it does not say."""
    told = response.headers.get("retry-after", "").strip()
    if not told:
        return None
    if told.isdecimal():
        return float(told)
    try:
        when = parsedate_to_datetime(told)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def lost(site: str, error: httpx.TransportError) -> UnavailableError:
    """The error for a call that got no answer. Only one that never reached the site is known to have done nothing."""
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if isinstance(error, httpx.TimeoutException):
        what = "did not answer in time"
    elif never_sent:
        what = f"cannot be reached ({error})"
    else:
        what = f"broke off the connection ({error or type(error).__name__})"
    return UnavailableError(site, what, maybe_done=not never_sent, hint="Is the site up? The call may be tried again.")


def unreadable(site: str, response: httpx.Response, why: str) -> WordPressError:
    """The error for an answer that claims success and cannot be understood."""
    return UnavailableError(
        site,
        f"answered {response.status_code} with {why}",
        maybe_done=True,
        hint="A firewall, a cache or a plugin may put its own page or notices in place of WordPress' answers.",
    )


def refused(site: str, response: httpx.Response) -> WordPressError:
    """The error for an answer with a status that is no success."""
    fault = _fault(response)
    status = _meant_status(response.status_code, fault)
    told = fault.message or f"HTTP {status}"
    code = fault.code or None
    match status:
        case 401:
            return CredentialsRefusedError(
                site, f"does not accept the user name and application password ({told})", hint=_RECONNECT, wp_code=code
            )
        case 403:
            return _forbidden(site, fault)
        case 404 | 410:
            return _missing(site, fault)
        case 429:
            wait = retry_after(response)
            return RateLimitedError(
                site,
                "asks for fewer calls" + (f"; the next in {wait:.0f} s" if wait is not None else ""),
                retry_after=wait,
            )
        case 413:
            return RejectedError(
                site,
                "does not take this much at once (413): its web server limits the size of what is sent",
                hint="Let the host raise the limit, or use a smaller image.",
                wp_code=code,
            )
        case 408 | 425:
            return UnavailableError(site, f"did not finish in time ({told})", maybe_done=True)
        case _ if 300 <= status < 400:  # noqa: PLR2004
            return _moved(site, response)
        case _ if 400 <= status < 500:  # noqa: PLR2004
            return RejectedError(site, f"said no: {told}", wp_code=code, term_id=fault.data.term_id)
    return _broken(site, response, status, fault)


def _forbidden(site: str, fault: Fault) -> WordPressError:
    if not fault.code:
        return BlockedError(
            site,
            "something in front of WordPress forbids the call (403 without a reason)",
            hint="A firewall or security plugin may block the REST API: allow this engine's address there.",
        )
    return RoleRefusedError(
        site,
        f"the connected user may not do this ({fault.message or fault.code})",
        hint="Give the user the role Editor, or connect the site with another user.",
        wp_code=fault.code,
    )


def _missing(site: str, fault: Fault) -> WordPressError:
    if fault.code and fault.code != "rest_no_route":
        return NotFoundError(site, fault.message or fault.code, wp_code=fault.code)
    return NoRestApiError(
        site,
        "there is no WordPress REST API at this address",
        hint="Give the address of the site's home page. A plugin may have switched the REST API off.",
        wp_code=fault.code or None,
    )


def _broken(site: str, response: httpx.Response, status: int, fault: Fault) -> WordPressError:
    code = fault.code or None
    told = fault.message or response.reason_phrase or "no reason given"
    if fault.code in _PERMANENT_UPLOAD_FAULTS:
        return UploadRefusedError(site, f"does not take the file: {told}", wp_code=code)
    if status == 501:  # noqa: PLR2004
        return RejectedError(site, f"cannot do this: {told}", wp_code=code)
    return UnavailableError(
        site,
        f"has a fault of its own ({status}: {told})",
        maybe_done=True,
        retry_after=retry_after(response),
        wp_code=code,
    )


def _fault(response: httpx.Response) -> Fault:
    if not is_json(response):
        return Fault()
    try:
        return Fault.model_validate_json(response.content)
    except ValidationError:
        return Fault()


def _meant_status(status: int, fault: Fault) -> int:
    """Asking for drafts without leave is answered with "400, bad parameter"; what was meant is inside."""
    if status == 400 and (found := fault.data.details.get("status")):  # noqa: PLR2004
        data = found.get("data")
        inner = data.get("status") if isinstance(data, dict) else None
        if inner in {401, 403}:
            return int(inner)
    return status


def _moved(site: str, response: httpx.Response) -> WordPressError:
    target = response.headers.get("location", "")
    try:
        url = response.url.join(target) if target else None
    except httpx.InvalidURL:
        url = None
    if url and url.path.endswith("/wp-admin/install.php"):
        return NoRestApiError(
            site,
            "wants to be installed: there is nothing in its database",
            hint="Install WordPress there. If it was installed before, its host has to restore its database.",
        )
    return SiteMovedError(
        site,
        f"sends its visitors on to {url.copy_with(query=None, fragment=None)}" if url else "sends its visitors away",
        hint="Connect the address that a browser shows at the end, with https:// and www. if they are in it.",
    )


def parsed(response: httpx.Response) -> object:
    """The JSON of an answer.

    Raises:
        ValueError: the answer is no JSON, with what it is instead.
    """
    if not is_json(response):
        kind = response.headers.get("content-type") or "nothing that says what it is"
        raise ValueError(f"{kind} in place of JSON")
    try:
        return json.loads(response.content)
    except ValueError as error:
        raise ValueError("broken JSON") from error
