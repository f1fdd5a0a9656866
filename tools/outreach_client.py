"""The facts of a client that a draft may state, rounded and worded as one says them."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from tools.contract import ToolContext, Unit
from tools.customer_panel import SEES_CONTACTS
from tools.errors import FinalToolError
from tools.models.features import FEATURES
from tools.resolve import mendable_errors
from tools.wording import count_noun

__all__ = ["MEETING_MINUTES", "client_facts", "spoken_date", "unit_of", "writing_day"]

MEETING_MINUTES: Final = 20
_NOTICE_DAYS: Final = 3
"""Working days between a message and the date it proposes."""
_SATURDAY: Final = 5
_ROUNDED_TO: Final = 5
_NUMBERS: Final = {1: "one", 2: "two", 3: "three", 4: "four"}
_TITLES: Final = frozenset({"dr", "mr", "mrs", "ms", "prof", "herr", "frau"})
_OTHER_UNITS: Final[Mapping[str, Unit]] = {
    "minutes": "count", "usage_drop_pct": "pct", "avg_resolution_hours": "hours",
    "contract_end_date": "date", "signup_date": "date", "churned_at": "date",
    "last_login_date": "date", "proposed_date": "date", "seats": "count",
}  # fmt: skip


def client_facts(customer_id: str, name: str, context: ToolContext) -> dict[str, Any]:
    """Read what is known of a client, with the fields that a draft fills in.

    The contact's name is there for roles that look after clients only; the address never is.

    Raises:
        FinalToolError: There is no such client in scope.
    """
    with mendable_errors():
        row = context.gold.customer(customer_id, context.scope)
        contact = context.gold.contact(customer_id, context.scope) or {}
    if row is None:
        raise FinalToolError(f"No client called {name!r} among the clients you can see.")
    person = contact.get("contact_name") if context.role in SEES_CONTACTS else None
    return {**row, **derived(row), **_people(name, person, row), **_proposal(context)}


def derived(row: Mapping[str, Any]) -> dict[str, Any]:
    """Figures as they are said to a client; None where they are not known."""
    made = {
        "last_login_date": _from(row, "days_since_last_login", lambda days: _before(row, days)),
        "usage_drop_pct": _from(row, "event_change_30d", lambda change: _drop(float(change))),
        "resolution_days": _from(
            row, "avg_resolution_hours", lambda hours: count_noun(round(hours / 24), "day")
        ),
        "open_cases": _from(row, "tickets_open", lambda n: count_noun(n, "support case")),
        "feature_count": _from(
            row, "features_used_30d", lambda n: f"{_NUMBERS.get(n, n)} of our features"
        ),
        "seat_count": _from(row, "seats", lambda n: count_noun(n, "seat")),
        "failed_payments": _from(row, "failed_payments_90d", lambda n: count_noun(n, "payment")),
    }
    return dict(made)


def unit_of(name: str) -> Unit:
    """The unit of a field."""
    if name in _OTHER_UNITS:
        return _OTHER_UNITS[name]
    return FEATURES[name].unit if name in FEATURES else "text"


def spoken_date(day: date) -> str:
    """A date as a person writes it: "20 November 2026"."""
    return f"{day.day} {day:%B %Y}"


def writing_day(context: ToolContext) -> date:
    """The day on which a message is written: today, or where nothing is kept that of the data."""
    return context.drafts.today if context.drafts is not None else context.gold.as_of


def _people(name: str, person: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    words = str(person).split() if person else []
    given = [word for word in words if word.rstrip(".").casefold() not in _TITLES]
    return {
        "client": name,
        "contact_name": " ".join(words) or None,
        "first_name": given[0] if given else None,
        "sender": row.get("account_manager"),
    }


def _proposal(context: ToolContext) -> dict[str, Any]:
    day, left = writing_day(context), _NOTICE_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return {"proposed_date": day, "minutes": MEETING_MINUTES}


def _from(row: Mapping[str, Any], name: str, make: Callable[[Any], Any]) -> Any:
    return None if row.get(name) is None else make(row[name])


def _before(row: Mapping[str, Any], days: float) -> date | None:
    as_of = row.get("as_of")
    return as_of - timedelta(days=int(days)) if isinstance(as_of, date) else None


def _drop(change: float) -> int:
    """How far below its usual level the client is, to the nearest five percent."""
    return max(_ROUNDED_TO * round(100 * (1 - change) / _ROUNDED_TO), 0)
