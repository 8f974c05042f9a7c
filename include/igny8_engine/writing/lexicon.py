"""The words that the offline writer knows, read from ``lexicon.toml`` beside this module."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lexicon() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text("utf-8"))


def known(group: str) -> frozenset[str]:
    """The words of a group, lower case."""
    return frozenset(_lexicon()["words"][group].split())


def aspect_words() -> dict[str, str]:
    """For each aspect, in order of preference, a regular expression for the words that show it."""
    return {aspect: "|".join(words.split()) for aspect, words in _lexicon()["aspects"].items()}
