"""What a manager should hear of without asking: five things, each with its threshold.

An alert says that something holds today; whether it was said before is the store's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

import pandas as pd

from tools.wording import count_noun, format_value

__all__ = ["FOLLOW_UP_DAYS", "KINDS", "SEVERITIES", "Alert", "AlertKind", "Severity", "find_alerts"]

AlertKind = Literal["newly_at_risk", "renewal_due", "mrr_drop", "tickets_surge", "outcome_due"]
Severity = Literal["low", "medium", "high"]
KINDS: Final[tuple[AlertKind, ...]] = get_args(AlertKind)
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From the least to the most severe."""

BASELINE_DAYS: Final = 14
"""Risk is compared with the last month end at least this long ago."""
GRAVE_CHURN_PROB: Final = 0.5
RENEWAL_DAYS: Final = 30
ROLLING_CONTRACT: Final = "monthly"
"""Renews every month: nothing to be warned of."""
MRR_DROP_SHARE: Final = 0.2
GRAVE_DROP_SHARE: Final = 0.5
SHARE_DIGITS: Final = 6
"""So that from 100 to 80 is a fifth, whatever the machine's last digit."""
SURGE_TICKETS: Final = 5
SURGE_FACTOR: Final = 3.0
USUAL_DAYS: Final = 60
"""A client's usual number of tickets comes from this many days before the last 30."""
MIN_USUAL_DAYS: Final = 30
FOLLOW_UP_DAYS: Final = (30, 60, 90)
"""So long after an action was logged here its outcome is looked at."""
DUE_DAYS: Final = 14
"""For so long it stays due; whoever builds at least this often misses none."""
_DUE_SEVERITIES: Final[dict[int, Severity]] = dict(zip(FOLLOW_UP_DAYS, SEVERITIES, strict=True))
"""Rising, so that each look is news after the one before it."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing about one client.

    Attributes:
        headline: What happened, in a manager's words; the client's name is not in it.
        figures: The numbers behind it, named with their units.
        arr: The client's ARR; None where the source states no recurring revenue.
        as_of: The day it holds on.
    """

    kind: AlertKind
    customer_id: str
    name: str
    headline: str
    figures: dict[str, float]
    arr: float | None
    severity: Severity
    as_of: date


def find_alerts(
    metrics: pd.DataFrame,
    health: pd.DataFrame,
    history: pd.DataFrame,
    logged: pd.DataFrame,
    *,
    as_of: date,
    currency: str = "USD",
) -> list[Alert]:
    """Find everything worth an alert today, the most severe and largest first.

    Args:
        metrics: `gold.customer_metrics`, (clients, columns).
        health: `gold.customer_health_scores`, (active clients, columns).
        history: `gold.health_history`, (client × month end, columns).
        logged: `silver.scored_interventions`, (entries of the action log, columns).
        as_of: Today, as far as the data go.
        currency: Base currency of the amounts.
    """
    active = metrics.loc[metrics["status"] == "active"]
    scores = health[["customer_id", "churn_prob_90d", "churn_risk"]]
    clients = active.merge(scores, on="customer_id", how="left")
    found = [
        *_newly_at_risk(clients, _baseline(history, as_of), as_of),
        *_renewals(clients, as_of),
        *_mrr_drops(clients, as_of, currency),
        *_ticket_surges(clients, as_of),
        *_outcomes_due(metrics.merge(scores, on="customer_id", how="left"), history, logged, as_of),
    ]
    return sorted(found, key=_most_urgent_first)


def _most_urgent_first(alert: Alert) -> tuple[int, float, str, int]:
    rank = SEVERITIES.index(alert.severity)
    return -rank, -(alert.arr or 0.0), alert.customer_id, KINDS.index(alert.kind)


