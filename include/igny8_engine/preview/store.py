"""Where the preview site keeps what it was given: one SQLite file and a folder of images.

Every call opens its own connection, so that any thread may call; every change is one transaction, so that a killed
process leaves nothing half done.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
import string
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

from igny8_engine.preview.records import Account, Entry, EntryType, Taxonomy, Term, Wanted
from igny8_engine.preview.roles import Role
from igny8_engine.preview.slugs import LONGEST, cut, slug_from

_SCHEMA: Final = """
create table if not exists users (
    id integer primary key autoincrement, login text not null unique, role text not null,
    salt blob not null, password_hash blob not null
);
create table if not exists entries (
    id integer primary key autoincrement, type text not null, status text not null, slug text not null,
    title text not null default '', content text not null default '', excerpt text not null default '',
    author integer not null references users (id), featured_media integer not null default 0,
    created text not null, modified text not null, alt text not null default '', file text not null default '',
    mime text not null default '', width integer not null default 0, height integer not null default 0
);
create unique index if not exists entries_slug on entries (slug) where slug <> '';
create index if not exists entries_listed on entries (type, status, created);
create table if not exists terms (
    id integer primary key autoincrement, taxonomy text not null, name text not null, slug text not null,
    parent integer not null default 0, description text not null default '', unique (taxonomy, slug)
);
create table if not exists entry_terms (
    entry_id integer not null references entries (id) on delete cascade,
    term_id integer not null references terms (id) on delete cascade,
    primary key (entry_id, term_id)
);
insert or ignore into terms (id, taxonomy, name, slug) values (1, 'category', 'Uncategorized', 'uncategorized');
"""
_ENTRY: Final = ", ".join(field.name for field in fields(Entry))
_TERM: Final = """select t.id, t.taxonomy, t.name, t.slug, t.parent, t.description,
    (select count(*) from entry_terms x join entries e on e.id = x.entry_id
     where x.term_id = t.id and e.status = 'publish') as count from terms t"""
_NAMELESS: Final = frozenset({"draft", "pending"})
"""What has no slug of its own accord: it gets one from its title when it goes live."""
_ORDER: Final = {"id": "id", "created": "created", "modified": "modified", "title": "title", "slug": "slug"}
_WORD: Final = re.compile(r'"([^"]*)"?|([^\s",+]+)')


class TermExistsError(Exception):
    """The category or tag is there already."""

    def __init__(self, term_id: int) -> None:
        self.term_id = term_id
        super().__init__(f"there is a term with that name already: {term_id}")


class PreviewStore:
    """The content of one preview site, in the given folder, which is made if it is not there."""

    def __init__(self, folder: Path) -> None:
        self.media_folder = folder / "media"
        self.media_folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "preview.sqlite3"
        with self._connection() as connection:
            connection.execute("pragma journal_mode = wal")
            connection.executescript(f"begin immediate; {_SCHEMA} commit;")

    def add_user(self, username: str, role: Role = "editor") -> str:
        """Make a user, or give one a new password: the old one is no longer good. Returns the application password."""
        letters = string.ascii_letters + string.digits
        groups = ("".join(secrets.choice(letters) for _ in range(4)) for _ in range(6))
        password = " ".join(groups)
        salt = secrets.token_bytes(16)
        with self._transaction() as connection:
            connection.execute(
                "insert into users (login, role, salt, password_hash) values (?, ?, ?, ?) on conflict (login) do update"
                " set role = excluded.role, salt = excluded.salt, password_hash = excluded.password_hash",
                (username, role, salt, _hashed(password, salt)),
            )
        return password

    def account(self, username: str, password: str) -> Account | None:
        """The user with that name and application password. Spaces in the password do not matter."""
        with self._connection() as connection:
            row = connection.execute("select * from users where login = ?", (username,)).fetchone()
        if row is None or not hmac.compare_digest(_hashed(password, row["salt"]), row["password_hash"]):
            return None
        return Account(id=row["id"], login=row["login"], role=row["role"])

    def entry(self, entry_id: int) -> Entry | None:
        """The post, page or image with that id, in whatever status."""
        with self._connection() as connection:
            return _entry(connection, entry_id)

    def entry_at(self, slug: str) -> Entry | None:
        """The entry with that slug."""
        with self._connection() as connection:
            row = connection.execute(f"select {_ENTRY} from entries where slug = ?", (slug,)).fetchone()  # noqa: S608
        return Entry(**row) if row else None

    def image_at(self, file: str) -> Entry | None:
        """The image that is in that file of the media folder."""
        with self._connection() as connection:
            row = connection.execute(
                f"select {_ENTRY} from entries where type = 'attachment' and file = ?",  # noqa: S608
                (file,),
            ).fetchone()
        return Entry(**row) if row else None

    def entries(self, wanted: Wanted) -> tuple[list[Entry], int]:
        """The entries asked for, and how many there are without the limit."""
        where, values = _conditions(wanted)
        direction = "asc" if wanted.ascending else "desc"
        with self._connection() as connection:
            # Only our own words are put together here; what was asked for goes in as values.
            total = connection.execute(f"select count(*) as n from entries where {where}", values).fetchone()["n"]  # noqa: S608
            rows = connection.execute(
                f"select {_ENTRY} from entries where {where}"  # noqa: S608
                f" order by {_ORDER[wanted.by]} {direction}, id {direction} limit ? offset ?",
                (*values, wanted.limit, wanted.offset),
            ).fetchall()
        return [Entry(**row) for row in rows], total

    def write(
        self,
        entry_id: int | None,
        type_: EntryType,
        author: int,
        changes: Mapping[str, str | int],
        terms: Mapping[Taxonomy, Sequence[int]] | None = None,
    ) -> Entry:
        """Make an entry (``entry_id`` is None), or change the given fields of one; unknown terms are left out.

        Raises:
            LookupError: there is no entry with that id.
        """
        with self._transaction() as connection:
            before = _entry(connection, entry_id) if entry_id is not None else None
            if entry_id is not None and before is None:
                raise LookupError(f"There is no entry {entry_id} to be changed.")
            values = _complete(connection, before, type_, dict(changes))
            if before is None:
                values |= {"type": type_, "author": author}
            written = _upsert(connection, entry_id, values)
            for taxonomy, ids in (terms or {}).items():
                _assign(connection, written, taxonomy, ids)
            made = _entry(connection, written)
        if made is None:
            raise LookupError(f"The entry {written} is gone.")
        return made

    def delete(self, entry_id: int) -> None:
        """Remove an entry for good, and its file."""
        with self._transaction() as connection:
            entry = _entry(connection, entry_id)
            connection.execute("delete from entries where id = ?", (entry_id,))
        if entry is not None and entry.file:
            (self.media_folder / entry.file).unlink(missing_ok=True)

    def add_image(
        self, data: bytes, *, name: str, extension: str, mime: str, size: tuple[int, int], author: int
    ) -> Entry:
        """Keep an image. ``name`` is the file's without its extension; a number is added to it when it is taken."""
        folder = datetime.now(UTC).strftime("%Y/%m")
        (self.media_folder / folder).mkdir(parents=True, exist_ok=True)
        stem = slug_from(name) or "image"
        with tempfile.NamedTemporaryFile(dir=self.media_folder / folder, prefix=".new-", delete=False) as new:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
        number = 0
        while True:
            file = f"{folder}/{stem}{f'-{number}' if number else ''}.{extension}"
            try:
                # A link, unlike a renaming, fails when the name is taken.
                (self.media_folder / file).hardlink_to(new.name)
                break
            except FileExistsError:
                number += 1
        Path(new.name).unlink()
        width, height = size
        known: dict[str, str | int] = {"file": file, "mime": mime, "width": width, "height": height}
        return self.write(
            None, "attachment", author, {"status": "inherit", "title": name, "slug": Path(file).stem, **known}
        )

    def term(self, taxonomy: Taxonomy, term_id: int) -> Term | None:
        """The category or tag with that id."""
        with self._connection() as connection:
            row = connection.execute(f"{_TERM} where t.taxonomy = ? and t.id = ?", (taxonomy, term_id)).fetchone()
        return Term(**row) if row else None

    def terms(self, taxonomy: Taxonomy, *, search: str = "", slugs: Sequence[str] = ()) -> list[Term]:
        """The categories or tags by name; ``search`` looks in the names as they are stored, HTML-escaped."""
        with self._connection() as connection:
            rows = connection.execute(f"{_TERM} where t.taxonomy = ? order by t.name, t.id", (taxonomy,)).fetchall()
        found = [Term(**row) for row in rows]
        if search:
            found = [term for term in found if search.lower() in term.name.lower() or search.lower() in term.slug]
        return [term for term in found if term.slug in slugs] if slugs else found

    def terms_of(self, entry_id: int, taxonomy: Taxonomy) -> list[Term]:
        """The categories or tags of an entry."""
        with self._connection() as connection:
            rows = connection.execute(
                f"{_TERM} join entry_terms et on et.term_id = t.id"
                " where et.entry_id = ? and t.taxonomy = ? order by t.id",
                (entry_id, taxonomy),
            ).fetchall()
        return [Term(**row) for row in rows]

    def add_term(
        self, taxonomy: Taxonomy, name: str, *, slug: str = "", parent: int = 0, description: str = ""
    ) -> Term:
        """Make a category or tag.

        Raises:
            TermExistsError: there is one with that name below the same parent, and no slug to tell them apart.
        """
        stored = escape(name.strip(), quote=False)
        with self._transaction() as connection:
            if not slug:
                for row in connection.execute(
                    "select id, name from terms where taxonomy = ? and parent = ? order by id", (taxonomy, parent)
                ):
                    if row["name"].lower() == stored.lower():
                        raise TermExistsError(row["id"])
            free = wanted = slug_from(slug or name) or "term"
            number = 1
            while connection.execute(
                "select 1 from terms where taxonomy = ? and slug = ?", (taxonomy, free)
            ).fetchone():
                number += 1
                free = f"{wanted}-{number}"
            term_id = connection.execute(
                "insert into terms (taxonomy, name, slug, parent, description) values (?, ?, ?, ?, ?)",
                (taxonomy, stored, free, parent, description),
            ).lastrowid
        return Term(term_id or 0, taxonomy, stored, free, parent, description)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._file, timeout=30, isolation_level=None)
        try:
            connection.row_factory = _as_dict
            connection.execute("pragma foreign_keys = on")
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            connection.execute("begin immediate")
            try:
                yield connection
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")


