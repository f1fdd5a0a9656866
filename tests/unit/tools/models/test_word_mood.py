import numpy as np
import pytest

from tools.models.word_mood import WordMood, lexicon_moods, load_word_mood, terms_of

NOTHING = np.zeros((1, 3))


def test_terms_are_words_and_neighbours() -> None:
    """Lower case, apostrophes of both kinds alike."""
    assert terms_of("It doesn’t work!") == {
        *("it", "doesn't", "work", "!"),
        *("it doesn't", "doesn't work", "work !"),
    }


def test_the_score_adds_terms_lexicon_embedding_and_bias() -> None:
    """Terms are scaled down by the root of how many there are; unknown ones count as zero."""
    mood = WordMood({"zig": 3.0}, lexicon=0.0, direction=np.array([1.0, 0.0, 2.0]), bias=0.25)
    (score,) = mood.scores(["zig zag"], np.array([[0.5, 9.0, 1.0]]))
    assert score == pytest.approx(3.0 / 3**0.5 + 2.5 + 0.25)


def test_embeddings_of_another_size_are_left_aside() -> None:
    """Another encoder costs quality, not the build."""
    mood = WordMood({}, lexicon=0.0, direction=np.ones(5), bias=0.5)
    assert mood.scores(["zig"], NOTHING).tolist() == [0.5]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("good", "not good"),
        ("great support", "slow support"),
        ("It is not bad", "It is bad"),
        ("works", "broken"),
    ],
)
def test_packaged_words_know_better_from_worse(better: str, worse: str) -> None:
    """Negation and strength count."""
    scores = load_word_mood().scores([better, worse], np.zeros((2, 3)))
    assert scores[0] > scores[1]


def test_the_lexicon_is_silent_on_unknown_words() -> None:
    """What it does not know is neutral."""
    assert lexicon_moods(["zig zag", ""]).tolist() == [0.0, 0.0]
