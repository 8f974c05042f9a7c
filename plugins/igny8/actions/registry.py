"""The list of action types: those that come along, and those of installed packages."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from igny8.actions.base import ActionParams, ActionType
from igny8.actions.cluster_keywords import CLUSTER_KEYWORDS
from igny8.actions.errors import UnusableActionError
from igny8.actions.generate_content import GENERATE_CONTENT
from igny8.actions.generate_ideas import GENERATE_IDEAS
from igny8.actions.generate_images import GENERATE_IMAGES
from igny8.actions.generate_page_content import GENERATE_PAGE_CONTENT
from igny8.actions.generate_site_structure import GENERATE_SITE_STRUCTURE
from igny8.actions.http_request import HTTP_REQUEST
from igny8.actions.optimize_content import OPTIMIZE_CONTENT
from igny8.actions.publish_to_wordpress import PUBLISH_TO_WORDPRESS
from igny8.actions.request_approval import REQUEST_APPROVAL

GROUP: Final = "igny8.actions"
"""The entry point group in which packages name actions of their own."""

BUILT_IN: Final[dict[str, ActionType]] = {
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
        HTTP_REQUEST,
    )
}
"""The action types that come along, in the order in which they are usually used. A new module is entered here."""

_NAME: Final = re.compile(r"^[a-z][a-z0-9_]{0,79}$")
_PLACE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class BrokenAction:
    """An entry point that should be an action type and cannot be used."""

    name: str
    """What the entry point is called; rules that name an action so have none."""
    value: str
    """What it points at: ``module:NAME``."""
    package: str
    """The package that brings it."""
    reason: str
    """Everything that is wrong with it, in full sentences."""

    def __str__(self) -> str:
        return f"The action '{self.name}' ({self.value} of {self.package}) cannot be used. {self.reason}"


def load_actions(found: Iterable[EntryPoint]) -> tuple[dict[str, ActionType], tuple[BrokenAction, ...]]:
    """The usable action types that entry points name, by their names, and those that cannot be used.

    Whatever one of them does wrong, also while it is imported, harms no other.
    """
    usable: dict[str, ActionType] = {}
    broken: list[BrokenAction] = []
    for entry in sorted(found, key=lambda entry: (entry.name, entry.value)):
        try:
            kind = _loaded(entry)
            check_action(kind, entry.name)
        except UnusableActionError as error:
            broken.append(BrokenAction(entry.name, entry.value, _package(entry), str(error)))
            continue
        if kind.name in usable:
            reason = "Another package has an action of that name too, which is used."
            broken.append(BrokenAction(entry.name, entry.value, _package(entry), reason))
        else:
            usable[kind.name] = kind
    return usable, tuple(broken)


def check_action(kind: ActionType, name: str) -> None:
    """Make sure that an action type of somebody's own can be offered, priced, read aloud and run.

    Args:
        kind: The action type.
        name: What its entry point is called.

    Raises:
        UnusableActionError: with everything that is wrong with it.
    """
    if problems := list(_problems(kind, name)):
        raise UnusableActionError(problems)


def _loaded(entry: EntryPoint) -> ActionType:
    try:
        kind = entry.load()
    except (Exception, SystemExit) as error:
        raise UnusableActionError([f"It cannot be imported: {type(error).__name__}: {error}."]) from error
    if not isinstance(kind, ActionType):
        raise UnusableActionError([f"It is a {type(kind).__name__}, and should be an igny8.actions.ActionType."])
    return kind


def _problems(kind: ActionType, name: str) -> Iterator[str]:  # noqa: C901, PLR0912 - one sentence for each thing
    if kind.name != name:
        yield f"Its name is '{kind.name}', and its entry point is called '{name}': they have to be the same."
    if not _NAME.match(kind.name):
        yield f"'{kind.name}' is no name: it is made of small letters, digits and _ and begins with a letter."
    if kind.name in BUILT_IN:
        yield f"'{kind.name}' comes along already; an action of your own needs another name."
    if not kind.title or not kind.description:
        yield "It needs a title and a description."
    params: object = kind.params
    if not isinstance(params, type) or not issubclass(params, ActionParams):
        yield "Its params are no model: they derive from igny8.actions.ActionParams."
        return
    if kind.params.price is ActionParams.price:
        yield "Its params have no price(); one that costs nothing returns igny8.actions.FREE."
    else:
        yield from _price_problems(kind.params)
    if without := [param for param, field in kind.params.model_fields.items() if not field.description]:
        yield f"These params have no description: {', '.join(without)}."
    if unknown := sorted(set(_PLACE.findall(kind.phrase)) - set(kind.params.model_fields)):
        yield f"Its phrase names params that it does not have: {', '.join(unknown)}."
    if without := [output.name for output in kind.outputs if not output.description]:
        yield f"These outputs have no description: {', '.join(without)}."
    if kind.run is None:
        yield "It has no run: the async function that does it."
    elif not inspect.iscoroutinefunction(kind.run):
        yield "Its run is no async function (async def run(params, run))."
    if kind.cancel is not None and not inspect.iscoroutinefunction(kind.cancel):
        yield "Its cancel is no async function (async def cancel(params, run))."
    if kind.emits:
        yield "It says that the engine tells events of it, and only the engine's own actions have such events."
    try:
        kind.params.model_json_schema()
    except Exception as error:  # noqa: BLE001 - somebody else's model can raise anything
        yield f"Its params have no JSON schema: {error}."


def _price_problems(params: type[ActionParams]) -> Iterator[str]:
    try:
        price = params.model_construct().price()
    except Exception as error:  # noqa: BLE001 - as above
        yield f"Its price cannot be told: {type(error).__name__}: {error}."
    else:
        if price.credits:
            yield f"It costs {price}, which nobody would charge: credits are the engine's. Let price() return FREE."


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "an unknown package"


_own, BROKEN_ACTIONS = load_actions(entry_points(group=GROUP))

ACTION_TYPES: Final[dict[str, ActionType]] = {**BUILT_IN, **_own}
"""Every action type by its name: those that come along, then those of installed packages."""


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


def broken_action(name: str) -> BrokenAction | None:
    """The broken entry point of that name, if there is one."""
    return next((broken for broken in BROKEN_ACTIONS if broken.name == name), None)
