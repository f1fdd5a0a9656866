"""Drafts through REST: made, judged, sent after a yes, counted."""

from typing import Any

import pytest

from data.gold import Gold
from data.query import Scope


def _draft(rest: Any, gold: Gold, **body: Any) -> Any:
    for key in gold.names(Scope()):
        row = gold.customer(key, Scope()) or {}
        if row["consent_contact"] is True and row["status"] == "active":
            return rest.content(rest.post(f"/customers/{key}/outreach", body))
    raise AssertionError("nobody may be contacted")


def test_versions_come_with_their_ids(rest: Any, gold: Gold) -> None:
    """The message is the first version's, with its subject."""
    body = _draft(rest, gold, variants=3, tone="direct")
    assert [each["variant"] for each in body["drafts"]] == ["A", "B", "C"]
    first = body["drafts"][0]
    assert body["message"] == f"Subject: {first['subject']}\n\n{first['message']}"
    assert len({each["id"] for each in body["drafts"]}) == 3


def test_feedback_is_recorded_and_counted(rest: Any, gold: Gold) -> None:
    """By the asker's scope."""
    kept = _draft(rest, gold, tone="formal")["drafts"][0]["id"]
    said = rest.content(rest.post(f"/drafts/{kept}/feedback", {"feedback": "edited"}))
    assert "used after an edit" in said["answer"]
    counted = rest.content(rest.get("/drafts/results", by="tone"))
    assert rest.facts(counted)["used_share:formal"] > 0
    assert counted["tool_calls"][0]["args"] == {"action": "results", "by": "tone"}


def test_without_a_mail_server_nothing_is_sent_and_it_is_said(rest: Any, gold: Gold) -> None:
    """Confirmed or not."""
    kept = _draft(rest, gold)["drafts"][0]["id"]
    for body in ({}, {"confirm": True}):
        error = rest.error(rest.post(f"/drafts/{kept}/send", body), 409, "cannot_answer")
        assert "AURA_SMTP_HOST" in error["message"]


@pytest.mark.parametrize("route", ["feedback", "send"])
def test_an_unknown_draft_is_not_found(rest: Any, gold: Gold, route: str) -> None:
    """Nor is one of a client outside the scope."""
    body = {"feedback": "used"} if route == "feedback" else {}
    rest.error(rest.post(f"/drafts/nothing/{route}", body), 404, "not_found")
    made = _draft(rest, gold)
    row = gold.customer(made["tool_calls"][0]["args"]["customer"], Scope()) or {}
    other = next(s for s in gold.values("segment", Scope()) if s != row["segment"])
    headers = rest.bearer("cs_lead", segment=[other])
    kept = made["drafts"][0]["id"]
    rest.error(rest.post(f"/drafts/{kept}/{route}", body, headers), 404, "not_found")


def test_a_template_with_open_fields_names_them(rest: Any, gold: Gold) -> None:
    """And nothing is drafted."""
    rows = ((each, gold.customer(each, Scope()) or {}) for each in gold.names(Scope()))
    key = next(each for each, row in rows if row["consent_contact"])
    response = rest.post(f"/customers/{key}/outreach", {"playbook": "win-back"})
    assert "“offer end”" in rest.error(response, 409, "cannot_answer")["message"]
