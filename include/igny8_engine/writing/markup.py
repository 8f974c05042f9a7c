"""Building the HTML of texts: everything that goes in is plain text and comes out escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def inline(text: str) -> str:
    """Plain text as HTML."""
    return escape(text, quote=False)


def heading(level: int, text: str) -> str:
    """A heading."""
    return f"<h{level}>{inline(text)}</h{level}>"


def paragraph(*sentences: str) -> str:
    """A paragraph of sentences; nothing without any."""
    text = " ".join(sentence for sentence in sentences if sentence)
    return f"<p>{inline(text)}</p>" if text else ""


def bullets(items: Iterable[str], *, ordered: bool = False) -> str:
    """A list of plain sentences."""
    tag = "ol" if ordered else "ul"
    return "\n".join([f"<{tag}>", *(f"<li>{inline(item)}</li>" for item in items), f"</{tag}>"])


def labelled(items: Iterable[tuple[str, str]]) -> str:
    """A list whose items begin with a term in bold."""
    lines = (f"<li><strong>{inline(label)}</strong>: {inline(text)}</li>" for label, text in items)
    return "\n".join(["<ul>", *lines, "</ul>"])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a head."""
    lines = ["<table>", "<thead>", _row("th", head), "</thead>", "<tbody>", *(_row("td", row) for row in rows)]
    return "\n".join([*lines, "</tbody>", "</table>"])


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{inline(cell)}</{tag}>' for cell in cells)}</tr>"
