"""The one way to a rule: every document passes here, and hears everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, TypeVar

from pydantic import JsonValue, ValidationError

from igny8.rules.document import decode, dump, parse
from igny8.rules.errors import Location, Problem, RuleInvalidError
from igny8.rules.failing import failure_graph, failure_problems, shared_id_problems
from igny8.rules.graph import Graph, read_steps
from igny8.rules.locate import in_document_order, locate
from igny8.rules.loops import fires_itself_problems
from igny8.rules.model import RESERVED_IDS, Rule, build_rule
from igny8.rules.predicates import condition_problems, find_fact
from igny8.rules.quiet_problems import quiet_problems
from igny8.rules.receivers import receiver_problems
from igny8.rules.references import params_problems, when_problems
from igny8.rules.schedule import trigger_problems
from igny8.rules.structure import problem_at, problems_of
from igny8.rules.trials import trial_problems
from igny8.rules.values import unusable

Checked = TypeVar("Checked")

MAX_PROBLEMS: Final = 200
"""How many problems are reported at most; nobody reads more, and finding suggestions for thousands would take long."""


def check_rule(document: Mapping[str, JsonValue], source: str | None = None) -> Rule:
    """Make a rule of plain data, as it comes from YAML or JSON.

    Each part is checked for itself, so that one mistake does not hide another.

    Args:
        document: The rule's fields; it is not changed.
        source: What the document was read from, for the error's text.

    Raises:
        RuleInvalidError: with all problems, in the order of the document.
    """
    unfit = [problem_at(location, "unusable_value", message) for location, message in unusable(document)]
    if unfit:
        raise RuleInvalidError(unfit, source)
    return _check(document, source)


def _check(document: Mapping[str, JsonValue], source: str | None) -> Rule:
    rule, structural = _build(document)
    problems = list(islice(_merge(structural, _meaning(document)), MAX_PROBLEMS))
    if problems or rule is None:
        raise RuleInvalidError(in_document_order(problems, document), source)
    return rule


def read_rule(text: str | bytes, source: str | None = None) -> Rule:
    """Make a rule of a YAML text.

    Args:
        text: The text, or the bytes of a file.
        source: What the text was read from, for the error's text; usually the file's path.

    Raises:
        RuleInvalidError: with all problems, each with its line and column, in the order of the text.
    """
    return read_checked(text, source, _check)


def read_checked(
    text: str | bytes, source: str | None, check: Callable[[Mapping[str, JsonValue], str | None], Checked]
) -> Checked:
    """What a check makes of a YAML text.

    Raises:
        RuleInvalidError: with all problems, each with its line and column, in the order of the text.
    """
    try:
        document = parse(decode(text) if isinstance(text, bytes) else text)
    except RuleInvalidError as error:
        raise RuleInvalidError(error.problems, source) from None
    try:
        return check(document.data, source)
    except RuleInvalidError as error:
        raise RuleInvalidError(locate(error.problems, document.root), source) from None


def dump_rule(rule: Rule) -> str:
    """The rule as YAML: what was written, without defaults, ready to be stored."""
    return dump(rule.document())


def _build(document: Mapping[str, JsonValue]) -> tuple[Rule | None, list[Problem]]:
    try:
        return build_rule(document), []
    except ValidationError as error:
        return None, problems_of(error, document, MAX_PROBLEMS)


def _meaning(document: Mapping[str, JsonValue]) -> Iterator[Problem]:
    """What is wrong beyond the form of the single fields, in whatever of the document can be read."""
    rule_id = document.get("id")
    if isinstance(rule_id, str) and rule_id in RESERVED_IDS:
        message = f"'{rule_id}' is an address of the REST API's own. Give the rule another id."
        yield problem_at(("id",), "reserved_id", message, rule_id)
    yield from trigger_problems(document)
    yield from quiet_problems(document)
    yield from condition_problems(document.get("conditions"), ("conditions",), find_fact)
    graph = Graph(read_steps(document))
    yield from graph.problems
    yield from fires_itself_problems(document, graph.steps)
    for step in graph.steps:
        yield from params_problems(step, graph)
        yield from when_problems(step, graph)
    failing = failure_graph(document)
    yield from failing.problems
    yield from failure_problems(failing)
    yield from shared_id_problems(graph, failing)
    for step in failing.steps:
        yield from params_problems(step, failing)
    yield from trial_problems(document.get("tests"))
    yield from receiver_problems(document.get("notify"))


def _merge(structural: list[Problem], semantic: Iterable[Problem]) -> Iterator[Problem]:
    """All problems; of two about the same place, the one about its form."""
    seen: set[Location] = set()
    for problem in structural:
        seen.add(problem.location)
        yield problem
    for problem in semantic:
        if problem.location not in seen:
            yield problem
