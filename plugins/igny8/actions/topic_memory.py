"""Topic memory: what becomes of an idea or an article that is too close to one that the site has or plans."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FIELD: Final = "topic_memory"
"""The name of the param, in all actions that have it, and of the rule's field that supplies it."""


class TopicMemory(BaseModel):
    """How close two topics may be, and what becomes of one that is closer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    similarity: float = Field(
        default=0.9,
        ge=0.5,
        le=1,
        description=(
            "From how close on two titles are twins: 1 is the same. From 0.9 on they nearly always promise the same "
            "article; from 0.8 on more twins are found, and more are taken for some that are none."
        ),
    )
    on_twin: Literal["skip", "ask", "keep"] = Field(
        default="skip",
        description=(
            "What becomes of an idea or article whose twin the site has or plans: skip leaves it out and costs "
            "nothing; ask leaves an article unwritten until a person has approved of it, and goes on with an idea, "
            "which is asked about when it is to be written; keep goes on with both. The result names the twin and says "
            "how close it is."
        ),
    )
