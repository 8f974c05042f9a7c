"""Dag files that are made: written whole, and only when they change, since Airflow parses what is new."""

from __future__ import annotations

from pathlib import Path


def write_changed(file: Path, text: str) -> bool:
    """Write a file unless it says that already; whether it was written.

    Raises:
        OSError: it cannot be read or written.
    """
    try:
        if file.read_text(encoding="utf-8") == text:
            return False
    except FileNotFoundError:
        pass
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
    return True
