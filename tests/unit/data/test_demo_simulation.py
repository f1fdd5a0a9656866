from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from data.simulator.activity import DEVICES, EVENT_TYPES, FEATURES
from data.simulator.config import SimulationConfig, SimulationError, add_months
from data.simulator.mess import SEGMENT_SPELLINGS, spell_badly
from data.simulator.support import ISSUES, PRIORITIES
from data.simulator.vocabulary import (
    ACCOUNT_MANAGERS,
    CONTRACTS,
    PLANS,
    PRODUCTS,
    REGIONS,
    SEGMENTS,
    STRATEGIES,
)
from data.simulator.world import TABLES, World, simulate

# A simulated company whose tables are read: pandas' annotations admit more than they hold.
Company = Any
AS_OF = date(2026, 11, 20)
KEYS = {
    "customers": "customer_id",
    "subscriptions": "subscription_id",
    "transactions": "transaction_id",
    "support_tickets": "ticket_id",
    "surveys": "survey_id",
    "interventions": "intervention_id",
}


@pytest.fixture(scope="module")
def world() -> World:
    """A company of the default size."""
    return simulate(SimulationConfig(AS_OF))


@pytest.fixture(scope="module")
def events(world: Company) -> pd.DataFrame:
    """Its engagement events."""
    return pa.concat_tables(list(world.activity.blocks())).to_pandas()


def test_table_keys_are_unique_and_clients_known(world: Company) -> None:
    """Every row has its own key and belongs to a client."""
    known = set(world.customers["customer_id"])
    for name in TABLES:
        table = world.table(name)
        assert table[KEYS[name]].is_unique, name
        assert set(table["customer_id"]) <= known, name


def test_vocabulary_is_the_published_one(world: Company, events: Any) -> None:
    """Closed sets hold these words and no others, all of them in use."""
    customers = world.customers
    expected = [
        (customers["segment"], SEGMENTS),
        (customers["region"], REGIONS),
        (customers["plan"], PLANS),
        (customers["contract_type"], CONTRACTS),
        (customers["status"], ("active", "churned")),
        (customers["account_manager"].dropna(), ACCOUNT_MANAGERS),
        (world.subscriptions["product"], PRODUCTS),
        (world.interventions["strategy"], STRATEGIES),
        (world.interventions["arm"], ("treatment", "control")),
        (world.interventions["assignment"], ("random", "targeted")),
        (world.support_tickets["issue_type"], ISSUES),
        (world.support_tickets["priority"], PRIORITIES),
        (events["event_type"], EVENT_TYPES),
        (events["device_type"], DEVICES),
        (events["feature_used"].dropna(), FEATURES),
    ]
    for column, words in expected:
        assert set(column) == set(words), column.name


def test_nothing_happens_outside_a_clients_time(world: Company, events: Any) -> None:
    """No event, ticket, payment or survey before sign-up, between churn and return, or too late."""
    dated = {
        "transactions": world.transactions.assign(day=world.transactions["transaction_date"]),
        "tickets": world.support_tickets.assign(day=world.support_tickets["created_at"]),
        "surveys": world.surveys.assign(day=world.surveys["response_date"]),
        "interventions": world.interventions.assign(day=world.interventions["assigned_at"]),
        "events": events.assign(day=events["timestamp"]),
    }
    back = _return_days(world)
    for name, table in dated.items():
        rows = table.merge(world.customers, on="customer_id")
        day = pd.to_datetime(rows["day"]).dt.normalize()
        signup = pd.to_datetime(rows["account_creation_date"])
        churned = pd.to_datetime(rows["churned_at"])
        returned = pd.to_datetime(rows["customer_id"].map(back))
        gone = (day >= churned) & ~(day >= returned)
        assert (day >= signup).all(), name
        assert (day <= pd.Timestamp(AS_OF)).all(), name
        assert not gone.any(), name


def _return_days(world: Company) -> dict[str, pd.Timestamp]:
    """First subscription after the churn."""
    rows = world.subscriptions.merge(world.customers, on="customer_id")
    start, churned = pd.to_datetime(rows["start_date"]), pd.to_datetime(rows["churned_at"])
    later = start > churned
    return dict(start[later].groupby(rows["customer_id"][later]).min())


