"""The list of action types."""

from __future__ import annotations

import difflib

from igny8.actions.base import ActionType
from igny8.actions.cluster_keywords import CLUSTER_KEYWORDS
from igny8.actions.generate_content import GENERATE_CONTENT
from igny8.actions.generate_ideas import GENERATE_IDEAS
from igny8.actions.generate_images import GENERATE_IMAGES
from igny8.actions.generate_page_content import GENERATE_PAGE_CONTENT
from igny8.actions.generate_site_structure import GENERATE_SITE_STRUCTURE
from igny8.actions.optimize_content import OPTIMIZE_CONTENT
from igny8.actions.publish_to_wordpress import PUBLISH_TO_WORDPRESS
from igny8.actions.request_approval import REQUEST_APPROVAL

ACTION_TYPES: dict[str, ActionType] = {
    action.name: action
    for action in (
        CLUSTER_KEYWORDS,
        GENERATE_IDEAS,
        GENERATE_CONTENT,
        GENERATE_IMAGES,
        GENERATE_SITE_STRUCTURE,
        GENERATE_PAGE_CONTENT,
        OPTIMIZE_CONTENT,
        REQUEST_APPROVAL,
        PUBLISH_TO_WORDPRESS,
    )
}
"""Every action type by its name, in the order in which they are usually used."""


class UnknownActionError(LookupError):
    """An action type that is not registered; carries the nearest name that is."""

    def __init__(self, name: str) -> None:
        self.name = name
        near = difflib.get_close_matches(name, ACTION_TYPES, n=1)
        self.suggestion = near[0] if near else None
        hint = f" Did you mean '{self.suggestion}'?" if self.suggestion else f" Known are {', '.join(ACTION_TYPES)}."
        super().__init__(f"'{name}' is not an action.{hint}")


def action_type(name: str) -> ActionType:
    """The action type of that name.

    Raises:
        UnknownActionError: when no such action type is registered.
    """
    try:
        return ACTION_TYPES[name]
    except KeyError:
        raise UnknownActionError(name) from None
