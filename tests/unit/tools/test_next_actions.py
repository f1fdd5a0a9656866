from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from tools.contract import Playbook
from tools.models.hazard_effects import AssumedEffect
from tools.models.simulation import Costs
from tools.next_actions import Choice, Client, best_book, choose, fits
from tools.strategy_evidence import Evidence


def _book(key: str = "call", **front_matter: Any) -> Playbook:
    return Playbook(key, key, {"drivers": ["events_30d"], **front_matter}, (), None)


def _client(**features: Any) -> Client:
    return Client("C1", "SMB", {"events_30d": 1.0}, frozenset(), features)


def _evidence(strategy: str, *books: Playbook, cost: float = 0.0, most: float = 0.1) -> Evidence:
    return Evidence(
        strategy=strategy,
        grade="assumed",
        effect=AssumedEffect(0.0, most),
        costs=Costs(cost),
        segments=("",),
        rows=0,
        arms=None,
        measured=None,
        low=0.0,
        high=most,
        books=books,
    )


def _choose(*evidence: Evidence, arr: float = 10_000.0) -> Choice:
    rows = pd.DataFrame(
        [("C1", "SMB", 0.4, 0.3, 0.5, arr)],
        columns=[
            *("customer_id", "segment", "churn_prob_90d", "churn_prob_90d_low"),
            *("churn_prob_90d_high", "arr"),
        ],
    )
    (choice,) = choose(rows, [_client(tenure_days=400.0)], evidence, {})
    return choice


@pytest.mark.parametrize(
    ("shown_by", "features", "expected"),
    [
        ({}, {}, True),
        ({"shown_by": "nothing"}, {}, False),
        ({"shown_by": {"tenure_days": (None, 90)}}, {"tenure_days": 90.0}, True),
        ({"shown_by": {"tenure_days": (None, 90)}}, {"tenure_days": 91.0}, False),
        ({"shown_by": {"tenure_days": (None, 90)}}, {"tenure_days": None}, False),
        ({"shown_by": {"tenure_days": (None, 90)}}, {}, False),
    ],
    ids=["drivers decide", "told only", "within", "outside", "unknown", "no such feature"],
)
def test_a_play_whose_trigger_does_not_show_is_not_proposed(
    shown_by: Mapping[str, Any], features: Mapping[str, Any], expected: bool
) -> None:
    """Its driver raises the risk in every case; that alone is not its trigger."""
    assert fits(_book(**shown_by), _client(**features)) is expected


@given(st.floats(-5, 5), st.none() | st.floats(-5, 5), st.none() | st.floats(-5, 5))
def test_both_limits_are_included(value: float, low: float | None, high: float | None) -> None:
    """An open end holds for all."""
    book = _book(shown_by={"nps_score": (low, high)})
    inside = (low is None or low <= value) and (high is None or value <= high)
    assert fits(book, _client(nps_score=value)) is inside


def test_only_a_fitting_play_is_cited() -> None:
    """Where none fits there is none, rather than one for another case."""
    told = _book("takeover", shown_by="nothing")
    assert best_book(_evidence("call", told), _client()) is None
    assert best_book(_evidence("call", told, _book()), _client()) == _book()


def test_a_strategy_with_a_fitting_play_comes_first() -> None:
    """The other nets more, and is the runner-up."""
    told = _evidence("discount", _book(shown_by="nothing"), most=0.3)
    choice = _choose(told, _evidence("call", _book()))
    assert choice.net_usd["discount"] > choice.net_usd["call"] > 0
    assert (choice.best, choice.runner_up) == ("call", "discount")
    assert choice.fitting == {"call"}


def test_a_strategy_without_a_fitting_play_is_used_when_the_fitting_one_does_not_pay() -> None:
    """The expected value decides then, and no play is cited for it."""
    dear = _evidence("call", _book(), cost=5_000.0)
    choice = _choose(dear, _evidence("discount", _book(shown_by="nothing")))
    assert choice.best == "discount"


@pytest.mark.parametrize("arr", [0.0, float("nan")], ids=["zero", "unknown"])
def test_without_arr_the_fitting_strategy_that_keeps_most_is_used(arr: float) -> None:
    """Nothing has a net value then: neither a lower cost nor a play for another case wins."""
    weak = _evidence("call", _book(), most=0.1)
    strong = _evidence("training", _book(), cost=5_000.0, most=0.2)
    unfit = _evidence("discount", _book(shown_by="nothing"), most=0.5)
    choice = _choose(weak, strong, unfit, arr=arr)
    assert (choice.best, choice.runner_up) == ("training", "call")
    assert choice.net_usd == {}
    assert not choice.is_valued


def test_without_arr_and_a_fitting_play_nothing_is_advised() -> None:
    """No reason speaks for the strategy, and no value does."""
    assert _choose(_evidence("discount", _book(shown_by="nothing")), arr=0.0).best is None
