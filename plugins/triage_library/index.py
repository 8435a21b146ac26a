"""The index of the documents: SQLite's full-text search, ranked by BM25, in a file of its own."""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from triage.errors import InputError
from triage.records import Passage
from triage_library.pieces import pieces

_KINDS: Final = (".md", ".markdown", ".txt")
_BUSY_SECONDS: Final = 30.0
_LEAST_OF_BEST: Final = 0.4
"""Passages that fit less than this share of the best one are left out."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS documents (
    path TEXT, domain TEXT, stamp TEXT, PRIMARY KEY (path, domain)
);
CREATE VIRTUAL TABLE IF NOT EXISTS passages USING fts5(
    heading, text, id UNINDEXED, path UNINDEXED, domain UNINDEXED, tokenize = 'porter unicode61'
);
"""


class Index:
    """The passages of a team's documents, kept up to date with the files."""

    def __init__(self, place: Path) -> None:
        self._place = place

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._place, timeout=_BUSY_SECONDS)) as connection:
            yield connection

    def update(self, folders: Mapping[str, Sequence[Path]]) -> None:
        """Take in what is new or changed in the folders, and drop what is gone.

        Raises:
            InputError: A document is no UTF-8 text, or a folder holds none at all.
        """
        there = {
            (str(path), domain): f"{path.stat().st_mtime_ns} {path.stat().st_size}"
            for domain, places in folders.items()
            for place in places
            for path in _documents(place)
        }
        with self._open() as connection, connection:
            connection.executescript(_TABLES)
            # before anything is read: another run may be taking in the same documents
            connection.execute("BEGIN IMMEDIATE")
            rows = connection.execute("SELECT path, domain, stamp FROM documents")
            known = {(path, domain): stamp for path, domain, stamp in rows}
            for path, domain in known:
                if there.get((path, domain)) != known[path, domain]:
                    for table in ("passages", "documents"):
                        connection.execute(
                            f"DELETE FROM {table} WHERE path = ? AND domain = ?",  # noqa: S608 - ours
                            (path, domain),
                        )
            for (path, domain), stamp in there.items():
                if known.get((path, domain)) != stamp:
                    _add(connection, Path(path), domain, stamp)

    def search(self, words: Sequence[str], domain: str, most: int) -> list[Passage]:
        """The passages of a domain that fit some words best, best first."""
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in words)
        with self._open() as connection:
            rows = connection.execute(
                "SELECT id, path, heading, text, -bm25(passages, 2.0, 1.0) AS score FROM passages"
                " WHERE passages MATCH ? AND domain IN (?, '*') ORDER BY score DESC, id LIMIT ?",
                (query, domain, most),
            ).fetchall()
        return [
            Passage(id=identity, text=text, source=_source(path, heading), score=score)
            for identity, path, heading, text, score in rows
            if score >= rows[0][4] * _LEAST_OF_BEST
        ]


def _documents(place: Path) -> list[Path]:
    found = [
        path
        for path in sorted(place.rglob("*"))
        if path.suffix.lower() in _KINDS and path.is_file()
    ]
    if not found:
        raise InputError(f"{place} holds no document: only {', '.join(_KINDS)} files are searched")
    return found


def _add(connection: sqlite3.Connection, path: Path, domain: str, stamp: str) -> None:
    try:
        document = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as why:
        raise InputError(f"{path} is no UTF-8 text: convert it, or take it out") from why
    rows = [
        (one.heading, one.text, _identity(path, one.heading, one.text), str(path), domain)
        for one in pieces(document)
    ]
    connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute("INSERT INTO documents VALUES (?, ?, ?)", (str(path), domain, stamp))


def _identity(path: Path, heading: str, text: str) -> str:
    """The same for the same piece, and another as soon as a word of it changes."""
    name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:40] or "document"
    digest = hashlib.sha256(f"{path.name}\x1f{heading}\x1f{text}".encode()).hexdigest()
    return f"{name}:{digest[:8]}"


def _source(path: str, heading: str) -> str:
    return f"{Path(path).name}: {heading}"[:500] if heading else Path(path).name[:500]
