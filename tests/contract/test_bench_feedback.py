"""`aura bench feedback`: mood and topics as the build reads them, against labels."""

from pathlib import Path

import pytest

from app.benchmarks.feedback import feedback, lines, topics_of
from data.ingest import IngestError
from knowledge.embedder import Embedder

LABELLED = Path(__file__).parents[1] / "eval" / "feedback.yml"


def test_topics_are_found_in_comments_that_chose_nothing(prepared_home: Path) -> None:
    """Sixteen topics, on the half that no example or threshold was chosen on."""
    found = topics_of(LABELLED, Embedder(prepared_home / "embedder").embed)["held_out"]
    assert found.texts == 69
    assert found.macro_f1 > 0.8
    assert found.precision > 0.8
    assert found.mood_accuracy > 0.8


def test_a_folder_without_reviews_is_refused(tmp_path: Path) -> None:
    """The message names the files that are looked for."""
    with pytest.raises(IngestError, match=r"holds no \*_labelled\.txt"):
        feedback(tmp_path, LABELLED, tmp_path / "embedder")


@pytest.mark.long
def test_moods_of_reviews_are_told_better_than_by_a_lexicon(
    shared: Path, prepared_home: Path
) -> None:
    """On a thousand sentences each of three kinds, none of which taught it anything."""
    folder = shared / "data" / "sentiment"
    if not folder.exists():
        pytest.skip(f"no {folder}")
    report = feedback(folder, LABELLED, prepared_home / "embedder")
    assert set(report.reviews) == {"amazon", "imdb", "yelp"}
    for mood in report.reviews.values():
        assert mood.auc > max(mood.lexicon_auc, 0.93)
        assert mood.accuracy > max(mood.lexicon_accuracy, 0.84)
    assert len(lines(report)) == 8
