import pytest
from hypothesis import given, strategies as st

from knowledge.words import WordIndex, stems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("renewal", "renewals"),
        ("payment", "payments"),
        ("declined", "decline"),
        ("stop", "stopped"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    """The number or tense of a word must not hide a passage."""
    assert stems(one) == stems(other)


def test_words_without_content_are_dropped() -> None:
    """Everybody is a client here: the word finds nothing."""
    assert stems("What should I do about the client?") == []


def test_the_text_with_the_rare_word_wins() -> None:
    """BM25 ranks by what tells texts apart."""
    scores = WordIndex(["renewal of seats", "seats and seats", "seats again"]).scores("renewals")
    assert scores.argmax() == 0
    assert (scores[1:] == 0).all()


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=30))
def test_any_text_gives_one_score_each(texts: list[str], query: str) -> None:
    """No library and no question breaks the search."""
    scores = WordIndex(texts).scores(query)
    assert scores.shape == (len(texts),)
    assert (scores >= 0).all()
