"""From text to rows with their line numbers, whatever separates the columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from igny8_engine.keyword_files.columns import Columns, recognise

DELIMITERS = (",", ";", "\t", "|")
NO_DELIMITER = "\x1f"
"""For files of one column: splits nothing."""
HEADER_WITHIN = 12
"""Exports put headings above their header; below this many lines it is not looked for."""
_SAMPLE_LINES = 60
_LONGEST_ROW = 25
"""Lines that a quoted cell may span. A quotation mark that stays open longer is a stray one."""
_NEWLINE = re.compile(r"\r\n|\r|\n")
_SEPARATOR_LINE = re.compile(r"sep=(.)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file. ``problem`` says why it has no cells that can be trusted."""

    line: int
    text: str
    cells: tuple[str, ...]
    problem: str | None = None

    @property
    def blank(self) -> bool:
        """Whether there is nothing in it."""
        return self.problem is None and not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows below the header, and the header's columns; ``None`` when the file is a bare list of phrases."""

    columns: Columns | None
    rows: tuple[Row, ...]
    first_row: tuple[str, ...]
    """The header, or what stands in its place."""


def read_table(text: str) -> Table:
    """Find the delimiter and the header, and split the rest into rows without the blank ones."""
    lines = _NEWLINE.split(text)
    declared = _SEPARATOR_LINE.match(lines[0].strip()) if lines else None
    candidates = [declared.group(1)] if declared else list(DELIMITERS)
    start = 1 if declared else 0
    best: tuple[int, str, Row, Columns] | None = None
    for delimiter in candidates:
        found = _header(lines, start, delimiter)
        if found and (best is None or len(found[1].index) > best[0]):
            best = (len(found[1].index), delimiter, *found)
    if best:
        _, delimiter, header, columns = best
        below = [row for row in _rows(lines, start, delimiter) if row.line > header.line and not row.blank]
        return Table(columns, tuple(below), columns.header)
    delimiter = declared.group(1) if declared else _splitting_delimiter(lines[start:])
    rows = tuple(row for row in _rows(lines, start, delimiter) if not row.blank)
    first = rows[0].cells if rows else ()
    if delimiter == NO_DELIMITER and not recognise(first).index:
        return Table(None, rows, first)
    return Table(recognise(first), rows[1:], first)


def _header(lines: Sequence[str], start: int, delimiter: str) -> tuple[Row, Columns] | None:
    """The first row near the top that names a column of phrases."""
    for row in _rows(lines, start, delimiter):
        if row.line > start + HEADER_WITHIN:
            return None
        columns = recognise(row.cells)
        if "phrase" in columns.index:
            return row, columns
    return None


def _splitting_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that most lines have; none when most lines have none."""
    sample = [line for line in lines[: _SAMPLE_LINES * 2] if line.strip()][:_SAMPLE_LINES]
    split = Counter({delimiter: sum(delimiter in line for line in sample) for delimiter in DELIMITERS})
    delimiter, count = split.most_common(1)[0]
    return delimiter if count * 2 > len(sample) else NO_DELIMITER


def _rows(lines: Sequence[str], start: int, delimiter: str) -> Iterator[Row]:
    at = start
    while at < len(lines):
        row, used = _row(lines, at, delimiter)
        yield row
        at += used


def _row(lines: Sequence[str], at: int, delimiter: str) -> tuple[Row, int]:
    """The row that starts at a line, and how many lines it takes."""
    first = lines[at]
    if '"' not in first:
        return Row(at + 1, first, tuple(first.split(delimiter))), 1
    for end in range(at + 1, min(at + _LONGEST_ROW, len(lines)) + 1):
        text = "\n".join(lines[at:end])
        try:
            cells = next(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True))
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                continue
            return Row(at + 1, text, (), f"The quotation marks don't fit: {error}."), end - at
        return Row(at + 1, text, tuple(cells)), end - at
    return Row(at + 1, first, (), "A quotation mark is opened and never closed."), 1
