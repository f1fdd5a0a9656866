from dataclasses import replace
from datetime import date

import pytest

from knowledge.chunks import Chunk
from knowledge.search import (
    Ranked,
    best_per_book,
    passages_per_book,
    pick_passages,
    rank_books,
)


def passage(book: str, text: str) -> Chunk:
    """A passage of a book."""
    return Chunk(f"{book}:{text}", book, "passage", book, "H", text, (), (), date(2026, 1, 1))


def ranked(**dense: list[float]) -> list[str]:
    """Order of books by meaning alone."""
    books = rank_books(dense, {}, {}, off_topic=0.0)
    return [book.playbook_id for book in books]


def test_the_nearest_book_comes_first_and_ties_break_by_id() -> None:
    """Order is never left to chance."""
    assert ranked(b=[0.7], a=[0.7], c=[0.9]) == ["c", "a", "b"]


def test_a_second_near_chunk_lifts_a_book() -> None:
    """One lucky line counts less than a page that is about it."""
    assert ranked(one=[0.7, 0.1], page=[0.68, 0.66]) == ["page", "one"]


def test_words_decide_between_equal_meanings() -> None:
    """The search is a hybrid: a rare word tips the scale."""
    books = rank_books({"a": [0.6], "b": [0.6]}, {"b": 3.0}, {"b": 2.0}, off_topic=0.0)
    assert [book.playbook_id for book in books] == ["b", "a"]
    assert 0 < books[1].score < books[0].score <= 1


@pytest.mark.parametrize(
    ("cosine", "off_topic", "found"), [(0.6, 0.2, True), (0.25, 0.2, False), (0.6, 0.9, False)]
)
def test_weak_or_off_topic_evidence_is_silence(
    cosine: float, off_topic: float, found: bool
) -> None:
    """No answer is better than any answer."""
    books = rank_books({"a": [cosine]}, {}, {}, off_topic=off_topic)
    assert bool(books) is found


def test_far_weaker_books_are_left_out() -> None:
    """The third hit is not padding."""
    assert ranked(good=[0.8], poor=[0.3]) == ["good"]


def test_different_books_come_before_a_second_passage() -> None:
    """A person sees the choice of plays first."""
    passages = {
        "a": [passage("a", "alpha beta"), passage("a", "gamma delta")],
        "b": [passage("b", "epsilon zeta")],
    }
    picked = pick_passages([Ranked("a", 1.0), Ranked("b", 0.9)], passages, 3)
    assert [chunk.text for chunk, _ in picked] == ["alpha beta", "epsilon zeta", "gamma delta"]
    assert [score for _, score in picked] == sorted((s for _, s in picked), reverse=True)


def test_near_duplicates_are_shown_once() -> None:
    """A copied playbook does not fill the answer."""
    passages = {
        "a": [passage("a", "Offer twenty percent for three months")],
        "copy": [passage("copy", "Offer twenty percent for three months!")],
    }
    picked = pick_passages([Ranked("a", 1.0), Ranked("copy", 0.9)], passages, 5)
    assert [chunk.playbook_id for chunk, _ in picked] == ["a"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("silence", "Steps"),
        ("how do we measure it?", "Measures"),
        ("when not to call", "When not to"),
    ],
)
def test_what_to_do_comes_before_asides_unless_they_are_asked_for(query: str, first: str) -> None:
    """Guidance is shown first, yet "when not to" can be asked for."""
    headings = {"Steps": 0.5, "Measures": 0.55, "When not to": 0.54}
    if query.startswith("when"):
        headings["When not to"] = 0.56
    chunks = {h: replace(passage("a", h), chunk_id=h, heading=h) for h in headings}
    found = passages_per_book(query, headings | {"gone": 0.9}, chunks, 2)
    assert found["a"][0].heading == first
    assert len(found["a"]) == 2


def test_chunks_that_are_gone_or_filtered_do_not_count() -> None:
    """An index that is a moment behind cannot cite a deleted file."""
    chunks = {c.chunk_id: c for c in (passage("a", "x"), passage("b", "y"))}
    scores = {"a:x": 0.5, "b:y": 0.4, "gone:z": 0.9}
    assert best_per_book(scores, chunks, {"a"}) == {"a": [0.5]}


def test_nothing_to_rank_is_no_answer() -> None:
    """An empty library stays silent."""
    assert rank_books({}, {}, {}, off_topic=0.0) == []
    assert pick_passages([], {}, 3) == []
