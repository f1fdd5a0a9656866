"""The line about unread alerts: what it counts, what its buttons ask, whom it leaves out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.alert_digest import alerts_in_scope, digest, mark_read
from app.governance.identity import Asker
from app.store.alerts import Alerts, StoredAlert
from app.store.database import Database
from data.gold import Gold
from data.query import Scope
from tools.models.alerts import KINDS, Alert

DAY = date(2026, 4, 20)
RISK = Alert(
    kind="newly_at_risk",
    customer_id="C2",
    name="Northwind Logistics",
    headline="Now at high risk",
    figures={},
    arr=42_400.0,
    severity="high",
    as_of=DAY,
)


def _stored(alert: Alert, *, seen: bool = False, raised: date = DAY) -> StoredAlert:
    return StoredAlert(alert.customer_id, alert, raised, datetime(2026, 4, 21, tzinfo=UTC), seen)


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    """An empty store."""
    database = Database.open(tmp_path)
    yield Alerts(database)
    database.close()


def _asker(**scope: tuple[str, ...]) -> Asker:
    return Asker(user_id="ann", name="Ann", role="analyst", scope=Scope(**scope))


def test_it_counts_each_kind_with_its_arr_since_the_first_day() -> None:
    """Rounded as it is read: in passing."""
    other = replace(RISK, customer_id="C3", name="Café Noir")
    renewal = replace(RISK, kind="renewal_due", arr=951.4)
    found = [_stored(RISK), _stored(other, raised=date(2026, 4, 18)), _stored(renewal)]
    told = digest(found, "USD")
    assert told is not None
    assert told.text == (
        "**Since 18 Apr:** 2 clients newly at high risk ($85,000 ARR) and "
        "1 renewal due within 30 days ($951 ARR)."
    )


def test_a_button_about_one_client_answers_that_alert_alone() -> None:
    """The others stay unread; a button that lists clients answers all of its kind."""
    other = replace(RISK, customer_id="C3", name="Café Noir")
    renewals = [replace(RISK, kind="renewal_due", customer_id=key) for key in ("C4", "C5")]
    told = digest([_stored(each) for each in (RISK, other, *renewals)], "USD")
    assert told is not None
    why, renew = told.lines
    assert (why.label, why.question) == (
        "New risk: Northwind Logistics",
        "Why is Northwind Logistics at risk?",
    )
    assert why.answers == ("C2",)
    assert renew.label == "Renewals in 30 days: 2"
    assert renew.answers == ("C4", "C5")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_words(kind: str) -> None:
    """A new kind of alert cannot be forgotten here; without ARR none is said."""
    told = digest([_stored(replace(RISK, kind=kind, arr=None))], "USD")
    assert told is not None
    assert len(told.lines) == 1
    assert "ARR" not in told.text


def test_what_was_read_is_not_said() -> None:
    """And nothing at all is said of nothing."""
    assert digest([_stored(RISK, seen=True)], "USD") is None
    assert digest([], "USD") is None


def test_only_clients_in_scope_are_told_and_marked(alerts: Alerts, small_gold: Gold) -> None:
    """C2 is in EMEA, C3 in APAC."""
    alerts.record([RISK, replace(RISK, customer_id="C3")])
    emea, apac = _asker(region=("EMEA",)), _asker(region=("APAC",))
    found = alerts_in_scope(alerts, small_gold, emea)
    assert [stored.alert.customer_id for stored in found] == ["C2"]
    assert mark_read(alerts, small_gold, apac, [stored.id for stored in found]) == 0
    assert mark_read(alerts, small_gold, emea) == 1
    assert [stored.seen for stored in alerts_in_scope(alerts, small_gold, emea)] == [True]
    assert [stored.seen for stored in alerts_in_scope(alerts, small_gold, apac)] == [False]
