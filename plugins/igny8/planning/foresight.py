"""What each action of a rule will be given: asked of the engine where it can be known now, reckoned where not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from igny8.actions import EVENT_TYPES, ActionType, action_type
from igny8.actions.events import run_event
from igny8.actions.items import COLLECTIONS, Collection
from igny8.conditions import lookup
from igny8.engine import EngineClient, JobPreview
from igny8.errors import EngineRefusalError
from igny8.planning.counts import Count, one_of, plus
from igny8.rules import Action, Rule, UnresolvedReferenceError, WiredAction, references, resolve, wire

_INVALID: Final = "invalid_request"
"""The engine's code for params that it can't use, as opposed to an account or site that isn't there."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an action will be given when its turn comes."""

    action: Action
    kind: ActionType
    wired: WiredAction
    singular: str
    """What one of its items is called: ``keyword``, ``article``, ``site``."""
    collection: Collection | None
    """Where its items are; ``None`` for an action whose one item is the site."""
    items: Count
    """How many items it will work on, if it isn't skipped."""
    paid: Count
    """How many of them will be charged."""
    says: str
    """In a sentence, what it will work on and how that is known."""
    preview: JobPreview | None
    """The engine's answer, where it can be told which items match now."""
    problems: tuple[str, ...] = ()
    """Why the engine would refuse the action."""

    @property
    def may_be_skipped(self) -> bool:
        """Whether the rule may go on without it."""
        return bool(self.wired.when)

    def output(self, name: str) -> Count:
        """How many of an output it will make, if it isn't skipped."""
        output = self.kind.output(name)
        if output is None:
            return Count.exactly(0)
        gives = self.action.params.gives(output)
        most = None if self.items.most is None else gives.at_most(self.items.most)
        return Count(gives.at_least(self.items.least), most)

    def made_or_changed(self, collection: Collection) -> int | None:
        """How many items of a collection it makes or changes at most."""
        outputs = [self.output(output.name).most for output in self.kind.outputs if output.collection is collection]
        if self.collection is collection:
            outputs.append(self.items.most)
        return None if None in outputs else max((most for most in outputs if most is not None), default=0)


async def foresee(rule: Rule, client: EngineClient, event: JsonValue = None, *, shown: int = 0) -> list[Foreseen]:
    """What each action of a rule will be given if the rule runs now, in the order in which they run.

    Args:
        rule: A rule that passed :func:`igny8.rules.check_rule`.
        client: The engine's client for the rule's account.
        event: What the run is started with; ``None`` where that isn't known.
        shown: How many items to ask for where they are known.

    Raises:
        EngineCallError: the engine cannot be asked, or refuses account or site.
    """
    foreseen: list[Foreseen] = []
    for wired in wire(rule):
        foreseen.append(await _Sight(rule, client, event, shown, foreseen).of(wired))
    return foreseen


@dataclass(frozen=True, slots=True)
class _Given:
    """The param that names an action's items, with what is known of it now."""

    value: JsonValue
    """What the engine can be asked with; an empty list where the items are known only later."""
    later: Count | None = None
    """How many items there will be, where they are known only later."""
    says: str = ""


