"""A group that is named reaches the call, wherever in the sentence it stands, or the answer says so."""

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from typing import Any

from app.agent.planner.plan import Plan

Say = Callable[[str], Plan]

GROUPS = (
    ("segment", "SMB", "SMB"),
    ("region", "LATAM", "LATAM"),
    ("account_manager", "Anna Kowalski", "Anna Kowalski's book"),
    ("plan", "Premium", "the Premium plan"),
    ("region", "North America", "North America"),
    ("contract_type", "monthly", "month-to-month contracts"),
    ("industry", "Healthcare", "Healthcare"),
    ("country", "Germany", "Germany"),
    ("segment", "Mid-Market", "Mid-Market"),
)
FRONTED = (
    "Taking {v} as a whole, {q}", "For {v}, {q}", "Looking only at {v}, {q}", "{v} only: {q}",
    "When it comes to {v}: {q}", "Staying within {v} for a moment, {q}", "In {v}, {q}",
    "Out of everything in {v}, {q}", "Let's talk about {v}. {q}", "Across {v}, {q}",
    "As far as {v} is concerned, {q}", "My topic today is {v}. {q}", "Regarding {v}, {q}",
    "Given what's going on in {v}, {q}", "I'm preparing a review of {v}. {q}",
)  # fmt: skip
TRAILING = (
    "{r} for {v}?", "{r} within {v}?", "{r}, {v} only?", "{r} if we only look at {v}?",
    "{r} - just {v}", "{r}? Only {v}, please.", "{r}? I mean {v}.",
)  # fmt: skip
LEFT_OUT = (
    "Leaving {v} out of it, {q}", "Without {v}, {q}", "{v} aside, {q}", "{r}, {v} excluded?",
    "Setting {v} aside, {q}", "{r} apart from {v}?", "If we leave {v} out, {q}",
    "{r} with {v} not included?",
)  # fmt: skip
QUESTIONS = (
    "what's our ARR?", "how many clients are at risk?", "which clients are most likely to leave?",
    "what was the churn rate last quarter?", "give me the top 5 clients by MRR",
    "how likely are clients to churn within 60 days?", "what drives churn?",
    "forecast MRR for the next 60 days", "what would a discount bring?",
    "which strategy is the best use of $20k?", "which risk rules fire?",
    "what should we do first?", "who renews in the next 30 days?", "show me NPS by industry",
    "what do clients complain about?", "how does retention develop by cohort?",
    "compare training and discount", "list the clients that have gone quiet",
    "why did MRR fall last month?", "start a test of training",
)  # fmt: skip


def _asked(forms: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    groups = cycle(GROUPS)
    for form in forms:
        for question in QUESTIONS:
            dimension, value, said = next(groups)
            yield form.format(v=said, q=question, r=question.rstrip("?")), dimension, value


def _calls(plan: Plan) -> list[Mapping[str, Any]]:
    return [frame.args for frame in (*plan.calls, *([plan.pending] if plan.pending else []))]


def _keeps(args: Mapping[str, Any], dimension: str, value: str) -> bool:
    return any(
        item["dimension"] == dimension and item["op"] == "=" and item["value"] == value
        for item in args.get("filters", ())
    )


def test_a_group_named_anywhere_reaches_every_call(say: Say) -> None:
    """Before a comma or a colon, in a sentence of its own, at the end: nothing is widened."""
    lost = [
        text
        for text, dimension, value in _asked((*FRONTED, *TRAILING))
        if not (calls := _calls(say(text)))
        or not all(_keeps(args, dimension, value) for args in calls)
    ]
    assert not lost


def test_a_group_left_out_is_never_the_one_looked_at(say: Say) -> None:
    """“EMEA excluded” must not mean EMEA alone."""
    turned = [
        text
        for text, dimension, value in _asked(LEFT_OUT)
        if any(_keeps(args, dimension, value) for args in _calls(say(text)))
    ]
    assert not turned


def test_what_a_call_cannot_be_narrowed_to_is_said(say: Say) -> None:
    """A test's effect is read for one group at a time."""
    plan = say("Did the discount work for SMB in EMEA?")
    assert "not SMB and EMEA alone" in plan.text
    assert [call.tool for call in plan.calls] == ["analyze_experiment"]


def test_a_group_beside_a_client_is_said_to_be_left_aside(say: Say) -> None:
    """The answer is about the client."""
    plan = say("Why is Quillon Systems, an account in EMEA, at risk?")
    assert "not about EMEA" in plan.text


def test_a_second_group_is_asked_beside_the_first(say: Say) -> None:
    """A group in a second sentence does not replace the first one."""
    plan = say("What's the ARR of SMB? And of Enterprise?")
    assert [args["filters"][0]["value"] for args in _calls(plan)] == ["SMB", "Enterprise"]
