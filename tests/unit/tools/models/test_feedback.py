from zlib import crc32

import numpy as np
import pandas as pd

from tools.models.feedback import COLUMNS, load_default, score_texts


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


def test_topics_are_those_of_the_nearest_examples() -> None:
    """A text about the invoice is about billing; one like nothing known has no topic."""
    scored = score_texts(_texts("The invoice is wrong.", "zebra quantum marmalade"), _Words())
    assert "billing" in scored["topics"].iloc[0]
    assert scored["topics"].iloc[1] == []


def test_equal_texts_are_embedded_once() -> None:
    """A thousand copies cost one embedding and read alike, in the order given."""
    embed = _Words()
    scored = score_texts(_texts(*["The page is slow."] * 1000, "Thank you."), embed)
    assert embed.seen.count("Thank you.") == 1
    assert len(embed.seen) - len(set(embed.seen)) == 0
    assert len(scored) == 1001
    assert len(set(scored["sentiment"].iloc[:1000])) == 1


def test_no_feedback_is_fine() -> None:
    """A source without texts gives an empty frame with the right columns."""
    scored = score_texts(_texts().astype(str), _Words())
    assert scored.empty
    assert list(scored.columns) == list(COLUMNS)


def test_examples_are_balanced() -> None:
    """As many kind as unkind examples, or the head would lean."""
    sentiment = load_default().sentiment
    assert len(sentiment.positive) == len(sentiment.negative)
