"""Why a keyword file can't be read at all. Single bad rows are no errors; they are reported with the file."""

from __future__ import annotations

from collections.abc import Sequence

from igny8_engine.errors import EngineError

EXPECTED = (
    "A CSV file whose first line names its columns, such as: Keyword,Volume,Difficulty,Intent. "
    "Exports of Google Keyword Planner, Ahrefs and Semrush are read as they are."
)
_SHOWN_COLUMNS = 12


class KeywordFileError(EngineError):
    """The base of all of them."""

    code = "bad_keyword_file"
    status = 422


class KeywordFileTooLargeError(KeywordFileError):
    """The file has more bytes than are read."""

    code = "keyword_file_too_large"
    status = 413

    def __init__(self, size: int, limit: int, filename: str | None) -> None:
        mebibyte = 1024 * 1024
        super().__init__(
            f"{_named(filename)} has {size / mebibyte:.1f} MiB; at most {limit / mebibyte:.0f} MiB are read at once.",
            hint="Split it into several files and import one after the other.",
        )


class EmptyKeywordFileError(KeywordFileError):
    """There is nothing in the file, or nothing below its header."""

    code = "empty_keyword_file"

    def __init__(self, filename: str | None, *, header: Sequence[str] = ()) -> None:
        found = f"has a header ({_list(header)}) but no keywords below it" if header else "is empty"
        super().__init__(f"{_named(filename)} {found}.", hint=f"Expected: {EXPECTED}")


class NotACsvError(KeywordFileError):
    """The bytes are those of another kind of file."""

    code = "not_a_csv"

    def __init__(self, filename: str | None, kind: str, *, hint: str) -> None:
        super().__init__(f"{_named(filename)} is {kind}, not a CSV file.", hint=f"{hint} Expected: {EXPECTED}")


class NoPhraseColumnError(KeywordFileError):
    """No column can be recognised as the one with the keywords."""

    code = "no_phrase_column"

    def __init__(self, filename: str | None, header: Sequence[str]) -> None:
        super().__init__(
            f"{_named(filename)} has no column of keywords. Its first line names: {_list(header)}.",
            hint="Name the column with the search phrases 'Keyword' (or 'Search term', 'Query', 'Phrase').",
        )


def _named(filename: str | None) -> str:
    return f"The file {filename[:120]!r}" if filename else "The file"


def _list(header: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in header[:_SHOWN_COLUMNS])
    return shown + (f" and {len(header) - _SHOWN_COLUMNS} more" if len(header) > _SHOWN_COLUMNS else "")
