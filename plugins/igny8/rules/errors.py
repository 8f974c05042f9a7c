"""What can be wrong with a rule, and what the store refuses to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from pydantic import JsonValue

Location: TypeAlias = tuple[str | int, ...]
"""Where something stands in a document: keys and list indexes from the top down."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a rule, told to the person who wrote it."""

    path: str
    """Where it is, for example ``actions[2].type``; empty for the document as a whole."""
    message: str
    """What is wrong, as a full sentence."""
    code: str
    """What programs tell the kinds of problems apart by, for example ``unknown_action``."""
    value: JsonValue = None
    """The value that is wrong, where there is one."""
    suggestion: str | None = None
    """What was probably meant, ready to be put in the value's place."""
    line: int | None = None
    """The line in the YAML text, from 1; ``None`` when the rule did not come from a text."""
    column: int | None = None
    """The column in that line, from 1."""
    location: Location = field(default=(), repr=False, compare=False)
    """The path in parts, for finding the place in a document."""

    def at(self, line: int, column: int) -> Problem:
        """The same problem with its place in the text, both counted from 1."""
        return replace(self, line=line, column=column)

    def __str__(self) -> str:
        """One line that editors and terminals can follow: ``line:column: path: message``."""
        place = f"{self.line}:{self.column}: " if self.line is not None else ""
        path = f"{self.path}: " if self.path else ""
        hint = f" Did you mean '{self.suggestion}'?" if self.suggestion else ""
        return f"{place}{path}{self.message}{hint}"


class RuleError(Exception):
    """The base of all errors about rules."""


class RuleInvalidError(RuleError, ValueError):
    """A rule that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem], source: str | None = None) -> None:
        self.problems = tuple(problems)
        self.source = source
        """What the rule was read from, for people: usually the file's path."""
        super().__init__(self._text())

    def _text(self) -> str:
        prefix = f"{self.source}:" if self.source else ""
        return "\n".join(
            f"{prefix}{problem}" if problem.line is not None else f"{prefix}{' ' if prefix else ''}{problem}"
            for problem in self.problems
        )


class RuleNotFoundError(RuleError, LookupError):
    """No rule of that id is stored; carries the nearest id that is."""

    def __init__(self, rule_id: str, known: Iterable[str] = ()) -> None:
        self.rule_id = rule_id
        self.suggestion = nearest(rule_id, known)
        hint = f" Did you mean '{self.suggestion}'?" if self.suggestion else ""
        super().__init__(f"There is no rule '{rule_id}'.{hint}")


class RevisionNotFoundError(RuleError, LookupError):
    """The rule has no revision of that number."""

    def __init__(self, rule_id: str, number: int, latest: int | None) -> None:
        self.rule_id = rule_id
        self.number = number
        self.latest = latest
        known = f"Its revisions are 1 to {latest}." if latest else "It has no revisions."
        super().__init__(f"The rule '{rule_id}' has no revision {number}. {known}")


class RevisionConflictError(RuleError):
    """Somebody else saved the rule since the caller read it; nothing was changed. Carries both sides."""

    def __init__(
        self, rule_id: str, *, expected: int, current: int | None, current_text: str | None, proposed_text: str | None
    ) -> None:
        self.rule_id = rule_id
        self.expected = expected
        """The revision that the caller meant to replace; 0 for a rule that must not exist yet."""
        self.current = current
        """The revision that is stored; ``None`` when the rule is not there (any more)."""
        self.current_text = current_text
        """The stored rule as YAML, the other side."""
        self.proposed_text = proposed_text
        """What the caller wanted to save as YAML; ``None`` when the rule was to be deleted."""
        found = f"is at revision {current}" if current is not None else "is not there (any more)"
        wanted = f"you started from revision {expected}" if expected else "you meant to make a new rule"
        super().__init__(
            f"The rule '{rule_id}' {found}, but {wanted}. Nothing was changed; compare both and save again."
        )


class RuleStoreError(RuleError):
    """The folder of the rules cannot be read or written, or does not hold what the store put there."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class UnresolvedReferenceError(RuleError, LookupError):
    """A reference points at something that the run does not have."""

    def __init__(self, reference: str, location: str) -> None:
        self.reference = reference
        """The reference's path, for example ``actions.write.content_ids``."""
        self.location = location
        """Where in the params it stands."""
        if reference.startswith("event."):
            reason = "the event that started this run does not have it"
        else:
            reason = "that action was skipped or has put out nothing of that name"
        super().__init__(f"{location or 'params'}: '{{{{ {reference} }}}}' has no value in this run: {reason}.")


def nearest(word: object, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that was probably meant, or ``None``; the cutoff is how alike they must be, from 0 to 1."""
    if not isinstance(word, str):
        return None
    options = list(dict.fromkeys(known))
    by_case = {option.casefold(): option for option in options}
    if (same := by_case.get(word.casefold())) is not None and same != word:
        return same
    near = difflib.get_close_matches(word.casefold(), by_case, n=1, cutoff=cutoff)
    return by_case[near[0]] if near else None