def _as_dict(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> dict[str, object]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _entry(connection: sqlite3.Connection, entry_id: int) -> Entry | None:
    statement = f"select {_ENTRY} from entries where id = ?"  # noqa: S608 - our own names
    row = connection.execute(statement, (entry_id,)).fetchone()
    return Entry(**row) if row else None


def _complete(
    connection: sqlite3.Connection, before: Entry | None, type_: EntryType, values: dict[str, str | int]
) -> dict[str, str | int]:
    """The changes with what follows from them: a free slug, and when."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if before is None:
        values = {"status": "draft", "created": now, **values}
    elif before.status != "publish" and values.get("status") == "publish":
        values["created"] = now
    slug = slug_from(str(values["slug"])) if "slug" in values else before.slug if before else ""
    if not slug and values.get("status", before.status if before else "") not in _NAMELESS:
        title = str(values.get("title", before.title if before else ""))
        slug = slug_from(title) or f"{type_}-{secrets.token_hex(4)}"
    values["slug"] = _free_slug(connection, slug, before.id if before else None)
    values["modified"] = now
    return values


def _upsert(connection: sqlite3.Connection, entry_id: int | None, values: Mapping[str, str | int]) -> int:
    # The names are our own; what was sent goes in as values.
    if entry_id is None:
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        statement = f"insert into entries ({columns}) values ({marks})"  # noqa: S608
        return connection.execute(statement, tuple(values.values())).lastrowid or 0
    changes = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"update entries set {changes} where id = ?", (*values.values(), entry_id))  # noqa: S608
    return entry_id


def _assign(connection: sqlite3.Connection, entry_id: int, taxonomy: Taxonomy, ids: Sequence[int]) -> None:
    connection.execute(
        "delete from entry_terms where entry_id = ? and term_id in (select id from terms where taxonomy = ?)",
        (entry_id, taxonomy),
    )
    connection.executemany(
        "insert or ignore into entry_terms select ?, id from terms where id = ? and taxonomy = ?",
        [(entry_id, term_id, taxonomy) for term_id in ids],
    )


def _conditions(wanted: Wanted) -> tuple[str, tuple[str | int, ...]]:
    where = ["type = ?"]
    bound: list[str | int] = [wanted.type]

    def one_of(column: str, among: Sequence[str | int]) -> None:
        if among:
            where.append(f"{column} in ({', '.join('?' * len(among))})")
            bound.extend(among)

    one_of("status", wanted.statuses)
    one_of("slug", wanted.slugs)
    one_of("id", wanted.include)
    if wanted.terms:
        marks = ", ".join("?" * len(wanted.terms))
        where.append(f"id in (select entry_id from entry_terms where term_id in ({marks}))")  # noqa: S608
        bound.extend(wanted.terms)
    if wanted.author is not None:
        where.append("(status in ('publish', 'inherit') or author = ?)")
        bound.append(wanted.author)
    for phrase, word in _WORD.findall(wanted.search):
        in_columns = [f"{column} like ? escape '\\'" for column in ("title", "excerpt", "content", "file")]
        where.append(f"({' or '.join(in_columns)})")
        bound.extend(["%" + re.sub(r"([\\%_])", r"\\\1", phrase or word) + "%"] * len(in_columns))
    return " and ".join(where), tuple(bound)


def _free_slug(connection: sqlite3.Connection, wanted: str, entry_id: int | None) -> str:
    slug, number = wanted, 1
    while (
        slug and connection.execute("select 1 from entries where slug = ? and id is not ?", (slug, entry_id)).fetchone()
    ):
        number += 1
        slug = f"{cut(wanted, LONGEST - len(str(number)) - 1)}-{number}"
    return slug


def _hashed(password: str, salt: bytes) -> bytes:
    # The password is 24 random letters and digits: nothing that a slow hash would have to protect from guessing.
    return hashlib.sha256(salt + "".join(password.split()).encode()).digest()
