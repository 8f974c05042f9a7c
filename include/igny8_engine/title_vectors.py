"""What the titles of a site are compared by: read once when a title turns up, stored, and compared piece by piece.

To read a title takes some 12 ms of a core, to compare one that was read a few millionths of a second. A title that is
not stored yet, or was stored by another version of the reading, is read when it is first compared.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

import numpy as np
from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.clustering.closeness import VERSION, TitleVectors, closest_of, read_titles
from igny8_engine.clustering.words import comparable
from igny8_engine.db.connect import Database
from igny8_engine.db.tables import TitleVector

_AT_ONCE: Final = 1_000
"""How many titles are held as vectors at once, 1.5 kB each."""
_READ_AT_ONCE: Final = 100
"""How many are read before they are stored: a second of a core."""


async def remember_titles(database: Database, site_id: int, titles: Iterable[str]) -> None:
    """Read and store those of a site's titles that are not stored yet. No transaction is held while they are read.

    What is stored stays when the caller fails later: it is true of the title whatever becomes of it.
    """
    wanted = {_digest(title): title for title in titles}
    digests = list(wanted)
    for start in range(0, len(digests), _AT_ONCE):
        part = digests[start : start + _AT_ONCE]
        async with database.transaction() as session:
            known = set(await session.scalars(select(TitleVector.digest).where(*_of(site_id, part))))
        new = [digest for digest in part if digest not in known]
        for first in range(0, len(new), _READ_AT_ONCE):
            some = new[first : first + _READ_AT_ONCE]
            vectors = await asyncio.to_thread(read_titles, [wanted[digest] for digest in some])
            async with database.transaction() as session:
                await _store(session, site_id, some, vectors)


async def closest_titles(
    session: AsyncSession, site_id: int, titles: Sequence[str], others: Sequence[str]
) -> list[tuple[int, float] | None]:
    """For each title which of the others is closest, by its place, and how close; ``None`` without others.

    Others that are not stored are read; :func:`remember_titles` does so before, with no transaction open.
    """
    own = await asyncio.to_thread(read_titles, titles)
    best: list[tuple[int, float] | None] = [None] * len(titles)
    async for start, vectors in _vectors(session, site_id, others):
        part = others[start : start + len(vectors)]
        found = await asyncio.to_thread(closest_of, titles, own, part, vectors)
        for number, (place, alike) in enumerate(found):
            before = best[number]
            if before is None or alike > before[1]:
                best[number] = (start + place, alike)
    return best


async def _vectors(
    session: AsyncSession, site_id: int, titles: Sequence[str]
) -> AsyncIterator[tuple[int, TitleVectors]]:
    """The titles' vectors, some at a time, with the place of the first of them."""
    for start in range(0, len(titles), _AT_ONCE):
        part = titles[start : start + _AT_ONCE]
        digests = [_digest(title) for title in part]
        rows = await session.execute(
            select(TitleVector.digest, TitleVector.vector).where(*_of(site_id, list(set(digests))))
        )
        known = {row.digest: np.frombuffer(row.vector, np.float16) for row in rows}
        unknown = {digest: title for digest, title in zip(digests, part, strict=True) if digest not in known}
        if unknown:
            known |= zip(unknown, await asyncio.to_thread(read_titles, list(unknown.values())), strict=True)
        yield start, np.stack([known[digest] for digest in digests])


async def _store(session: AsyncSession, site_id: int, digests: Sequence[bytes], vectors: TitleVectors) -> None:
    # In one order, so that two who store the same titles at once don't wait for each other in a ring.
    rows = sorted(zip(digests, vectors, strict=True), key=lambda row: row[0])
    statement = insert(TitleVector).values(
        [
            {"site_id": site_id, "digest": digest, "version": VERSION, "vector": vector.tobytes()}
            for digest, vector in rows
        ]
    )
    changed = {"version": statement.excluded.version, "vector": statement.excluded.vector}
    await session.execute(statement.on_conflict_do_update(index_elements=["site_id", "digest"], set_=changed))


def _of(site_id: int, digests: Sequence[bytes]) -> tuple[ColumnElement[bool], ...]:
    return TitleVector.site_id == site_id, TitleVector.digest.in_(digests), TitleVector.version == VERSION


def _digest(title: str) -> bytes:
    return hashlib.sha256(comparable(title).encode()).digest()[:16]
