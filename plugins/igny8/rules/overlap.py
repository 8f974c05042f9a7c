"""What happens when a run of a rule is due while another one is going."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter

OverlapWord: TypeAlias = Literal["skip", "queue", "cancel_older"]
OVERLAP_WORDS: Final[tuple[OverlapWord, ...]] = get_args(OverlapWord)
MAX_PARALLEL: Final = 100
"""How many runs of a rule may go at once, at most."""


class Parallel(BaseModel):
    """So many runs of a rule go at once; one more waits until one of them is over."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parallel: int = Field(ge=1, le=MAX_PARALLEL, description="How many runs of the rule may go at once.")


def _shape(value: object) -> Literal["word", "number"]:
    return "number" if isinstance(value, Mapping | Parallel) else "word"


Overlap: TypeAlias = Annotated[
    Annotated[OverlapWord, Tag("word")] | Annotated[Parallel, Tag("number")], Discriminator(_shape)
]

_OVERLAP: Final[TypeAdapter[OverlapWord | Parallel]] = TypeAdapter(Overlap)


def read_overlap(value: object) -> OverlapWord | Parallel:
    """The policy that plain data says.

    Raises:
        pydantic.ValidationError: when it says none.
    """
    return _OVERLAP.validate_python(value)
