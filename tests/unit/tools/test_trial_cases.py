from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tools.models.effects import ArmCounts
from tools.trial_cases import Cases
from tools.trial_measures import estimate_chosen, measure_groups, measure_trial

AS_OF = date(2026, 6, 30)


def _rows(*rows: tuple[str, str, str, bool | None], **columns: Any) -> pd.DataFrame:
    """Rows of (client, arm, day, retained); columns that all of them share."""
    frame = pd.DataFrame(rows, columns=["customer_id", "arm", "assigned_at", "retained"])
    frame["assigned_at"] = pd.to_datetime(frame["assigned_at"])
    frame["retained"] = frame["retained"].astype("boolean")
    frame["intervention_id"] = [f"I{row}" for row in range(len(frame))]
    shared = {"propensity": 0.5, "cost": 10.0, "arr": 1_000.0, "churn_prob": 0.1, "grp": "SMB"}
    return frame.assign(**{**shared, **columns})


def _meanwhile(rows: pd.DataFrame, **counts: dict[int, int]) -> pd.DataFrame:
    found = pd.DataFrame({"intervention_id": rows["intervention_id"], "alike": 0, "otherwise": 0})
    for name, values in counts.items():
        for row, count in values.items():
            found.loc[row, name] = count
    return found


def _cases(rows: pd.DataFrame, **counts: dict[int, int]) -> Cases:
    return Cases.of(rows, _meanwhile(rows, **counts), AS_OF)


def _arms(treated: int, control: int, **columns: Any) -> pd.DataFrame:
    """A test in which every tenth client left."""
    pairs = [("treatment", i) for i in range(treated)] + [("control", i) for i in range(control)]
    return _rows(*((f"{arm}{i}", arm, "2026-01-05", i % 10 > 0) for arm, i in pairs), **columns)


def test_open_outcomes_wait_and_so_do_their_contemporaries() -> None:
    """Who left early is not counted while those of the same days may still stay."""
    cases = _cases(
        _rows(
            ("a", "treatment", "2026-03-01", True),
            ("b", "control", "2026-03-01", False),
            ("c", "treatment", "2026-05-01", None),
            ("d", "control", "2026-05-01", False),
            ("e", "control", "2026-04-20", False),
        )
    )
    assert cases.arms == ArmCounts(1, 1, 2, 0)
    assert len(cases.open) == 2
    assert cases.open_until == date(2026, 7, 30)


def test_an_outcome_nobody_wrote_down_is_lost_and_not_open() -> None:
    """Its 90 days are long over."""
    cases = _cases(
        _rows(("a", "treatment", "2026-01-01", None), ("b", "control", "2026-01-01", True))
    )
    assert cases.lost == 1
    assert len(cases.open) == 0
    assert cases.open_until is None
    assert measure_trial("discount", cases, None) is None


def test_a_client_counts_once_in_the_arm_first_drawn() -> None:
    """Later rows of the same client are left out and counted."""
    cases = _cases(
        _rows(
            ("a", "control", "2026-01-01", True),
            ("b", "treatment", "2026-01-01", True),
            ("a", "treatment", "2026-03-01", False),
        )
    )
    assert cases.repeated == 1
    assert cases.arms == ArmCounts(1, 1, 1, 1)


def test_who_got_more_than_drawn_is_counted_by_arm() -> None:
    """A control client with the strategy is a leak, a treated one is treated again."""
    rows = _arms(3, 3)
    cases = _cases(rows, alike={0: 1, 3: 2, 4: 1}, otherwise={1: 1, 5: 1})
    assert (cases.treated_again, cases.leaked) == (1, 2)
    assert (cases.also_treated, cases.also_control) == (1, 1)


@pytest.mark.parametrize(
    ("treated", "control", "planned", "fair"),
    [(300, 200, 0.5, False), (300, 200, 0.6, True), (250, 250, 0.5, True), (300, 200, None, False)],
    ids=["uneven", "as planned", "even", "no plan"],
)
def test_an_uneven_draw_is_not_fair(
    treated: int, control: int, planned: float | None, fair: bool
) -> None:
    """Judged against the plan; without one, against even arms."""
    trial = measure_trial("discount", _cases(_arms(treated, control, propensity=planned)), None)
    assert trial is not None
    assert trial.is_fair is fair
    assert trial.drawn == (treated, control)
    assert trial.planned_share == (None if planned is None else pytest.approx(planned))


def test_money_needs_a_cost_and_an_arr() -> None:
    """What is not on record is not taken as nothing."""
    whole = measure_trial("discount", _cases(_arms(40, 40)), None)
    assert whole is not None
    assert whole.money is not None
    for missing in ("cost", "arr"):
        trial = measure_trial("discount", _cases(_arms(40, 40, **{missing: np.nan})), None)
        assert trial is not None
        assert trial.money is None


def test_groups_are_pooled_and_empty_ones_named() -> None:
    """A group with one arm only cannot be compared; the one that was asked for is marked."""
    rows = _arms(60, 60)
    rows["grp"] = [("SMB", "Enterprise")[i % 2] for i in range(120)]
    rows.loc[0, "grp"] = "Mid-Market"
    groups = measure_groups(_cases(rows).known, "segment", "SMB")
    assert [part.name for part in groups.parts] == ["Enterprise", "SMB"]
    assert groups.left_out == ("Mid-Market",)
    assert groups.asked == "SMB"
    assert groups.false_alarm_prob == pytest.approx(1 - 0.95**2)
    for part in groups.parts:
        assert part.low < part.pooled < part.high


def _before(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"intervention_id": rows["intervention_id"], "mrr": np.arange(len(rows), dtype=float)}
    )


def test_chosen_cases_are_estimated_where_they_can_be_compared() -> None:
    """Those who were almost sure to be treated have no counterpart and are left out."""
    rows = _arms(60, 60)
    rows["propensity"] = [0.3, 0.6] * 60
    rows.loc[:3, "propensity"] = 0.99
    found = estimate_chosen("discount", _cases(rows), _before(rows))
    assert found is not None
    assert found.refusal == ""
    assert found.effect is not None
    assert found.effect.low < found.effect.effect < found.effect.high
    assert found.arms.clients == 116
    assert found.overlap.outside_share == pytest.approx(4 / 120)
    assert found.covariates >= 1


@pytest.mark.parametrize(
    ("treated", "chance", "reason"),
    [(60, 0.97, "alike"), (4, 0.5, "alike"), (15, 0.5, "left")],
    ids=["no overlap", "few treated", "few left"],
)
def test_chosen_cases_that_cannot_be_compared_say_why(
    treated: int, chance: float, reason: str
) -> None:
    """No overlap, too few, or too few who left."""
    rows = _arms(treated, 20, propensity=chance)
    found = estimate_chosen("discount", _cases(rows), _before(rows))
    assert found is not None
    assert found.effect is None
    assert reason in found.refusal


def test_a_choice_without_a_probability_is_no_evidence() -> None:
    """Nobody can tell who was chosen from what it did."""
    rows = _arms(60, 60, propensity=np.nan)
    assert estimate_chosen("discount", _cases(rows), _before(rows)) is None
