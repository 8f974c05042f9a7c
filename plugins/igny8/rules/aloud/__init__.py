"""Rules, and what changes in them, in plain English."""

from igny8.rules.aloud.differences import differences
from igny8.rules.aloud.rule import in_words, starts

__all__ = ["differences", "in_words", "starts"]
