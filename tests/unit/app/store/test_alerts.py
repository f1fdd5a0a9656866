"""Alerts in the store: news once, read by each user alone, given to the webhook once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings, strategies as st

from app.store.alerts import QUIET_DAYS, Alerts
from app.store.database import Database
from tools.models.alerts import Alert

DAY = date(2026, 10, 20)
RENEWAL = Alert(
    kind="renewal_due",
    customer_id="C1",
    name="Northwind",
    headline="Renewal due in 30 days",
    figures={"days_to_renewal": 30.0},
    arr=1200.0,
    severity="low",
    as_of=DAY,
)
RISK = replace(RENEWAL, kind="newly_at_risk", headline="Now at high risk", severity="high")


def _on(alert: Alert, days: int, **changes: object) -> Alert:
    return replace(alert, as_of=DAY + timedelta(days=days), **changes)


def test_the_same_build_twice_adds_nothing(database: Database) -> None:
    """News is news once."""
    alerts = Alerts(database)
    assert len(alerts.record([RENEWAL, RISK])) == 2
    before = alerts.current("ann", as_of=DAY)
    assert alerts.record([RENEWAL, RISK]) == []
    assert alerts.current("ann", as_of=DAY) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(gaps=st.lists(st.integers(0, QUIET_DAYS), max_size=8))
def test_a_condition_that_goes_on_is_said_once(database: Database, gaps: list[int]) -> None:
    """However often a build finds it, as long as the gaps are short."""
    alerts, client, day = Alerts(database), f"C{gaps}", 0
    news = len(alerts.record([replace(RENEWAL, customer_id=client)]))
    for gap in gaps:
        day += gap
        news += len(alerts.record([_on(replace(RENEWAL, customer_id=client), day)]))
    assert news == 1


def test_an_alert_remembers_when_it_was_first_seen(database: Database) -> None:
    """Its figures follow the latest build."""
    alerts = Alerts(database)
    (first,) = alerts.record([RENEWAL])
    alerts.record([_on(RENEWAL, 1, headline="Renewal due in 29 days")])
    (now,) = alerts.current("ann", as_of=DAY + timedelta(days=1))
    assert (now.id, now.first_seen_at, now.raised_as_of) == (first.id, first.first_seen_at, DAY)
    assert now.alert.headline == "Renewal due in 29 days"
    assert alerts.current("ann", as_of=DAY) == []


def test_after_a_quiet_time_it_is_news_again(database: Database) -> None:
    """Next year's renewal is another one."""
    alerts = Alerts(database)
    alerts.record([RENEWAL])
    assert alerts.record([_on(RENEWAL, QUIET_DAYS + 1)])


def test_more_severe_is_news_and_wavering_is_not(database: Database) -> None:
    """A rise is told, a rise back to where it was is not."""
    alerts = Alerts(database)
    alerts.record([RENEWAL])
    assert alerts.record([_on(RENEWAL, 1, severity="high")])
    assert alerts.record([_on(RENEWAL, 2, severity="low")]) == []
    assert alerts.record([_on(RENEWAL, 3, severity="high")]) == []
    (now,) = alerts.current("ann", as_of=DAY + timedelta(days=3))
    assert now.alert.severity == "high"


def test_the_most_severe_and_largest_come_first(database: Database) -> None:
    """The order of a list that is cut."""
    alerts = Alerts(database)
    small = replace(RENEWAL, customer_id="C2", arr=None)
    alerts.record([small, RENEWAL, RISK])
    assert [s.alert for s in alerts.current("ann", as_of=DAY)] == [RISK, RENEWAL, small]


def test_they_are_filtered_by_kind_and_first_day(database: Database) -> None:
    """Only what was asked for."""
    alerts = Alerts(database)
    alerts.record([RENEWAL])
    tomorrow = DAY + timedelta(days=1)
    alerts.record([_on(RENEWAL, 1), _on(RISK, 1)])
    assert [s.alert.kind for s in alerts.current("ann", as_of=tomorrow, kind="renewal_due")] == [
        "renewal_due"
    ]
    assert [s.alert.kind for s in alerts.current("ann", as_of=tomorrow, since=tomorrow)] == [
        "newly_at_risk"
    ]


def test_what_ann_read_bob_has_not(database: Database) -> None:
    """A mark is one user's; marking twice or an unknown id is nothing."""
    alerts = Alerts(database)
    (stored,) = alerts.record([RENEWAL])
    assert alerts.mark_seen("ann", [stored.id, "nonsense"]) == 1
    assert alerts.mark_seen("ann", [stored.id]) == 0
    assert [s.seen for s in alerts.current("ann", as_of=DAY)] == [True]
    assert [s.seen for s in alerts.current("bob", as_of=DAY)] == [False]


def test_only_news_of_a_build_with_a_webhook_waits_for_it(database: Database) -> None:
    """Switching the webhook on does not send the past."""
    alerts = Alerts(database)
    alerts.record([RENEWAL])
    alerts.record([RENEWAL, RISK], for_webhook=True)
    assert [s.alert for s in alerts.claim()] == [RISK]


def test_however_many_claim_each_alert_is_given_once(database: Database) -> None:
    """Two builds at a time never tell the same."""
    alerts = Alerts(database)
    found = [replace(RENEWAL, customer_id=f"C{n}") for n in range(20)]
    alerts.record(found, for_webhook=True)
    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(lambda _: alerts.claim(), range(4)))
    assert sorted(len(each) for each in claimed) == [0, 0, 0, 20]


def test_what_was_not_taken_waits_and_what_was_sent_does_not(database: Database) -> None:
    """The outcome decides."""
    alerts = Alerts(database)
    alerts.record([RENEWAL, RISK], for_webhook=True)
    claimed = alerts.claim()
    alerts.settle(claimed, "pending")
    assert alerts.claim() == claimed
    alerts.settle(claimed, "sent")
    assert alerts.claim() == []
