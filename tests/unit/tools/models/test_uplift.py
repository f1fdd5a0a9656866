from typing import Literal

import numpy as np
import pandas as pd
import pytest

from tools.models.frames import Floats, unit_hash
from tools.models.proof import LEAST_PER_ARM, Proof, prove
from tools.models.qini import Randomised, gains, qini
from tools.models.uplift import FOLDS, fit_uplift, held_out_ranks

Kind = Literal["none", "proportional", "persuadable"]
TYPES = ("q", "q", "q")


def _trial(kind: Kind, clients: int, seed: int) -> pd.DataFrame:
    """A fair test on clients whose risk shows in their tickets and their response in their seats.

    `none`: treatment does nothing. `proportional`: it cuts every hazard alike, so risk is the best
    order. `persuadable`: it helps large clients only, whatever their risk.
    """
    rng = np.random.default_rng(seed)
    tickets, seats, events = rng.normal(size=(3, clients))
    risk = 1 / (1 + np.exp(1.6 - tickets))
    ratio = {
        "none": np.ones(clients),
        "proportional": np.full(clients, 0.4),
        "persuadable": np.where(seats > 0, 0.1, 1.5),
    }[kind]
    treated = rng.random(clients) < 0.5
    left = rng.random(clients) < 1 - (1 - risk) ** np.where(treated, ratio, 1)
    return pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(clients)],
            "arm": np.where(treated, "treatment", "control"),
            "propensity": 0.5,
            "retained": ~left,
            "churn_prob": risk,
            "tickets_30d": tickets,
            "seats": seats,
            "events_30d": events,
            "attr_cancelled": left.astype(float),
        }
    )


def _arrays(frame: pd.DataFrame) -> tuple[Floats, Randomised]:
    known = frame[["tickets_30d", "seats", "events_30d"]].to_numpy(dtype=np.float64)
    left = 1 - frame["retained"].to_numpy(dtype=np.float64)
    treated = (frame["arm"] == "treatment").to_numpy(dtype=np.float64)
    return known, Randomised(left, treated, np.full(len(frame), 0.5))


@pytest.fixture(scope="module")
def planted() -> Proof:
    """What a test with persuadable clients proves."""
    return prove(_trial("persuadable", 900, seed=1))


def test_planted_responders_are_found() -> None:
    """The model ranks clients it never saw far better than at random."""
    known, rows = _arrays(_trial("persuadable", 900, seed=1))
    fresh, unseen = _arrays(_trial("persuadable", 4_000, seed=2))
    uplift = fit_uplift(known, rows, TYPES, seed=7).uplift(fresh)
    assert qini(-gains(unseen), -uplift)(np.ones(4_000)) > 0.2
    assert uplift[fresh[:, 1] > 0].mean() < -0.05 < uplift[fresh[:, 1] < 0].mean()


def test_uplift_targets_where_it_beats_risk(planted: Proof) -> None:
    """Persuadable clients that risk does not know: uplift is proved and serves."""
    assert planted.beyond_risk is not None
    assert planted.beyond_risk.low is not None
    assert planted.beyond_risk.low > 0
    assert planted.model is not None
    frame = _trial("persuadable", 500, seed=3)
    response = planted.response(frame, frame["churn_prob"].to_numpy(dtype=np.float64))
    large = (frame["seats"] > 0).to_numpy()
    assert response[large].mean() > response[~large].mean() + 0.05


@pytest.mark.parametrize("kind", ["none", "proportional"])
def test_risk_stays_where_response_adds_nothing(kind: Kind) -> None:
    """Without an effect, or with one in proportion to the risk, the interval reaches zero."""
    proof = prove(_trial(kind, 900, seed=4))
    assert proof.beyond_risk is not None
    assert proof.beyond_risk.low is not None
    assert proof.beyond_risk.low <= 0
    assert proof.model is None


def test_false_proofs_are_rare() -> None:
    """Of 12 tests in which treatment does nothing, hardly one lets uplift serve."""
    proved = [prove(_trial("none", 400, seed)).model is not None for seed in range(12)]
    assert sum(proved) <= 1


def test_the_same_seed_gives_the_same_model(planted: Proof) -> None:
    """Training is deterministic."""
    again = prove(_trial("persuadable", 900, seed=1))
    assert again.beyond_risk == planted.beyond_risk
    frame = _trial("persuadable", 200, seed=5)
    risk = frame["churn_prob"].to_numpy(dtype=np.float64)
    np.testing.assert_array_equal(planted.response(frame, risk), again.response(frame, risk))


def test_a_clients_own_outcome_does_not_move_its_rank() -> None:
    """Turning round the outcomes of one fold changes every rank but its own."""
    known, rows = _arrays(_trial("persuadable", 300, seed=6))
    clients = np.array([f"C{i}" for i in range(300)], dtype=object)
    own = unit_hash(clients, 7) < 1 / FOLDS
    turned = Randomised(np.where(own, 1 - rows.event, rows.event), rows.treated, rows.propensity)
    before, after = (held_out_ranks(known, each, clients, TYPES, seed=7) for each in (rows, turned))
    np.testing.assert_array_equal(before[own], after[own])
    assert not np.array_equal(before[~own], after[~own])


def test_attributes_of_the_source_are_not_learned_from(planted: Proof) -> None:
    """An export's attribute may have been written after the test."""
    assert planted.design is not None
    assert "attr_cancelled" not in planted.design.columns


def test_missing_propensity_and_risk_are_filled() -> None:
    """A test without written propensities is judged by the share that was treated."""
    frame = _trial("persuadable", 500, seed=8).assign(propensity=None, churn_prob=np.nan)
    assert prove(frame).by_uplift is not None


@pytest.mark.parametrize("clients", [0, 2 * LEAST_PER_ARM - 1])
def test_a_small_test_proves_nothing(clients: int) -> None:
    """Below the least number there is neither a model nor a figure."""
    proof = prove(_trial("persuadable", max(clients, 1), seed=9).head(clients))
    assert proof == Proof(clients, proof.leavers)
