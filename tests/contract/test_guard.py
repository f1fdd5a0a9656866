"""What a language model elsewhere hears of a turn over real data, and what the person gets."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from app import wiring
from app.agent.context import PageContext
from app.agent.events import TurnAnswer
from app.agent.failures import STAYS_HOME_NOTE
from app.agent.llm import LlmChoice
from app.agent.turn import Turns
from app.governance.identity import demo_asker
from app.settings import Settings
from app.wiring import Parts
from data.gold import Gold
from data.gold_identities import ClientIdentity, read_identities
from data.query import Scope

NOTE = "> Answered with model; names were replaced before anything left."
Step = Callable[[list[BaseMessage]], AIMessage]


class Model(BaseChatModel):
    """Does as told, step by step; keeps what it was sent."""

    steps: list[Any]
    heard: list[list[BaseMessage]] = Field(default_factory=list[list[BaseMessage]])

    @property
    def _llm_type(self) -> str:
        return "told"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:  # noqa: ARG002 -- the base's signature
        """Tools are taken as given."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 -- the base's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        step: Step = self.steps[min(len(self.heard), len(self.steps) - 1)]
        self.heard.append(messages)
        return ChatResult(generations=[ChatGeneration(message=step(messages))])

    @property
    def text(self) -> str:
        """All that it was sent."""
        return "\n".join(
            f"{message.text} {json.dumps(getattr(message, 'tool_calls', []))}"
            for messages in self.heard
            for message in messages
        )


def calls(tool: str, **args: Any) -> Step:
    """A step that calls a tool."""
    call = {"name": tool, "args": args, "id": "call_1"}
    return lambda _: AIMessage("", tool_calls=[call])


def calls_with_token(tool: str, argument: str = "customer") -> Step:
    """A step that calls a tool with the token of the question."""

    def step(messages: list[BaseMessage]) -> AIMessage:
        token = next(word for word in messages[-1].text.split() if word.startswith("CLIENT_"))
        call = {"name": tool, "args": {argument: token.strip("?.,")}, "id": "call_1"}
        return AIMessage("", tool_calls=[call])

    return step


def repeats(messages: list[BaseMessage]) -> AIMessage:
    """A step that says what it has read."""
    return AIMessage("\n\n".join(m.text for m in messages if isinstance(m, ToolMessage)))


def says(text: str) -> Step:
    """A step that says something."""
    return lambda _: AIMessage(text)


@dataclass
class Chat:
    """A conversation with a model behind the guard."""

    turns: Turns
    model: Model
    parts: Parts
    session_id: str | None = field(default=None)

    async def ask(self, text: str, **page: Any) -> TurnAnswer:
        """One turn."""
        asker = demo_asker()
        context = PageContext.model_validate(page)
        answer = await self.turns.answer(asker, text, self.session_id, context)
        self.session_id = answer.session_id
        return answer


