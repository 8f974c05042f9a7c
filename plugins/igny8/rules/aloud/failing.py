"""In words: what a rule does when something fails, how often it tries again, and which topics it avoids."""

from __future__ import annotations

from collections.abc import Iterator

from igny8.actions.topic_memory import TopicMemory
from igny8.rules.aloud.actions import action_words
from igny8.rules.aloud.values import several
from igny8.rules.model import Rule
from igny8.rules.retries import USUAL, Retries
from igny8.rules.wiring import wire_failure


def failing_words(rule: Rule) -> Iterator[str]:
    """The sentences on actions that are tried again in another way than usual, and on what is done on failure."""
    for action in rule.actions:
        if action.retries is not None:
            yield f"{action.id} {retries_words(action.retries)}."
    if rule.on_failure:
        wired = wire_failure(rule)
        deeds = [action_words(action, each.params) for action, each in zip(rule.on_failure, wired, strict=True)]
        yield f"When an action fails: {', then '.join(deeds)}."


def retries_words(retries: Retries | None) -> str:
    """How often an action is tried again: ``is tried again up to 5 times while busy, …``."""
    told = retries or USUAL
    ways = {"while busy": told.busy, "while unavailable": told.unavailable, "after failing": told.failed}
    tried = [f"up to {_times(count)} {when}" for when, count in ways.items() if count]
    if not tried:
        return "is never tried again"
    pause = f", first after {told.pause:g} seconds" if told.pause != USUAL.pause else ""
    return f"is tried again {several(tried)}{pause}"


def memory_words(memory: TopicMemory | None) -> str:
    """What becomes of topics that come too close to others."""
    if memory is None:
        return "Only equal titles are avoided."
    alike = f"whose titles are {memory.similarity * 100:g}% or more like one that the site has or plans"
    if memory.on_twin == "ask":
        return f"Articles {alike} are written only when a person has approved of it."
    kept = "left out" if memory.on_twin == "skip" else "kept, and their twins named"
    return f"Ideas and articles {alike} are {kept}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
