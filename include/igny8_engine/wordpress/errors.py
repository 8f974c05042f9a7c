"""What can go wrong with a WordPress site, one class per cause.

Each has ``retryable`` (may the same call succeed later without anybody changing anything?) and ``maybe_done`` (may the
site have done the work although it did not say so? Then look before asking again).
"""

from __future__ import annotations

from igny8_engine.errors import ItemFailedError


class WordPressError(ItemFailedError):
    """The base. ``site`` is the address of the site; ``wp_code`` is WordPress' own code where it gave one."""

    code = "wordpress_failed"
    status = 502
    retryable = False
    maybe_done = False

    def __init__(self, site: str, message: str, *, hint: str | None = None, wp_code: str | None = None) -> None:
        self.site = site
        self.wp_code = wp_code
        super().__init__(f"{site}: {message}", hint=hint)


class CredentialsRefusedError(WordPressError):
    """The site does not know the user name and application password: the site has to be connected anew (401)."""

    code = "wordpress_credentials_refused"


class RoleRefusedError(WordPressError):
    """The user is known but may not do this: it needs another role on the site (403)."""

    code = "wordpress_role_refused"


class BlockedError(WordPressError):
    """Something in front of WordPress, such as a firewall, forbids the call (403 without WordPress' own words)."""

    code = "wordpress_blocked"


class NoRestApiError(WordPressError):
    """There is no WordPress REST API at the address: no WordPress, another address, or switched off."""

    code = "wordpress_no_rest_api"


class SiteMovedError(WordPressError):
    """The site sends its visitors to another address; credentials are not sent after them."""

    code = "wordpress_site_moved"


class NotFoundError(WordPressError):
    """The post, term or media item is not there, or not any more."""

    code = "wordpress_not_found"


class RejectedError(WordPressError):
    """The site understood and said no; the message is the site's own (4xx)."""

    code = "wordpress_rejected"

    def __init__(
        self,
        site: str,
        message: str,
        *,
        hint: str | None = None,
        wp_code: str | None = None,
        term_id: int | None = None,
    ) -> None:
        self.term_id = term_id
        """The term that is there already, when that was the reason."""
        super().__init__(site, message, hint=hint, wp_code=wp_code)


class UploadRefusedError(WordPressError):
    """The site will never take this file: its type, its size or its folder. WordPress says so with a 500."""

    code = "wordpress_upload_refused"


class RateLimitedError(WordPressError):
    """The site asks for fewer calls (429)."""

    code = "wordpress_rate_limited"
    status = 429
    retryable = True

    def __init__(self, site: str, message: str, *, retry_after: float | None, hint: str | None = None) -> None:
        self.retry_after = retry_after
        """Seconds to wait as the site wants it; ``None`` when it did not say."""
        super().__init__(site, message, hint=hint)


class UnavailableError(WordPressError):
    """The site could not be reached, was too slow, broke off, or answered with a fault of its own (5xx)."""

    code = "wordpress_unavailable"
    status = 503
    retryable = True

    def __init__(
        self,
        site: str,
        message: str,
        *,
        maybe_done: bool,
        retry_after: float | None = None,
        hint: str | None = None,
        wp_code: str | None = None,
    ) -> None:
        self.maybe_done = maybe_done
        self.retry_after = retry_after
        """Seconds to wait as the site wants it; ``None`` when it did not say."""
        super().__init__(site, message, hint=hint, wp_code=wp_code)


class ArticleUnpublishableError(ItemFailedError):
    """The article itself cannot be published, whatever the site: a key that is none, for instance."""

    code = "article_unpublishable"
    retryable = False
