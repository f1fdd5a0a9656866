from datetime import date

import pytest

from app.pages.figures import change_words, course_of, tone_of
from data.semantic_model import load_semantic_model
from tools.metric_answers import Cell

MODEL = load_semantic_model()


def _cell(name: str, value: float | None, previous: float | None) -> Cell:
    return Cell(metric=MODEL.metric(name), group=(), bucket=None, value=value, previous=previous)


@pytest.mark.parametrize(
    ("name", "value", "previous", "words"),
    [
        ("mrr", 110.0, 100.0, "+10 %"),
        ("mrr", 90.0, 100.0, "−10 %"),
        ("customers", 229.0, 233.0, "−4"),
        ("logo_churn_rate", 1.3, 1.4, "−0.1 pp"),
        ("nps", -5.0, 30.0, "−35 points"),
        ("nrr", 100.0, 100.0, "±0 pp"),
        ("mrr", 100.0, None, ""),
        ("mrr", None, 100.0, ""),
        ("mrr", 100.0, 0.0, "+$100"),
    ],
)
def test_change_is_said_in_the_unit_of_the_figure(
    name: str, value: float | None, previous: float | None, words: str
) -> None:
    """Money moves in percent, counts in clients, rates in percentage points."""
    assert change_words(_cell(name, value, previous), "USD") == words


@pytest.mark.parametrize(
    ("name", "value", "tone"),
    [
        ("mrr", 2.0, "good"),
        ("mrr", 0.5, "bad"),
        ("logo_churn_rate", 2.0, "bad"),
        ("arr_at_risk", 0.5, "good"),
        ("nrr", 1.0, "flat"),
    ],
)
def test_less_of_a_loss_is_good_news(name: str, value: float, tone: str) -> None:
    """The colour follows the business, not the sign."""
    assert tone_of(_cell(name, value, 1.0)) == tone


def test_a_course_stays_in_its_box_and_tells_its_ends() -> None:
    """The drawing has words for those who cannot see it."""
    values = [(date(2026, month, 1), float(value)) for month, value in ((1, 5), (2, 9), (3, 2))]
    course = course_of(values, MODEL.metric("customers"), "USD")
    assert course is not None
    spots = [tuple(map(float, spot.split(","))) for spot in course.points.split()]
    assert all(0 <= x <= 120 and 0 <= y <= 32 for x, y in spots)
    assert min(spots, key=lambda spot: spot[1]) == spots[1]
    assert course.words == "Customers went from 5 in Jan 2026 to 2 in Mar 2026"


def test_one_point_is_no_course() -> None:
    """A single month has nothing to draw."""
    assert course_of([(date(2026, 1, 1), 1.0)], MODEL.metric("mrr"), "USD") is None
