"""Unread alerts of the clients in somebody's scope, as one line with a question for each kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.governance.identity import Asker
from app.store.alerts import Alerts, StoredAlert
from data.gold import Gold
from tools.models.alerts import MRR_DROP_SHARE, RENEWAL_DAYS, SURGE_TICKETS, AlertKind
from tools.wording import count_noun, format_value, join_words

_NOUNS: Final[dict[AlertKind, tuple[str, str]]] = {
    "newly_at_risk": ("client newly at high risk", "clients newly at high risk"),
    "renewal_due": (
        f"renewal due within {RENEWAL_DAYS} days",
        f"renewals due within {RENEWAL_DAYS} days",
    ),
    "mrr_drop": ("client with a drop in MRR", "clients with a drop in MRR"),
    "tickets_surge": ("client with a surge of tickets", "clients with a surge of tickets"),
    "outcome_due": ("outcome of an action to look at", "outcomes of actions to look at"),
}
_LABELS: Final[dict[AlertKind, str]] = {
    "newly_at_risk": "New risk: {name}",
    "renewal_due": f"Renewals in {RENEWAL_DAYS} days: {{count}}",
    "mrr_drop": "Drops in MRR: {count}",
    "tickets_surge": "Ticket surges: {count}",
    "outcome_due": "Outcome due: {name}",
}
_QUESTIONS: Final[dict[AlertKind, str]] = {
    "newly_at_risk": "Why is {name} at risk?",
    "renewal_due": f"Which clients renew in the next {RENEWAL_DAYS} days?",
    "mrr_drop": (
        "Which clients have a revenue decline over 90 days of at least "
        f"{format_value(MRR_DROP_SHARE, 'prob')}?"
    ),
    "tickets_surge": f"Which clients have {SURGE_TICKETS} or more tickets in 30 days?",
    "outcome_due": "What did we do for {name}, and did it help?",
}


@dataclass(frozen=True, slots=True)
class DigestLine:
    """All unread alerts of one kind.

    Attributes:
        text: How many, and their ARR.
        label: For a button.
        question: What the button asks.
        answers: Ids of the alerts that its answer deals with.
    """

    text: str
    label: str
    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything unread.

    Attributes:
        since: The first day that one of them held.
    """

    since: date
    lines: tuple[DigestLine, ...]

    @property
    def text(self) -> str:
        """One sentence."""
        return f"**Since {self.since:%-d %b}:** {join_words([line.text for line in self.lines])}."


def alerts_in_scope(
    alerts: Alerts,
    gold: Gold,
    asker: Asker,
    *,
    kind: AlertKind | None = None,
    since: date | None = None,
) -> list[StoredAlert]:
    """Alerts that hold in the data that serve, of clients the asker may see.

    Raises:
        GoldError: The warehouse is missing or too slow.
    """
    names = gold.names(asker.scope)
    found = alerts.current(asker.user_id, as_of=gold.as_of, kind=kind, since=since)
    return [stored for stored in found if stored.alert.customer_id in names]


def mark_read(alerts: Alerts, gold: Gold, asker: Asker, ids: Sequence[str] | None = None) -> int:
    """Mark alerts of clients in scope as read by the asker; returns how many were unread.

    Args:
        alerts: Where they live.
        gold: The reader.
        asker: Whose mark it is.
        ids: Which; None for all. Ids out of scope count as unknown.
    """
    found = [stored.id for stored in alerts_in_scope(alerts, gold, asker)]
    wanted = None if ids is None else set(ids)
    return alerts.mark_seen(
        asker.user_id, [key for key in found if wanted is None or key in wanted]
    )


def digest(alerts: Sequence[StoredAlert], currency: str) -> Digest | None:
    """Sum up what is unread, most urgent first within each kind; None when nothing is."""
    unread = [stored for stored in alerts if not stored.seen]
    if not unread:
        return None
    lines = [
        _line(kind, of_kind, currency)
        for kind in _NOUNS
        if (of_kind := [stored for stored in unread if stored.alert.kind == kind])
    ]
    return Digest(min(stored.raised_as_of for stored in unread), tuple(lines))


def _line(kind: AlertKind, alerts: Sequence[StoredAlert], currency: str) -> DigestLine:
    count = count_noun(len(alerts), *_NOUNS[kind])
    known = [stored.alert.arr for stored in alerts if stored.alert.arr is not None]
    arr = f" ({format_value(_rounded(sum(known)), 'usd', currency=currency)} ARR)" if known else ""
    name = alerts[0].alert.name
    is_about_one = "{name}" in _QUESTIONS[kind]
    return DigestLine(
        text=f"{count}{arr}",
        label=_LABELS[kind].format(name=name, count=f"{len(alerts):,}"),
        question=_QUESTIONS[kind].format(name=name),
        answers=tuple(stored.id for stored in (alerts[:1] if is_about_one else alerts)),
    )


def _rounded(amount: float) -> float:
    """To thousands, above ten of them: a sum that is read in passing."""
    return round(amount, -3) if amount >= 10_000 else round(amount)
