"""From bytes to text: which encoding it is, and whether it is text at all."""

from __future__ import annotations

import codecs
import zipfile
from io import BytesIO

from igny8_engine.keyword_files.errors import NotACsvError

_EXPORT = "Open it in your spreadsheet program and save it as CSV (UTF-8)."
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG", "a PNG image", "Export the keywords instead of taking a picture of them."),
    (b"\xff\xd8\xff", "a JPEG image", "Export the keywords instead of taking a picture of them."),
    (b"GIF8", "a GIF image", "Export the keywords instead of taking a picture of them."),
    (b"RIFF", "a WebP image or a media file", "Export the keywords instead."),
    (b"%PDF", "a PDF document", "Export the report as CSV where you made it."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (XLS) or Word document", _EXPORT),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first."),
    (b"Rar!", "a RAR archive", "Unpack it first."),
    (b"SQLite format 3\x00", "a SQLite database", "Export the table as CSV."),
    (b"PAR1", "a Parquet file", "Export the table as CSV."),
    (b"{\\rtf", "an RTF document", "Save it as plain text or CSV."),
    (b"\x7fELF", "a program", "Choose the file that your keyword tool exported."),
    (b"MZ\x90\x00", "a program", "Choose the file that your keyword tool exported."),
)
_MARKUP: tuple[tuple[str, str, str], ...] = (
    ("<!doctype html", "a web page (HTML)", "Use the tool's export button instead of saving the page."),
    ("<html", "a web page (HTML)", "Use the tool's export button instead of saving the page."),
    ("<?xml", "an XML document", "Export as CSV instead."),
)
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose mark its own begins with.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 4_096
_MOST_CONTROL = 0.05


def decode(data: bytes, filename: str | None) -> str:
    """The text of the file, without its byte order mark.

    UTF-8, UTF-16 and UTF-32 by their mark, UTF-16 without one by its zero bytes, UTF-8, and else Windows-1252.

    Raises:
        NotACsvError: the bytes are those of an image, a document, an archive, or of no text.
    """
    _refuse_known_kinds(data, filename)
    text = _text(data, filename)
    start = text[:_LOOKED_AT].lstrip().lower()
    for mark, kind, hint in _MARKUP:
        if start.startswith(mark):
            raise NotACsvError(filename, kind, hint=hint)
    if start.startswith(("{", "[")) and '"' in start:
        raise NotACsvError(filename, "a JSON document", hint="Export as CSV instead.")
    control = sum(char < " " and char not in "\t\r\n\f" for char in text[:_LOOKED_AT])
    if control > _MOST_CONTROL * min(len(text), _LOOKED_AT):
        raise _binary(filename)
    return text


def _text(data: bytes, filename: str | None) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.removeprefix(mark).decode(encoding, "replace")
    head = data[:_LOOKED_AT]
    if zeros := head.count(0):
        # Every other byte of Latin text in UTF-16 is zero.
        odd = head[1::2].count(0)
        for encoding, on_its_side in (("utf-16-le", odd), ("utf-16-be", zeros - odd)):
            if on_its_side == zeros and zeros > len(head) / 4:
                return data.decode(encoding, "replace")
        raise _binary(filename)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _refuse_known_kinds(data: bytes, filename: str | None) -> None:
    for mark, kind, hint in _KINDS:
        if data.startswith(mark):
            raise NotACsvError(filename, kind, hint=hint)
    if data.startswith(b"PK\x03\x04"):
        kind, hint = _zipped(data)
        raise NotACsvError(filename, kind, hint=hint)


def _zipped(data: bytes) -> tuple[str, str]:
    try:
        names = zipfile.ZipFile(BytesIO(data)).namelist()
    except zipfile.BadZipFile:
        names = []
    if any(name.startswith("xl/") for name in names) or b"xl/" in data[:_LOOKED_AT]:
        return "an Excel workbook (XLSX)", _EXPORT
    if any(name.startswith("word/") for name in names):
        return "a Word document (DOCX)", "Put the keywords into a spreadsheet and save it as CSV (UTF-8)."
    if "content.xml" in names:
        return "an OpenDocument file", _EXPORT
    return "a ZIP archive", "Unpack it first and import the CSV file in it."


def _binary(filename: str | None) -> NotACsvError:
    return NotACsvError(filename, "a binary file", hint="Choose the file that your keyword tool exported.")
