"""Whether conditions can hold at all: contradictions that are plain from the conditions alone.

What a comparison means is asked of :func:`igny8.conditions.compare` itself, on a few values of each field that tell its
comparisons apart. Where that would take too long, or a field mixes comparisons that these values might not tell apart,
the conditions are taken to be able to hold: nothing is called a contradiction that is none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final, TypeAlias, TypeVar

from pydantic import JsonValue

from igny8.conditions import AllOf, AnyOf, Condition, ConditionTree, IncomparableValuesError, NotOf, Operator, compare
from igny8.rules.predicates import ValueType

MAX_CASES: Final = 200
"""How many ways to fulfil a list of conditions are looked at; one that has more is taken to be able to hold."""
MAX_COMPARISONS: Final = 50_000
"""How many comparisons are made for one rule; what is left after them is taken to be able to hold."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a field can be."""

    type: ValueType
    options: tuple[str, ...] = ()
    """The texts that it can hold, where these are few and fixed."""
    least: int | None = None
    """The least number that it can be."""
    may_miss: bool = True
    """Whether it may be missing."""
    may_be_there: bool = True
    """Whether it may be anything but missing."""
    may_be_null: bool = True
    """Whether it may be there and be nothing."""


Subjects: TypeAlias = Callable[[str], Subject]
"""Tells what a field can be."""

_Literal: TypeAlias = tuple[Condition, bool]
"""A comparison, and whether it is to hold."""
_OTHER: Final = "\x02"
"""A text that no rule names."""
_ORDER: Final = frozenset({Operator.GREATER_THAN, Operator.LESS_THAN})


class _TooManyError(Exception):
    """There are too many cases to look at them all."""


@dataclass(slots=True)
class Effort:
    """How many comparisons may still be made."""

    left: int = MAX_COMPARISONS

    def spend(self, amount: int) -> None:
        """Use some of it up."""
        self.left -= amount
        if self.left < 0:
            raise _TooManyError


def can_hold(conditions: Sequence[ConditionTree], subjects: Subjects, effort: Effort | None = None) -> bool:
    """Whether there are values with which all of the conditions hold."""
    effort = effort or Effort()
    try:
        return any(_possible(case, subjects, effort) for case in _cases(AllOf(all=list(conditions)), holds=True))
    except _TooManyError:
        return True


def can_fail(conditions: Sequence[ConditionTree], subjects: Subjects, effort: Effort | None = None) -> bool:
    """Whether there are values with which not all of the conditions hold."""
    return can_hold([NotOf(not_=AllOf(all=list(conditions)))], subjects, effort)


def core(conditions: Sequence[ConditionTree], subjects: Subjects, effort: Effort | None = None) -> list[ConditionTree]:
    """Of conditions that cannot hold together, some that cannot either, of which none can be left out."""
    effort = effort or Effort()
    kept = list(conditions)
    for tree in conditions:
        without = [other for other in kept if other is not tree]
        if without and not can_hold(without, subjects, effort):
            kept = without
    return kept


def _cases(tree: ConditionTree, *, holds: bool) -> Iterator[tuple[_Literal, ...]]:
    """The ways in which a condition holds, or fails: in each the comparisons that then hold or fail."""
    match tree:
        case Condition():
            yield ((tree, holds),)
        case NotOf():
            yield from _cases(tree.not_, holds=not holds)
        case AllOf(all=children) | AnyOf(any=children):
            if isinstance(tree, AllOf) is holds:
                yield from _together([list(_limited(_cases(child, holds=holds))) for child in children])
            else:
                for child in children:
                    yield from _cases(child, holds=holds)


def _together(ways: list[list[tuple[_Literal, ...]]]) -> Iterator[tuple[_Literal, ...]]:
    for combined in _limited(product(*ways)):
        yield tuple(literal for way in combined for literal in way)


def _limited(cases: Iterable[T]) -> Iterator[T]:
    for number, case in enumerate(cases):
        if number >= MAX_CASES:
            raise _TooManyError
        yield case


def _possible(case: Sequence[_Literal], subjects: Subjects, effort: Effort) -> bool:
    by_field: defaultdict[str, list[_Literal]] = defaultdict(list)
    for literal in case:
        by_field[literal[0].field].append(literal)
    return all(_field_possible(literals, subjects(field), effort) for field, literals in by_field.items())


def _field_possible(literals: Sequence[_Literal], subject: Subject, effort: Effort) -> bool:
    if subject.may_miss and not any(holds for _, holds in literals):
        return True
    if not subject.may_be_there:
        return False
    operators = {condition.operator for condition, _ in literals}
    if Operator.CONTAINS in operators and operators & _ORDER:
        return True
    for value in _candidates(literals, subject):
        effort.spend(len(literals))
        if _fits(literals, value):
            return True
    return False


def _fits(literals: Sequence[_Literal], value: JsonValue) -> bool:
    try:
        return all(
            compare(condition.field, condition.operator, value, condition.value) is holds
            for condition, holds in literals
        )
    except IncomparableValuesError:
        return False


def _candidates(literals: Sequence[_Literal], subject: Subject) -> Iterator[JsonValue]:
    """Values that tell the comparisons apart: whatever fulfils them all, one of these does too."""
    if subject.may_be_null:
        yield None
    if subject.options:
        yield from subject.options
        return
    wanted = subject.type
    named = list(_named(condition for condition, _ in literals))
    contained = [condition.value for condition, holds in literals if holds and condition.operator is Operator.CONTAINS]
    if wanted in {"integer", "number", "anything"}:
        yield from _numbers([value for value in named if isinstance(value, int | float)], subject)
    if wanted in {"text", "date-time", "anything"}:
        yield from _texts([value for value in named if isinstance(value, str)], contained)
    if wanted in {"boolean", "anything"}:
        yield from (True, False)
    if wanted in {"list", "anything"}:
        yield from (value for value in named if isinstance(value, list))
        yield []
        yield contained
        yield [*contained, _OTHER]
    if wanted == "anything":
        yield from named
        yield {_OTHER: None}


def _named(conditions: Iterable[Condition]) -> Iterator[JsonValue]:
    for condition in conditions:
        if condition.operator in {Operator.IN, Operator.NOT_IN} and isinstance(condition.value, list):
            yield from condition.value
        else:
            yield condition.value


def _numbers(named: Sequence[int | float], subject: Subject) -> Iterator[int | float]:
    numbers: list[int | float] = sorted(set(named) | {0})
    found: list[int | float] = [number + step for number in numbers for step in (-1, 0, 1)]
    if subject.type == "integer":
        # Whole numbers that are allowed begin or end next to one that is named.
        found = [rounded for number in found for rounded in (math.floor(number), math.ceil(number))]
    else:
        found += [one + (other - one) / 2 for one, other in pairwise(numbers)]
    return (number for number in found if subject.least is None or number >= subject.least)


def _texts(named: Sequence[str], contained: Sequence[JsonValue]) -> Iterator[str]:
    joined = _OTHER.join(text for text in contained if isinstance(text, str))
    yield from ("", _OTHER, joined, f"{_OTHER}{joined}{_OTHER}")
    for text in named:
        yield text
        yield f"{text}\x00"  # the very next one
        yield f"{text}\U0010ffff"
