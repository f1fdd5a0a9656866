"""The playbook library: reads the folder, keeps the index equal to it, answers questions."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.chunks import Chunk
from knowledge.documents import Problem, Reading, playbook_files, read_playbook
from knowledge.index import Embeds, Index, IndexLostError, condition
from knowledge.playbook import Passage, Playbook
from knowledge.search import (
    HYBRID,
    NEAREST,
    Ranked,
    Ranking,
    best_per_book,
    passages_per_book,
    pick_passages,
    rank_books,
)
from knowledge.shelf import Shelf
from knowledge.titles import match_titles

_OFF_TOPIC = Path(__file__).with_name("off_topic.txt")
_CANDIDATES = 100
_PASSAGES_PER_BOOK = 4

Vector = NDArray[np.float32]
_Signature = tuple[tuple[str, int, int], ...]
"""(name, modification time, size) of every playbook file."""


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What a refresh found.

    Attributes:
        added, changed, removed: Playbook ids.
        embedded: Chunks that had to be embedded.
        problems: Everything to mend in the files, fatal or not.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    embedded: int = 0
    problems: tuple[Problem, ...] = ()


class Library:
    """Searches the playbooks of a folder; implements `tools.contract.PlaybookPort`.

    Each call looks at the files' names, times and sizes, so a playbook that was added, edited
    or deleted counts from the next question on. Safe to share between threads.

    Args:
        playbooks_dir: Folder of markdown files; it may be empty or absent.
        index_dir: Folder for the vectors; may be deleted at any time.
        embedder: Turns text into vectors, e.g. `knowledge.embedder.Embedder`.
        ranking: What meaning and words weigh.
    """

    def __init__(
        self, playbooks_dir: Path, index_dir: Path, embedder: Embeds, ranking: Ranking = HYBRID
    ) -> None:
        self._folder = playbooks_dir
        self._embedder = embedder
        self._ranking = ranking
        self._index = Index(index_dir, embedder)
        self._lock = threading.RLock()
        self._outside: Vector | None = None
        self._shelf = Shelf([])
        self._signature: _Signature | None = None
        self._indexed = False
        self._problems: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files, as of the last look."""
        self._current()
        return self._problems

    def refresh(self) -> RefreshReport:
        """Read every file and bring the index up to date; only new text is embedded."""
        with self._lock:
            old = self._shelf
            self._read()
            embedded = self._write_index()
            self._off_topic()
            return _report(old, self._shelf, embedded, self._problems)

    def search(
        self, query: str, *, segment: str | None = None, driver: str | None = None, limit: int = 3
    ) -> list[Passage]:
        """Passages for a query, best first; empty when nothing is relevant.

        Args:
            query: A question or keywords.
            segment: Only plays for this segment, or for all; case and punctuation are ignored.
            driver: Only plays that name this feature.
            limit: At most so many passages; different plays come before a second passage of one.
        """
        shelf = self._current(indexed=True)
        books = shelf.eligible(segment=segment, driver=driver)
        if not books or not query.strip():
            return []
        where = condition(segment=segment, driver=driver)
        vector = self._embedder.embed([query])[0]
        words = shelf.chunk_words(query)
        ranked = rank_books(
            best_per_book(self._nearest(vector, where), shelf.chunks, books),
            {book: score for book, score in shelf.book_words(query).items() if book in books},
            {book: found[0] for book, found in best_per_book(words, shelf.chunks, books).items()},
            off_topic=self._off_topic_cosine(vector),
            ranking=self._ranking,
            by_driver=driver is not None,
        )[:limit]
        picked = pick_passages(ranked, self._passages(query, vector, shelf, ranked), limit)
        return [_passage(chunk, score) for chunk, score in picked]

    def get(self, playbook_id: str) -> Playbook | None:
        """One playbook by id."""
        return self._current().books.get(playbook_id)

    def ids(self) -> Sequence[str]:
        """All playbook ids, sorted."""
        return tuple(self._current().books)

    def match(self, text: str) -> list[str]:
        """Ids whose title or id is meant by `text`, best first (typos allowed)."""
        return match_titles(text, {b.playbook_id: b.title for b in self._current().books.values()})

    def _nearest(self, vector: Vector, where: dict[str, Any] | None) -> dict[str, float]:
        """Ask the index; one that was deleted under us is filled again first."""
        try:
            return self._index.nearest(vector, _CANDIDATES, where)
        except IndexLostError:
            with self._lock:
                self._write_index()
            return self._index.nearest(vector, _CANDIDATES, where)

    def _off_topic_cosine(self, vector: Vector) -> float:
        return float(np.sort(self._off_topic() @ vector)[-NEAREST:].mean())

    def _off_topic(self) -> Vector:
        """Questions that no playbook is for: array (question, dimension)."""
        with self._lock:
            if self._outside is None:
                self._outside = self._embedder.embed(_OFF_TOPIC.read_text("utf-8").splitlines())
            return self._outside

    def _passages(
        self, query: str, vector: Vector, shelf: Shelf, ranked: Sequence[Ranked]
    ) -> dict[str, list[Chunk]]:
        if not ranked:
            return {}
        where = condition(playbooks=[book.playbook_id for book in ranked], passages_only=True)
        nearest = self._nearest(vector, where)
        return passages_per_book(query, nearest, shelf.chunks, _PASSAGES_PER_BOOK)

    def _current(self, *, indexed: bool = False) -> Shelf:
        """The shelf as the files are now; reading them again only when one has changed."""
        with self._lock:
            if self._signature != _signature(self._folder):
                self._read()
            if indexed and not self._indexed:
                self._write_index()
            return self._shelf

    def _read(self) -> None:
        self._signature = _signature(self._folder)
        readings: list[Reading] = [read_playbook(path) for path in playbook_files(self._folder)]
        self._shelf = Shelf([r.playbook for r in readings if r.playbook is not None])
        self._problems = tuple(problem for r in readings for problem in r.problems)
        self._indexed = False

    def _write_index(self) -> int:
        embedded = self._index.sync(list(self._shelf.chunks.values()))
        self._indexed = True
        return embedded


def _signature(folder: Path) -> _Signature:
    entries: list[tuple[str, int, int]] = []
    for path in playbook_files(folder):
        try:
            stat = path.stat()
        except OSError:
            continue  # deleted between listing and looking
        entries.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(entries)


def _report(old: Shelf, new: Shelf, embedded: int, problems: tuple[Problem, ...]) -> RefreshReport:
    return RefreshReport(
        added=tuple(book for book in new.books if book not in old.books),
        changed=tuple(
            book for book in new.books if book in old.books and new.books[book] != old.books[book]
        ),
        removed=tuple(book for book in old.books if book not in new.books),
        embedded=embedded,
        problems=problems,
    )


def _passage(chunk: Chunk, score: float) -> Passage:
    return Passage(
        playbook_id=chunk.playbook_id,
        title=chunk.title,
        heading=chunk.heading,
        text=chunk.text,
        reviewed=chunk.reviewed,
        score=round(min(score, 1.0), 4),
    )
