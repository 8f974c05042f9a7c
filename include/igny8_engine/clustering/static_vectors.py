"""Vectors of words from the wheel ``wordllama``: 256 dimensions, no network, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


class _StaticVectors(Protocol):
    embedding: NDArray[np.float32]
    tokenizer: Tokenizer


@lru_cache(maxsize=1)
def _model() -> _StaticVectors:
    import wordllama  # type: ignore[import-untyped]  # noqa: PLC0415 - half a second that only clustering should pay

    # The wheel looks for its tokenizer in another folder than it ships it in, and would download it.
    return cast(
        "_StaticVectors",
        wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True),
    )


def word_vectors(words: Sequence[str]) -> Matrix:
    """One row per word: the sum of the vectors of its pieces, shape (words, 256).

    The sum and not the mean: rare words fall into more pieces and so weigh more, which is what tells phrases apart.
    """
    model = _model()
    sums = np.zeros((len(words), model.embedding.shape[1]))
    if words:
        encoded = model.tokenizer.encode_batch(list(words), add_special_tokens=False)
        for index, word in enumerate(encoded):
            pieces = [piece for piece, used in zip(word.ids, word.attention_mask, strict=True) if used]
            sums[index] = model.embedding[pieces].sum(axis=0, dtype=np.float64)
    return sums
