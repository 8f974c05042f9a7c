"""Reads a keyword file: the one way in."""

from __future__ import annotations

from igny8_engine.clustering.words import comparable
from igny8_engine.keyword_files.columns import Columns
from igny8_engine.keyword_files.errors import EmptyKeywordFileError, KeywordFileTooLargeError, NoPhraseColumnError
from igny8_engine.keyword_files.model import KeywordFile, KeywordRow, RejectedRow
from igny8_engine.keyword_files.table import Row, read_table
from igny8_engine.keyword_files.text import decode
from igny8_engine.keyword_files.values import (
    CellError,
    is_true,
    read_difficulty,
    read_intent,
    read_phrase,
    read_volume,
)

MAX_BYTES = 10 * 1024 * 1024
"""Larger files are refused before they are looked at."""
_SHOWN_TEXT = 200
_LIST = Columns((), {"phrase": 0}, "csv")


def read_keywords(data: bytes, filename: str | None = None) -> KeywordFile:
    """Read the bytes of a keyword file; ``filename`` is only used in messages.

    Encoding, delimiter, header and columns are found. Rows of the same phrase (case, width and white space aside) are
    merged; rows that can't be read are listed with their line and the reason. A list of phrases without a header is
    taken too.

    Raises:
        KeywordFileTooLargeError: more than ``MAX_BYTES`` bytes.
        NotACsvError: the bytes are another kind of file, such as an image or an Excel workbook.
        EmptyKeywordFileError: there is nothing in it, or nothing below the header.
        NoPhraseColumnError: no column can be recognised as the one with the phrases.
    """
    if len(data) > MAX_BYTES:
        raise KeywordFileTooLargeError(len(data), MAX_BYTES, filename)
    text = decode(data, filename)
    if not text.strip("\ufeff \t\r\n\f\x00"):
        raise EmptyKeywordFileError(filename)
    table = read_table(text)
    columns = table.columns or _LIST
    if "phrase" not in columns.index:
        raise NoPhraseColumnError(filename, columns.header)
    if not table.rows:
        raise EmptyKeywordFileError(filename, header=columns.header)

    kept: dict[str, KeywordRow] = {}
    rejected: list[RejectedRow] = []
    merged = 0
    for row in table.rows:
        try:
            keyword = _keyword(row, columns, width=len(columns.header) or 1)
        except CellError as problem:
            rejected.append(RejectedRow(row.line, str(problem), row.text[:_SHOWN_TEXT]))
            continue
        key = comparable(keyword.phrase)
        if earlier := kept.get(key):
            merged += 1
            keyword = _merge(earlier, keyword)
        kept[key] = keyword
    names = columns.names() if table.columns else {}
    return KeywordFile(tuple(kept.values()), tuple(rejected), merged, columns.format, len(table.rows), names)


def _keyword(row: Row, columns: Columns, *, width: int) -> KeywordRow:
    if row.problem:
        raise CellError(row.problem)
    cells = row.cells
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        raise CellError(f"The row has {len(cells)} columns, the header {width}.")

    def cell(name: str) -> str:
        return next((cells[at] for known, at in columns.index.items() if known == name), "")

    intent = read_intent(cell("intent"))
    if intent is None:
        intent = next((named for at, named in columns.intent_flags.items() if is_true(cells[at])), None)
    return KeywordRow(
        row.line, read_phrase(cell("phrase")), read_volume(cell("volume")), read_difficulty(cell("difficulty")), intent
    )


def _merge(first: KeywordRow, other: KeywordRow) -> KeywordRow:
    volumes = [row.volume for row in (first, other) if row.volume is not None]
    return KeywordRow(
        first.line,
        first.phrase,
        max(volumes, default=None),
        other.difficulty if first.difficulty is None else first.difficulty,
        other.intent if first.intent is None else first.intent,
    )
