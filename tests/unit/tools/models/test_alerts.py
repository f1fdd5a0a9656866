"""Alerts: what holds today and nothing else, each at its own threshold."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from tools.models.alerts import (
    BASELINE_DAYS,
    DUE_DAYS,
    FOLLOW_UP_DAYS,
    MRR_DROP_SHARE,
    RENEWAL_DAYS,
    SURGE_FACTOR,
    SURGE_TICKETS,
    Alert,
    find_alerts,
)

AS_OF = date(2026, 10, 20)
BASELINE = date(2026, 9, 30)


def _client(**changes: Any) -> dict[str, Any]:
    """A client about whom there is nothing to say."""
    calm = {
        "customer_id": "C1", "name": "Northwind", "status": "active", "contract_type": "annual",
        "days_to_renewal": 200.0, "mrr": 100.0, "mrr_90d_ago": 100.0, "arr": 1200.0,
        "tickets_30d": 1.0, "tickets_90d": 3.0, "tenure_days": 400, "churn_prob_90d": 0.05,
        "churn_risk": "low", "prob_before": 0.05, "risk_before": "low", "baseline": BASELINE,
    }  # fmt: skip
    return {**calm, **changes}


def _find(*clients: dict[str, Any], logged: tuple[tuple[int, str], ...] = ()) -> list[Alert]:
    rows = pd.DataFrame(list(clients))
    active = rows.loc[rows["status"] == "active"]
    before = rows.rename(columns={"baseline": "month_end"})[["customer_id", "month_end"]]
    history = before.assign(churn_prob_90d=rows["prob_before"], churn_risk=rows["risk_before"])
    metrics = rows.drop(columns=["churn_prob_90d", "churn_risk"])
    health = active[["customer_id", "churn_prob_90d", "churn_risk"]]
    return find_alerts(metrics, health, history, _logged(*logged), as_of=AS_OF)


def _logged(*entries: tuple[int, str]) -> pd.DataFrame:
    """Entries of the log: (days ago, assignment), all for the first client."""
    return pd.DataFrame(
        [
            ("C1", "success_call", "treatment", assignment, AS_OF - timedelta(days=days))
            for days, assignment in entries
        ],
        columns=["customer_id", "strategy", "arm", "assignment", "assigned_at"],
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["low", "medium", "high"]),
            st.floats(0, 1),
            st.floats(0, 1e6),
            st.integers(0, 40),
            st.integers(RENEWAL_DAYS + 1, 900) | st.integers(-900, -1),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_where_nothing_changed_nothing_is_said(
    clients: list[tuple[str, float, float, int, int]],
) -> None:
    """Whatever a client's level: the same risk, MRR and tickets as before, and no renewal."""
    rows = [
        _client(
            customer_id=f"C{number}", churn_risk=risk, risk_before=risk, churn_prob_90d=prob,
            prob_before=prob, mrr=mrr, mrr_90d_ago=mrr, arr=12 * mrr, tickets_30d=tickets,
            tickets_90d=3 * tickets, days_to_renewal=renewal,
        )
        for number, (risk, prob, mrr, tickets, renewal) in enumerate(clients)
        if tickets
    ]  # fmt: skip
    assert not rows or _find(*rows) == []


def test_a_client_that_became_high_risk_is_told_with_both_figures() -> None:
    """The headline says how likely now, and how likely before and when."""
    (alert,) = _find(_client(churn_risk="high", churn_prob_90d=0.41, prob_before=0.12))
    assert alert.kind == "newly_at_risk"
    assert alert.headline == (
        "Now at high risk: 41 % likely to leave within 90 days, up from 12 % on 30 Sep"
    )
    assert alert.figures == {"churn_prob_90d": 0.41, "churn_prob_90d_before": 0.12}
    assert (alert.arr, alert.severity, alert.as_of) == (1200.0, "medium", AS_OF)


def test_risk_that_was_high_before_is_not_new() -> None:
    """Only the change is news."""
    assert _find(_client(churn_risk="high", churn_prob_90d=0.6, risk_before="high")) == []


def test_a_month_end_just_passed_is_no_baseline() -> None:
    """A rise shortly before the last month end would otherwise go unsaid."""
    near = AS_OF - timedelta(days=BASELINE_DAYS - 1)
    risen = {"churn_risk": "high", "churn_prob_90d": 0.6}
    assert _find(_client(**risen, baseline=near)) == []
    far = AS_OF - timedelta(days=BASELINE_DAYS)
    assert len(_find(_client(**risen, baseline=far))) == 1


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        (-1, None),
        (0, "Renewal due today, low churn risk"),
        (1, "Renewal due in 1 day, low churn risk"),
        (RENEWAL_DAYS, "Renewal due in 30 days, low churn risk"),
        (RENEWAL_DAYS + 1, None),
    ],
)
def test_renewals_are_told_thirty_days_ahead(days: int, wanted: str | None) -> None:
    """From the threshold to the day itself, and not once it is past."""
    assert [a.headline for a in _find(_client(days_to_renewal=days))] == (
        [wanted] if wanted else []
    )


