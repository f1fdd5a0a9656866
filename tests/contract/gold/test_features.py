"""Features know only what was known on their date."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from data.build import Build
from data.truth import Truth

# The term that ran on the day is derived from the last one signed, which an earlier build has not.
NOT_COMPARED = {"churned_30d", "churned_60d", "churned_90d", "days_to_renewal"}


def test_nothing_later_than_the_snapshot_is_used(
    prepared_home: Path, tmp_path: Path, truth: Truth
) -> None:
    """A build that stops at an old month end gives the features that the full build gave for it.

    Any feature that peeks past its date differs between the two.
    """
    (snapshot, source) = truth.rows(
        "SELECT max(snapshot_date), any_value(source) FROM gold.ai_model_features "
        "CROSS JOIN gold.build_info WHERE snapshot_date < as_of - INTERVAL 120 DAY"
    )[0]
    (tmp_path / "landing").symlink_to(prepared_home / "landing")
    with Build(home=tmp_path, source=source, as_of=snapshot) as build:
        build.bronze()
        build.silver()
        then = build.frame("silver.customer_features")
    then = then[then["snapshot_date"] == pd.Timestamp(snapshot)].set_index("customer_id")
    then = then.drop(columns=["snapshot_date", *NOT_COMPARED])
    columns = list(then.columns)
    known = truth.rows(
        f"SELECT customer_id, {', '.join(columns)} FROM gold.ai_model_features "
        f"WHERE snapshot_date = DATE '{snapshot}'"
    )
    now = pd.DataFrame(known, columns=["customer_id", *columns]).set_index("customer_id")
    assert len(then) > 50
    pd.testing.assert_frame_equal(
        then.sort_index(),
        now.sort_index(),
        check_dtype=False,
        check_index_type=False,
    )


def test_labels_wait_for_their_window(truth: Truth) -> None:
    """A label is null until its days are over; then it says whether the client left in them."""
    rows = truth.rows(
        "SELECT f.customer_id, snapshot_date, churned_30d, churned_60d, churned_90d, as_of "
        "FROM gold.ai_model_features AS f CROSS JOIN gold.build_info"
    )
    ends = truth.rows("SELECT customer_id, end_date FROM silver.customer_spans")
    left: dict[str, list[object]] = {}
    for customer, end in ends:
        left.setdefault(customer, []).append(end)
    seen = 0
    for customer, snapshot, *labels, as_of in rows:
        for days, label in zip((30, 60, 90), labels, strict=True):
            limit = snapshot + timedelta(days=days)
            expected = (
                any(end is not None and snapshot < end <= limit for end in left[customer])
                if limit <= as_of
                else None
            )
            assert label == expected, (customer, snapshot, days)
            seen += bool(label)
    assert seen > 0


def test_terms_step_back_whole(truth: Truth) -> None:
    """A past snapshot sees the term that ran then: never further away than the term is long."""
    longest = dict(
        truth.rows(
            "SELECT contract_type, max(days_to_renewal) FROM gold.ai_model_features "
            "CROSS JOIN gold.build_info WHERE snapshot_date < as_of AND days_to_renewal IS NOT NULL "
            "GROUP BY contract_type"
        )
    )
    assert longest["annual"] <= 366
    assert longest.get("multi_year", 0) <= 731
    assert "monthly" not in longest


def test_metrics_are_counted_from_raw_rows(truth: Truth) -> None:
    """The windows of customer_metrics hold: the last 30 days end with as_of, it included."""
    events, tickets = (
        truth.rows(
            "SELECT count(*) FILTER (WHERE timestamp::DATE > as_of - 30), NULL FROM "
            "(SELECT DISTINCT ON (event_id) * FROM bronze.engagement_events "
            "WHERE customer_id IN (SELECT customer_id FROM gold.customer_metrics)), gold.build_info"
        )[0][0],
        truth.rows(
            "SELECT count(*) FILTER (WHERE created_at::DATE > as_of - 30), "
            "count(*) FILTER (WHERE created_at::DATE <= as_of AND (resolved_at IS NULL "
            "OR resolved_at::DATE > as_of)) FROM (SELECT DISTINCT ON (ticket_id) * FROM "
            "bronze.support_tickets WHERE customer_id IN (SELECT customer_id FROM "
            "gold.customer_metrics)), gold.build_info"
        )[0],
    )
    served = truth.rows(
        "SELECT sum(events_30d), sum(tickets_30d), sum(tickets_open) FROM gold.customer_metrics"
    )[0]
    assert served == (events, *tickets)


def test_engagement_score_follows_its_formula(truth: Truth) -> None:
    """The score is what the semantic model says, part by part."""
    rows = truth.rows(
        "SELECT events_30d, avg_events_30d, active_days_30d, features_used_30d, engagement_score "
        "FROM gold.customer_metrics"
    )
    assert len(rows) > 0
    for events, usual, days, features, score in rows:
        activity = min(events / usual, 1.5) / 1.5 if usual else 0
        expected = 100 * (0.5 * activity + 0.3 * min(days / 22, 1) + 0.2 * min(features / 8, 1))
        assert score == pytest.approx(expected)


def test_decline_is_the_lost_share_of_mrr(truth: Truth) -> None:
    """Growth is no negative decline, and a client without a past has none at all."""
    rows = truth.rows("SELECT mrr, mrr_90d_ago, revenue_decline_90d FROM gold.customer_metrics")
    assert any(before is None for _, before, _ in rows)
    assert any(decline for *_, decline in rows)
    for mrr, before, decline in rows:
        expected = max(0, 1 - mrr / before) if before else None
        assert decline == (expected if expected is None else pytest.approx(expected))
