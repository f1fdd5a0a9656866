from zlib import crc32

import numpy as np
import pandas as pd

from tools.models.feedback import COLUMNS, MAX_TOPICS, score_texts
from tools.models.feedback_examples import Examples


class _Words:
    """Embeds a text as its bag of words; counts what it was asked."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.seen += texts
        vectors = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.casefold().replace(".", "").replace(",", "").split():
                vectors[row, crc32(word.encode()) % 512] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _texts(*texts: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"source": "survey", "source_id": [f"S{i}" for i in range(len(texts))], "text": texts}
    )


def test_praise_and_complaint_are_told_apart() -> None:
    """The sign of the sentiment follows the words of the examples, within −1 to 1."""
    scored = score_texts(
        _texts("Great support, very happy with the product.", "Terrible, it crashes and is slow."),
        _Words(),
    )
    assert list(scored.columns) == list(COLUMNS)
    assert scored["sentiment"].iloc[0] > 0.05 > -0.05 > scored["sentiment"].iloc[1]
    assert scored["sentiment"].between(-1, 1).all()


def test_praise_and_complaint_of_one_text_are_told_apart() -> None:
    """Each topic has the mood of its own clause; the whole lies between."""
    scored = score_texts(_texts("Great support but far too expensive."), _Words())
    topics, moods = scored["topics"].iloc[0], scored["topic_sentiments"].iloc[0]
    about = dict(zip(topics, moods, strict=True))
    assert about["support"] > 0.2
    assert about["price"] < -0.2
    assert about["price"] < scored["sentiment"].iloc[0] < about["support"]


def test_a_text_has_several_topics_but_not_all() -> None:
    """The clearest come first, up to a limit, each with its mood."""
    text = (
        "The invoice is wrong. Support is slow. The price rose. Training was bad. Login fails. "
        "The reports are confusing."
    )
    scored = score_texts(_texts(text), _Words())
    assert len(scored["topics"].iloc[0]) == MAX_TOPICS
    assert len(scored["topic_sentiments"].iloc[0]) == MAX_TOPICS


def test_a_topic_of_a_user_is_found() -> None:
    """Sentences and words of their own file, and no topic of ours."""
    mine = Examples.from_yaml(
        """
        topics:
          parking: {words: [parking], negative: [There is no parking space., Parking is full.]}
          food: {words: [canteen], positive: [The food is tasty., Lunch was good.]}
        no_topic: {positive: [Nice.], negative: [Bad.], neutral: [Hello.]}
        """
    )
    scored = score_texts(_texts("Again no parking in the morning."), _Words(), mine)
    assert scored["topics"].iloc[0] == ["parking"]


def test_equal_texts_are_embedded_once() -> None:
    """A thousand copies cost one embedding and read alike, in the order given."""
    embed = _Words()
    scored = score_texts(_texts(*["The page is slow."] * 1000, "Thank you."), embed)
    assert embed.seen.count("Thank you.") == 1
    assert len(scored) == 1001
    assert len(set(scored["sentiment"].iloc[:1000])) == 1


def test_no_feedback_is_fine() -> None:
    """A source without texts gives an empty frame with the right columns."""
    scored = score_texts(_texts().astype(str), _Words())
    assert scored.empty
    assert list(scored.columns) == list(COLUMNS)