def test_price_spans_join_and_sum_to_the_mrr(world: Company) -> None:
    """A change closes a row and opens the next that day; the open rows are the client's MRR."""
    rows = world.subscriptions.sort_values(["customer_id", "product", "start_date"])
    end = rows["end_date"].fillna("9999-12-31")
    assert (rows["start_date"] < end).all()
    same = (rows[["customer_id", "product"]] == rows[["customer_id", "product"]].shift(-1)).all(
        axis=1
    )
    follows = rows["start_date"].shift(-1)[same]
    assert (end[same] <= follows).all()
    assert (end[same] == follows).mean() > 0.95

    still_open = rows[rows["end_date"].isna()].groupby("customer_id")["mrr"].sum().round(2)
    active = world.customers[world.customers["status"] == "active"].set_index("customer_id")
    pd.testing.assert_series_equal(
        still_open, active["mrr"].sort_index(), check_names=False, check_index_type=False
    )
    assert (rows["mrr"] > 0).all()


def test_churn_ends_the_last_subscription(world: Company) -> None:
    """Who left has no open row and its last row ends on the day of the churn."""
    gone = world.customers[world.customers["status"] == "churned"]
    rows = world.subscriptions[world.subscriptions["customer_id"].isin(gone["customer_id"])]
    assert rows["end_date"].notna().all()
    last = rows.groupby("customer_id")["end_date"].max()
    assert (last.to_numpy() == gone.set_index("customer_id")["churned_at"].loc[last.index]).all()


def test_reactivated_clients_return_once_after_a_retention_window(world: Company) -> None:
    """A return is a subscription that begins more than 90 days after the churn."""
    customers = world.customers.set_index("customer_id")
    back = pd.Series(_return_days(world))
    assert len(back) >= 5
    churned = pd.to_datetime(customers.loc[back.index, "churned_at"])
    assert ((back - churned).dt.days > 90).all()
    assert (customers.loc[back.index, "status"] == "active").all()
    kept = customers["churned_at"].notna() & (customers["status"] == "active")
    assert set(customers.index[kept]) == set(back.index)


def test_contract_end_is_as_signed(world: Company) -> None:
    """Terms are whole, churn does not shorten them, monthly clients have none."""
    customers = world.customers
    monthly = customers["contract_type"] == "monthly"
    assert customers.loc[monthly, "contract_end_date"].isna().all()
    fixed = customers[~monthly & ~customers["customer_id"].isin(_return_days(world))]
    term = fixed["contract_type"].map({"annual": 12, "multi_year": 24}).to_numpy()
    signup = fixed["account_creation_date"].to_numpy(dtype="datetime64[D]")
    end = fixed["contract_end_date"].to_numpy(dtype="datetime64[D]")
    whole = np.stack([add_months(signup, term * terms) for terms in range(1, 4)])
    assert (whole == end).any(axis=0).all()
    last_day = fixed["churned_at"].fillna(AS_OF.isoformat()).to_numpy(dtype="datetime64[D]")
    assert (end >= last_day).all()


def test_random_arms_are_large_and_fair(world: Company) -> None:
    """200 clients an arm and strategy with a known outcome, halved by a coin."""
    rows = world.interventions
    coin = rows[(rows["assignment"] == "random") & rows["outcome_retained"].notna()]
    clients = coin.groupby(["strategy", "arm"])["customer_id"].nunique()
    assert len(clients) == 2 * len(STRATEGIES)
    assert clients.min() >= 200
    assert (coin["propensity"] == 0.5).all()
    assert (coin.groupby(["strategy", "customer_id"]).size() == 1).all()


def test_targeted_rows_follow_their_propensity(world: Company) -> None:
    """Managers treat about as often as the recorded propensities say, and pick the worried."""
    rows = world.interventions[world.interventions["assignment"] == "targeted"]
    treated = rows["arm"] == "treatment"
    spread = np.sqrt((rows["propensity"] * (1 - rows["propensity"])).sum())
    assert abs(treated.sum() - rows["propensity"].sum()) < 3.5 * spread
    assert rows["propensity"][treated].mean() > rows["propensity"][~treated].mean() + 0.05
    assert rows["propensity"].between(0.05, 0.95).all()


def test_no_client_is_in_two_tests_at_once(world: Company) -> None:
    """Assignments of one client are more than a retention window apart."""
    rows = world.interventions.assign(day=pd.to_datetime(world.interventions["assigned_at"]))
    gaps = rows.sort_values("day").groupby("customer_id")["day"].diff().dropna()
    assert (gaps.dt.days > 90).all()


