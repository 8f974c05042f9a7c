"""What a rule's Dag says of itself in the Airflow UI."""

from __future__ import annotations

from igny8.rules import StoredRule


def describe(stored: StoredRule) -> str:
    """The Dag's documentation in Markdown: what the rule is for, its revision, and the rule itself."""
    rule = stored.rule
    about = f"{rule.description}\n\n" if rule.description else ""
    # A fence longer than any in the text, so that a rule cannot end it.
    fence = "```"
    while fence in stored.text:
        fence += "`"
    return (
        f"# {_plain(rule.name)}\n\n{_plain(about)}"
        f"Rule `{rule.id}` of the account `{rule.account}`, site `{rule.site}`, revision {stored.revision}.\n\n"
        f"{fence}yaml\n{stored.text.rstrip()}\n{fence}\n"
    )


def _plain(text: str) -> str:
    return text.replace("<", "&lt;")