def test_a_monthly_contract_is_always_about_to_renew() -> None:
    """So it is never worth an alert."""
    assert _find(_client(days_to_renewal=5, contract_type="monthly")) == []


def test_a_risky_renewal_is_more_severe() -> None:
    """Renewals carry the severity of the client's risk, and lead the list."""
    calm = _client(customer_id="C1", days_to_renewal=5, arr=9e6)
    risky = _client(
        customer_id="C2", days_to_renewal=5, churn_risk="high", risk_before="high", arr=1.0
    )
    assert [(a.customer_id, a.severity) for a in _find(calm, risky)] == [
        ("C2", "high"),
        ("C1", "low"),
    ]


def test_a_drop_in_mrr_is_told_from_the_threshold_on() -> None:
    """A fifth is a drop, a hair less is not."""
    assert _find(_client(mrr=100 * (1 - MRR_DROP_SHARE) + 0.01)) == []
    (alert,) = _find(_client(mrr=100 * (1 - MRR_DROP_SHARE)))
    assert alert.headline == "MRR down 20 % in 90 days, from $100 to $80"
    assert _find(_client(mrr=40.0))[0].severity == "high"


def test_a_client_without_earlier_mrr_has_not_dropped() -> None:
    """Neither a new client nor a free one."""
    assert _find(_client(mrr=0.0, mrr_90d_ago=0.0), _client(mrr_90d_ago=None)) == []


def test_tickets_surge_against_the_clients_own_usual_number() -> None:
    """Many tickets are no surge for whoever always writes many."""
    few = SURGE_TICKETS - 1
    assert _find(_client(tickets_30d=few, tickets_90d=few)) == []
    (alert,) = _find(_client(tickets_30d=SURGE_TICKETS, tickets_90d=SURGE_TICKETS + 2))
    assert alert.headline == "5 support tickets in 30 days, usually 1"
    usual = 10
    normal = _client(
        tickets_30d=SURGE_FACTOR * usual - 1, tickets_90d=SURGE_FACTOR * usual - 1 + 20
    )
    assert _find(normal) == []


def test_a_new_client_has_no_usual_number_of_tickets() -> None:
    """Onboarding is not a surge."""
    assert _find(_client(tickets_30d=9, tickets_90d=9, tenure_days=45)) == []


def test_a_churned_client_is_past_warning() -> None:
    """Nothing is said of those who have left."""
    gone = _client(customer_id="C2", status="churned", mrr=0.0, days_to_renewal=3)
    assert _find(_client(), gone) == []


def test_a_source_without_tickets_prices_and_contracts_is_silent() -> None:
    """Absent data are unknown, not zero."""
    absent = dict.fromkeys(["mrr", "mrr_90d_ago", "arr", "tickets_30d", "tickets_90d"])
    bare = _client(**absent, days_to_renewal=None, contract_type=None)
    assert _find(bare) == []
    (alert,) = _find({**bare, "churn_risk": "high", "churn_prob_90d": 0.5})
    assert alert.arr is None


@pytest.mark.parametrize(
    ("days", "severity"),
    [(29, None), (30, "low"), (43, "low"), (44, None), (60, "medium"), (90, "high"), (104, None)],
)
def test_an_outcome_is_due_at_each_look_and_for_a_fortnight(days: int, severity: str) -> None:
    """Each look is more severe than the one before, so that it is news."""
    found = _find(_client(), logged=((days, "targeted"),))
    assert [each.severity for each in found] == ([severity] if severity else [])


def test_an_outcome_says_what_was_done_and_how_the_client_stands() -> None:
    """With the risk now and before the action."""
    (alert,) = _find(
        _client(churn_prob_90d=0.12, baseline=date(2026, 8, 31)), logged=((31, "targeted"),)
    )
    assert alert.kind == "outcome_due"
    assert alert.headline == (
        "Outcome due: success call 31 days ago (19 Sep): still a client, 12 % likely to leave "
        "within 90 days (5 % before)"
    )
    assert alert.figures == {
        "days_since": 31.0, "churn_prob_90d": 0.12, "churn_prob_90d_before": 0.05
    }  # fmt: skip


def test_who_left_after_an_action_is_told_too() -> None:
    """Above all then the outcome matters."""
    (alert,) = _find(_client(status="churned"), logged=((35, "targeted"),))
    assert alert.headline.endswith("no longer a client")


def test_a_tests_draw_is_not_due_and_a_client_is_told_once() -> None:
    """Tests are read as a whole; of several actions the one furthest on is told."""
    assert _find(_client(), logged=((30, "random"),)) == []
    (alert,) = _find(_client(), logged=((31, "targeted"), (62, "targeted")))
    assert alert.figures["days_since"] == 62
    assert FOLLOW_UP_DAYS[0] + DUE_DAYS <= FOLLOW_UP_DAYS[1]
