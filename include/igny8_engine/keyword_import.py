"""Importing keyword files into a site."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Boolean, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from igny8.actions.events import KEYWORDS_IMPORTED
from igny8_engine.db.connect import Database, lock_site
from igny8_engine.db.tables import Keyword, Site
from igny8_engine.events.outbox import Happening, tell
from igny8_engine.keyword_files import KeywordFile, read_keywords

_BATCH = 2000


class RejectedRow(BaseModel):
    """A row of the file that could not be used."""

    line: int = Field(description="Its line in the file, counted from 1.")
    reason: str = Field(description="Why.")
    text: str = Field(description="What stands there, shortened.")


class Imported(BaseModel):
    """What became of a file."""

    added: int = Field(description="Keywords that are new to the site.")
    merged: int = Field(description="Rows whose keyword was there already, in the site or further up in the file.")
    rejected: list[RejectedRow] = Field(description="Rows that could not be used, with the reason.")
    format: str = Field(description="What kind of file it was taken for.")
    total_rows: int = Field(description="How many rows it has, headings aside.")


async def import_keywords(
    database: Database, site_id: int, sector_id: int | None, data: bytes, filename: str | None
) -> Imported:
    """Put a file's keywords into a site. Those that are there take on what the file knows of them.

    Raises:
        EngineError: the file cannot be read at all.
    """
    file = await asyncio.to_thread(read_keywords, data, filename)
    rows = _rows(file, site_id, sector_id)
    new_ids: list[int] = []
    async with database.transaction() as session:
        await lock_site(session, site_id)  # two imports at once would wait for each other's rows in a circle
        for batch in _batches(rows, _BATCH):
            statement = insert(Keyword).values(batch)
            new = statement.excluded
            result = await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["site_id", "normalized"],
                    set_={
                        name: func.coalesce(new[name], getattr(Keyword, name))
                        for name in ("volume", "difficulty", "intent", "sector_id")
                    },
                ).returning(Keyword.id, literal_column("(xmax = 0)", Boolean))
            )
            new_ids += [row[0] for row in result if row[1]]
        imported = Imported(
            added=len(new_ids),
            merged=file.merged + len(file.rows) - len(new_ids),
            rejected=[RejectedRow(line=row.line, reason=row.reason, text=row.text) for row in file.rejected],
            format=file.format,
            total_rows=file.total_rows,
        )
        if new_ids:
            account_id = (await session.scalars(select(Site.account_id).where(Site.id == site_id))).one()
            # A keyword is added once: its number says which import it was.
            await tell(session, account_id, site_id, f"import:{min(new_ids)}", _happening(imported, sector_id))
    return imported


def _happening(imported: Imported, sector_id: int | None) -> Happening:
    return Happening(
        KEYWORDS_IMPORTED,
        {
            "added": imported.added,
            "merged": imported.merged,
            "rejected": len(imported.rejected),
            "format": imported.format,
            "sector_id": sector_id,
        },
    )


def _rows(file: KeywordFile, site_id: int, sector_id: int | None) -> Iterator[dict[str, Any]]:
    for keyword in file.rows:
        yield {
            "site_id": site_id,
            "sector_id": sector_id,
            "phrase": keyword.phrase,
            "normalized": _same(keyword.phrase),
            "volume": keyword.volume,
            "difficulty": None if keyword.difficulty is None else Decimal(str(keyword.difficulty)),
            "intent": keyword.intent,
        }


def _same(phrase: str) -> str:
    """What phrases have in common that are the same keyword: case, width and spaces set aside."""
    return " ".join(unicodedata.normalize("NFKC", phrase).casefold().split())


def _batches(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
