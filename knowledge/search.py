"""Ranks playbooks and passages: meaning and words, fused by reciprocal rank.

Reciprocal-rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009. The weights and the threshold were
chosen on the questions of `tests/eval/retrieval`, all but `outside_d.yml`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain
from statistics import fmean

from knowledge.chunks import Chunk
from knowledge.words import stems

_RANK_OFFSET = 10
_ECHO = 0.8
"""The second best chunk of a book counts 0.8 of the best, the third 0.8 of that."""
_ECHOES = 5
NEAREST = 3
"""So many neighbours tell what a question is about: one alone may be a coincidence."""
_EASED_BY_DRIVER = 0.2
"""A driver named by the caller says much of what the question leaves out."""
_WITHIN = 0.6
"""A further book must reach this share of the best one's evidence."""
_ASIDES = frozenset({"When not to", "Measures", "Evidence"})
_ASIDE_MALUS = 0.1
"""Sections that rarely say what to do yield to near ones that do, unless they are asked for."""
_SAME = 0.8
"""Share of common words from which two passages count as one."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What meaning and words weigh.

    Attributes:
        meaning, book_words, chunk_words: Weights of the three rankings that are fused.
        cosine, bm25, off_topic: Weights of the evidence that the library has an answer: likeness
            to its nearest chunks, words in common with its best book, likeness to questions that
            no play answers.
        least: Evidence below which the library stays silent; the point of best F1.
    """

    meaning: float
    book_words: float
    chunk_words: float
    cosine: float
    bm25: float
    off_topic: float
    least: float

    def evidence(self, cosines: Sequence[float], words: float) -> float:
        """What speaks for an answer, before likeness to off-topic questions is taken off."""
        return self.cosine * fmean(cosines or [0.0]) + self.bm25 * words


HYBRID = Ranking(1.0, 0.5, 0.5, cosine=1.0, bm25=0.033, off_topic=0.925, least=0.1)
MEANING_ONLY = Ranking(1.0, 0.0, 0.0, cosine=1.0, bm25=0.0, off_topic=0.925, least=0.05)
WORDS_ONLY = Ranking(0.0, 0.5, 0.5, cosine=0.0, bm25=1.0, off_topic=0.0, least=2.0)
"""Of each half alone, for comparison."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A playbook as an answer to one query.

    Attributes:
        score: Fused rank, 0-1 where 1 = first in every ranking.
    """

    playbook_id: str
    score: float


def rank_books(
    dense: Mapping[str, Sequence[float]],
    book_words: Mapping[str, float],
    chunk_words: Mapping[str, float],
    *,
    off_topic: float,
    ranking: Ranking = HYBRID,
    by_driver: bool = False,
) -> list[Ranked]:
    """Order playbooks by fused rank; empty when none is relevant enough.

    Args:
        dense: Cosine similarities of a book's nearest chunks, best first.
        book_words: BM25 of whole books.
        chunk_words: BM25 of each book's best chunk.
        off_topic: Mean cosine similarity of the query to the `NEAREST` off-topic questions.
        ranking: What meaning and words weigh.
        by_driver: Whether the books were chosen by a driver, so that less evidence will do.
    """
    nearest = nlargest(NEAREST, chain.from_iterable(dense.values()))
    about = ranking.evidence(nearest, max(book_words.values(), default=0.0))
    least = ranking.least - _EASED_BY_DRIVER * by_driver
    if not (dense or book_words) or about - ranking.off_topic * off_topic < least:
        return []
    meaning = {book: _with_echo(cosines) for book, cosines in dense.items()}
    fused: dict[str, float] = defaultdict(float)
    rankings = [
        (meaning, ranking.meaning),
        (book_words, ranking.book_words),
        (chunk_words, ranking.chunk_words),
    ]
    for scores, weight in rankings:
        for book, share in _reciprocal_ranks(scores).items():
            fused[book] += weight * share
    best_possible = sum(weight for _, weight in rankings)
    evidence = {
        book: ranking.evidence(dense.get(book, ())[:1], book_words.get(book, 0.0)) for book in fused
    }
    top = max(evidence.values(), default=0.0)
    ranked = [
        Ranked(book, score / best_possible)
        for book, score in fused.items()
        if score > 0 and evidence[book] >= _WITHIN * top
    ]
    return sorted(ranked, key=lambda book: (-book.score, book.playbook_id))


