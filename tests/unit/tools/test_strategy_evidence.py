from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from tools import strategy_evidence
from tools.contract import Playbook, ToolContext
from tools.errors import FinalToolError
from tools.strategies import Named
from tools.strategy_evidence import Evidence, evidence_of_all

RANGE: dict[str, Any] = {"strategy": "discount", "expected_effect": {"low": 0.01, "high": 0.05}}


def _rows(treated: int, control: int) -> pd.DataFrame:
    """A test in which every tenth client left."""
    pairs = [("treatment", i) for i in range(treated)] + [("control", i) for i in range(control)]
    frame = pd.DataFrame([(f"{arm}{i}", arm, i % 10 > 0) for arm, i in pairs])
    frame.columns = ["customer_id", "arm", "retained"]
    return frame.assign(
        intervention_id=[f"I{row}" for row in range(len(frame))],
        strategy="discount",
        assignment="random",
        assigned_at=pd.Timestamp("2026-01-05"),
        retained=frame["retained"].astype("boolean"),
        propensity=0.5,
        cost=10.0,
        arr=1_000.0,
        churn_prob=0.1,
        contract_type="annual",
        tenure_days=400,
        grp="SMB",
    )


def _known(
    rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, front_matter: dict[str, Any] = RANGE
) -> Evidence:
    meanwhile = pd.DataFrame({"intervention_id": rows["intervention_id"]})
    meanwhile = meanwhile.drop_duplicates().assign(alike=0, otherwise=0)
    monkeypatch.setattr(strategy_evidence, "read_trial_rows", lambda *_: rows)
    monkeypatch.setattr(strategy_evidence, "read_meanwhile", lambda *_, **__: meanwhile)
    book = Playbook("d", "D", front_matter, (), None)
    context = SimpleNamespace(
        gold=SimpleNamespace(as_of=date(2026, 6, 30), values=lambda *_: ["annual"]),
        playbooks=SimpleNamespace(ids=lambda: ["d"], get=lambda _: book),
    )
    (found,) = evidence_of_all([Named("discount")], cast("ToolContext", context))
    return found


def test_a_fair_test_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even arms with enough outcomes."""
    found = _known(_rows(100, 100), monkeypatch)
    assert found.grade == "measured"
    assert found.rows == 200
    assert not found.is_uneven


def test_a_test_that_was_not_drawn_fairly_does_not_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arms of 300 and 200 under a fair coin: the playbooks' range stands in, and it is told."""
    found = _known(_rows(300, 200), monkeypatch)
    assert found.grade == "assumed"
    assert (found.low, found.high) == (0.01, 0.05)
    assert found.measured is None
    assert found.is_uneven


def test_a_small_test_is_not_called_uneven(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has too few outcomes to be left out for anything else."""
    found = _known(_rows(30, 5), monkeypatch)
    assert found.grade == "assumed"
    assert not found.is_uneven


def test_a_client_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second row of everybody adds no client and changes no share."""
    once = _rows(100, 100)
    again = once.assign(
        intervention_id=[f"J{row}" for row in range(len(once))],
        assigned_at=pd.Timestamp("2026-02-05"),
        retained=pd.array([True] * len(once), dtype="boolean"),
    )
    found = _known(pd.concat([once, again], ignore_index=True), monkeypatch)
    assert found.arms == _known(once, monkeypatch).arms


def test_an_unfair_test_without_a_range_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the reason is said."""
    with pytest.raises(FinalToolError, match="not drawn fairly"):
        _known(_rows(300, 200), monkeypatch, {"strategy": "discount"})


@pytest.mark.parametrize(
    ("shown_by", "newest_days"),
    [
        ({"tenure_days": [0, 90]}, 90),
        ({"tenure_days": [90, None]}, None),
        ({"nps_score": [0, 6]}, None),
        ("nothing", None),
        (None, None),
    ],
)
def test_an_assumed_effect_holds_for_the_clients_its_plays_are_shown_by(
    shown_by: object, newest_days: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A strategy whose every trigger shows on new clients alone is not for older ones."""
    front_matter = {**RANGE, "shown_by": shown_by}
    assert _known(_rows(5, 5), monkeypatch, front_matter).newest_days == newest_days