@pytest.fixture(scope="module")
def parts(prepared_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The product over the fixture, with an empty store."""
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'aura.db'}"
    built = wiring.build(prepared_settings.model_copy(update={"database_url": store}))
    yield built
    built.close()


@pytest.fixture
def chat(parts: Parts) -> Callable[..., Chat]:
    """Begins a conversation with a model that takes these steps."""

    def begin(*steps: Step) -> Chat:
        model = Model(steps=list(steps))
        choice = LlmChoice("test:model", model)
        turns = Turns(replace(parts.turns._parts, llm=choice))
        return Chat(turns, model, parts)

    return begin


@pytest.fixture(scope="module")
def silent(gold: Gold) -> ClientIdentity:
    """An active client who may not be described, whose first word is its own."""
    return _first(gold, consent=False)


@pytest.fixture(scope="module")
def open_one(gold: Gold) -> ClientIdentity:
    """An active client who may be described, whose first word is its own."""
    return _first(gold, consent=True)


def _first(gold: Gold, *, consent: bool) -> ClientIdentity:
    everybody = read_identities(gold)
    words = [one.name.split()[0] for one in everybody]
    rows = gold.reader.rows(
        "SELECT customer_id FROM warehouse.gold.customer_health_scores "
        "JOIN warehouse.gold.customer_metrics USING (customer_id) WHERE consent_contact",
        {},
    )[1]
    active = {row[0] for row in rows}
    return next(
        one
        for one in everybody
        if one.consent_ai == consent
        and one.customer_id in active
        and words.count(one.name.split()[0]) == 1
    )


@pytest.mark.parametrize("form", ["{name}", "{lower}", "{first}", "{id}", "{typo}"])
async def test_a_question_about_a_client_without_consent_never_leaves(
    chat: Callable[..., Chat], silent: ClientIdentity, form: str
) -> None:
    """However it is named, the planner answers and says why; the model is not asked."""
    name = silent.name
    said = form.format(
        name=name,
        lower=name.lower(),
        first=name.split()[0],
        id=silent.customer_id,
        typo=name[:3] + name[4] + name[3] + name[5:],
    )
    talk = chat(says("I should not have been asked."))
    answer = await talk.ask(f"How likely is {said} to churn?")
    assert talk.model.heard == []
    assert answer.answer.startswith(STAYS_HOME_NOTE)
    assert answer.tool_calls[0].args["customer"] == silent.customer_id
    assert (answer.model, answer.grounded) == ("builtin", True)


async def test_a_question_that_only_points_at_such_a_client_never_leaves(
    chat: Callable[..., Chat], silent: ClientIdentity
) -> None:
    """Neither "and why?" nor "this client" on a page gets round it."""
    talk = chat(says("I should not have been asked."))
    await talk.ask(f"How likely is {silent.name} to churn?")
    follow_up = await talk.ask("Why?")
    assert follow_up.tool_calls[0].args["customer"] == silent.customer_id
    other = chat(says("I should not have been asked."))
    await other.ask("Why is this client at risk?", customer_id=silent.customer_id)
    assert talk.model.heard == other.model.heard == []


async def test_an_earlier_question_about_such_a_client_is_not_retold(
    chat: Callable[..., Chat], silent: ClientIdentity
) -> None:
    """Later questions leave without it."""
    talk = chat(calls("query_metrics", metrics=["mrr"]), repeats)
    first = await talk.ask(f"How likely is {silent.name} to churn?")
    answer = await talk.ask("What is our MRR?")
    assert answer.model == "test:model"
    assert "answered on the person's own machine" in talk.model.text
    figure = next(fact.value for fact in first.facts if fact.name == "arr")
    assert f"{figure:,.0f}" not in talk.model.text
    assert silent.name not in talk.model.text


async def test_a_list_leaves_such_clients_out_and_counts_them(
    chat: Callable[..., Chat], gold: Gold
) -> None:
    """The person has them in the table, the model reads how many it does not see."""
    talk = chat(calls("list_customers", limit=40), repeats)
    answer = await talk.ask("List our clients by ARR")
    agreed = {one.customer_id: one.consent_ai for one in read_identities(gold)}
    assert answer.table is not None
    left_out = [row for row in answer.table.rows if not agreed[str(row[-1])]]
    assert left_out
    assert f"{len(left_out)} more clients are in the table" in talk.model.text
    for row in answer.table.rows:
        assert str(row[0]) not in talk.model.text
    figures = [f"{row[2]:.2f}" for row in left_out if isinstance(row[2], float)]
    assert not [figure for figure in figures if figure in talk.model.text]


async def test_a_result_about_such_a_client_stays_home_whole(
    chat: Callable[..., Chat], silent: ClientIdentity
) -> None:
    """A model that hits upon one hears nothing; the person reads the tool's own words."""
    talk = chat(calls("get_customer", customer=silent.customer_id), says("It is shown below."))
    answer = await talk.ask("Tell me about a client of your choice")
    assert "say nothing about it" in talk.model.text
    assert silent.name not in talk.model.text
    assert f"**Answered on this machine:** {silent.name} is an active client" in answer.answer


def _core(messages: list[BaseMessage]) -> AIMessage:
    """What a model that polishes nothing gives back."""
    return AIMessage(messages[-1].text)


async def test_of_a_draft_only_its_sentences_leave_to_be_polished(
    chat: Callable[..., Chat], open_one: ClientIdentity
) -> None:
    """Subject, greeting, names and the finished message stay here."""
    talk = chat(calls_with_token("draft_outreach"), _core, says("The draft stands below."))
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
    chat: Callable[..., Chat], open_one: ClientIdentity, spoilt: str
) -> None:
    """The built-in draft is kept, and that is said."""

    def polishes(messages: list[BaseMessage]) -> AIMessage:
        return AIMessage(spoilt.format(text=messages[-1].text))

    plain = await chat(calls_with_token("draft_outreach"), _core, says("Below.")).ask(
        f"Draft an email to {open_one.name} please"
    )
    talk = chat(calls_with_token("draft_outreach"), polishes, says("The draft stands below."))
    answer = await talk.ask(f"Draft an email to {open_one.name} please")
    assert "this is the built-in draft" in answer.answer
    assert _fact(answer, "message") == _fact(plain, "message")


def _fact(answer: TurnAnswer, name: str) -> str:
    return next(str(fact.value) for fact in answer.facts if fact.name == name)


async def test_quotes_stay_home_and_are_read_by_the_person(chat: Callable[..., Chat]) -> None:
    """The model reads moods, topics and lengths."""
    talk = chat(calls("analyze_feedback"), repeats)
    answer = await talk.ask("What are clients saying?")
    quotes = [str(f.value)[12:] for f in answer.facts if f.name.startswith("quote_")]
    assert quotes
    assert quotes[0] in answer.answer
    assert not [quote for quote in quotes if quote in talk.model.text]
    assert "words are shown to the person only" in talk.model.text


async def test_a_table_of_quotes_stays_home_too(chat: Callable[..., Chat]) -> None:
    """Words that a client wrote, and who wrote them, are for the person alone."""
    talk = chat(calls("analyze_feedback", by="quote"), repeats)
    answer = await talk.ask("Show me quotes of clients")
    assert answer.table is not None
    written = [str(row[-1]) for row in answer.table.rows]
    assert len(written) > 5
    assert not [words for words in written if words in talk.model.text]


