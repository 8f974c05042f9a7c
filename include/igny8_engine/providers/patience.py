"""How long a model provider is waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a provider is asked and how long that may take, in seconds."""

    attempts: int = 5
    """How often one request is sent at most."""
    timeout: float = 120.0
    """How long one attempt may take."""
    deadline: float = 600.0
    """How long one piece of work (an article, an image) may take: its requests, their repetitions, the waits."""
    first_wait: float = 1.0
    """What the back-off starts from: it doubles with each attempt, and the wait is drawn at random up to that."""
    longest_wait: float = 60.0
    """The longest wait between two attempts, also when the provider asks for a longer one."""
