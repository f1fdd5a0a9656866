"""The playbook library: reads the folder, keeps the index equal to it, answers questions."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.chunks import Chunk
from knowledge.documents import Problem
from knowledge.folder import PlaybookFolder
from knowledge.index import Embeds, Index, Vectors
from knowledge.playbook import Passage, Playbook
from knowledge.search import (
    HYBRID,
    NEAREST,
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

    Each call looks at the folder, so a playbook that was added, edited or deleted counts from the
    next question on; only what changed is read and embedded. Safe to share between threads.

    Args:
        playbooks_dir: Folder of markdown files; it may be empty or absent.
        index_dir: Folder for the vectors; may be deleted at any time.
        embedder: Turns text into vectors, e.g. `knowledge.embedder.Embedder`.
        ranking: What meaning and words weigh.
    """

    def __init__(
        self, playbooks_dir: Path, index_dir: Path, embedder: Embeds, ranking: Ranking = HYBRID
    ) -> None:
        self._folder = PlaybookFolder(playbooks_dir)
        self._embedder = embedder
        self._ranking = ranking
        self._index = Index(index_dir, embedder)
        self._lock = threading.RLock()
        self._outside: Vectors | None = None
        self._shelf = Shelf([])
        self._vectors: Vectors | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files, as of the last look."""
        with self._lock:
            self._current()
            return self._folder.problems

    def refresh(self) -> RefreshReport:
        """Read every file and bring the index up to date; only new text is embedded."""
        with self._lock:
            old = self._shelf
            self._look(trust_stamps=False)
            synced = self._index.sync(self._shelf.chunks, thorough=True)
            self._vectors = synced.vectors
            self._off_topic()
            return _report(old, self._shelf, synced.embedded, self._folder.problems)

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
        shelf, vectors = self._searchable()
        books = shelf.eligible(segment=segment, driver=driver)
        if not books or not query.strip():
            return []
        vector = self._embedder.embed([query])[0]
        cosines = np.vecdot(vectors, vector)  # row by row: equal texts get equal cosines
        nearest = shelf.nearest(cosines, books, _CANDIDATES)
        ranked = rank_books(
            best_per_book(nearest, shelf.chunks, books),
            {book: score for book, score in shelf.book_words(query).items() if book in books},
            {book: score for book, score in shelf.chunk_words(query).items() if book in books},
            off_topic=self._off_topic_cosine(vector),
            ranking=self._ranking,
            by_driver=driver is not None,
        )[:limit]
        found = {book.playbook_id for book in ranked}
        citable = shelf.nearest(cosines, found, _CANDIDATES, citable=True)
        passages = passages_per_book(query, citable, shelf.chunks, _PASSAGES_PER_BOOK)
        picked = pick_passages(ranked, passages, limit)
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

    def _off_topic_cosine(self, vector: NDArray[np.float32]) -> float:
        return float(np.sort(self._off_topic() @ vector)[-NEAREST:].mean())

    def _off_topic(self) -> Vectors:
        """Questions that no playbook is for: array (question, dimension)."""
        with self._lock:
            if self._outside is None:
                self._outside = self._embedder.embed(_OFF_TOPIC.read_text("utf-8").splitlines())
            return self._outside

    def _searchable(self) -> tuple[Shelf, Vectors]:
        """The shelf and the vectors of its chunks, as the files are now."""
        with self._lock:
            shelf = self._current()
            if self._vectors is None:
                self._vectors = self._index.sync(shelf.chunks).vectors
            return shelf, self._vectors

    def _current(self) -> Shelf:
        """The shelf as the files are now."""
        with self._lock:
            self._look()
            return self._shelf

    def _look(self, *, trust_stamps: bool = True) -> None:
        if self._folder.look(trust_stamps=trust_stamps):
            self._shelf = Shelf(self._folder.playbooks, self._shelf)
            self._vectors = None


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
