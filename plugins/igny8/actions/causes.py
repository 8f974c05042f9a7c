"""Why an action failed, as far as it decides whether trying again can help."""

from __future__ import annotations

from typing import Final, Literal, get_args

Cause = Literal["busy", "unavailable", "failed", "refused"]
"""``busy``: somebody asks to wait. ``unavailable``: somebody does not answer, or breaks down. ``failed``: the work
itself went wrong in a way that may pass. ``refused``: trying again cannot help, and is never done."""

RETRIED: Final = tuple(cause for cause in get_args(Cause) if cause != "refused")
"""The causes after which trying again may help."""
