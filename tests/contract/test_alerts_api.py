"""The alerts of the REST interface: in scope, filtered, and read by each user alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.alerts_api import build_alerts_router
from app.failures import install_failures
from app.governance.identity import Identity
from app.governance.tokens import Tokens
from app.store.alerts import Alerts
from app.store.database import Database
from app.store.users import Users
from data.gold import Gold
from data.query import Scope
from tools.models.alerts import Alert

ALERTS = "/api/v1/alerts"
SEEN = "/api/v1/alerts/seen"


class Door:
    """An application with three alerts: two of one region's client, one of another's."""

    def __init__(self, home: Path, gold: Gold) -> None:
        self.database = Database.open(home)
        self.alerts = Alerts(self.database)
        self.identity = Identity(Tokens("a secret"), Users(self.database), loopback=False)
        app = FastAPI()
        app.include_router(build_alerts_router(self.alerts, gold, self.identity))
        install_failures(app)
        self.client = TestClient(app, raise_server_exceptions=False)
        (self.emea, *_), (self.apac, *_) = (
            sorted(gold.names(Scope(region=(region,)))) for region in ("EMEA", "APAC")
        )
        base = Alert(
            kind="renewal_due",
            customer_id=self.emea,
            name="Northwind",
            headline="Renewal due in 5 days",
            figures={"days_to_renewal": 5.0},
            arr=1200.0,
            severity="low",
            as_of=gold.as_of - timedelta(days=1),
        )
        self.alerts.record([base])
        today = replace(base, as_of=gold.as_of)
        risk = replace(today, kind="newly_at_risk", severity="high", headline="Now at high risk")
        gone = replace(today, kind="mrr_drop", customer_id="not in these data")
        self.alerts.record([today, risk, replace(today, customer_id=self.apac, arr=None), gone])

    def bearer(self, user: str, scope: str = "{}") -> dict[str, str]:
        """Headers of a user."""
        token = self.identity.issue_token(role="analyst", scope=scope, user=user)
        return {"Authorization": f"Bearer {token}"}

    def get(self, headers: dict[str, str], **params: Any) -> dict[str, Any]:
        """The page of alerts."""
        response = self.client.get(ALERTS, headers=headers, params=params)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def door(tmp_path: Path, gold: Gold) -> Iterator[Door]:
    """Within reach of others."""
    made = Door(tmp_path, gold)
    yield made
    made.database.close()


def test_all_alerts_that_hold_come_most_severe_first(door: Door, gold: Gold) -> None:
    """Each with its client, words, figures and first day."""
    page = door.get(door.bearer("ann"))
    assert [(a["kind"], a["customer_id"]) for a in page["alerts"]] == [
        ("newly_at_risk", door.emea),
        ("renewal_due", door.emea),
        ("renewal_due", door.apac),
    ]
    assert (page["total"], page["unseen"], page["currency"]) == (3, 3, "USD")
    second = page["alerts"][1]
    assert second["headline"] == "Renewal due in 5 days"
    assert second["figures"] == {"days_to_renewal": 5.0}
    assert second["raised_as_of"] == (gold.as_of - timedelta(days=1)).isoformat()
    assert second["as_of"] == page["as_of"] == gold.as_of.isoformat()


def test_a_scope_hides_the_alerts_of_other_clients(door: Door) -> None:
    """Not even their number shows."""
    page = door.get(door.bearer("ann", '{"region": ["APAC"]}'))
    assert [a["customer_id"] for a in page["alerts"]] == [door.apac]
    assert page["total"] == 1
    assert door.get(door.bearer("bob", '{"region": []}'))["total"] == 0


def test_they_are_filtered_and_cut(door: Door, gold: Gold) -> None:
    """By kind, by the first day, by number."""
    ann = door.bearer("ann")
    assert door.get(ann, kind="newly_at_risk")["total"] == 1
    assert door.get(ann, since=gold.as_of.isoformat())["total"] == 2
    page = door.get(ann, limit=1)
    assert (len(page["alerts"]), page["total"]) == (1, 3)


def test_marks_are_ones_own_and_within_ones_scope(door: Door) -> None:
    """A narrow user cannot touch what they do not see, and another's list stays unread."""
    ann, narrow = door.bearer("ann"), door.bearer("ned", '{"region": ["APAC"]}')
    first = door.get(ann)["alerts"][0]["id"]
    said = {"ids": [first, "nonsense"]}
    assert door.client.post(SEEN, headers=narrow, json=said).json() == {"marked": 0}
    assert door.client.post(SEEN, headers=ann, json=said).json() == {"marked": 1}
    assert door.client.post(SEEN, headers=ann, json=said).json() == {"marked": 0}
    assert [a["seen"] for a in door.get(ann)["alerts"]] == [True, False, False]
    assert door.client.post(SEEN, headers=ann, json={}).json() == {"marked": 2}
    assert door.get(ann)["unseen"] == 0
    assert door.get(door.bearer("bob"))["unseen"] == 3


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{ALERTS}?kind=rumour", None),
        ("GET", f"{ALERTS}?since=yesterday", None),
        ("GET", f"{ALERTS}?limit=0", None),
        ("POST", SEEN, {"id": ["x"]}),
    ],
)
def test_a_wrong_request_comes_in_the_one_error_shape(
    door: Door, method: str, path: str, body: Any
) -> None:
    """It names the field and what it got."""
    response = door.client.request(method, path, headers=door.bearer("ann"), json=body)
    assert response.status_code == 422
    assert set(response.json()["error"]) == {"code", "message", "hint"}


def test_without_a_token_nothing_is_told(door: Door) -> None:
    """Like every other route."""
    assert door.client.get(ALERTS).status_code == 401
    assert door.client.post(SEEN, json={}).status_code == 401
