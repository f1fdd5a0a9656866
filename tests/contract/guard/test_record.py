"""What the audit log and the person are told of what left."""

from collections.abc import Callable
from typing import Any

from data.gold_identities import ClientIdentity

Chats = Callable[..., Any]
NOTE = "> Answered with model; names were replaced before anything left."


async def test_every_call_is_recorded_without_its_content(
    chat: Chats, steps: Any, open_one: ClientIdentity
) -> None:
    """Who, which model, how much and a hash; data left, and of how many clients."""
    talk = chat(steps.calls_with_token("predict_churn"), steps.repeats)
    answer = await talk.ask(f"How likely is {open_one.name} to churn?")
    records = [record.event for record in talk.parts.audit.latest(audit_id=answer.audit_id)]
    sent = [event for event in records if event.action == "model_call"]
    assert len(sent) == len(talk.model.heard) == 2
    assert all(event.data_left and event.model == "test:model" for event in sent)
    last = dict(sent[0].arguments)
    assert (last["clients_described"], last["clients_left_out"]) == (1, 0)
    assert last["bytes"] > 1_000
    assert len(last["payload_sha256"]) == 64
    assert set(last) == {"bytes", "payload_sha256", "clients_described", "clients_left_out"}


async def test_which_model_answered_is_said_once(chat: Chats, steps: Any) -> None:
    """At the first answer of a conversation, quietly."""
    talk = chat(
        steps.calls("query_metrics", metrics=["mrr"]),
        steps.repeats,
        *[steps.says("You are welcome.")] * 2,
    )
    assert (await talk.ask("What is our MRR?")).answer.endswith(NOTE)
    assert NOTE not in (await talk.ask("Thanks")).answer
