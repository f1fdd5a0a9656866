import bm25s
import numpy as np
import pytest
from hypothesis import given, strategies as st

from knowledge.words import Vocabulary, WordIndex, count, stems

TEXTS = st.lists(st.text(alphabet="abcde ", max_size=30), max_size=6)


def index(texts: list[str]) -> WordIndex:
    """An index of texts that were counted together."""
    vocabulary: Vocabulary = {}
    return WordIndex([count(map(stems, texts), vocabulary)], vocabulary)


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
    scores = index(["renewal of seats", "seats and seats", "seats again"]).scores("renewals")
    assert scores.argmax() == 0
    assert (scores[1:] == 0).all()


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=30))
def test_any_text_gives_one_score_each(texts: list[str], query: str) -> None:
    """No library and no question breaks the search."""
    scores = index(texts).scores(query)
    assert scores.shape == (len(texts),)
    assert (scores >= 0).all()


@given(TEXTS, TEXTS, st.text(alphabet="abcde ", max_size=30))
def test_scores_are_those_of_the_reference_bit_for_bit(
    earlier: list[str], texts: list[str], query: str
) -> None:
    """Counting texts one by one, and knowing words of texts that are gone, changes no score."""
    vocabulary: Vocabulary = {}
    count(map(stems, earlier), vocabulary)
    parts = [count([stems(text)], vocabulary) for text in texts]
    scores = WordIndex(parts, vocabulary).scores(query)
    reference = bm25s.BM25()
    known = {stem for text in texts for stem in stems(text)}
    asked = [stem for stem in stems(query) if stem in known]
    if known:
        reference.index([stems(text) for text in texts], show_progress=False)
    expected = reference.get_scores(asked) if asked else np.zeros(len(texts))
    assert scores.tolist() == expected.tolist()
