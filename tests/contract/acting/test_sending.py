"""A draft is sent after a yes: once, to the right one, or not at all."""

from typing import Any

import pytest

from data.query import Scope
from tools.contract import ConfirmedCall
from tools.errors import FinalToolError


def test_sending_asks_then_sends_once(desk: Any, client: str, post: Any) -> None:
    """Recipient masked, subject and first line shown; the address comes from gold."""
    drafted = desk.facts(desk.do(customer=client))
    contact = desk.context.gold.contact(client, Scope()) or {}
    asked = desk.do(action="send", customer=client)
    assert post.letters == []
    assert contact["email"] not in asked.summary
    assert f"{contact['email'][0]}•••@" in asked.summary
    assert str(drafted["subject"]) in asked.summary
    sent = desk.agree(asked)
    assert sent.summary.startswith("Sent to")
    (letter,) = post.letters
    assert (letter.address, letter.subject) == (contact["email"], drafted["subject"])
    assert f"Subject: {letter.subject}\n\n{letter.body}" == drafted["message"]
    with pytest.raises(FinalToolError, match="never sent twice"):
        desk.agree(asked)
    assert desk.facts(desk.do(action="results"))["used"] == 1


def test_a_yes_to_another_draft_sends_nothing(desk: Any, client: str, post: Any) -> None:
    """The yes is for exactly what was shown."""
    first = desk.do(action="send", draft=desk.facts(desk.do(customer=client))["draft_id"])
    other = desk.facts(desk.do(customer=client, tone="direct"))["draft_id"]
    confirmed = ConfirmedCall("draft_outreach", first.args)
    again = desk.but(confirmed=confirmed).do(action="send", draft=other)
    assert again.asks_first
    assert post.letters == []


def test_within_the_cap_sending_needs_a_word_more(desk: Any, client: str, post: Any) -> None:
    """It warns a draft and forbids the sending, unless it is asked for all the same."""
    used = desk.facts(desk.do(customer=client, tone="formal"))["draft_id"]
    desk.do(action="used", draft=used)
    new = desk.facts(desk.do(customer=client))["draft_id"]
    with pytest.raises(FinalToolError, match="send it anyway"):
        desk.do(action="send", draft=new)
    asked = desk.do(action="send", draft=new, override_cap=True)
    assert "With 14 days between two" in asked.summary
    desk.agree(asked)
    assert len(post.letters) == 1


@pytest.mark.parametrize(
    ("outcome", "said"), [("refused", "Nothing was sent"), ("unknown", "not known")]
)
def test_a_failure_is_told_and_nothing_is_marked(
    desk: Any, client: str, post: Any, outcome: Any, said: str
) -> None:
    """In one line."""
    post.outcome = outcome
    desk.do(customer=client)
    with pytest.raises(FinalToolError, match=said):
        desk.agree(desk.do(action="send"))
    assert desk.facts(desk.do(action="results"))["used"] == 0


def test_who_may_not_write_cannot_send(desk: Any, client: str) -> None:
    """An analyst, an installation without a mail server, a client without consent."""
    key = desk.facts(desk.do(customer=client))["draft_id"]
    for blocked, said in (
        (desk.but(role="analyst"), "does not write to clients"),
        (desk.but(mailer=None), "AURA_SMTP_HOST"),
    ):
        with pytest.raises(FinalToolError, match=said):
            blocked.do(action="send", draft=key)
    spoken = desk.facts(desk.do(customer=client, channel="call"))["draft_id"]
    with pytest.raises(
        FinalToolError, match="no mail server or webhook is set up for this channel"
    ):
        desk.do(action="send", draft=spoken)
