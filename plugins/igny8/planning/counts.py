"""How many there will be of something, between the fewest and the most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """A number that is known only between bounds."""

    least: int
    most: int | None
    """``None`` where nothing bounds it."""

    @classmethod
    def exactly(cls, number: int) -> Count:
        """A number that is known."""
        return cls(number, number)

    def up_to(self, limit: int | None) -> Count:
        """The same, cut off at a limit if there is one."""
        if limit is None:
            return self
        return Count(min(self.least, limit), limit if self.most is None else min(self.most, limit))

    def of(self, singular: str) -> str:
        """In words, with what is counted: ``1 cluster``, ``1 to 40 clusters``."""
        if self.most is None:
            return f"any number of {singular}s" if not self.least else f"{self.least} {singular}s or more"
        if self.least == self.most:
            return f"{self.most:,} {singular}{'' if self.most == 1 else 's'}"
        return f"{self.least:,} to {self.most:,} {singular}{'' if self.most == 1 else 's'}"


def one_of(counts: Iterable[Count]) -> Count:
    """What holds for one of several numbers, whichever it will be."""
    several = list(counts)
    most = [count.most for count in several]
    return Count(min(count.least for count in several), None if None in most else max(m for m in most if m is not None))


def plus(first: int | None, second: int | None) -> int | None:
    """The sum of two bounds; nothing bounds it where nothing bounds one of them."""
    return None if first is None or second is None else first + second