def _baseline(history: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Risk at the last month end that is long enough ago."""
    days = pd.to_datetime(history["month_end"])
    early = days <= pd.Timestamp(as_of) - pd.Timedelta(days=BASELINE_DAYS)
    at = history.loc[early & (days == days[early].max())]
    return at[["customer_id", "month_end", "churn_prob_90d", "churn_risk"]]


def _newly_at_risk(clients: pd.DataFrame, before: pd.DataFrame, as_of: date) -> Iterator[Alert]:
    joined = clients.merge(before, on="customer_id", suffixes=("", "_before"))
    rows = joined.loc[(joined["churn_risk"] == "high") & (joined["churn_risk_before"] != "high")]
    for row in _records(rows):
        prob, earlier = float(row["churn_prob_90d"]), float(row["churn_prob_90d_before"])
        day = pd.Timestamp(row["month_end"])
        yield _alert(
            row,
            "newly_at_risk",
            f"Now at high risk: {format_value(prob, 'prob')} likely to leave within 90 days, "
            f"up from {format_value(earlier, 'prob')} on {day:%-d %b}",
            {"churn_prob_90d": prob, "churn_prob_90d_before": earlier},
            "high" if prob >= GRAVE_CHURN_PROB else "medium",
            as_of,
        )


def _renewals(clients: pd.DataFrame, as_of: date) -> Iterator[Alert]:
    days = clients["days_to_renewal"]
    due = days.between(0, RENEWAL_DAYS) & (clients["contract_type"] != ROLLING_CONTRACT)
    severities: dict[str, Severity] = {"high": "high", "medium": "medium"}
    for row in _records(clients.loc[due]):
        left = int(row["days_to_renewal"])
        when = "today" if left == 0 else f"in {count_noun(left, 'day')}"
        figures = {"days_to_renewal": float(left)}
        risk = row["churn_risk"]
        words = f"Renewal due {when}"
        if pd.notna(row["churn_prob_90d"]):
            figures["churn_prob_90d"] = float(row["churn_prob_90d"])
            words += f", {risk} churn risk"
        yield _alert(row, "renewal_due", words, figures, severities.get(risk, "low"), as_of)


def _mrr_drops(clients: pd.DataFrame, as_of: date, currency: str) -> Iterator[Alert]:
    before = clients["mrr_90d_ago"]
    lost = (1 - clients["mrr"] / before.where(before > 0)).round(SHARE_DIGITS)
    for row in _records(clients.assign(lost=lost).loc[lost >= MRR_DROP_SHARE]):
        now, earlier, share = float(row["mrr"]), float(row["mrr_90d_ago"]), float(row["lost"])
        yield _alert(
            row,
            "mrr_drop",
            f"MRR down {format_value(share, 'prob')} in 90 days, from "
            f"{format_value(earlier, 'usd', currency=currency)} to "
            f"{format_value(now, 'usd', currency=currency)}",
            {"mrr": now, "mrr_90d_ago": earlier, "mrr_drop_share": share},
            "high" if share >= GRAVE_DROP_SHARE else "medium",
            as_of,
        )


def _ticket_surges(clients: pd.DataFrame, as_of: date) -> Iterator[Alert]:
    recent = clients["tickets_30d"]
    usual_days = (clients["tenure_days"] - 30).clip(upper=USUAL_DAYS)
    usual = 30 * (clients["tickets_90d"] - recent) / usual_days.where(usual_days >= MIN_USUAL_DAYS)
    surging = (recent >= SURGE_TICKETS) & (recent >= SURGE_FACTOR * usual)
    for row in _records(clients.assign(usual=usual).loc[surging & usual.notna()]):
        tickets, normal = int(row["tickets_30d"]), float(row["usual"])
        yield _alert(
            row,
            "tickets_surge",
            f"{count_noun(tickets, 'support ticket')} in 30 days, "
            f"usually {format_value(round(normal, 1), 'count')}",
            {"tickets_30d": float(tickets), "tickets_usual_30d": normal},
            "high" if row["churn_risk"] == "high" else "medium",
            as_of,
        )


def _outcomes_due(
    clients: pd.DataFrame, history: pd.DataFrame, logged: pd.DataFrame, as_of: date
) -> Iterator[Alert]:
    """One a client: the action that was looked at least often. The draws of tests are left out."""
    done = logged.loc[(logged["assignment"] == "targeted") & (logged["arm"] == "treatment")]
    since = (pd.Timestamp(as_of) - pd.to_datetime(done["assigned_at"])).dt.days
    due = [
        done.assign(mark=mark, since=since).loc[(since >= mark) & (since < mark + DUE_DAYS)]
        for mark in FOLLOW_UP_DAYS
    ]
    joined = pd.concat(due).merge(clients, on="customer_id")
    latest = joined.sort_values(["mark", "since"], ascending=[False, True])
    for row in _records(latest.drop_duplicates("customer_id")):
        day, days = pd.Timestamp(row["assigned_at"]), int(row["since"])
        figures = {"days_since": float(days)}
        words = "no longer a client"
        if row["status"] == "active":
            words = "still a client"
            before = _scored_before(history, row)
            if pd.notna(row["churn_prob_90d"]):
                figures["churn_prob_90d"] = now = float(row["churn_prob_90d"])
                words += f", {format_value(now, 'prob')} likely to leave within 90 days"
                if before is not None:
                    figures["churn_prob_90d_before"] = before
                    words += f" ({format_value(before, 'prob')} before)"
        what = str(row["strategy"]).replace("_", " ")
        yield _alert(
            row,
            "outcome_due",
            f"Outcome due: {what} {count_noun(days, 'day')} ago ({day:%-d %b}): {words}",
            figures,
            _DUE_SEVERITIES[int(row["mark"])],
            as_of,
        )


def _scored_before(history: pd.DataFrame, row: dict[str, Any]) -> float | None:
    """Churn probability at the last month end up to the action; None where nothing was scored."""
    own = history.loc[history["customer_id"] == row["customer_id"]].sort_values("month_end")
    early = pd.to_datetime(own["month_end"]) <= pd.Timestamp(row["assigned_at"])
    known = own.loc[early, "churn_prob_90d"].dropna()
    return float(known.iloc[-1]) if len(known) else None


def _alert(
    row: dict[str, Any],
    kind: AlertKind,
    headline: str,
    figures: dict[str, float],
    severity: Severity,
    as_of: date,
) -> Alert:
    return Alert(
        kind=kind,
        customer_id=str(row["customer_id"]),
        name=str(row["name"]),
        headline=headline,
        figures=figures,
        arr=None if pd.isna(row["arr"]) else float(row["arr"]),
        severity=severity,
        as_of=as_of,
    )


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]
