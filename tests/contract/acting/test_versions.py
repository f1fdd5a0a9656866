"""Drafts that are kept: versions, feedback, the cap on messages, templates."""

from datetime import timedelta
from typing import Any

import pytest

from app.store.database import Database
from app.store.interventions import Intervention, Interventions
from data.query import Scope
from tools.errors import FinalToolError


def test_three_versions_are_three_messages(desk: Any, client: str) -> None:
    """Each with its letter, length and id; the arguments come back resolved."""
    result = desk.do(customer=client, variants=3, tone="formal")
    facts = desk.facts(result)
    assert len({facts["message"], facts["message_b"], facts["message_c"]}) == 3
    assert len({facts["draft_id"], facts["draft_id_b"], facts["draft_id_c"]}) == 3
    assert all(f"**Version {letter}**" in result.summary for letter in "ABC")
    assert result.args["variants"] == 3
    assert "have agreed to be contacted" in result.summary


def test_what_was_used_is_counted_with_its_interval(desk: Any, client: str) -> None:
    """By version, of the decided ones; the others shown beside it were passed over."""
    desk.do(customer=client, variants=2)
    with pytest.raises(FinalToolError, match="Which version do you mean: A, B"):
        desk.do(action="used", customer=client)
    said = desk.do(action="used", variant="B")
    assert said.summary.startswith("Recorded: version B of the e-mail")
    results = desk.do(action="results")
    facts = desk.facts(results)
    angle = desk.facts(said)["angle"]
    assert facts[f"used_share:{angle}"] == 1
    assert 0 < facts[f"used_share_low:{angle}"] < 1
    assert (facts["used"], facts["decided"]) == (1, 2)
    assert results.table is not None


def test_nobody_judges_or_sees_drafts_outside_their_scope(desk: Any, client: str) -> None:
    """Neither by id nor in the counts."""
    key = desk.facts(desk.do(customer=client))["draft_id"]
    row = desk.context.gold.customer(client, Scope()) or {}
    others = [
        name
        for name in desk.context.gold.values("account_manager", Scope())
        if name != row["account_manager"]
    ]
    blind = desk.but(scope=Scope(account_manager=(others[0],)))
    with pytest.raises(FinalToolError, match="no such draft"):
        blind.do(action="used", draft=key)
    with pytest.raises(FinalToolError, match="No draft"):
        blind.do(action="rejected")


def test_the_cap_is_said_and_ends(desk: Any, client: str, clock: Any, database: Database) -> None:
    """Per channel, with both dates; a logged call counts for calls, a day later for nothing."""
    desk.do(action="used", draft=desk.facts(desk.do(customer=client))["draft_id"])
    today = clock.now.date()
    capped = desk.do(customer=client)
    facts = desk.facts(capped)
    assert (facts["last_contact"], facts["fine_from"]) == (today, today + timedelta(days=14))
    assert "With 14 days between two" in capped.caveats[0]
    assert facts["drafted"] == "email"
    assert "last_contact" not in desk.facts(desk.do(customer=client, channel="in_app"))
    Interventions(database, now=clock).log([Intervention(client, "success_call", "ann")])
    assert "last_contact" in desk.facts(desk.do(customer=client, channel="call"))
    clock.now += timedelta(days=14)
    assert "last_contact" not in desk.facts(desk.do(customer=client))


def test_a_template_is_filled_or_refused(desk: Any, client: str) -> None:
    """What no data holds is named, and can be given."""
    with pytest.raises(FinalToolError, match="“reason”, “fix” and “offer end”"):
        desk.do(customer=client, playbook="win-back")
    given = {"reason": "the price", "fix": "a smaller plan", "offer_end": "Friday"}
    result = desk.do(customer=client, playbook="win-back", fill=given)
    assert "a smaller plan" in str(desk.facts(result)["message"])
    assert result.args["playbook"] == "win-back"