class _Sight:
    """Looks ahead to one action, knowing what is foreseen of those before it."""

    def __init__(self, rule: Rule, client: EngineClient, event: JsonValue, shown: int, before: list[Foreseen]) -> None:
        self._rule = rule
        self._client = client
        self._event = event
        self._shown = shown
        self._before = before
        self._problems: list[str] = []

    async def of(self, wired: WiredAction) -> Foreseen:
        """What the action will be given."""
        action, kind = self._rule.action(wired.id), action_type(wired.type)
        if kind.run is not None:
            return _by_itself(action, kind, wired)
        collection = next((items.collection for items in kind.params.item_inputs().values()), None)
        singular = COLLECTIONS[collection].singular if collection else "site"
        given, params, untold = _Given(None), dict[str, JsonValue](), set[str]()
        for name, value in wired.params.items():
            if name in kind.params.item_inputs():
                given = self._given(name, value, singular)
                params[name] = given.value
            elif not references(value):
                params[name] = value
            elif self._is_told(value):
                params[name] = self._from_event(name, value)
            else:
                untold.add(name)
        preview = await self._preview(wired.type, params, untold)
        items, says = Count.exactly(0), ""
        if self._problems:
            says = f"The engine would refuse it: {'; '.join(self._problems)}."
        elif given.later is not None:
            items, says, preview = given.later, given.says, None
        elif preview is None:
            items = _unasked(given.value)
            says = f"It will work on {items.of(singular)}; more depends on the event that starts the rule."
        else:
            items, says = self._previewed(preview, collection, given.value, singular, less=bool(untold))
        free = preview.done_before if preview and items == Count.exactly(preview.total) else 0
        paid = Count(
            0 if action.params.may_leave_items() else items.least - free,
            None if items.most is None else items.most - free,
        )
        return Foreseen(action, kind, wired, singular, collection, items, paid, says, preview, tuple(self._problems))

    async def _preview(self, kind: str, params: dict[str, JsonValue], untold: set[str]) -> JobPreview | None:
        """What the engine says, where it can be asked; what it has against the params are the problems."""
        required = {name for name, field in action_type(kind).params.model_fields.items() if field.is_required()}
        if self._problems or required & untold:
            return None
        try:
            return await self._client.preview_job(kind, self._rule.site, params, shown=self._shown)
        except EngineRefusalError as error:
            if error.code != _INVALID:
                raise
            self._problems += error.problems or (str(error),)
            return None

    def _given(self, name: str, value: JsonValue, singular: str) -> _Given:
        if not references(value):
            return _Given(value)
        if not _actions_in(value):
            if self._is_told(value):
                return _Given(self._from_event(name, value))
            says = f"Which {singular}s it will work on depends on the event that starts the rule."
            return _Given([], self._by_type_of_event(value), says)
        if isinstance(value, str):
            return self._from_above(value, singular)
        says = f"Which {singular}s match depends on what the actions above put out."
        return _Given([], Count(0, _limit(value)), says)

    def _is_told(self, value: JsonValue) -> bool:
        """Whether everything that the value refers to is known: the event, when there is one."""
        return self._event is not None and not _actions_in(value)

    def _by_type_of_event(self, value: JsonValue) -> Count:
        """How many items an event names that is not known yet: one where events of its type bring one id."""
        kind = EVENT_TYPES.get(self._rule.event or "")
        paths = references(value) if isinstance(value, str) else []
        if kind is not None and paths:
            brought = lookup({"event": run_event(kind.example())}, paths[0])
            if isinstance(brought, int):
                return Count.exactly(1)
        return Count(0, _limit(value))

    def _from_event(self, name: str, value: JsonValue) -> JsonValue:
        try:
            return resolve({name: value}, {"event": self._event})[name]
        except UnresolvedReferenceError as error:
            self._problems.append(str(error).removesuffix("."))
            return None

    def _from_above(self, reference: str, singular: str) -> _Given:
        by_id = {earlier.wired.id: earlier for earlier in self._before}
        counts: list[Count] = []
        names: list[str] = []
        how = ""
        for path in references(reference):
            _, action_id, output, *position = path.split(".")
            earlier = by_id[action_id]
            names.append(f"'{action_id}'")
            count = earlier.output(output)
            found = earlier.kind.output(output)
            if position:
                count = Count(
                    int(count.least > int(position[0])), int(count.most is None or count.most > int(position[0]))
                )
            elif found is not None:
                how = f": {earlier.action.params.gives(found).in_words(earlier.singular)}"
            counts.append(count)
        count = one_of(counts)
        who = f"{names[0]}{''.join(f', or {name} where that is skipped,' for name in names[1:])}"
        return _Given([], count, f"The action {who} puts out {count.of(singular)}{how if len(names) == 1 else ''}.")

    def _previewed(
        self, preview: JobPreview, collection: Collection | None, value: JsonValue, singular: str, *, less: bool
    ) -> tuple[Count, str]:
        now = Count.exactly(preview.total)
        if collection is None:
            return now, "It works on the site as a whole."
        one = preview.total == 1
        if not isinstance(value, dict):
            return now, f"{now.of(singular)} {'is' if one else 'are'} named{_free(preview)}."
        more: int | None = 0
        for earlier in self._before:
            more = plus(more, earlier.made_or_changed(collection))
        matching = f"{now.of(singular)} {'matches' if one else 'match'} now"
        if more == 0 and not less:
            return now, f"{matching}{_free(preview)}."
        count = Count(0, plus(preview.total, more)).up_to(_limit(value))
        why = "the event that starts the rule" if more == 0 else "what the actions above make and change"
        return count, f"{matching}; how many it will be depends on {why}: {count.of(singular)}."


def _by_itself(action: Action, kind: ActionType, wired: WiredAction) -> Foreseen:
    """What is foreseen of an action that the engine has no part in."""
    once = Count.exactly(1)
    says = "It runs in Airflow itself, once."
    return Foreseen(action, kind, wired, action.params.price().per, None, once, once, says, None)


def _free(preview: JobPreview) -> str:
    if not preview.done_before:
        return ""
    if preview.done_before == preview.total:
        return ", done already at no cost"
    return f", {preview.done_before:,} of them done already at no cost"


def _actions_in(value: JsonValue) -> list[str]:
    return [path for path in references(value) if path.startswith("actions.")]


def _limit(value: JsonValue) -> int | None:
    limit = value.get("limit") if isinstance(value, dict) else None
    return limit if isinstance(limit, int) else None


def _unasked(value: JsonValue) -> Count:
    """How many items a param names, as far as it says so itself."""
    if isinstance(value, dict):
        return Count(0, _limit(value))
    return Count.exactly(len(value) if isinstance(value, list) else 1)