def pick_passages(
    books: Sequence[Ranked], passages: Mapping[str, Sequence[Chunk]], limit: int
) -> list[tuple[Chunk, float]]:
    """The best passage of each book in turn, then further ones of the best books.

    Args:
        books: Best first.
        passages: The passages of each book, best first.
        limit: At most so many.

    Returns:
        (passage, score); what nearly repeats an earlier passage is left out.
    """
    picked: list[tuple[Chunk, float]] = []
    rounds = max((len(found) for found in passages.values()), default=0)
    for turn in range(rounds):
        for book in books:
            found = passages.get(book.playbook_id, ())
            if turn < len(found) and not _repeats(found[turn], [chunk for chunk, _ in picked]):
                picked.append((found[turn], book.score / (turn + 1)))
            if len(picked) == limit:
                return _by_score(picked)
    return _by_score(picked)


def passages_per_book(
    query: str, cosines: Mapping[str, float], chunks: Mapping[str, Chunk], limit: int
) -> dict[str, list[Chunk]]:
    """The passages of each book that answer the query best, best first.

    Args:
        query: The question, in which a section may be named.
        cosines: Similarity of the nearest passages by chunk id; unknown ids are left out.
        chunks: All chunks by id.
        limit: At most so many of a book.
    """
    worth = {
        chunk_id: cosine - _ASIDE_MALUS * _is_aside(chunks[chunk_id].heading, query)
        for chunk_id, cosine in cosines.items()
        if chunk_id in chunks
    }
    found: dict[str, list[Chunk]] = defaultdict(list)
    for chunk_id in sorted(worth, key=lambda chunk_id: (-worth[chunk_id], chunk_id)):
        passages = found[chunks[chunk_id].playbook_id]
        if len(passages) < limit:
            passages.append(chunks[chunk_id])
    return dict(found)


def best_per_book(
    scores: Mapping[str, float], chunks: Mapping[str, Chunk], books: Collection[str]
) -> dict[str, list[float]]:
    """Group chunk scores by playbook, best first; unknown chunks and other books are left out."""
    grouped: dict[str, list[float]] = defaultdict(list)
    for chunk_id, score in scores.items():
        chunk = chunks.get(chunk_id)
        if chunk is not None and chunk.playbook_id in books:
            grouped[chunk.playbook_id].append(score)
    return {book: sorted(found, reverse=True) for book, found in grouped.items()}


def _is_aside(heading: str, query: str) -> bool:
    if heading not in _ASIDES:
        return False
    return heading.casefold() not in query.casefold() and not {*stems(heading)} & {*stems(query)}


def _with_echo(cosines: Sequence[float]) -> float:
    return sum(cosine * _ECHO**place for place, cosine in enumerate(cosines[:_ECHOES]))


def _reciprocal_ranks(scores: Mapping[str, float]) -> dict[str, float]:
    """{book: share}, 1 for the first; equal scores share a rank, zero scores have none."""
    values = sorted((score for score in scores.values() if score > 0), reverse=True)
    places = {score: place for place, score in reversed([*enumerate(values)])}
    return {
        book: _RANK_OFFSET / (_RANK_OFFSET + places[score])
        for book, score in scores.items()
        if score > 0
    }


def _repeats(chunk: Chunk, earlier: Sequence[Chunk]) -> bool:
    words = set(stems(chunk.text))
    for other in earlier:
        others = set(stems(other.text))
        union = words | others
        if union and len(words & others) / len(union) >= _SAME:
            return True
    return False


def _by_score(picked: list[tuple[Chunk, float]]) -> list[tuple[Chunk, float]]:
    return sorted(picked, key=lambda pair: -pair[1])
