"""The rules of the store as one caller may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import JsonValue

from igny8.api.access import Caller, Deed, no_such_rule
from igny8.api.audit import Event, audited
from igny8.api.dags import ask_to_parse
from igny8.api.envelope import Fault
from igny8.api.errors import ConflictError, InvalidRequestError, NotAllowedError
from igny8.api.settings import default_account, default_site
from igny8.api.views import dag_id_of_broken, faults
from igny8.api.writing import free_id
from igny8.dagfactory.ids import dag_id_of
from igny8.rules import BrokenRule, Rule, RuleInvalidError, RuleStore, Scan, StoredRule, find_loop
from igny8.rules.errors import Problem, nearest


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule of the store, usable or broken, with the id of its Dag."""

    dag_id: str
    found: StoredRule | BrokenRule

    @property
    def rule_id(self) -> str:
        """What the rule is addressed by."""
        if isinstance(self.found, StoredRule):
            return self.found.rule.id
        return self.found.rule_id or self.found.name

    @property
    def usable(self) -> StoredRule:
        """The rule, when it can be used.

        Raises:
            InvalidRequestError: when it is broken, with everything that is wrong with it.
        """
        if isinstance(self.found, StoredRule):
            return self.found
        message = f"The rule '{self.rule_id}' is broken and cannot be used until it is mended."
        raise InvalidRequestError(message, faults(self.found.problems))


def entries(store: RuleStore) -> Sequence[Entry]:
    """Everything that is in the store, by rule id."""
    return _entries(store.scan())


@lru_cache(maxsize=1)  # as long as no rule changes, every request asks for the same
def _entries(scan: Scan) -> Sequence[Entry]:
    found = [Entry(dag_id_of(stored.rule.account, stored.rule.id), stored) for stored in scan.rules]
    found += [Entry(dag_id_of_broken(broken), broken) for broken in scan.broken]
    return tuple(sorted(found, key=lambda entry: entry.rule_id))


def visible(store: RuleStore, caller: Caller) -> list[Entry]:
    """What the caller may see of the store, by rule id."""
    found = entries(store)
    allowed = caller.readable([entry.dag_id for entry in found])
    return [entry for entry in found if entry.dag_id in allowed]


def find(store: RuleStore, caller: Caller, rule_id: str, deed: Deed = "read") -> Entry:
    """The rule of that id, with which the caller may do this.

    Raises:
        NotFoundError: when there is none, or the caller may not see it.
        NotAllowedError: when the caller may see it, but not do this.
    """
    found = entries(store)
    # Of several files that claim the id, the one that keeps it is the rule; a broken one only stands in for a good one.
    named = sorted(_named(found, rule_id), key=lambda entry: isinstance(entry.found, BrokenRule))
    if not named or not caller.may("read", named[0].dag_id):
        # The same words for both: which ids other accounts have is not to be found out here.
        seen = caller.readable([entry.dag_id for entry in found])
        raise no_such_rule(rule_id, nearest(rule_id, [entry.rule_id for entry in found if entry.dag_id in seen]))
    caller.require(deed, named[0].dag_id, rule_id)
    return named[0]


def complete_new(document: dict[str, JsonValue], store: RuleStore, caller: Caller) -> None:
    """Give a new rule what its body leaves out: an id made of its name, and the account and site.

    Account and site are those of the settings, else those of the rules that the caller sees, when these have only one.
    """
    found = entries(store)
    seen = caller.readable([entry.dag_id for entry in found])
    rules = [entry.found.rule for entry in found if entry.dag_id in seen and isinstance(entry.found, StoredRule)]
    for name, default, values in (
        ("account", default_account(), {rule.account for rule in rules}),
        ("site", default_site(), {rule.site for rule in rules}),
    ):
        if document.get(name) is None:
            only = next(iter(values)) if len(values) == 1 else None
            if (value := default or only) is not None:
                document[name] = value
    if document.get("id") is None:
        document["id"] = free_id(document.get("name"), {entry.rule_id for entry in found})


def save(
    store: RuleStore, caller: Caller, rule: Rule, *, expected: int | None, event: Event, text: str | None = None
) -> StoredRule:
    """Save a rule as its caller, who must be allowed to change it, and have Airflow look at it.

    Args:
        store: Where to.
        caller: Who.
        rule: The rule, checked.
        expected: The revision that the caller started from; 0 for a rule that must be new.
        event: What the audit log calls it.
        text: The rule's YAML, where it is to be stored as it is.

    Raises:
        NotAllowedError, ConflictError: when the caller may not.
        RuleError: what the store says.
    """
    dag_id = dag_id_of(rule.account, rule.id)
    # Whoever may change the Dag of a rule that isn't there yet may make it, also where there is nothing to see so far.
    if not caller.may("edit", dag_id):
        message = (
            f"You may not make or change the rule '{rule.id}' of the account '{rule.account}'. Ask for the permission "
            f"on the Dag '{dag_id}', or name an account whose rules you may change."
        )
        raise NotAllowedError(message)
    stored_rules = entries(store)
    if problems := problems_with_others(rule, stored_rules):
        raise RuleInvalidError(problems)
    named = _named(stored_rules, rule.id)
    for entry in named:
        if entry.dag_id != dag_id:
            _require_replaceable(caller, entry)
    if expected is None:
        # What is replaced must still be what the caller was just found to be allowed to replace.
        expected = named[0].found.revision if named else 0
    if named and event == "rule_created":
        event = "rule_changed"
    with audited(event, caller.name, dag_id, {"rule": rule.id}) as details:
        stored = store.save(rule if text is None else text, caller.name, expected)
        details["revision"] = stored.revision
    ask_to_parse(dag_id)
    return stored


def problems_with_others(rule: Rule, others: Sequence[Entry]) -> list[Problem]:
    """What is wrong with a rule only because of the others that there are: circles in which rules start each other."""
    loop = find_loop(rule, (entry.found.rule for entry in others if isinstance(entry.found, StoredRule)))
    return [] if loop is None else [loop.problem()]


def _require_replaceable(caller: Caller, entry: Entry) -> None:
    """Refuse to put a rule in the place of another account's, unless the caller may change that as well."""
    if not caller.may("read", entry.dag_id):
        message = f"The id '{entry.rule_id}' is taken, by a rule that is not yours to change. Choose another id."
        raise ConflictError(message, [Fault(path="id", message=message, value=entry.rule_id, code="id_taken")])
    caller.require("edit", entry.dag_id, entry.rule_id)


def _named(found: Sequence[Entry], rule_id: str) -> list[Entry]:
    return [entry for entry in found if entry.rule_id == rule_id]