def test_outcomes_are_the_90_days_after(world: Company) -> None:
    """Retained means not churned within 90 days; open windows say nothing."""
    rows = world.interventions.merge(world.customers, on="customer_id")
    assigned, churned = pd.to_datetime(rows["assigned_at"]), pd.to_datetime(rows["churned_at"])
    closes = assigned + timedelta(days=90)
    known = closes <= pd.Timestamp(AS_OF)
    lost = ((churned > assigned) & (churned <= closes))[known]
    assert (rows["outcome_retained"].notna() == known).all()
    assert (rows["outcome_retained"][known].astype(bool) == ~lost).all()
    assert (rows["outcome_at"].notna() == known).all()
    assert (rows["cost"][rows["arm"] == "control"] == 0).all()
    assert (rows["cost"][rows["arm"] == "treatment"] > 0).all()


def test_trouble_shows_before_churn(world: Company, events: Any) -> None:
    """In the month before they leave, churners use far less than a quarter year earlier."""
    left = world.customers[world.customers["churned_at"].notna()]
    rows = events.merge(left, on="customer_id")
    before = (pd.to_datetime(rows["churned_at"]) - rows["timestamp"]).dt.days
    last_month = ((before >= 0) & (before < 30)).sum()
    a_quarter_earlier = ((before >= 120) & (before < 150)).sum()
    assert last_month < 0.5 * a_quarter_earlier


def test_unhappy_answers_come_from_cool_clients(world: Company) -> None:
    """Detractors leave within a quarter more often than promoters."""
    rows = world.surveys.merge(world.customers, on="customer_id")
    wait = pd.to_datetime(rows["churned_at"]) - pd.to_datetime(rows["response_date"])
    lost = wait.dt.days.between(1, 90)
    detractors, promoters = rows["nps_score"] <= 6, rows["nps_score"] >= 9
    assert lost[detractors].mean() > 4 * lost[promoters].mean()


def test_segments_are_sometimes_misspelt(world: Company) -> None:
    """The export's spellings can be mended by trimming and ignoring case and hyphens."""
    messy = spell_badly(world.customers, np.random.default_rng(1))["segment"]
    odd = messy[~messy.isin(SEGMENTS)]
    assert 0.01 < len(odd) / len(messy) < 0.06
    assert set(odd) <= {word for words in SEGMENT_SPELLINGS.values() for word in words}
    mended = messy.str.strip().str.lower().str.replace(" ", "-")
    assert (mended == world.customers["segment"].str.lower()).all()


def test_a_table_does_not_depend_on_the_others() -> None:
    """Tables made in another order are the same tables."""
    config = SimulationConfig(AS_OF, customers=60, months=12)
    first, second = simulate(config), simulate(config)
    tables = {name: first.table(name) for name in TABLES}
    for name in reversed(TABLES):
        pd.testing.assert_frame_equal(tables[name], second.table(name))


@pytest.mark.parametrize(
    ("field", "value"),
    [("customers", 3), ("customers", 10**7), ("months", 2), ("seed", -1), ("events_target", 0)],
)
def test_impossible_sizes_are_refused(field: str, value: int) -> None:
    """The error says what was asked for and what is allowed."""
    with pytest.raises(SimulationError, match=rf"{field} is {value}; allowed: "):
        SimulationConfig(AS_OF, **{field: value})


@settings(max_examples=200)
@given(
    st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    st.integers(-200, 200),
)
def test_months_are_added_as_on_a_calendar(day: date, months: int) -> None:
    """The same day of the month where there is one, else the last day."""
    expected = pd.Timestamp(day) + pd.DateOffset(months=months)
    moved = add_months(np.array([day], dtype="datetime64[D]"), np.array([months]))
    assert moved[0] == expected.to_datetime64()


@settings(max_examples=100)
@given(st.dates(date(2000, 1, 1), date(2080, 1, 1)), st.integers(6, 60))
def test_whole_weeks_cover_the_history(as_of: date, months: int) -> None:
    """The calendar ends on `as_of` and begins less than a week before the history."""
    config = SimulationConfig(as_of, months=months)
    assert config.days % 7 == 0
    assert config.origin + timedelta(days=config.as_of_day) == as_of
    assert 0 <= config.first_day < 7
