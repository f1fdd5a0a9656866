"""One consistent view of all playbooks, with its word indexes; replaced as a whole, never changed."""

from collections.abc import Iterable

from knowledge.chunks import Chunk, cut
from knowledge.index import segment_name
from knowledge.playbook import Playbook
from knowledge.words import WordIndex


class Shelf:
    """The playbooks at one moment.

    Attributes:
        books: By id, in the order of the ids.
        chunks: By chunk id.
    """

    def __init__(self, playbooks: Iterable[Playbook]) -> None:
        self.books = {book.playbook_id: book for book in sorted(playbooks, key=_id)}
        cuts = {book_id: cut(book) for book_id, book in self.books.items()}
        self.chunks: dict[str, Chunk] = {
            chunk.chunk_id: chunk for chunks in cuts.values() for chunk in chunks
        }
        self._book_words = WordIndex(
            ["\n".join(chunk.full_text for chunk in chunks) for chunks in cuts.values()]
        )
        self._chunk_words = WordIndex([chunk.full_text for chunk in self.chunks.values()])

    def eligible(self, *, segment: str | None, driver: str | None) -> frozenset[str]:
        """Ids of the books for a segment (or for all) that name a driver."""
        return frozenset(
            book_id
            for book_id, book in self.books.items()
            if _serves(book, segment) and (driver is None or driver in _named(book, "drivers"))
        )

    def book_words(self, query: str) -> dict[str, float]:
        """BM25 of whole books."""
        return dict(zip(self.books, self._book_words.scores(query).tolist(), strict=True))

    def chunk_words(self, query: str) -> dict[str, float]:
        """BM25 of single chunks."""
        return dict(zip(self.chunks, self._chunk_words.scores(query).tolist(), strict=True))


def _id(book: Playbook) -> str:
    return book.playbook_id


def _named(book: Playbook, field: str) -> list[str]:
    return list(book.front_matter.get(field, ()))


def _serves(book: Playbook, segment: str | None) -> bool:
    names = _named(book, "segments")
    if segment is None or not names:
        return True
    return segment_name(segment) in {segment_name(name) for name in names}
