"""How a driver is said: the client's own value beside the usual one."""

from collections.abc import Mapping
from typing import Final

from tools.models.frames import is_unknown
from tools.wording import format_value

PHRASES: Final[Mapping[str, str]] = {
    "days_since_last_login": "the last login was {value} ago ({typical} is typical)",
    "events_30d": "{value} product events in the last 30 days (their own usual: {own})",
    "events_prev_30d": "{value} product events in the 30 days before ({typical} is typical)",
    "events_90d": "{value} product events in the last 90 days ({typical} is typical)",
    "avg_events_30d": "usually {value} product events in 30 days ({typical} is typical)",
    "event_change_30d": "usage is at {value} of their own usual level ({typical} is typical)",
    "active_days_30d": "active on {value} of the last 30 ({typical} is typical)",
    "features_used_30d": "{value} features used in the last 30 days ({typical} is typical)",
    "engagement_score": "engagement score {value} ({typical} is typical)",
    "tickets_30d": "{value} support tickets in the last 30 days ({typical} is typical)",
    "tickets_90d": "{value} support tickets in the last 90 days ({typical} is typical)",
    "tickets_open": "{value} support tickets open ({typical} is typical)",
    "avg_resolution_hours": "tickets took {value} to resolve on average ({typical} is typical)",
    "csat_avg": "support rated {value} on average ({typical} is typical)",
    "nps_score": "latest NPS answer {value} ({typical} is typical)",
    "revenue_decline_90d": "revenue down {value} over 90 days ({typical} is typical)",
    "failed_payments_90d": "{value} failed payments in 90 days ({typical} is typical)",
    "mrr": "MRR {value} ({typical} is typical)",
    "seats": "{value} seats ({typical} is typical)",
    "days_to_renewal": "{value} to the contract's renewal ({typical} is typical)",
    "contract_type": "contract type {value} ({typical} is the most common)",
    "plan": "plan {value} ({typical} is the most common)",
    "segment": "segment {value} ({typical} is the most common)",
    "region": "region {value} ({typical} is the most common)",
    "industry": "industry {value} ({typical} is the most common)",
    "tenure_days": "a client for {value} ({typical} is typical)",
}
MOVED: Final[Mapping[str, str]] = {
    "events_30d": "product events {moved} in 30 days ({typical} is typical)",
    "event_change_30d": (
        "product events {moved} in 30 days, {value} of their own usual level ({typical} is typical)"
    ),
}
"""Phrases for what is better said as a way gone: from the client's own usual level to today's."""
UNKNOWN: Final[Mapping[str, str]] = {
    "days_to_renewal": "no contract end on record",
    "nps_score": "no NPS answer yet",
    "csat_avg": "no support rating yet",
    "avg_resolution_hours": "no resolved ticket yet",
    "days_since_last_login": "no login on record",
}
_NUMBER: Final = "{label}: {value} ({typical} is typical)"
_UNKNOWN: Final = "{label}: not known"


def movement(before: object, after: object, push: float) -> str | None:
    """Say how a count moved, where the way it went is the reason for the push.

    Args:
        before: The client's own usual count.
        after: The count of the last 30 days.
        push: Contribution to the risk; a fall explains a rise of the risk and the other way round.

    Returns:
        "fell from 42 to 6", or None where there is no such way to tell.
    """
    if is_unknown(before) or is_unknown(after):
        return None
    rise = round(float(str(after)), 1) - round(float(str(before)), 1)
    if rise * push >= 0:
        return None
    start, end = format_value(before, "count"), format_value(after, "count")
    return f"{'rose' if rise > 0 else 'fell'} from {start} to {end}"


def say(
    feature: str,
    label: str,
    value: str | None,
    typical: str,
    own: str = "n/a",
    moved: str | None = None,
) -> str:
    """Say one driver.

    Args:
        feature: Name of the feature.
        label: Its business name.
        value: The client's value as written, None where unknown.
        typical: The usual value among active clients, as written.
        own: The client's own usual level, for features that have one.
        moved: The way from there to today's value, as `movement` says it.
    """
    if value is None:
        return UNKNOWN.get(feature, _UNKNOWN.format(label=label))
    phrase = PHRASES.get(feature, _NUMBER)
    if moved is not None:
        phrase = MOVED.get(feature, phrase)
    if value == typical:
        phrase = phrase.replace("{typical} is typical", "as is typical")
        phrase = phrase.replace("{typical} is the most", "the most")
    return phrase.format(label=label, value=value, typical=typical, own=own, moved=moved)
