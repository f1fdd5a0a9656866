import re
from datetime import date
from itertools import product
from typing import Any, get_args

import pytest

from tools.contract import Playbook
from tools.draft_log import Channel
from tools.errors import FinalToolError
from tools.outreach_answers import Draft, angles_of, facts_of, write, write_note
from tools.outreach_client import derived
from tools.outreach_template import write_from_play
from tools.outreach_words import Tone, phrases, said_of, topic_named, topic_of

ROW: dict[str, Any] = {
    "as_of": date(2026, 11, 20), "status": "active", "days_since_last_login": 4,
    "event_change_30d": 0.58, "events_30d": 40, "features_used_30d": 3, "active_days_30d": 14,
    "tickets_open": 1, "tickets_30d": 3, "tickets_90d": 5, "avg_resolution_hours": 130.4,
    "nps_score": 4, "csat_avg": 2.5, "failed_payments_90d": 1, "plan": "Growth", "seats": 25,
    "days_to_renewal": 40, "contract_end_date": date(2026, 12, 30), "tenure_days": 90,
    "signup_date": date(2026, 8, 22), "churned_at": date(2026, 10, 1), "revenue_decline_90d": 0.0,
}  # fmt: skip
PEOPLE = {
    "client": "Northwind", "contact_name": "Ann Lee", "first_name": "Ann", "sender": "Tom Bell",
    "own_topic": "a new colleague", "proposed_date": date(2026, 11, 25), "minutes": 20,
}  # fmt: skip
CLIENT = {**ROW, **derived(ROW), **PEOPLE}
UNKNOWN = {
    **dict.fromkeys(CLIENT), "client": "Northwind", "status": "active",
    "own_topic": "a new colleague", "proposed_date": date(2026, 11, 25), "minutes": 20,
}  # fmt: skip
STOCK = (
    "hope this finds",
    "hope you are",
    "touch base",
    "reach out",
    "just checking",
    "circle back",
)
INTERNAL = ("churn", "risk", "probab", "score", "ARR", "MRR", "discount", "free of charge")


def _all(client: dict[str, Any]) -> list[tuple[str, str, Draft]]:
    found = product(phrases().topics, get_args(Channel), get_args(Tone))
    return [
        (topic, channel, write(topic, channel, tone, client, angle))
        for topic, channel, tone in found
        for angle in phrases().topics[topic].angles
    ]


@pytest.mark.parametrize("client", [CLIENT, UNKNOWN], ids=["known", "unknown"])
def test_no_field_is_left_open_and_nothing_internal_is_said(client: dict[str, Any]) -> None:
    """Whatever the topic, channel, tone and angle, and however little is known."""
    for topic, channel, draft in _all(client):
        assert not re.search(r"[{}]|None|n/a|nan", draft.text), (topic, channel, draft.text)
        assert not any(word in draft.text.casefold() for word in STOCK), draft.text
        assert not any(word in draft.text for word in INTERNAL), draft.text
        assert bool(draft.subject) is (channel == "email")


def test_every_message_is_short_plain_and_asks_for_one_date() -> None:
    """A manager can send it after a glance."""
    for topic, channel, draft in _all(CLIENT):
        assert draft.words <= {"email": 95, "call": 130, "in_app": 75}[channel], draft.text
        assert draft.reading_ease >= 60, (topic, draft.text)
        dates = {name for name in draft.stated if name == "proposed_date"}
        assert len(dates) == 1
        assert draft.body.count("Wednesday 25 November") == (2 if channel == "call" else 1)


def test_angles_differ_in_opening_or_ask_and_in_length() -> None:
    """Three versions are three messages, not one with other adjectives."""
    for topic, channel in product(phrases().topics, get_args(Channel)):
        drafts = [write(topic, channel, "warm", CLIENT, a) for a in angles_of(topic, 3)]
        assert len({draft.body for draft in drafts}) == 3
        if channel == "email":
            assert len({draft.subject for draft in drafts}) == 3
            assert len({draft.words for draft in drafts}) > 1, topic


def test_a_single_version_suits_the_recommended_action() -> None:
    """Training is offered as help; without advice the topic's first angle is taken."""
    assert angles_of("usage", 1, action="training") == ["help"]
    assert angles_of("usage", 1, action="something new") == angles_of("usage", 1)


def test_counts_are_worded_in_the_singular_and_rounded() -> None:
    """One case is a case, 130.4 hours are five days, 42 % becomes 40 %."""
    support = write("support", "email", "warm", CLIENT, "value").text
    assert "1 support case open" in support
    assert "about 5 days" in support
    assert "about 40 % less" in write("usage", "email", "warm", CLIENT, "question").text


def test_a_silent_client_is_not_told_of_less_activity() -> None:
    """Nobody signed in: that says it all."""
    row = {**ROW, "days_since_last_login": 40}
    said = said_of("usage", {**row, **derived(row), **PEOPLE})
    assert [saying.play for saying in said] == ["silent-client"]


def test_a_renewal_far_ahead_is_no_reason_to_write_unasked() -> None:
    """Asked for, it is written about all the same."""
    far = {**CLIENT, "days_to_renewal": 500}
    assert topic_of(["days_to_renewal"], CLIENT) == "contract"
    assert topic_of(["days_to_renewal"], far) is None
    assert said_of(str(topic_named("the renewal")), far)


def test_facts_name_what_is_stated() -> None:
    """Each merge field that was filled is a fact, with length and reading level."""
    facts = {
        fact.name: fact.value
        for fact in facts_of(write("contract", "email", "warm", CLIENT, "value"))
    }
    assert facts["contract_end_date"] == date(2026, 12, 30)
    assert facts["seat_count"] == "25 seats"
    assert {"words", "reading_seconds", "reading_ease", "message"} <= facts.keys()


def test_a_note_is_for_a_colleague() -> None:
    """No greeting, no address; the facts as notes."""
    note = write_note("satisfaction", CLIENT)
    assert note.text.startswith("For Tom Bell:")
    assert "Ann" not in note.text
    assert "Latest NPS answer: 4." in note.text


def _play(template: str) -> Playbook:
    return Playbook("p", "A play", {}, (("Message template", template),), None)


def test_a_template_is_filled_from_facts_and_given_words() -> None:
    """Templates' names for our facts are understood; what is given is not read as a field."""
    play = _play(
        "Subject: Until {renewal_date}\n\nHello {contact_name},\n\n{offer}\n\n{account_manager}"
    )
    draft = write_from_play(play, CLIENT, {"offer": "Come {by}."})
    assert draft.text == (
        "Subject: Until 30 December 2026\n\nHello Ann Lee,\n\nCome by.\n\nTom Bell"
    )


def test_a_template_with_unknown_fields_is_refused_by_name() -> None:
    """All of them at once, with how to fill them."""
    play = _play("Subject: Hi\n\n{price_a} or {price_b}, {contact_name}?")
    with pytest.raises(FinalToolError, match=r"2 fields .*“price a” and “price b”.*fill: price_a"):
        write_from_play(play, CLIENT, {})
    with pytest.raises(FinalToolError, match=r"1 field .*“contact name”"):
        write_from_play(play, {**CLIENT, "contact_name": None}, {"price_a": "1", "price_b": "2"})
