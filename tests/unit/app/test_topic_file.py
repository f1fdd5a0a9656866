"""The topics that a build reads feedback by."""

from pathlib import Path

import pytest

from app.settings import Settings
from app.topic_file import read_topics
from tools.models.feedback_examples import ExamplesError, load_default

PACKAGED = Path(__file__).parents[3] / "tools" / "models" / "feedback.yml"


def test_without_a_setting_the_topics_are_ours(tmp_path: Path) -> None:
    """AURA_TOPICS may be left out."""
    assert read_topics(Settings(home=tmp_path, topics=None)) == load_default()


def test_a_copy_with_another_topic_counts(tmp_path: Path) -> None:
    """Copy, add, name."""
    mine = tmp_path / "mine.yml"
    added = "topics:\n  parking:\n    negative: [There is no parking space.]\n"
    text = PACKAGED.read_text("utf-8").replace("topics:\n", added, 1)
    mine.write_text(text, encoding="utf-8")
    assert "parking" in read_topics(Settings(home=tmp_path, topics=mine)).topics


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "AURA_TOPICS=.*mine.yml: No such file"),
        (b"\xff\xfe\x00", "AURA_TOPICS=.*mine.yml: it is not UTF-8 text"),
        (b"topics: {}", "mine.yml: topics"),
    ],
    ids=["absent", "not text", "no topics"],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """Setting, file and what is wrong."""
    mine = tmp_path / "mine.yml"
    if content is not None:
        mine.write_bytes(content)
    with pytest.raises(ExamplesError, match=said):
        read_topics(Settings(home=tmp_path, topics=mine))
