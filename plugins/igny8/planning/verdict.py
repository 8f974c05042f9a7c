"""Whether a run may begin, by what it would cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from igny8.actions.budget import MAX_CREDITS, Exceeded, Limit
from igny8.rules import Limits

BUFFER: Final = 10
"""What is added to the most that a run may cost where that is only estimated, in percent."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a run."""

    least: int
    """The fewest credits that it costs."""
    most: int | None
    """The most credits that it costs, with a margin where it is estimated; ``None`` where nothing bounds it."""
    exceeded: Exceeded | None = None
    """The limit that it is certain to exceed."""
    asks: bool = False
    """Whether people are asked."""

    @property
    def allowance(self) -> int:
        """What the run may cost when it is approved."""
        return MAX_CREDITS if self.most is None else self.most


def judge(least: int, most: int | None, balance: int, limits: Limits, used_today: int = 0) -> Verdict:
    """What becomes of a run that costs so much.

    A run is stopped at once where even the least that it costs is too much; what turns out dearer is stopped by the
    engine. People are asked where the most that it may cost is above what nobody is asked for.

    Args:
        least: The fewest credits that it costs.
        most: The most credits that it costs; ``None`` where nothing bounds it.
        balance: The credits that the account can spend.
        limits: The rule's limits.
        used_today: The credits that the rule's runs have spent or set aside today.
    """
    if most is not None and most > least:
        most += -(-most * BUFFER // 100)
    if limits.credits_per_run is not None:
        most = limits.credits_per_run if most is None else min(most, limits.credits_per_run)
        if least > limits.credits_per_run:
            return Verdict(least, most, _exceeded("credits_per_run", limits.credits_per_run, least))
    if limits.credits_per_day is not None and used_today + least > limits.credits_per_day:
        return Verdict(least, most, _exceeded("credits_per_day", limits.credits_per_day, least, used_today))
    if least > balance:
        return Verdict(least, most, _exceeded("balance", balance, least))
    above = limits.approve_above
    return Verdict(least, most, asks=above is not None and (most is None or most > above))


def _exceeded(limit: Limit, allowed: int, least: int, used: int = 0) -> Exceeded:
    return Exceeded(limit=limit, allowed=allowed, used=used, needed=least)
