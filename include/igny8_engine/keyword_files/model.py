"""What a keyword file turns into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from igny8_engine.writing.model import Intent

KeywordFileFormat = Literal["csv", "google_keyword_planner", "ahrefs", "semrush"]


@dataclass(frozen=True, slots=True)
class KeywordRow:
    """A keyword as it stands in the file; ``None`` is not given there."""

    line: int
    """The line on which it starts, from 1; of duplicates the first one's."""
    phrase: str
    volume: int | None = None
    """Searches a month. Of a range such as "1K to 10K" the geometric mean: volumes spread over powers of ten."""
    difficulty: float | None = None
    """How hard it is to rank for, 0 to 100. From Google Keyword Planner the competition among advertisers."""
    intent: Intent | None = None
    """Of several intents the first one given."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not taken, and why."""

    line: int
    """The line on which it starts, from 1."""
    reason: str
    """What is wrong with it, as a full sentence."""
    text: str
    """The row as it stands in the file, at most 200 characters of it."""


@dataclass(frozen=True, slots=True)
class KeywordFile:
    """All that was read: every row of the file is in ``rows``, in ``merged`` or in ``rejected``."""

    rows: tuple[KeywordRow, ...]
    """In the order of the file, each phrase once."""
    rejected: tuple[RejectedRow, ...]
    merged: int
    """Rows whose phrase was there before; the larger volume was kept and gaps were filled."""
    format: KeywordFileFormat
    total_rows: int
    """Rows below the header, without blank lines: ``len(rows) + merged + len(rejected)``."""
    columns: dict[str, str]
    """Which column of the file each field was read from, such as ``{"volume": "Avg. monthly searches"}``."""
