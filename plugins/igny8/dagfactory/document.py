"""What a rule's Dag says of itself in the Airflow UI."""

from __future__ import annotations

import re
from typing import Final

from igny8.rules import StoredRule, in_words, warnings

_REVISION: Final = re.compile(r"^Rule `[^`]*` of the account .* revision (\d+)\.$", re.MULTILINE)


def describe(stored: StoredRule) -> str:
    """The Dag's documentation in Markdown: its revision, the rule read aloud, what it is for, and the rule itself."""
    rule = stored.rule
    about = f"{rule.description}\n\n" if rule.description else ""
    doubts = "".join(f"- {problem}\n" for problem in warnings(rule))
    doubtful = f"**To be looked at**\n\n{doubts}\n" if doubts else ""
    # A fence longer than any in the text, so that a rule cannot end it.
    fence = "```"
    while fence in stored.text:
        fence += "`"
    # The line with the revision comes before all texts of the rule's own, which could look like it.
    return (
        f"# {_plain(rule.name)}\n\n"
        f"Rule `{rule.id}` of the account `{rule.account}`, site `{rule.site}`, revision {stored.revision}.\n\n"
        f"{_plain(in_words(rule))}\n\n{_plain(doubtful)}{_plain(about)}"
        f"{fence}yaml\n{stored.text.rstrip()}\n{fence}\n"
    )


def revision_of(document: str | None) -> int | None:
    """The revision that a Dag's documentation says the Dag was built from."""
    found = _REVISION.search(document or "")
    return int(found[1]) if found else None


def _plain(text: str) -> str:
    return text.replace("<", "&lt;")
