"""A draft for one client: its facts, its names, its tones, and consent."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from data.gold import Gold
from data.query import Filter, Scope
from tools.contract import ToolContext, ToolResult
from tools.outreach import DraftOutreachArgs, draft_outreach
from tools.outreach_client import MEETING_MINUTES, derived

Clients = Callable[..., list[tuple[str, dict[str, Any]]]]
INTERNAL = ("churn", "risk", "probability", "ARR", "health score", "%s off", "discount")


def facts_of(result: ToolResult) -> dict[str, Any]:
    """Facts by name."""
    return {fact.name: fact.value for fact in result.facts}


@pytest.mark.parametrize("channel", ["email", "call", "in_app"])
@pytest.mark.parametrize("topic", [None, "low usage", "the renewal", "support", "a new colleague"])
def test_a_draft_states_only_the_clients_own_facts(
    reader: ToolContext, clients: Clients, gold: Gold, channel: Any, topic: str | None
) -> None:
    """Each figure in a message is the client's in gold; no field is left open, nothing offered."""
    for key, row in clients(15, consent_contact=True):
        args = DraftOutreachArgs(customer=key, channel=channel, topic=topic)
        result = draft_outreach(args, reader)
        facts = facts_of(result)
        message = str(facts["message"])
        assert not re.search(r"[{}]|n/a|None", message)
        assert not any(word in message for word in INTERNAL)
        own = {**row, **derived(row), "minutes": MEETING_MINUTES}
        stated = [name for name in facts if name in own and name != "consent_contact"]
        assert all(facts[name] == own[name] for name in stated)
        backed = {number for name in stated for number in re.findall(r"\d+", str(own[name]))}
        plain = re.sub(r"\d{1,2} [A-Z][a-z]+(?: \d{4})?", "", message)
        assert set(re.findall(r"\d+", plain)) <= backed, message


def test_a_draft_names_client_contact_and_sender(
    reader: ToolContext, clients: Clients, gold: Gold
) -> None:
    """The manager sees who it is for; the client sees a person on both ends."""
    key, row = clients(consent_contact=True)[0]
    contact = (gold.contact(key, Scope()) or {})["contact_name"]
    result = draft_outreach(DraftOutreachArgs(customer=key), reader)
    message = str(facts_of(result)["message"])
    assert row["name"] in result.summary
    assert f"Hi {contact.split()[0]}," in message
    assert message.endswith(row["account_manager"])
    assert result.args == {"customer": key, "channel": "email", "tone": "warm"}
    assert "nothing has been sent" in result.summary
    assert result.citations
    assert f"{len(message.split())} words" in result.summary


def test_tones_differ_and_analysts_see_no_contact(
    reader: ToolContext, clients: Clients, gold: Gold
) -> None:
    """A tone is a wording, and a contact's name is for those who look after clients."""
    key, _ = clients(consent_contact=True)[0]
    contact = (gold.contact(key, Scope()) or {})["contact_name"]
    tones: tuple[Any, ...] = ("warm", "formal", "direct")
    said = {
        str(facts_of(draft_outreach(DraftOutreachArgs(customer=key, tone=tone), reader))["message"])
        for tone in tones
    }
    assert len(said) == 3
    analyst = draft_outreach(DraftOutreachArgs(customer=key), replace(reader, role="analyst"))
    assert contact.split()[0] not in str(facts_of(analyst)["message"])
    assert any("contact's name" in caveat for caveat in analyst.caveats)


@pytest.mark.parametrize("channel", ["email", "call", "in_app"])
def test_without_consent_there_is_a_note_and_no_message(
    reader: ToolContext, clients: Clients, gold: Gold, channel: Any
) -> None:
    """The refusal comes first, the help after it, and the contact is not in it."""
    key, row = clients(consent_contact=False)[0]
    result = draft_outreach(DraftOutreachArgs(customer=key, channel=channel), reader)
    facts = facts_of(result)
    contact = gold.contact(key, Scope()) or {}
    assert result.summary.startswith("No consent to be contacted is recorded")
    assert (facts["consent_contact"], facts["drafted"], facts["subject"]) == (False, "note", None)
    assert row["name"] in result.summary
    assert contact["contact_name"].split()[0] not in result.summary
    assert result.args["channel"] == channel


def test_a_client_who_left_is_asked_why(reader: ToolContext, gold: Gold) -> None:
    """There is no risk to explain any more, and the draft does not pretend otherwise."""
    left = Filter(dimension="status", value="churned")
    rows = gold.customers(filters=[left], scope=Scope(), limit=200).rows
    key = next(str(r[0]) for r in rows if (gold.customer(r[0], Scope()) or {})["consent_contact"])
    result = draft_outreach(DraftOutreachArgs(customer=key), reader)
    assert facts_of(result)["topic"] == "their leaving"
