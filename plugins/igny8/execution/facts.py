"""Fetching the values that conditions and references start from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from pydantic import JsonValue


class FactSource(Protocol):
    """Where facts come from: the engine's client, or what asks for one when facts are wanted."""

    async def facts(self, site: str, names: Sequence[str]) -> dict[str, JsonValue]:
        """The values of the named facts; one that isn't known is left out."""
        ...


async def values_of(
    paths: Iterable[str],
    source: FactSource,
    site: str,
    *,
    event: Callable[[], JsonValue],
    output: Callable[[str, str], Awaitable[JsonValue]],
) -> dict[str, JsonValue]:
    """The values that the dotted paths start from, nested for ``event`` and ``actions``, flat for facts.

    Only what the paths name is fetched, all facts in one call of the engine.

    Args:
        paths: The fields of conditions, or the paths of references.
        source: Where facts come from; usually the engine's client for the account.
        site: The site that the facts are about.
        event: Gives what the run was started with.
        output: Gives an action's output by the action's id and the output's name; ``None`` when there is none.
    """
    values: dict[str, JsonValue] = {}
    actions: dict[str, JsonValue] = {}
    facts: list[str] = []
    for path in paths:
        root, _, rest = path.partition(".")
        if root == "actions":
            action, _, output_path = rest.partition(".")
            name = output_path.partition(".")[0]
            outputs = actions.setdefault(action, {})
            value = await output(action, name)
            if value is not None and isinstance(outputs, dict):
                outputs[name] = value
        elif root == "event":
            values["event"] = event()
        else:
            facts.append(path)
    values["actions"] = actions
    values.update(await source.facts(site, facts))
    return values
