"""Written words: drafts leave without their names, quotes of clients not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from app.agent.events import TurnAnswer
from data.gold_identities import ClientIdentity

Chats = Callable[..., Any]


def _core(messages: list[BaseMessage]) -> AIMessage:
    """What a model that polishes nothing gives back."""
    return AIMessage(messages[-1].text)


def _fact(answer: TurnAnswer, name: str) -> str:
    return next(str(fact.value) for fact in answer.facts if fact.name == name)


async def test_of_a_draft_only_its_sentences_leave_to_be_polished(
    chat: Chats, steps: Any, open_one: ClientIdentity
) -> None:
    """Subject, greeting, names and the finished message stay here."""
    talk = chat(
        steps.calls_with_token("draft_outreach"), _core, steps.says("The draft stands below.")
    )
    answer = await talk.ask(f"Draft an email to {open_one.name} please")
    lines = [line for line in _fact(answer, "message").splitlines() if line]
    assert lines[-1] in answer.answer
    assert "polished the wording" in answer.answer
    subject, greeting, *_, sender = lines
    heard = talk.model.text
    assert not [line for line in (subject, greeting, sender, open_one.name) if line in heard]
    assert [line for line in lines if line in heard]


@pytest.mark.parametrize(
    "spoilt",
    ["{text} We give you 20 % off.", "{text} Contoso does it too.", "I cannot help with that.", ""],
    ids=["offer", "name", "refusal", "silence"],
)
async def test_a_wording_that_changes_a_fact_is_not_used(
    chat: Chats, steps: Any, open_one: ClientIdentity, spoilt: str
) -> None:
    """The built-in draft is kept, and that is said."""

    def polishes(messages: list[BaseMessage]) -> AIMessage:
        return AIMessage(spoilt.format(text=messages[-1].text))

    plain = await chat(steps.calls_with_token("draft_outreach"), _core, steps.says("Below.")).ask(
        f"Draft an email to {open_one.name} please"
    )
    talk = chat(
        steps.calls_with_token("draft_outreach"), polishes, steps.says("The draft stands below.")
    )
    answer = await talk.ask(f"Draft an email to {open_one.name} please")
    assert "this is the built-in draft" in answer.answer
    assert _fact(answer, "message") == _fact(plain, "message")


async def test_quotes_stay_home_and_are_read_by_the_person(chat: Chats, steps: Any) -> None:
    """The model reads moods, topics and lengths."""
    talk = chat(steps.calls("analyze_feedback"), steps.repeats)
    answer = await talk.ask("What are clients saying?")
    quotes = [str(f.value)[12:] for f in answer.facts if f.name.startswith("quote_")]
    assert quotes
    assert quotes[0] in answer.answer
    assert not [quote for quote in quotes if quote in talk.model.text]
    assert "words are shown to the person only" in talk.model.text


async def test_a_table_of_quotes_stays_home_too(chat: Chats, steps: Any) -> None:
    """Words that a client wrote, and who wrote them, are for the person alone."""
    talk = chat(steps.calls("analyze_feedback", by="quote"), steps.repeats)
    answer = await talk.ask("Show me quotes of clients")
    assert answer.table is not None
    written = [str(row[-1]) for row in answer.table.rows]
    assert len(written) > 5
    assert not [words for words in written if words in talk.model.text]
