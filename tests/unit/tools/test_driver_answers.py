import pytest

from tools.contract import Driver, Explanation
from tools.driver_answers import say_driver, themes_of

CARD = {"typical": {"event_change_30d": 0.93, "tickets_30d": 1, "csat_avg": 4.0, "region": "EMEA"}}
ROW = {"avg_events_30d": 50.0, "events_30d": 39, "event_change_30d": 0.78, "tickets_30d": 0}


def _driver(feature: str, value: str, typical: str, push: float) -> Driver:
    return Driver(feature=feature, label=feature, value=value, typical=typical, contribution=push)


def _explain(*drivers: Driver) -> Explanation:
    return Explanation(0.0, sum(driver.contribution for driver in drivers), drivers, "")


def test_a_fall_that_raises_the_risk_is_told_as_one() -> None:
    """The way from the own usual level to today's is the reason."""
    said = say_driver(_driver("event_change_30d", "78 %", "93 %", 0.5), ROW, CARD)
    assert said.startswith("product events fell from 50 to 39 in 30 days")
    assert "the model still" not in said


@pytest.mark.parametrize(
    ("driver", "row", "side"),
    [
        (_driver("event_change_30d", "78 %", "93 %", -0.5), ROW, "in their favour"),
        (_driver("tickets_30d", "0", "1", 0.2), ROW, "against them"),
    ],
    ids=["favour", "against"],
)
def test_a_push_against_the_typical_value_is_explained(
    driver: Driver, row: dict[str, object], side: str
) -> None:
    """A value worse than the typical one that lowers the risk would puzzle a reader."""
    said = say_driver(driver, row, CARD)
    assert said.endswith(f"is typical; the model still counts it {side})")


def test_what_has_no_direction_or_no_value_is_just_said() -> None:
    """A word is neither better nor worse than the typical one, an empty cell neither."""
    region = say_driver(_driver("region", "APAC", "EMEA", 0.4), ROW | {"region": "APAC"}, CARD)
    assert region == "region APAC (EMEA is the most common)"
    csat = say_driver(_driver("csat_avg", "n/a", "4", 0.4), ROW | {"csat_avg": None}, CARD)
    assert csat == "no support rating yet"


def test_one_fall_is_not_told_twice_and_typical_values_come_last() -> None:
    """Events and their change are one saying; what sets the client apart is said first."""
    drivers = (
        _driver("event_change_30d", "14 %", "93 %", 0.9),
        _driver("events_30d", "6", "40", 0.8),
        _driver("days_since_last_login", "0 days", "0 days", 0.7),
        _driver("active_days_30d", "2", "12", 0.6),
    )
    spoken = [driver.feature for driver in themes_of(_explain(*drivers))[0].drivers]
    assert spoken == ["event_change_30d", "active_days_30d"]