async def test_names_come_back_in_calls_and_answers(
    chat: Callable[..., Chat], open_one: ClientIdentity
) -> None:
    """The tool gets the client, the person reads the name, an invented token shows as nobody's."""

    def answers(messages: list[BaseMessage]) -> AIMessage:
        token = messages[-1].text.split()[0]
        return AIMessage(f"**{token.lower()}**'s risk is known; so is that of CLIENT_7F3A. Done.")

    talk = chat(calls_with_token("predict_churn"), answers)
    answer = await talk.ask(f"How likely is {open_one.name} to churn?")
    assert answer.tool_calls[0].args["customer"] == open_one.customer_id
    said = f"**{open_one.name}**'s risk is known; so is that of a client. Done."
    assert answer.answer.startswith(said)
    assert open_one.name not in talk.model.text


async def test_a_refusal_that_lists_clients_passes_the_guard(
    chat: Callable[..., Chat], gold: Gold
) -> None:
    """A question back that names clients names nobody."""
    talk = chat(calls("get_customer", customer="Northwin"), says("Which one do you mean?"))
    await talk.ask("Which client begins like a wind from there?")
    assert "may be one of several" in talk.model.text or "Did you mean" in talk.model.text
    assert not [one.name for one in read_identities(gold) if one.name in talk.model.text]


async def test_a_small_group_is_not_told(chat: Callable[..., Chat], gold: Gold) -> None:
    """A breakdown whose rows count one client each would tell of clients without consent."""
    split = calls("query_metrics", metrics=["customers_at_risk"], dimensions=["account_manager"])
    talk = chat(split, says("The table has it."))
    answer = await talk.ask("At-risk clients by account manager")
    assert "Groups of few clients" in talk.model.text
    assert answer.table is not None
    assert len(answer.table.rows) > 1
    assert "**Answered on this machine:**" in answer.answer


async def test_every_call_is_recorded_without_its_content(
    chat: Callable[..., Chat], open_one: ClientIdentity
) -> None:
    """Who, which model, how much and a hash; data left, and of how many clients."""
    talk = chat(calls_with_token("predict_churn"), repeats)
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


async def test_which_model_answered_is_said_once(chat: Callable[..., Chat]) -> None:
    """At the first answer of a conversation, quietly."""
    talk = chat(calls("query_metrics", metrics=["mrr"]), repeats, *[says("You are welcome.")] * 2)
    assert (await talk.ask("What is our MRR?")).answer.endswith(NOTE)
    assert NOTE not in (await talk.ask("Thanks")).answer


async def test_who_asks_is_not_named(chat: Callable[..., Chat], parts: Parts) -> None:
    """The user's own name and address stay here too."""
    talk = chat(says("Hello."))
    asker = replace(demo_asker(), name="Wilhelmina Quast")
    await talk.turns.answer(asker, "I am w.quast@mine.example, +49 30 1234567", None, PageContext())
    assert "Quast" not in talk.model.text
    assert "quast" not in talk.model.text
    assert "1234567" not in talk.model.text


async def test_a_client_out_of_scope_is_not_hinted_at(
    chat: Callable[..., Chat], gold: Gold
) -> None:
    """Half a name stays half a name, with or without consent, and no note tells that it exists."""
    everybody = read_identities(gold)
    mine = next(one.account_manager for one in everybody if one.account_manager)
    words = [one.name.split()[0] for one in everybody]
    asker = replace(demo_asker(), role="account_manager", scope=Scope(account_manager=(mine,)))
    for consent in (True, False):
        other = next(
            one
            for one in everybody
            if one.account_manager not in {mine, None}
            and one.consent_ai == consent
            and words.count(one.name.split()[0]) == 1
        )
        word = other.name.split()[0].lower()
        talk = chat(calls("get_customer", customer=word), repeats)
        text = f"Tell me about {word}"
        answer = await talk.turns.answer(asker, text, None, PageContext())
        assert answer.model == "test:model"
        assert word not in talk.model.text.lower()
        assert other.name not in answer.answer
        assert other.customer_id not in answer.answer


async def test_what_still_holds_a_name_is_not_sent(
    chat: Callable[..., Chat], open_one: ClientIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last look fails closed: nothing goes out and the planner answers."""
    monkeypatch.setattr("app.agent.guard.in_words", lambda _: f"They look at {open_one.name}.")
    talk = chat(says("I should not have been asked."))
    answer = await talk.ask("What is our MRR?")
    assert talk.model.heard == []
    assert answer.answer.startswith("> The language model was not asked, to keep names on this")
    assert answer.fallback


async def test_names_are_read_again_when_the_warehouse_is_swapped(
    chat: Callable[..., Chat], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client who came with the last build is guarded from the first question on."""
    guard = chat(says("Hello.")).turns._guard
    assert guard is not None
    before = guard._current()
    assert guard._current() is before
    monkeypatch.setattr(Gold, "version", property(lambda _: "another"))
    assert guard._current() is not before
