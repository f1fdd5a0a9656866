import string

import pytest

from tools.models.features import FEATURES
from tools.models.phrases import PHRASES, UNKNOWN, say


def test_own_usual_level_is_told() -> None:
    """Usage is compared with the client's own habit."""
    said = say("events_30d", "product events in the last 30 days", "6", "25", own="42")
    assert said == "6 product events in the last 30 days (their own usual: 42)"


def test_unknown_values_are_said_as_such() -> None:
    """What is not known is said without a number."""
    assert say("nps_score", "latest NPS answer", None, "8") == "no NPS answer yet"
    assert say("attr_size", "size", None, "8") == "size: not known"


@pytest.mark.parametrize("feature", sorted(PHRASES))
def test_phrases_speak_of_features_and_show_the_value(feature: str) -> None:
    """A phrase belongs to a feature, shows its value and asks for nothing it is not given."""
    assert feature in FEATURES
    fields = {name for _, name, _, _ in string.Formatter().parse(PHRASES[feature]) if name}
    assert "value" in fields
    assert fields <= {"value", "typical", "own"}
    assert set(UNKNOWN) <= set(FEATURES)
