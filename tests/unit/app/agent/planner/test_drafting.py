"""What is said of drafts, and what only sounds like it."""

from typing import Any

import pytest

from app.agent.planner.conversation import Conversation, Exchange, Frame
from app.agent.planner.drafting import about_a_draft, topic_before, versions_wanted

SHOWN = {"customer": "C0005", "channel": "email", "tone": "warm"}


def _after(args: dict[str, Any] | None) -> Conversation:
    if args is None:
        return Conversation()
    return Conversation([Exchange("draft it", [Frame("draft_outreach", args)])])


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("I used version B", {"action": "used", "customer": "C0005", "variant": "B"}),
        ("we went with the second one", {"action": "used", "customer": "C0005", "variant": "B"}),
        ("I've sent it.", {"action": "used", "customer": "C0005"}),
        ("I used it with a few edits", {"action": "edited", "customer": "C0005"}),
        ("I edited the draft", {"action": "edited", "customer": "C0005"}),
        ("Reject that draft", {"action": "rejected", "customer": "C0005"}),
        ("I didn't use it", {"action": "rejected", "customer": "C0005"}),
        ("send it", {"action": "send", "customer": "C0005"}),
        ("Please send version C now", {"action": "send", "customer": "C0005", "variant": "C"}),
        ("send it anyway", {"action": "send", "customer": "C0005", "override_cap": True}),
        ("give me three versions", {**SHOWN, "variants": 3}),
        ("two variants please", {**SHOWN, "variants": 2}),
        ("How do our drafts do?", {"action": "results"}),
        ("how are our drafts doing by topic", {"action": "results", "by": "topic"}),
        ("which version gets used most?", {"action": "results"}),
    ],
)
def test_what_is_said_of_a_draft_is_understood(text: str, args: dict[str, Any]) -> None:
    """By the words alone, after a draft was shown."""
    plan = about_a_draft(text, _after(SHOWN))
    assert plan is not None
    (call,) = plan.calls
    assert (call.tool, dict(call.args)) == ("draft_outreach", args)


@pytest.mark.parametrize(
    "text",
    [
        "What is our MRR?",
        "Draft an email to Lumen Bakery",
        "Which version of the churn model is used?",
        "send me the list of clients at risk",
        "send the email to everybody without asking",
        "make it more formal",
        "why are they at risk?",
        "yes",
        "what is the best play for them?",
        "compare the two options for SMB: training and a discount",
    ],
)
def test_other_questions_are_left_alone(text: str) -> None:
    """Also right after a draft."""
    assert about_a_draft(text, _after(SHOWN)) is None


@pytest.mark.parametrize(
    "text", ["I used it", "send it", "B", "reject it", "give me three versions"]
)
def test_without_a_draft_it_is_about_something_else(text: str) -> None:
    """“It” was no draft."""
    assert about_a_draft(text, _after(None)) is None


def test_a_letter_answers_which_version() -> None:
    """The question before is completed by it."""
    plan = about_a_draft("B", _after({"action": "send", "customer": "C0005"}))
    assert plan is not None
    assert dict(plan.calls[0].args) == {"action": "send", "customer": "C0005", "variant": "B"}


def test_the_word_before_the_message_is_its_topic() -> None:
    """“A renewal e-mail” is about the renewal, “a friendly e-mail” is not about friends."""
    assert topic_before(["a", "renewal", "email"], 2) == "renewal"
    assert topic_before(["a", "friendly", "email"], 2) is None
    assert versions_wanted("an email in two variants for smb") == 2
    assert versions_wanted("an email about the two invoices") is None
