"""The model card says what was measured, and the committed one has the form that is generated."""

import re
from datetime import date
from pathlib import Path

import pytest

from tools.models.card import HorizonQuality, Measure, ModelCard, ReliabilityBin
from tools.models.card_text import markdown, said
from tools.models.rules import RuleBook
from tools.models.trained import TrainedChurn

COMMITTED = Path(__file__).parents[4] / "docs" / "MODEL_CARD.md"
COMMAND = "aura model card --write docs/MODEL_CARD.md"


def _page(card: ModelCard, book: RuleBook) -> str:
    return markdown(
        card,
        source="demo",
        trained_on=date(2026, 10, 21),
        decision="The first model here.",
        bands=book.bands.churn_risk,
        command=COMMAND,
    )


def _form(page: str) -> list[str]:
    """Headings, heads of tables and fixed text: what does not hang on the figures."""
    found: list[str] = []
    lines = page.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(("#", "*")) or re.fullmatch(r"\|( --- \|)+", following):
            found.append(line)
    return found


def test_the_committed_card_has_the_generated_form(model: TrainedChurn, book: RuleBook) -> None:
    """A change of the generator asks for a new card; figures may differ."""
    quality = HorizonQuality(auc=_measure(), brier=_measure(), ece=_measure())
    whole = model.card.model_copy(
        update={
            "segments": {"SMB": quality},
            "reliability": [ReliabilityBin(rows=10, predicted=0.1, churned=0.2)],
        }
    )
    committed = COMMITTED.read_text(encoding="utf-8")
    wanted = _form(_page(whole, book))
    assert [line for line in wanted if line not in _form(committed)] == []
    assert [line for line in _form(committed) if line not in wanted] == []
    for part in ("## Purpose", "## How to read a score"):
        assert _section(_page(whole, book), part) == _section(committed, part)


def _measure() -> Measure:
    return Measure(value=0.9, low=0.8, high=0.95)


def _section(page: str, heading: str) -> str:
    return page.partition(f"{heading}\n")[2].partition("\n## ")[0]


def test_every_figure_stands_with_its_interval(model: TrainedChurn, book: RuleBook) -> None:
    """The value, its interval, and each baseline beside it."""
    page = _page(model.card, book)
    assert f"| AUC, clients of one snapshot compared | {said(model.card.auc)} |" in page
    for own in model.card.baselines.values():
        assert said(own.auc) in page
    assert f"`{model.version}`" in page
    assert "days since the last login" in page
    assert "| The first model here. |" in page


def test_a_model_of_the_average_says_what_it_is_not(model: TrainedChurn, book: RuleBook) -> None:
    """No quality is claimed, and the reason stands where it would be."""
    card = ModelCard(
        version="churn-1",
        kind="base_rate",
        as_of=date(2026, 1, 1),
        seed=1,
        rows=2,
        snapshots=1,
        clients=2,
        churned_clients=1,
        base_rate_90d=0.05,
        features=[],
        calibration="flat",
    )
    page = _page(card, book)
    assert "too little churn history" in page
    assert "not measured" in page
    assert "## Against simpler scores" not in page


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (None, "not measured"),
        (Measure(value=None, low=None, high=None), "not measured"),
        (Measure(value=0.5, low=None, high=None), "0.500"),
        (Measure(value=0.5, low=0.25, high=0.75), "0.500 (0.250 to 0.750)"),
    ],
)
def test_a_measure_is_said_with_what_is_known(measure: Measure | None, words: str) -> None:
    """A value that was not measured is not made up."""
    assert said(measure) == words
