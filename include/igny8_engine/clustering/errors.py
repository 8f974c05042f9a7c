"""What can be wrong with the input of a clustering."""

from __future__ import annotations

from igny8_engine.errors import EngineError


class VectorsError(EngineError):
    """The vectors don't fit the phrases: another number of them, unequal lengths, or values that aren't numbers."""

    code = "bad_vectors"
    status = 502

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The vectors can't be clustered: {problem}.",
            hint="Check that IGNY8_EMBEDDING_MODEL names an embedding model, which returns one vector per phrase.",
        )


class EmptyClusterError(EngineError):
    """A cluster without keywords has no name."""

    code = "empty_cluster"
    status = 422

    def __init__(self) -> None:
        super().__init__("A cluster without keywords can't be named.", hint="Put at least one keyword in it.")
