import string

import pytest

from tools.models.features import FEATURES
from tools.models.phrases import MOVED, PHRASES, UNKNOWN, movement, say


def test_own_usual_level_is_told() -> None:
    """Usage is compared with the client's own habit."""
    said = say("events_30d", "product events in the last 30 days", "6", "25", own="42")
    assert said == "6 product events in the last 30 days (their own usual: 42)"


def test_unknown_values_are_said_as_such() -> None:
    """What is not known is said without a number."""
    assert say("nps_score", "latest NPS answer", None, "8") == "no NPS answer yet"
    assert say("attr_size", "size", None, "8") == "size: not known"


@pytest.mark.parametrize(
    ("before", "after", "push", "said"),
    [
        (42.0, 6, 0.8, "fell from 42 to 6"),
        (29.33, 39, -0.5, "rose from 29.3 to 39"),
        (42.0, 6, -0.1, None),
        (6.0, 6, 0.4, None),
        (None, 6, 0.4, None),
        (float("nan"), 6, 0.4, None),
    ],
    ids=["fell", "rose", "against the push", "stayed", "no past", "not known"],
)
def test_the_way_gone_is_told_where_it_is_the_reason(
    before: float | None, after: float, push: float, said: str | None
) -> None:
    """A fall explains a rise of the risk, a rise its fall; nothing else is said to have moved."""
    assert movement(before, after, push) == said


def test_usage_is_said_as_a_way_gone() -> None:
    """From the client's own usual level to today's, with the typical value beside it."""
    label = "usage against the client's own usual level"
    said = say("event_change_30d", label, "14.3 %", "93.2 %", "42", "fell from 42 to 6")
    assert said == (
        "product events fell from 42 to 6 in 30 days, 14.3 % of their own usual level "
        "(93.2 % is typical)"
    )
    assert "{" not in " ".join(MOVED.values()).format(moved="", value="", typical="")


def test_a_typical_value_is_not_said_twice() -> None:
    """What is as usual is said to be so."""
    assert say("nps_score", "latest NPS answer", "8", "8") == "latest NPS answer 8 (as is typical)"
    assert say("region", "region", "EMEA", "EMEA") == "region EMEA (the most common)"


@pytest.mark.parametrize("feature", sorted(PHRASES))
def test_phrases_speak_of_features_and_show_the_value(feature: str) -> None:
    """A phrase belongs to a feature, shows its value and asks for nothing it is not given."""
    assert feature in FEATURES
    fields = {name for _, name, _, _ in string.Formatter().parse(PHRASES[feature]) if name}
    assert "value" in fields
    assert fields <= {"value", "typical", "own"}
    assert set(UNKNOWN) <= set(FEATURES)
