"""One consistent view of all playbooks, with its word indexes; replaced as a whole, never changed."""

from collections.abc import Collection, Iterable, Set as AbstractSet
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from knowledge.chunks import Chunk, cut
from knowledge.index import segment_name
from knowledge.playbook import Playbook
from knowledge.words import Counts, Vocabulary, WordIndex, count, stems


@dataclass(frozen=True, slots=True)
class Entry:
    """One book as it is searched: what is made once and kept while others change."""

    book: Playbook
    chunks: tuple[Chunk, ...]
    whole: Counts
    pieces: Counts


class Shelf:
    """The playbooks at one moment.

    Attributes:
        books: By id, in the order of the ids.
        chunks: By chunk id.
        entries: What a later shelf may keep, by id.
        vocabulary: Shared with all later shelves.

    Args:
        playbooks: In any order.
        earlier: A shelf whose work is kept for each playbook that is the same object.
    """

    def __init__(self, playbooks: Iterable[Playbook], earlier: "Shelf | None" = None) -> None:
        self.books = {book.playbook_id: book for book in sorted(playbooks, key=_id)}
        vocabulary = earlier.vocabulary if earlier else {}
        kept = earlier.entries if earlier else {}
        self.vocabulary: Vocabulary = vocabulary
        self.entries = {
            book_id: entry
            if (entry := kept.get(book_id)) is not None and entry.book is book
            else _entry(book, vocabulary)
            for book_id, book in self.books.items()
        }
        entries = self.entries.values()
        self.chunks: dict[str, Chunk] = {c.chunk_id: c for entry in entries for c in entry.chunks}
        self._book_ids = list(self.books)
        self._book_words = WordIndex([entry.whole for entry in entries], vocabulary)
        self._chunk_words = WordIndex([entry.pieces for entry in entries], vocabulary)
        sizes = [len(entry.chunks) for entry in entries]
        self._first_chunks = np.cumsum([0, *sizes])[:-1]
        self._book_of_chunk = np.repeat(np.arange(len(sizes)), sizes)
        self._chunk_ids = list(self.chunks)
        self._citable = np.array([chunk.kind == "passage" for chunk in self.chunks.values()], bool)

    def eligible(self, *, segment: str | None, driver: str | None) -> AbstractSet[str]:
        """Ids of the books for a segment (or for all) that name a driver."""
        if segment is None and driver is None:
            return self.books.keys()
        return {
            book_id
            for book_id, book in self.books.items()
            if _serves(book, segment) and (driver is None or driver in _named(book, "drivers"))
        }

    def nearest(
        self,
        cosines: NDArray[np.float32],
        books: Collection[str],
        limit: int,
        *,
        citable: bool = False,
    ) -> dict[str, float]:
        """The chunks most like a query.

        Args:
            cosines: Of every chunk, in their order.
            books: Only chunks of these.
            limit: At most so many.
            citable: Only passages.

        Returns:
            {chunk id: cosine}, nearest first.
        """
        chosen = np.array([book in books for book in self._book_ids], bool)[self._book_of_chunk]
        rows = np.flatnonzero(chosen & self._citable if citable else chosen)
        nearest = rows[np.argsort(-cosines[rows], kind="stable")[:limit]]
        return {self._chunk_ids[row]: float(cosines[row]) for row in nearest}

    def book_words(self, query: str) -> dict[str, float]:
        """BM25 of whole books, of those that share a word with the query."""
        return self._positive(self._book_words.scores(query))

    def chunk_words(self, query: str) -> dict[str, float]:
        """BM25 of each book's best chunk, of the books that share a word with the query."""
        scores = self._chunk_words.scores(query)
        return self._positive(
            np.maximum.reduceat(scores, self._first_chunks) if self.books else scores
        )

    def _positive(self, scores: NDArray[np.float32]) -> dict[str, float]:
        return {self._book_ids[i]: float(scores[i]) for i in np.flatnonzero(scores)}


def _entry(book: Playbook, vocabulary: Vocabulary) -> Entry:
    chunks = tuple(cut(book))
    words = [stems(chunk.full_text) for chunk in chunks]
    whole, pieces = count([chain.from_iterable(words)], vocabulary), count(words, vocabulary)
    return Entry(book, chunks, whole, pieces)


def _id(book: Playbook) -> str:
    return book.playbook_id


def _named(book: Playbook, field: str) -> list[str]:
    return list(book.front_matter.get(field, ()))


def _serves(book: Playbook, segment: str | None) -> bool:
    names = _named(book, "segments")
    if segment is None or not names:
        return True
    return segment_name(segment) in {segment_name(name) for name in names}
