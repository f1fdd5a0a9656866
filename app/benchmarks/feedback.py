"""`aura bench feedback`: mood and topics as the build reads them, against labels.

The reviews (Amazon, IMDb, Yelp: a thousand sentences each, good or bad) come from a folder and are
no training data, though 24 of the rated sentences that taught the words are stock phrases ("great
value.") that occur in the reviews, too. The comments with topics are written for the purpose; their `tune` half chose
examples and thresholds, the `held_out` half is only judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import yaml
from sklearn.metrics import roc_auc_score

from data.ingest import IngestError
from knowledge.embedder import Embedder
from knowledge.embedder_export import export
from tools.models.feedback import Embed, score_texts
from tools.models.feedback_examples import load_default
from tools.models.frames import Floats
from tools.models.word_mood import lexicon_moods

REVIEWS: Final = "*_labelled.txt"
TUNED_ON: Final = "amazon"
"""Settings were chosen on these reviews. The others are not untouched: that Yelp came out badly
led to the embedding's part in the words' mood."""


@dataclass(frozen=True, slots=True)
class Mood:
    """Right sides of zero and rank quality; `lexicon_…` is VADER alone on the same sentences."""

    texts: int
    accuracy: float
    auc: float
    lexicon_accuracy: float
    lexicon_auc: float


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics of one split, and the side of the mood about those found.

    Attributes:
        macro_f1: Mean over topics.
        precision: Over all topic labels together, like `recall`.
        mood_accuracy: Of the topics found that are praised or blamed, those on the right side.
        moods: How many those are.
    """

    texts: int
    macro_f1: float
    precision: float
    recall: float
    mood_accuracy: float
    moods: int


@dataclass(frozen=True, slots=True)
class FeedbackReport:
    """By file of reviews, and by split of the comments."""

    reviews: dict[str, Mood]
    topics: dict[str, Topics]


def feedback(folder: Path, labelled: Path, embedder: Path) -> FeedbackReport:
    """Measure both.

    Args:
        folder: Holds the reviews, a sentence and 0 or 1 on each line, a tab between.
        labelled: Comments with topics.
        embedder: Where the sentence encoder is, or is exported to.

    Raises:
        IngestError: The folder holds no reviews, or the comments are not there.
    """
    files = sorted(folder.glob(REVIEWS))
    if not files:
        raise IngestError(f"{folder} holds no {REVIEWS}. Put UCI's labelled sentences there.")
    if not labelled.is_file():
        raise IngestError(f"{labelled} is no file of labelled comments.")
    embed = Embedder(export(embedder)).embed
    reviews = {file.name.split("_")[0]: _mood(*_reviews(file), embed) for file in files}
    return FeedbackReport(reviews, topics_of(labelled, embed))


def topics_of(labelled: Path, embed: Embed) -> dict[str, Topics]:
    """Judge the topics of each split of a file of labelled comments."""
    rows: list[dict[str, Any]] = yaml.safe_load(labelled.read_text("utf-8"))
    splits = list(dict.fromkeys(str(row["split"]) for row in rows))
    return {
        split: _topics([row for row in rows if row["split"] == split], embed) for split in splits
    }


def lines(report: FeedbackReport) -> list[str]:
    """The report as tables."""
    head = f"{'reviews':<12}{'texts':>7}{'accuracy':>10}{'AUC':>8}{'lexicon':>10}{'AUC':>8}"
    text = [head]
    for name, mood in report.reviews.items():
        text.append(
            f"{name:<12}{mood.texts:>7,}{mood.accuracy:>10.3f}{mood.auc:>8.3f}"
            f"{mood.lexicon_accuracy:>10.3f}{mood.lexicon_auc:>8.3f}"
        )
    text += [f"Settings were chosen on {TUNED_ON}, one step after a look at yelp.", ""]
    text.append(
        f"{'topics':<12}{'texts':>7}{'macro F1':>10}{'prec.':>8}{'recall':>10}{'mood':>8}{'of':>6}"
    )
    for split, found in report.topics.items():
        text.append(
            f"{split:<12}{found.texts:>7,}{found.macro_f1:>10.3f}{found.precision:>8.3f}"
            f"{found.recall:>10.3f}{found.mood_accuracy:>8.3f}{found.moods:>6,}"
        )
    return text


def _reviews(file: Path) -> tuple[list[str], Floats]:
    rows = [line.rsplit("\t", 1) for line in file.read_text("utf-8").split("\n") if line.strip()]
    return [text.strip() for text, _ in rows], np.array([float(good) for _, good in rows])


def _mood(texts: Sequence[str], good: Floats, embed: Embed) -> Mood:
    read = _read(texts, embed)["sentiment"].to_numpy(dtype=np.float64)
    plain = lexicon_moods(texts)
    return Mood(
        texts=len(texts),
        accuracy=float(((read > 0) == (good > 0)).mean()),
        auc=float(roc_auc_score(good, read)),
        lexicon_accuracy=float(((plain > 0) == (good > 0)).mean()),
        lexicon_auc=float(roc_auc_score(good, plain)),
    )


def _topics(rows: Sequence[dict[str, Any]], embed: Embed) -> Topics:
    read = _read([str(row["text"]) for row in rows], embed)
    pairs = list(zip(read["topics"], (set(row["topics"]) for row in rows), strict=True))
    names = [name for name in load_default().topics if any(name in meant for _, meant in pairs)]
    hits = {name: sum(name in found and name in meant for found, meant in pairs) for name in names}
    said = {
        name: sum((name in found) + (name in meant) for found, meant in pairs) for name in names
    }
    labels = sum(len(meant) for _, meant in pairs)
    moods = [
        mood * row["topics"][name] > 0
        for found, about, row in zip(read["topics"], read["topic_sentiments"], rows, strict=True)
        for name, mood in zip(found, about, strict=True)
        if row["topics"].get(name)
    ]
    return Topics(
        texts=len(rows),
        macro_f1=float(np.mean([2 * hits[name] / said[name] for name in names])),
        precision=sum(hits.values()) / max(sum(len(found) for found, _ in pairs), 1),
        recall=sum(hits.values()) / labels,
        mood_accuracy=float(np.mean(moods)),
        moods=len(moods),
    )


def _read(texts: Sequence[str], embed: Embed) -> pd.DataFrame:
    frame = pd.DataFrame({"source": "survey", "source_id": range(len(texts)), "text": list(texts)})
    return score_texts(frame, embed)
