"""The stock of sentence patterns, and drawing from it so that sibling texts differ by construction.

A pattern is a line of text with ``{names}`` to be filled in and ``[a|b]`` choices between wordings. Pools of patterns
are kept in ``stock/*.toml`` beside this module and named ``table.key``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from math import prod

from igny8_engine.writing.english import capitalised
from igny8_engine.writing.numbers import stable_number

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SENTENCE_START = re.compile(r"(^|[.?!] )\{([a-z]\w*)\}")
_STRIDES = (
    ("_advice", 4),
    ("_item", 5),
    ("answer.", 1),
    ("tail", 2),
    ("step", 3),
    ("stage.", 1),
    ("slip.", 1),
    ("item.", 3),
    ("related", 2),
)


@cache
def pools() -> Mapping[str, tuple[str, ...]]:
    """All pools of patterns by name."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(files(__package__).joinpath("stock").iterdir(), key=lambda path: path.name):
        if file.name.endswith(".toml"):
            for table, entries in tomllib.loads(file.read_text("utf-8")).items():
                for key, lines in entries.items():
                    found[f"{table}.{key}"] = tuple(lines.strip().splitlines())
    return found


def wordings(pattern: str) -> list[str]:
    """Every wording of a pattern, its names not yet filled in."""
    parts = _CHOICE.split(pattern)
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    return ["".join(combination) for combination in product(*choices)]


def fill(wording: str, values: Mapping[str, str]) -> str:
    """Fill the names in; a value that begins a sentence gets a capital."""
    wording = _SENTENCE_START.sub(lambda match: f"{match[1]}{{^{match[2]}}}", wording)
    return re.sub(
        r"\{(\^?)(\w+)\}", lambda match: capitalised(values[match[2]]) if match[1] else values[match[2]], wording
    )


class Voice:
    """Draws patterns for one text.

    A pool is dealt out in columns, one for each line that a text usually needs of it. Texts of one site differ in
    ``position``: each position takes the next line of every column, and once a column has been gone through, another
    wording. No pattern comes twice in a text before its pool is used up.
    """

    def __init__(self, site: str, position: int) -> None:
        self._site = site
        self._position = position
        self._drawn: dict[str, int] = {}

    def say(self, pool: str, **values: str) -> str:
        """The next pattern of a pool, with the values filled in."""
        return fill(self.wording(pool), values)

    def wording(self, pool: str) -> str:
        """The next wording of a pool."""
        patterns = pools()[pool]
        drawn = self._drawn.get(pool, 0)
        self._drawn[pool] = drawn + 1
        columns = min(next((number for part, number in _STRIDES if part in pool), 1), len(patterns))
        column, round_number = drawn % columns, drawn // columns
        size = (len(patterns) - column + columns - 1) // columns
        lap = self._position // size
        # Every lap begins elsewhere, so that two texts that meet in one column do not meet in all of them.
        place = self._position % size + stable_number(self._site, pool, str(column), str(lap)) % size + round_number
        lap += round_number // size
        pattern = patterns[_order(self._site, pool)[column + place % size * columns]]
        choices = [choice.split("|") for choice in _CHOICE.findall(pattern)]
        count = prod(len(choice) for choice in choices)
        number = (lap + stable_number(self._site, pattern)) % count
        parts = iter(_chosen(choices, number))
        return _CHOICE.sub(lambda _: next(parts), pattern)

    def lines(self, pool: str, count: int, **values: str) -> list[str]:
        """The next patterns of a pool, fewer if it has fewer."""
        return [self.say(pool, **values) for _ in range(min(count, len(pools()[pool]) - self._drawn.get(pool, 0)))]


@lru_cache(maxsize=4096)
def _order(site: str, pool: str) -> tuple[int, ...]:
    indexes = range(len(pools()[pool]))
    return tuple(sorted(indexes, key=lambda index: stable_number(site, pool, str(index))))


def _chosen(choices: list[list[str]], number: int) -> list[str]:
    chosen = []
    for choice in choices:
        # Each choice moves with the number, so that neighbouring numbers differ in the first one already.
        number, rest = divmod(number, len(choice))
        chosen.append(choice[rest])
    return chosen
